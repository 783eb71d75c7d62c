import Foundation

/// Bytes that wait in a file that has no name: first in, first out.
///
/// The file is gone with the process, whatever happens. Its room is used again each time all was taken.
struct OverflowFile: ~Copyable {
    /// Negative until there are bytes.
    private var descriptor: Int32 = -1
    /// What lies between the two is to be taken.
    private var readOffset = 0
    private var writeOffset = 0

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The number of bytes that are to be taken.
    var byteCount: Int { writeOffset - readOffset }

    /// Puts all of `bytes` behind the others.
    mutating func append(_ bytes: Data) throws(Errno) {
        if descriptor < 0 { descriptor = try NewDescriptor.temporaryFile() }
        var rest = bytes[...]
        while !rest.isEmpty {
            let offset = off_t(writeOffset)
            let count = try retryingInterrupted {
                // The bytes are there for the call.
                unsafe rest.withUnsafeBytes {
                    unsafe resultOrErrno(pwrite(descriptor, $0.baseAddress, $0.count, offset))
                }
            }
            writeOffset += count
            rest = rest.dropFirst(count)
        }
    }

    /// Takes the first bytes, at most `limit`; none only if there are none.
    mutating func take(atMost limit: Int) throws(Errno) -> Data {
        var bytes = Data(count: min(limit, byteCount))
        guard !bytes.isEmpty else { return bytes }
        let offset = off_t(readOffset)
        let count = try retryingInterrupted {
            // The kernel writes as many bytes as there is room for, at most.
            unsafe bytes.withUnsafeMutableBytes {
                unsafe resultOrErrno(pread(descriptor, $0.baseAddress, $0.count, offset))
            }
        }
        // Somebody has cut the file.
        guard count > 0 else { throw Errno(code: EIO) }
        readOffset += count
        if readOffset == writeOffset { removeAll() }
        return bytes.prefix(count)
    }

    /// Drops all bytes.
    mutating func removeAll() {
        (readOffset, writeOffset) = (0, 0)
        // It costs room on the disk if this fails, and nothing else.
        if descriptor >= 0 { _ = ftruncate(descriptor, 0) }
    }
}
