package import Foundation

/// A file without a name, in which bytes wait. It is gone with the process, whatever happens.
///
/// Its calls may wait for the disk: none is made under a lock.
package final class UnnamedFile: Sendable {
    private let descriptor: Int32

    package init() throws(Errno) {
        descriptor = try NewDescriptor.temporaryFile()
    }

    deinit {
        close(descriptor)
    }

    /// Writes `bytes` into `ranges`, which have as many bytes together.
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
                // No write of at least one byte ends with none, unless the device is broken.
                guard count > 0 else { throw Errno(code: EIO) }
                range = range.lowerBound + count..<range.upperBound
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Reads all bytes of `range`.
    package func read(_ range: Range<Int>) throws(Errno) -> Data {
        var bytes = Data(count: range.count)
        var filled = 0
        while filled < range.count {
            let count = try retryingInterrupted {
                // The kernel writes as many bytes as there is room for, at most.
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
            // Somebody has cut the file.
            guard count > 0 else { throw Errno(code: EIO) }
            filled += count
        }
        return bytes
    }
}
