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
/// A piece is handed out as soon as the system has it, so that a pipe can be followed live. A descriptor that another
/// process has set to non-blocking is waited for all the same.
public struct CaptureFile: ~Copyable {
    private let descriptor: CInt
    private let isOwned: Bool
    /// The name to show to a person.
    public let name: String
    /// Whether bytes may be waited for, and their end may be far: a pipe, a FIFO, a socket, a terminal.
    public let isLive: Bool

    /// The outcome of an attempt to read.
    public enum Reading: Sendable, Hashable {
        /// So many bytes, at least one.
        case bytes(Int)
        case end
        /// Nothing came in the time given.
        case quiet
        /// The other descriptor became readable.
        case interrupted
    }

    /// Opens a file for reading.
    ///
    /// - Parameter path: The bytes of a path, or `-` for standard input.
    /// - Throws: ``CaptureError`` if the file cannot be opened or is a directory.
    public init(path: [UInt8]) throws(CaptureError) {
        let isStandardInput = path.elementsEqual("-".utf8)
        let name = isStandardInput ? "standard input" : String(decoding: path, as: UTF8.self)
        self.name = name
        descriptor = isStandardInput ? STDIN_FILENO : try Self.open(path, name: name)
        isOwned = !isStandardInput
        let type = Self.type(of: descriptor)
        isLive = type != nil && type != S_IFREG && type != S_IFBLK && type != S_IFDIR
    }

    private static func open(_ path: [UInt8], name: String) throws(CaptureError) -> CInt {
        // The wait for the other end of a FIFO is the wait for its bytes.
        let descriptor = systemOpen(path.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CaptureError(name: name, code: errno) }
        // A directory can be opened, and fails only when it is read.
        if type(of: descriptor) == S_IFDIR {
            close(descriptor)
            throw CaptureError(name: name, code: EISDIR)
        }
        return descriptor
    }

    /// The type bits of what a descriptor stands for; nil if that cannot be told.
    private static func type(of descriptor: CInt) -> mode_t? {
        var status = stat()
        // The structure outlives the call.
        return unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Reads the next bytes, and waits for them.
    ///
    /// - Parameters:
    ///   - buffer: What takes the bytes, from its start.
    ///   - patience: How long to wait; nil for without end. Only a live stream is waited for.
    ///   - interruption: A descriptor that ends the wait for a live stream when it becomes readable.
    /// - Throws: ``CaptureError`` if the file cannot be read.
    public func read(
        into buffer: inout [UInt8],
        patience: Duration? = nil,
        interruption: CInt? = nil
    ) throws(CaptureError) -> Reading {
        let deadline = patience.map { ContinuousClock.now + $0 }
        var isReady = !isLive
        while true {
            if !isReady {
                switch wait(until: deadline, interruption) {
                case .bytes, .end: break
                case .quiet: return .quiet
                case .interrupted: return .interrupted
                }
            }
            // The buffer is used within the call only.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            // Another process may have taken the bytes that were there.
            case EAGAIN, EWOULDBLOCK: isReady = false
            default: throw CaptureError(name: name, code: errno)
            }
        }
    }

    /// Waits until there is something to read, or an error that the next read reports.
    private func wait(until deadline: ContinuousClock.Instant?, _ interruption: CInt?) -> Reading {
        while true {
            var entries = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
            if let interruption { entries.append(pollfd(fd: interruption, events: Int16(POLLIN), revents: 0)) }
            let left = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
            let milliseconds = left.map { CInt(clamping: ($0 / .milliseconds(1)).rounded(.up)) } ?? -1
            // The array outlives the call.
            let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
            if count < 0, errno == EINTR { continue }
            if entries.count > 1, entries[1].revents != 0 { return .interrupted }
            // Whatever `poll` itself finds wrong, reading says too.
            if count != 0 { return .bytes(1) }
            if let deadline, ContinuousClock.now >= deadline { return .quiet }
        }
    }
}

extension CInt {
    fileprivate init(clamping value: Double) {
        self = value < Double(CInt.max) ? CInt(value) : .max
    }
}

private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe read(descriptor, buffer.baseAddress, buffer.count)
}

private func systemOpen(_ path: [CChar], _ flags: CInt) -> CInt {
    // The path ends with NUL, and is read within the call only.
    unsafe open(path, flags)
}

/// A captured stream that cannot be read.
public struct CaptureError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the file.
    public let name: String
    /// The system's error number.
    public let code: CInt

    /// The fault, in the system's words.
    public var reason: String {
        // `strerror` gives a string that ends with NUL; it is copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// One line: the name and the fault.
    public var description: String { "\(name): \(reason)" }
}
