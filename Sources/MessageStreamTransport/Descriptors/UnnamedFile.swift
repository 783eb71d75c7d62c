package import Foundation

/// A temporary file without a name. The system deletes it when the process exits, even after a crash.
///
/// Its methods may block on the disk. Do not call them while holding a lock.
package final class UnnamedFile: Sendable {
    private let descriptor: Int32

    package init() throws(Errno) {
        descriptor = try NewDescriptor.temporaryFile()
    }

    deinit {
        close(descriptor)
    }

    /// Writes `bytes` to `ranges`, whose total length is that of `bytes`.
    package func write(_ bytes: Data, to ranges: [Range<Int>]) throws(Errno) {
        var rest = bytes[...]
        for var range in ranges {
            while !range.isEmpty {
                let count = try retryingInterrupted {
                    // The bytes outlive the call, and `min` keeps the count within them.
                    unsafe rest.withUnsafeBytes {
                        unsafe resultOrErrno(
                            pwrite(descriptor, $0.baseAddress, min($0.count, range.count), off_t(range.lowerBound))
                        )
                    }
                }
                // A nonempty write returns 0 only if the device is faulty.
                guard count > 0 else { throw Errno(code: EIO) }
                range = range.lowerBound + count..<range.upperBound
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Reads the bytes in `range`.
    package func read(_ range: Range<Int>) throws(Errno) -> Data {
        var bytes = Data(count: range.count)
        var filled = 0
        while filled < range.count {
            let count = try retryingInterrupted {
                // The kernel writes at most the given number of bytes, which fit.
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe resultOrErrno(
                        pread(
                            descriptor,
                            $0.baseAddress! + filled,
                            $0.count - filled,
                            off_t(range.lowerBound + filled)
                        )
                    )
                }
            }
            // The file has been truncated.
            guard count > 0 else { throw Errno(code: EIO) }
            filled += count
        }
        return bytes
    }
}
