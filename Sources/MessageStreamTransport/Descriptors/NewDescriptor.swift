import Foundation

/// Creates descriptors that child processes do not inherit.
///
/// Where the system supports it, the call that creates a descriptor also sets close-on-exec. With a separate call, a
/// process started by another thread in between would inherit the descriptor and keep the connection open. Only Darwin
/// requires a separate call, for sockets.
package enum NewDescriptor {
    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    #elseif canImport(Darwin)
        private static let streamType = SOCK_STREAM
    #else
        private static let streamType = Int32(SOCK_STREAM | SOCK_CLOEXEC)
    #endif

    /// Creates a stream socket.
    package static func streamSocket(family: Int32) throws(Errno) -> Int32 {
        let number = socket(family, streamType, 0)
        guard number >= 0 else { throw Errno.last }
        setCloseOnExec(number)
        return number
    }

    /// Creates a connected socket pair. Unlike `pipe`, the call can set close-on-exec everywhere but on Darwin.
    package static func streamPair() throws(Errno) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        // The array has room for both ends.
        guard unsafe socketpair(AF_UNIX, streamType, 0, &ends) == 0 else { throw Errno.last }
        for end in ends { setCloseOnExec(end) }
        return (ends[0], ends[1])
    }

    /// Creates a temporary file without a name, which the system deletes when the descriptor is closed.
    package static func temporaryFile() throws(Errno) -> Int32 {
        let folder = NSTemporaryDirectory()
        while true {
            let path = "\(folder)/midstream-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
            // The path outlives the call.
            let result = unsafe path.withCString { path in
                unsafe resultOrErrno(Int(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)))
            }
            if result == -Int(EEXIST) || result == -Int(EINTR) { continue }
            guard result >= 0 else { throw Errno(code: Int32(-result)) }
            // The path outlives the call.
            _ = unsafe unlink(path)
            return Int32(result)
        }
    }

    private static func setCloseOnExec(_ descriptor: Int32) {
        #if canImport(Darwin)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        #endif
    }
}
