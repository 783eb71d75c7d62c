import Foundation
import MessageStream

/// Look-ups of host names, on threads of their own.
///
/// `getaddrinfo` may wait for long and cannot be ended, so that a look-up that is abandoned keeps its thread. Were it a
/// thread of Dispatch, many of these would use up the pool by which files are read. So look-ups have threads of their
/// own, at most as many as the limit. Further look-ups wait in line, and one that is abandoned leaves the line.
package final class LookUps: Sendable {
    package static let shared = LookUps(limit: 32)

    private struct State {
        var threads = 0
        /// What waits for a thread, in order of age.
        var line: [(id: UInt64, work: @Sendable () -> Void)] = []
        var nextID: UInt64 = 0
    }

    private let limit: Int
    private let state = Locked(State())

    /// Creates a group of threads.
    ///
    /// - Parameter limit: How many look-ups run at a time, at most.
    package init(limit: Int) {
        self.limit = limit
    }

    /// How many look-ups wait for a thread.
    package var waitingCount: Int { state.withLock { $0.line.count } }

    /// The result of `lookUp`, or what `otherwise` says if the deadline or a cancellation comes first.
    func result<Value: Sendable>(
        of lookUp: @escaping @Sendable () -> Value,
        until deadline: ContinuousClock.Instant?,
        timedOut: Value,
        cancelled: Value
    ) async -> Value {
        let result = OneShot<Value>()
        let id = add { result.give(lookUp()) }
        let timer = deadline.map { deadline in
            Task {
                // It ends early if the task is cancelled: then there is a result.
                try? await Task.sleep(until: deadline, clock: .continuous)
                result.give(timedOut)
            }
        }
        let value = await withTaskCancellationHandler {
            await result.take()
        } onCancel: {
            result.give(cancelled)
        }
        timer?.cancel()
        remove(id)
        return value
    }

    private func add(_ work: @escaping @Sendable () -> Void) -> UInt64 {
        let (id, isNewThread) = state.withLock { state in
            state.nextID += 1
            state.line.append((state.nextID, work))
            let isNewThread = state.threads < limit
            if isNewThread { state.threads += 1 }
            return (state.nextID, isNewThread)
        }
        if isNewThread {
            let thread = Thread { self.run() }
            thread.name = "look-up"
            thread.stackSize = 1 << 20
            thread.start()
        }
        return id
    }

    private func remove(_ id: UInt64) {
        state.withLock { state in state.line.removeAll { $0.id == id } }
    }

    /// Takes from the line until it is empty. Then the thread ends.
    private func run() {
        while true {
            let work: (@Sendable () -> Void)? = state.withLock { state in
                if state.line.isEmpty {
                    state.threads -= 1
                    return nil
                }
                return state.line.removeFirst().work
            }
            guard let work else { return }
            work()
        }
    }
}
