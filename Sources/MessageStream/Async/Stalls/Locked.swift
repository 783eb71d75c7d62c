#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A value protected by a lock.
///
/// This is used instead of `Mutex` because the thread sanitizer understands this lock. On Linux, `Mutex` waits by
/// system calls that the sanitizer does not see, so it reports races on the value that the lock protects.
///
/// `@unchecked Sendable`: the value is only accessed while the lock is held.
@safe
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
    /// Initialized and destroyed with this object. A lock must not move in memory, so it has its own allocation.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: consuming sending Value) {
        self.value = value
        unsafe lock = .allocate(capacity: 1)
        let code = unsafe pthread_mutex_init(lock, nil)
        precondition(code == 0, "a lock cannot be made: error \(code)")
    }

    deinit {
        // The lock is not held: its holder would retain this object.
        unsafe pthread_mutex_destroy(lock)
        unsafe lock.deallocate()
    }

    /// Calls `body` with exclusive access to the value.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // The pointer was initialized in `init`.
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return try body(&value)
    }
}
