#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// The names in a directory, in the order of their bytes.
///
/// - Memory: the bytes of the names, and five more for each name.
struct DirectoryListing: Sendable {
    /// The names, each with a NUL after it.
    private var bytes: [UInt8] = []
    /// Where each name begins, in order.
    private var starts: [UInt32] = []

    /// The number of names.
    var count: Int { starts.count }

    /// A name.
    subscript(index: Int) -> [UInt8] { Array(bytes[Int(starts[index])...].prefix { $0 != 0 }) }

    /// Reads a directory, without the entries for itself and its parent.
    ///
    /// - Throws: The system error.
    init(path: [UInt8]) throws(CaptureError.Cause) {
        let terminated = path.map { CChar(bitPattern: $0) } + [0]
        // The path is NUL-terminated and outlives the call.
        guard let directory = unsafe opendir(terminated) else { throw .system(code: errno) }
        // It was opened above, and is closed once.
        defer { unsafe _ = closedir(directory) }
        while true {
            errno = 0
            // The entry is valid until the next call.
            guard let entry = unsafe readdir(directory) else { break }
            // The name is NUL-terminated, and copied here.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe UnsafeRawBufferPointer(
                    start: name,
                    count: strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
                )
                .map { $0 }
            }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            guard let start = UInt32(exactly: bytes.count) else { throw .system(code: EOVERFLOW) }
            starts.append(start)
            bytes += name
            bytes.append(0)
        }
        if errno != 0 { throw .system(code: errno) }
        unsafe bytes.withUnsafeBytes { buffer in
            // Each start is that of a NUL-terminated name in the buffer, which outlives the closure.
            guard let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
            starts.sort { unsafe strcmp(base + Int($0), base + Int($1)) < 0 }
        }
    }
}
