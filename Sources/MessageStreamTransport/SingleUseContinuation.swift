import MessageStream

/// A continuation that several parties may resume. The first one wins; later calls of `resume` have no effect.
///
/// It connects a system callback to a task: the callback, a deadline and the cancellation of the task may all resume
/// it, and the underlying continuation is resumed exactly once.
final class SingleUseContinuation<Value: Sendable>: Sendable {
    private enum State {
        /// Neither resumed nor awaited. → `waiting` or `resumed`.
        case idle
        /// A task is waiting for the value. → `finished`.
        case waiting(CheckedContinuation<Value, Never>)
        /// The value is available but not awaited yet. → `finished`.
        case resumed(Value)
        /// The value has been delivered.
        case finished
    }

    private let state = Locked(State.idle)

    /// Sets the value, unless it has already been set.
    func resume(returning value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .idle:
                state = .resumed(value)
                return nil
            case .waiting(let continuation):
                state = .finished
                return continuation
            case .resumed, .finished:
                return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the value and returns it. Call this only once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let available: Value? = state.withLock { state in
                switch state {
                case .idle:
                    state = .waiting(continuation)
                    return nil
                case .resumed(let value):
                    state = .finished
                    return value
                case .waiting, .finished:
                    preconditionFailure("the value can be awaited only once")
                }
            }
            if let available { continuation.resume(returning: available) }
        }
    }
}
