package import Foundation
import MessageStream

/// Waits for descriptors to become ready, on one thread for the whole process.
///
/// ## Theory of operation
///
/// The thread calls `poll` with all descriptors that are waited for and with one end of a socket pair. Adding or
/// cancelling a wait changes the table and writes a byte to the other end, which makes `poll` return so that it can be
/// called with the new set. A wait ends exactly once: when its descriptor is ready, at its deadline, or on
/// cancellation. The poller neither reads from descriptors nor changes them. `poll` works with pipes, sockets and
/// terminals, and does not require `O_NONBLOCK`, which would affect every process that shares the descriptor.
///
/// The cost of a `poll` call is proportional to the number of waits.
///
/// If `poll` itself fails, the thread does not spin. `EINVAL` fails every wait: there are more waits than the process
/// may have descriptors, and the next call would fail as well. Any other error, such as `ENOMEM`, may be temporary: the
/// thread pauses, longer each time, and calls `poll` again. Deadlines and cancellation still work meanwhile.
///
/// A child process created by `fork` does not have this thread. Waits in it never end before it calls `exec`.
package final class Poller: Sendable {
    /// The process-wide poller. The first wait creates its thread and its sockets, which stay alive.
    package static let shared = Poller()

    /// How a wait ended.
    package enum Outcome: Sendable, Equatable {
        /// The descriptor is ready, or has an error that the next call on it will report.
        case ready
        case timedOut
        case cancelled
        /// The poller cannot wait: it could not create its sockets because the process is out of descriptors, or `poll`
        /// failed.
        case failed(errno: Int32)
    }

    private struct Wait {
        let descriptor: Int32
        let events: Int16
        let deadline: ContinuousClock.Instant?
        let outcome: SingleUseContinuation<Outcome>
    }

    private struct Table {
        var waits: [UInt64: Wait] = [:]
        var nextID: UInt64 = 0
        /// The socket pair that wakes the thread; `nil` until the thread exists.
        var ends: (reading: Int32, writing: Int32)?
        /// Whether a wakeup byte is pending that the thread has not read.
        var isWoken = false

        mutating func wake() {
            guard let ends, !isWoken else { return }
            isWoken = true
            var byte: UInt8 = 1
            // The byte outlives the call. The socket buffer is empty, so the call does not block.
            _ = unsafe write(ends.writing, &byte, 1)
        }
    }

    private let table = Locked(Table())
    private let poll: Call

    /// The `poll` call, with a timeout in milliseconds. Returns the result of `resultOrErrno`.
    package typealias Call = @Sendable (inout [pollfd], _ timeout: Int32) -> Int

    package init(
        poll: @escaping Call = { descriptors, timeout in
            // The array outlives the call.
            unsafe resultOrErrno(Int(Foundation.poll(&descriptors, nfds_t(descriptors.count), timeout)))
        }
    ) {
        self.poll = poll
    }

    /// Waits for one of `events` on the descriptor, which must stay open meanwhile.
    package func wait(
        for events: Int32,
        on descriptor: Int32,
        until deadline: ContinuousClock.Instant? = nil
    ) async -> Outcome {
        if Task.isCancelled { return .cancelled }
        // "If the value of fd is less than 0, events shall be ignored" (POSIX, `poll`): the wait would never end.
        if descriptor < 0 { return .ready }
        let outcome = SingleUseContinuation<Outcome>()
        let wait = Wait(descriptor: descriptor, events: Int16(events), deadline: deadline, outcome: outcome)
        let id: UInt64
        do throws(Errno) {
            id = try add(wait)
        } catch {
            return .failed(errno: error.code)
        }
        return await withTaskCancellationHandler {
            await outcome.value()
        } onCancel: {
            outcome.resume(returning: .cancelled)
            remove(id)
        }
    }

    private func add(_ wait: Wait) throws(Errno) -> UInt64 {
        try table.withLock { (table) throws(Errno) in
            if table.ends == nil { table.ends = try start() }
            table.nextID += 1
            table.waits[table.nextID] = wait
            table.wake()
            return table.nextID
        }
    }

    private func remove(_ id: UInt64) {
        table.withLock { table in
            if table.waits.removeValue(forKey: id) != nil { table.wake() }
        }
    }

    /// Creates the socket pair and the thread.
    private func start() throws(Errno) -> (reading: Int32, writing: Int32) {
        let (reading, writing) = try NewDescriptor.streamPair()
        let thread = Thread { self.run(wakeups: reading) }
        thread.name = "poller"
        thread.stackSize = 256 << 10
        thread.start()
        return (reading, writing)
    }

    /// A tenth of a second, in microseconds.
    private static var longestPause: UInt32 { 100_000 }

    private func run(wakeups: Int32) {
        var descriptors: [pollfd] = []
        var ids: [UInt64] = []
        /// How long to pause after a failed call, in microseconds; 0 after a successful one.
        var pause: UInt32 = 0
        while true {
            var earliest: ContinuousClock.Instant?
            descriptors = [pollfd(fd: wakeups, events: Int16(POLLIN), revents: 0)]
            ids = [0]
            table.withLock { table in
                for (id, wait) in table.waits {
                    descriptors.append(pollfd(fd: wait.descriptor, events: wait.events, revents: 0))
                    ids.append(id)
                    if let deadline = wait.deadline { earliest = min(earliest ?? deadline, deadline) }
                }
            }
            let count = poll(&descriptors, earliest?.millisecondsFromNow ?? -1)
            let failure = count < 0 ? Int32(-count) : nil
            if failure == EINTR { continue }
            // After a failed call, the contents of the entries are meaningless.
            let isValid = failure == nil
            let woken = isValid && descriptors[0].revents != 0
            let now = ContinuousClock.now
            let ended = table.withLock { table in
                if woken {
                    var byte: UInt8 = 0
                    // The byte outlives the call. A byte is available, so the call does not block.
                    _ = unsafe read(wakeups, &byte, 1)
                    table.isWoken = false
                }
                var ended: [(SingleUseContinuation<Outcome>, Outcome)] = []
                for (descriptor, id) in zip(descriptors, ids).dropFirst() {
                    // The wait may have been cancelled in the meantime.
                    guard let wait = table.waits[id] else { continue }
                    if failure == EINVAL {
                        ended.append((wait.outcome, .failed(errno: EINVAL)))
                    } else if isValid, descriptor.revents != 0 {
                        ended.append((wait.outcome, .ready))
                    } else if let deadline = wait.deadline, deadline <= now {
                        ended.append((wait.outcome, .timedOut))
                    } else {
                        continue
                    }
                    table.waits[id] = nil
                }
                return ended
            }
            for (continuation, outcome) in ended { continuation.resume(returning: outcome) }
            pause = isValid ? 0 : min(max(1000, pause * 2), Self.longestPause)
            if pause > 0 { usleep(pause) }
        }
    }
}

extension ContinuousClock.Instant {
    /// The time until this instant in milliseconds, rounded up, at most an hour; used as the timeout of `poll`.
    fileprivate var millisecondsFromNow: Int32 {
        let left = max(.zero, ContinuousClock.now.duration(to: self))
        guard left < .seconds(3600) else { return 3_600_000 }
        let (seconds, attoseconds) = left.components
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
