import Foundation

/// An error number of the C library.
package struct Errno: Error, Equatable {
    package let code: Int32

    package init(code: Int32) {
        self.code = code
    }

    /// That of the call that has just failed on this thread. Nothing may run between the call and this.
    static var last: Errno { Errno(code: errno) }
}

/// What a call of the C library returned; if that is negative, its error number with a minus sign, as the kernel itself
/// returns it.
///
/// Used around the call itself: whatever runs after the call, such as the release of an object, may change `errno`.
package func resultOrErrno(_ result: Int) -> Int {
    result >= 0 ? result : -Int(errno)
}

/// Calls again as long as a signal interrupts the call.
///
/// - Parameter call: Returns what `resultOrErrno` returns.
package func retryingInterrupted(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        if result != -Int(EINTR) { throw Errno(code: Int32(-result)) }
    }
}
