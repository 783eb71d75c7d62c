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
actor TestGate {
    enum Mode { case shared, exclusive }

    private let slots: Int
    private var sharedCount = 0
    private var isExclusive = false
    private var exclusiveWaiters: [CheckedContinuation<Void, Never>] = []
    private var sharedWaiters: [CheckedContinuation<Void, Never>] = []

    /// A gate for `slots` shared tests at a time.
    init(slots: Int) {
        self.slots = slots
    }

    /// The number of tests that wait.
    var waiterCount: Int { exclusiveWaiters.count + sharedWaiters.count }

    /// Runs `body` when its turn comes, outside the actor.
    nonisolated func run<Value>(_ mode: Mode, _ body: () async throws -> Value) async rethrows -> Value {
        await enter(mode)
        do {
            let value = try await body()
            await leave(mode)
            return value
        } catch {
            await leave(mode)
            throw error
        }
    }

    private func enter(_ mode: Mode) async {
        await withCheckedContinuation { continuation in
            switch mode {
            case .exclusive: exclusiveWaiters.append(continuation)
            case .shared: sharedWaiters.append(continuation)
            }
            admit()
        }
    }

    private func leave(_ mode: Mode) {
        switch mode {
        case .exclusive: isExclusive = false
        case .shared: sharedCount -= 1
        }
        admit()
    }

    /// Resumes the tests whose turn it is.
    private func admit() {
        guard !isExclusive else { return }
        guard exclusiveWaiters.isEmpty else {
            guard sharedCount == 0 else { return }
            isExclusive = true
            exclusiveWaiters.removeFirst().resume()
            return
        }
        while sharedCount < slots, !sharedWaiters.isEmpty {
            sharedCount += 1
            sharedWaiters.removeFirst().resume()
        }
    }
}
