import Foundation

/// An error number of the C library.
struct Errno: Error, Equatable {
    let code: Int32

    /// That of the call that just failed on this thread.
    static var last: Errno { Errno(code: errno) }
}

/// Calls again as long as a signal interrupts the call.
///
/// - Parameter call: Returns −1 on error.
func retryingInterrupted(_ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno.last
        if error.code != EINTR { throw error }
    }
}

/// A process that is started while the descriptor is open shall not have it.
func setCloseOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
