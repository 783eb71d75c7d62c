import Foundation
import MessageStream

/// Runs host name lookups on dedicated threads.
///
/// `getaddrinfo` may block for a long time and cannot be cancelled, so an abandoned lookup keeps its thread. On
/// Dispatch threads, many abandoned lookups would exhaust the pool that file reads also use. Lookups therefore have
/// their own threads, up to a limit. Further lookups wait in a queue, and an abandoned lookup leaves the queue.
package final class Lookups: Sendable {
    package static let shared = Lookups(limit: 32)

    private struct State {
        var threads = 0
        /// The lookups that wait for a thread, oldest first.
        var queue: [(id: UInt64, work: @Sendable () -> Void)] = []
        var nextID: UInt64 = 0
    }

    private let limit: Int
    private let state = Locked(State())

    /// Creates a group of threads.
    ///
    /// - Parameter limit: The maximum number of concurrent lookups.
    package init(limit: Int) {
        self.limit = limit
    }

    /// The number of lookups that wait for a thread.
    package var waitingCount: Int { state.withLock { $0.queue.count } }

    /// Returns the result of `lookUp`, or `timedOut` or `cancelled` if the deadline or a cancellation happens first.
    func result<Value: Sendable>(
        of lookUp: @escaping @Sendable () -> Value,
        until deadline: ContinuousClock.Instant?,
        timedOut: Value,
        cancelled: Value
    ) async -> Value {
        let result = SingleUseContinuation<Value>()
        let id = add { result.resume(returning: lookUp()) }
        let timer = deadline.map { deadline in
            Task {
                // The sleep ends early if the timer is cancelled, but then there is already a result.
                try? await Task.sleep(until: deadline, clock: .continuous)
                result.resume(returning: timedOut)
            }
        }
        let value = await withTaskCancellationHandler {
            await result.value()
        } onCancel: {
            result.resume(returning: cancelled)
        }
        timer?.cancel()
        remove(id)
        return value
    }

    private func add(_ work: @escaping @Sendable () -> Void) -> UInt64 {
        let (id, isNewThread) = state.withLock { state in
            state.nextID += 1
            state.queue.append((state.nextID, work))
            let isNewThread = state.threads < limit
            if isNewThread { state.threads += 1 }
            return (state.nextID, isNewThread)
        }
        if isNewThread {
            let thread = Thread { self.run() }
            thread.name = "lookup"
            thread.stackSize = 1 << 20
            thread.start()
        }
        return id
    }

    private func remove(_ id: UInt64) {
        state.withLock { state in state.queue.removeAll { $0.id == id } }
    }

    /// Runs queued lookups until the queue is empty, then ends the thread.
    private func run() {
        while true {
            let work: (@Sendable () -> Void)? = state.withLock { state in
                if state.queue.isEmpty {
                    state.threads -= 1
                    return nil
                }
                return state.queue.removeFirst().work
            }
            guard let work else { return }
            work()
        }
    }
}
