#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A captured stream: a file, or standard input, read piece by piece as its bytes come.
///
/// Nothing is read ahead: a piece is handed out as soon as the system has it, so that a pipe can be followed live.
public struct CaptureFile: ~Copyable {
    private let descriptor: CInt
    private let isOwned: Bool
    /// The name to show to a person.
    public let name: String

    /// How many bytes are read at once, at most.
    private static let bufferSize = 64 * 1024

    /// Opens a file for reading.
    ///
    /// - Parameter path: A path, or `-` for standard input.
    /// - Throws: ``CaptureError`` if the file cannot be opened or is a directory.
    public init(path: String) throws(CaptureError) {
        let isStandardInput = path == "-"
        name = isStandardInput ? "standard input" : path
        descriptor = isStandardInput ? STDIN_FILENO : try Self.open(path)
        isOwned = !isStandardInput
    }

    private static func open(_ path: String) throws(CaptureError) -> CInt {
        let descriptor = systemOpen(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CaptureError(name: path, code: errno) }
        var status = stat()
        // A directory can be opened, and fails only when it is read.
        if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw CaptureError(name: path, code: EISDIR)
        }
        return descriptor
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Hands each piece of the file to `body`, in order, cut further into `sizes`.
    ///
    /// - Parameters:
    ///   - sizes: How to cut.
    ///   - body: Called with each piece; returns whether to go on.
    /// - Throws: ``CaptureError`` if the file cannot be read.
    public func forEachChunk(_ sizes: ChunkSizes, _ body: (RawSpan) -> Bool) throws(CaptureError) {
        var sizes = sizes
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw CaptureError(name: name, code: errno) }
            guard count > 0 else { return }
            // `UInt8` has no padding bytes.
            let bytes = unsafe buffer.span.bytes
            var start = 0
            while start < count {
                let end = start + sizes.nextPiece(of: count - start)
                guard body(bytes.extracting(start..<end)) else { return }
                start = end
            }
        }
    }
}

private func systemOpen(_ path: String, _ flags: CInt) -> CInt {
    // The path is read within the call only.
    unsafe open(path, flags)
}

/// A captured stream that cannot be read.
public struct CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the file.
    public let name: String
    /// The system's error number.
    public let code: CInt

    /// One line: the name, and what is wrong.
    public var description: String {
        // `strerror` gives a string that ends with NUL; it is copied at once.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return "\(name): \(reason)"
    }
}
