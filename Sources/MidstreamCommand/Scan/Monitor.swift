import Foundation

/// A value protected by a lock, and waits for its changes.
final class Monitor<Value: ~Copyable>: @unchecked Sendable {
    // Sendable, because the lock is held during every access to the value.
    private let condition = NSCondition()
    private var value: Value

    init(_ value: consuming sending Value) { self.value = value }

    /// Calls `body` with exclusive access to the value.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body(&value)
    }

    /// Calls `body` with exclusive access to the value, then wakes all waiting threads.
    func change<Result>(_ body: (inout Value) -> Result) -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return body(&value)
    }

    /// Calls `body` with exclusive access to the value, then wakes all waiting threads if it returns true.
    func wake(if body: (inout Value) -> Bool) {
        condition.lock()
        defer { condition.unlock() }
        if body(&value) { condition.broadcast() }
    }

    /// Waits until `body` returns a result. `body` is called again after each change.
    ///
    /// - Parameter period: The maximum time in seconds between two calls; `nil` for no limit.
    func wait<Result>(period: Double? = nil, until body: (inout Value) -> Result?) -> Result {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = body(&value) { return result }
            if let period {
                _ = condition.wait(until: Date(timeIntervalSinceNow: period))
            } else {
                condition.wait()
            }
        }
    }
}
