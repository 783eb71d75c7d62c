import Foundation

/// A value under a lock.
///
/// It is what `Mutex` is, but the thread sanitizer knows this lock: that of `Mutex` waits, on Linux, by calls that it does
/// not see, so that it takes what the lock protects for races.
///
/// It is Sendable although its value changes, since `lock` is held as long as anybody has it.
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    package init(_ value: consuming sending Value) {
        self.value = value
    }

    /// Calls `body` with the value, which nobody else has meanwhile.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
