import Synchronization

/// A lock that a test holds while it runs: alone, or beside a few others.
///
/// The concurrency pool has one thread per core and no order of priority, so a test that waits for a connection would
/// otherwise wait for thousands of tests that compute.
///
/// | state | a shared test arrives | an exclusive test arrives | a test ends |
/// |---|---|---|---|
/// | fewer shared tests than slots, no test waits | runs | waits, or runs if no test does | the next ones run |
/// | all slots in use, or exclusive tests wait | waits | waits | the next ones run |
/// | an exclusive test runs | waits | waits | the next ones run |
///
/// Exclusive tests go first. While they wait, shared tests end and none starts, so that exclusive tests follow each
/// other without waiting for shared ones again.
final class TestGate: Sendable {
    enum Mode { case shared, exclusive }

    private struct State {
        var sharedCount = 0
        var isExclusive = false
        var exclusiveWaiters: [CheckedContinuation<Void, Never>] = []
        var sharedWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let slots: Int
    private let state = Mutex(State())

    /// A gate for `slots` shared tests at a time.
    init(slots: Int) {
        self.slots = slots
    }

    /// The number of tests that wait.
    var waiterCount: Int { state.withLock { $0.exclusiveWaiters.count + $0.sharedWaiters.count } }

    /// Runs `body` when its turn comes.
    func run<Value>(_ mode: Mode, _ body: () async throws -> Value) async rethrows -> Value {
        await enter(mode)
        defer { leave(mode) }
        return try await body()
    }

    private func enter(_ mode: Mode) async {
        await withCheckedContinuation { continuation in
            let admitted = state.withLock { state in
                switch mode {
                case .exclusive: state.exclusiveWaiters.append(continuation)
                case .shared: state.sharedWaiters.append(continuation)
                }
                return admit(&state)
            }
            for next in admitted { next.resume() }
        }
    }

    private func leave(_ mode: Mode) {
        let admitted = state.withLock { state in
            switch mode {
            case .exclusive: state.isExclusive = false
            case .shared: state.sharedCount -= 1
            }
            return admit(&state)
        }
        for next in admitted { next.resume() }
    }

    /// Removes the tests whose turn it is from those that wait.
    private func admit(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard !state.isExclusive else { return [] }
        guard state.exclusiveWaiters.isEmpty else {
            guard state.sharedCount == 0 else { return [] }
            state.isExclusive = true
            return [state.exclusiveWaiters.removeFirst()]
        }
        let admitted = state.sharedWaiters.prefix(slots - state.sharedCount)
        state.sharedWaiters.removeFirst(admitted.count)
        state.sharedCount += admitted.count
        return Array(admitted)
    }
}
