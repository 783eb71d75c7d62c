#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A captured stream: a file or standard input, read in pieces as bytes become available.
///
/// `read` returns bytes as soon as the system has them, so that a pipe can be followed live. It waits even if another
/// process made the descriptor non-blocking.
package struct CaptureFile: ~Copyable {
    private let descriptor: CInt
    private let isOwned: Bool
    /// The display name.
    package let name: String
    /// Whether reading may block: true for a pipe, a FIFO, a socket or a terminal.
    package let isLive: Bool

    /// The outcome of a read.
    package enum Reading: Sendable, Hashable {
        /// The number of bytes read, at least one.
        case bytes(Int)
        case end
        /// No bytes arrived in time.
        case quiet
        /// The interruption descriptor became readable.
        case interrupted
    }

    /// Opens a file for reading.
    ///
    /// - Parameter path: The bytes of a path, or `-` for standard input.
    /// - Throws: ``CaptureError`` if the file cannot be opened or is a directory.
    package init(path: [UInt8]) throws(CaptureError) {
        let isStandardInput = path.elementsEqual("-".utf8)
        let name = isStandardInput ? "standard input" : String(decoding: path, as: UTF8.self)
        self.name = name
        descriptor = isStandardInput ? STDIN_FILENO : try Self.open(path, name: name)
        isOwned = !isStandardInput
        let type = Self.type(of: descriptor)
        isLive = type != nil && type != S_IFREG && type != S_IFBLK && type != S_IFDIR
    }

    /// Opens a regular file for reading.
    ///
    /// - Parameter path: The path; `-` has no special meaning.
    /// - Throws: ``CaptureError`` if the file cannot be opened, or can be read only once.
    static func regularFile(path: String) throws(CaptureError) -> CaptureFile {
        let file = try CaptureFile(path: Array((path == "-" ? "./-" : path).utf8))
        if file.isLive { throw CaptureError(name: path, systemCode: ESPIPE) }
        return file
    }

    private static func open(_ path: [UInt8], name: String) throws(CaptureError) -> CInt {
        // Without `O_NONBLOCK`, opening a FIFO would block until it has a writer; `read` waits instead.
        let descriptor = systemOpen(path.map { CChar(bitPattern: $0) } + [0], O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw CaptureError(name: name, systemCode: errno) }
        // Opening a directory succeeds; only reading it fails.
        if type(of: descriptor) == S_IFDIR {
            close(descriptor)
            throw CaptureError(name: name, systemCode: EISDIR)
        }
        return descriptor
    }

    /// The file type bits of a descriptor, or `nil` if `fstat` fails.
    private static func type(of descriptor: CInt) -> mode_t? {
        var status = stat()
        // The structure outlives the call.
        return unsafe fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : nil
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Waits for the next bytes and reads them.
    ///
    /// - Parameters:
    ///   - buffer: The destination of the bytes, filled from its start.
    ///   - patience: The maximum time to wait for a live stream; `nil` for no limit.
    ///   - interruption: A descriptor that ends the wait for a live stream when it becomes readable.
    /// - Throws: ``CaptureError`` if the file cannot be read.
    package func read(
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
            // The buffer is used only during the call.
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0) }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            // Another process may have read the available bytes first.
            case EAGAIN, EWOULDBLOCK: isReady = false
            default: throw CaptureError(name: name, systemCode: errno)
            }
        }
    }

    /// Waits until the descriptor is readable or has an error that the next read reports.
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
            // If `poll` fails, the read reports the error.
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
    // The path is NUL-terminated and used only during the call.
    unsafe open(path, flags)
}
