package import Foundation
import MessageStream

/// Waits for descriptors to be ready: one thread of the process does so for all.
///
/// ## Theory of operation
///
/// The thread calls `poll` with every descriptor somebody waits for, and with one end of a pair of sockets. Who begins
/// or gives up a wait changes the table and writes a byte into the other end, so that `poll` returns and is called anew. A wait
/// ends once: when its descriptor is ready, at its deadline, or by cancellation. Nothing is read here, and no descriptor
/// is changed: `poll` serves pipes, sockets and terminals alike, and needs no `O_NONBLOCK`, which would be seen by every
/// process that shares the descriptor.
///
/// Each call of `poll` costs time in proportion to the number of waits.
///
/// When `poll` itself fails, the thread does not spin. `EINVAL` fails every wait: there are more of them than the process
/// may have descriptors, and the next call would fail as well. Any other error, such as `ENOMEM`, may pass: the thread
/// pauses, longer each time, and calls again. Deadlines and cancellations hold meanwhile.
///
/// A process that `fork` makes has no such thread: waits in it never end before it calls `exec`.
package final class Poller: Sendable {
    /// The poller of the process. Its thread and its sockets are made for the first wait, and stay.
    package static let shared = Poller()

    /// How a wait ended.
    package enum Outcome: Sendable, Equatable {
        /// The descriptor is ready, or in an error that the next call on it will tell.
        case ready
        case timedOut
        case cancelled
        /// The poller cannot wait: it has no sockets, since the process is out of descriptors, or `poll` refuses.
        case failed(errno: Int32)
    }

    private struct Wait {
        let descriptor: Int32
        let events: Int16
        let deadline: ContinuousClock.Instant?
        let outcome: OneShot<Outcome>
    }

    private struct Table {
        var waits: [UInt64: Wait] = [:]
        var nextID: UInt64 = 0
        /// The two ends by which the thread is woken; nil as long as there is no thread.
        var ends: (reading: Int32, writing: Int32)?
        /// Whether a byte is on its way that the thread has not read.
        var isWoken = false

        mutating func wake() {
            guard let ends, !isWoken else { return }
            isWoken = true
            var byte: UInt8 = 1
            // The byte outlives the call. Nothing else is on its way, so the call does not wait.
            _ = unsafe write(ends.writing, &byte, 1)
        }
    }

    private let table = Locked(Table())
    private let poll: Call

    /// What waits: `poll`, with a timeout in milliseconds. Returns what `resultOrErrno` returns.
    package typealias Call = @Sendable (inout [pollfd], _ timeout: Int32) -> Int

    package init(
        poll: @escaping Call = { descriptors, timeout in
            // The array outlives the call.
            unsafe resultOrErrno(Int(Foundation.poll(&descriptors, nfds_t(descriptors.count), timeout)))
        }
    ) {
        self.poll = poll
    }

    /// Waits until one of `events` holds for the descriptor, which stays open meanwhile.
    package func wait(
        for events: Int32,
        on descriptor: Int32,
        until deadline: ContinuousClock.Instant? = nil
    ) async -> Outcome {
        if Task.isCancelled { return .cancelled }
        // "If the value of fd is less than 0, events shall be ignored" (POSIX, `poll`): it would wait for ever.
        if descriptor < 0 { return .ready }
        let outcome = OneShot<Outcome>()
        let wait = Wait(descriptor: descriptor, events: Int16(events), deadline: deadline, outcome: outcome)
        let id: UInt64
        do throws(Errno) {
            id = try add(wait)
        } catch {
            return .failed(errno: error.code)
        }
        return await withTaskCancellationHandler {
            await outcome.take()
        } onCancel: {
            outcome.give(.cancelled)
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

    /// Makes the sockets and the thread.
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
        /// The microseconds to wait before the next call, since the last one failed.
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
            // What the kernel left in the entries when it failed means nothing.
            let isValid = failure == nil
            let woken = isValid && descriptors[0].revents != 0
            let now = ContinuousClock.now
            let ended = table.withLock { table in
                if woken {
                    var byte: UInt8 = 0
                    // The byte outlives the call, and there is one to read.
                    _ = unsafe read(wakeups, &byte, 1)
                    table.isWoken = false
                }
                var ended: [(OneShot<Outcome>, Outcome)] = []
                for (descriptor, id) in zip(descriptors, ids).dropFirst() {
                    // A wait that was given up meanwhile is no longer there.
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
            for (shot, outcome) in ended { shot.give(outcome) }
            pause = isValid ? 0 : min(max(1000, pause * 2), Self.longestPause)
            if pause > 0 { usleep(pause) }
        }
    }
}

extension ContinuousClock.Instant {
    /// The milliseconds until this instant, rounded up, at most an hour: a timeout of `poll`.
    fileprivate var millisecondsFromNow: Int32 {
        let left = max(.zero, ContinuousClock.now.duration(to: self))
        guard left < .seconds(3600) else { return 3_600_000 }
        let (seconds, attoseconds) = left.components
        return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
