import Foundation

/// An `errno` value.
package struct Errno: Error, Equatable {
    package let code: Int32

    package init(code: Int32) {
        self.code = code
    }

    /// The error of the call that just failed on this thread. Read it immediately after the call.
    static var last: Errno { Errno(code: errno) }
}

/// The result of a C library call, or the negated `errno` if the result is negative, as a kernel call returns it.
///
/// Wrap it around the call itself: any code that runs after the call, such as the release of an object, may change
/// `errno`.
package func resultOrErrno(_ result: Int) -> Int {
    result >= 0 ? result : -Int(errno)
}

/// Repeats a call while signals interrupt it.
///
/// - Parameter call: A call that returns the result of `resultOrErrno`.
package func retryingInterrupted(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        if result != -Int(EINTR) { throw Errno(code: Int32(-result)) }
    }
}
