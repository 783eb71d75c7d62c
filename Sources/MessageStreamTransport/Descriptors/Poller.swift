import Foundation
import MessageStream

/// Waits for descriptors to be ready: one thread of the process does so for all.
///
/// ## Theory of operation
///
/// The thread calls `poll` with every descriptor somebody waits for, and with the reading end of a pipe. Who begins or
/// gives up a wait changes the table and writes a byte into the pipe, so that `poll` returns and is called anew. A wait
/// ends once: when its descriptor is ready, at its deadline, or by cancellation. Nothing is read here, and no descriptor
/// is changed: `poll` serves pipes, sockets and terminals alike, and needs no `O_NONBLOCK`, which would be seen by every
/// process that shares the descriptor.
final class Poller: Sendable {
    /// The poller of the process. Its thread and its pipe are made for the first wait, and stay.
    static let shared = Poller()

    /// How a wait ended.
    enum Outcome: Sendable, Equatable {
        /// The descriptor is ready, or in an error that the next call on it will tell.
        case ready
        case timedOut
        case cancelled
        /// The poller has no pipe: the process is out of descriptors.
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
        /// The two ends of the pipe; nil as long as there is no thread.
        var pipe: (reading: Int32, writing: Int32)?
        /// Whether a byte is in the pipe that the thread has not read.
        var isWoken = false

        mutating func wake() {
            guard let pipe, !isWoken else { return }
            isWoken = true
            var byte: UInt8 = 1
            // The byte outlives the call. The pipe is empty, so the call does not wait.
            _ = unsafe write(pipe.writing, &byte, 1)
        }
    }

    private let table = Locked(Table())

    /// Waits until one of `events` holds for the descriptor, which stays open meanwhile.
    func wait(for events: Int32, on descriptor: Int32, until deadline: ContinuousClock.Instant? = nil) async -> Outcome
    {
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
            if table.pipe == nil { table.pipe = try start() }
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

    /// Makes the pipe and the thread.
    private func start() throws(Errno) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        // There is room for both ends.
        guard unsafe pipe(&ends) == 0 else { throw Errno.last }
        for end in ends { setCloseOnExec(end) }
        let reading = ends[0]
        let thread = Thread { self.run(wakeups: reading) }
        thread.name = "poller"
        thread.stackSize = 256 << 10
        thread.start()
        return (reading, ends[1])
    }

    private func run(wakeups: Int32) {
        var descriptors: [pollfd] = []
        var ids: [UInt64] = []
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
            // The array outlives the call.
            let count = unsafe poll(&descriptors, nfds_t(descriptors.count), earliest?.millisecondsFromNow ?? -1)
            // EINTR, or ENOMEM: there is nothing to tell, and the next call may do.
            if count < 0 { continue }
            let woken = descriptors[0].revents != 0
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
                    if descriptor.revents != 0 {
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
