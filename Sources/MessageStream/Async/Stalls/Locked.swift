#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A value under a lock.
///
/// It is what `Mutex` is, but the thread sanitizer knows this lock: that of `Mutex` waits, on Linux, by calls that it does
/// not see, so that it takes what the lock protects for races.
///
/// It is Sendable although its value changes, since the lock is held as long as anybody has it.
@safe
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
    /// Made and ended with this object. A lock has to stay where it is, so it has memory of its own.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: consuming sending Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        let code = unsafe pthread_mutex_init(lock, nil)
        precondition(code == 0, "a lock cannot be made: error \(code)")
    }

    deinit {
        // The lock is not held: its holder would hold this object.
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Calls `body` with exclusive access to the value.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The pointer is that of `init`.
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
