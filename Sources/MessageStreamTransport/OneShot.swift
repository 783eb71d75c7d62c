import MessageStream

/// A value that is given once and awaited once. The first giver wins; what others give is dropped.
///
/// It is how a callback of the system meets a task: the callback, a deadline and the cancellation of the task all try to
/// give, and the continuation is resumed exactly once.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        /// Nothing was given and nobody waits. Goes to `waiting` or `given`.
        case empty
        /// Somebody waits. Goes to `taken`.
        case waiting(CheckedContinuation<Value, Never>)
        /// The value waits. Goes to `taken`.
        case given(Value)
        /// The value was given and taken, or is on its way. Final.
        case taken
    }

    private let state = Locked(State.empty)

    /// Gives the value, unless one was given before.
    func give(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .empty:
                state = .given(value)
                return nil
            case .waiting(let continuation):
                state = .taken
                return continuation
            case .given, .taken:
                return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// The value, as soon as it is given. To be called once.
    func take() async -> Value {
        await withCheckedContinuation { continuation in
            let given: Value? = state.withLock { state in
                switch state {
                case .empty:
                    state = .waiting(continuation)
                    return nil
                case .given(let value):
                    state = .taken
                    return value
                case .waiting, .taken:
                    preconditionFailure("a value is taken once")
                }
            }
            if let given { continuation.resume(returning: given) }
        }
    }
}
