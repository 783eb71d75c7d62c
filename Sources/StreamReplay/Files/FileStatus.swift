#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// The file that a path names, after following symbolic links.
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case regular, directory
        /// A FIFO, a socket or a device.
        case other
    }

    /// The identity of a file, independent of its name.
    package struct Identity: Sendable, Hashable {
        var device: UInt64
        var number: UInt64
    }

    package var kind: Kind
    package var identity: Identity
    /// The size of a regular file in bytes.
    package var size: Int

    /// Reads the status of a path.
    ///
    /// - Throws: The system error, including for a symbolic link to nothing or to itself.
    package init(path: [UInt8]) throws(CaptureError.Cause) {
        var status = stat()
        let terminated = path.map { CChar(bitPattern: $0) } + [0]
        // The path is NUL-terminated, and both outlive the call.
        guard unsafe fstatat(AT_FDCWD, terminated, &status, 0) == 0 else { throw .system(code: errno) }
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            default: .other
            }
        identity = Identity(
            device: UInt64(truncatingIfNeeded: status.st_dev),
            number: UInt64(truncatingIfNeeded: status.st_ino)
        )
        size = Int(clamping: status.st_size)
    }
}
