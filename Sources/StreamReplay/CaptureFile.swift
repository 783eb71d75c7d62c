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
/// A piece is handed out as soon as the system has it, so that a pipe can be followed live; no more is read ahead than it
/// takes to recognise the format.
public struct CaptureFile: ~Copyable {
    private let descriptor: CInt
    private let isOwned: Bool
    /// The name to show to a person.
    public let name: String

    /// What was read to recognise the format, and is still to be handed out.
    private var readAhead: [UInt8] = []

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

    /// Reads as much as it takes to tell what the bytes are.
    ///
    /// - Parameter recognise: What knows the formats: it is given the beginning of the file, and whether that is all of
    ///   it, and answers nil to be given more.
    /// - Throws: ``CaptureError`` if the file cannot be read.
    public mutating func recogniseFormat(
        _ recognise: ([UInt8], _ isAll: Bool) -> CaptureFormat?
    ) throws(CaptureError) -> CaptureFormat {
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        while true {
            let count = try read(into: &buffer)
            readAhead += buffer[..<count]
            if let format = recognise(readAhead, count == 0) {
                if case .response(let start, _) = format { readAhead.removeFirst(start) }
                return format
            }
            precondition(count > 0, "a format must be recognised in all of the bytes")
        }
    }

    /// Reads the next bytes; returns their number, 0 at the end.
    private borrowing func read(into buffer: inout [UInt8]) throws(CaptureError) -> Int {
        while true {
            // The buffer is used within the call only.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0) }
            if count >= 0 { return count }
            if errno != EINTR { throw CaptureError(name: name, code: errno) }
        }
    }

    /// Hands each piece of the file to `body`, in order, cut further into `sizes`.
    ///
    /// - Parameters:
    ///   - sizes: How to cut.
    ///   - body: Called with each piece; returns whether to go on.
    /// - Throws: ``CaptureError`` if the file cannot be read.
    public func forEachChunk(_ sizes: ChunkSizes, _ body: (RawSpan) -> Bool) throws(CaptureError) {
        var sizes = sizes
        /// Returns whether to go on.
        func handOut(_ bytes: RawSpan) -> Bool {
            var start = 0
            while start < bytes.byteCount {
                let end = start + sizes.nextPiece(of: bytes.byteCount - start)
                guard body(bytes.extracting(start..<end)) else { return false }
                start = end
            }
            return true
        }
        // `UInt8` has no padding bytes.
        guard handOut(unsafe readAhead.span.bytes) else { return }
        var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
        while true {
            let count = try read(into: &buffer)
            guard count > 0, handOut(unsafe buffer.span.bytes.extracting(first: count)) else { return }
        }
    }
}

private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
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
