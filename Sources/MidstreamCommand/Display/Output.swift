import MessageStream

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// Standard output or standard error, buffered until `flush`.
///
/// If another process made the descriptor non-blocking, `flush` waits until it is writable. A write error on standard
/// output ends the program. A write error on standard error is ignored, because the exit status still reports the
/// verdict.
struct Output: ~Copyable {
    /// The bytes to write.
    private var bytes: [UInt8] = []
    private let descriptor: CInt
    /// Whether the descriptor is a terminal.
    let isTerminal: Bool

    static var standardOutput: Output { Output(STDOUT_FILENO) }
    static var standardError: Output { Output(STDERR_FILENO) }

    private init(_ descriptor: CInt) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// Appends the program's own text.
    mutating func write(_ text: String) {
        bytes += Array(text.utf8)
    }

    /// Appends bytes unchanged.
    mutating func write(bytes more: [UInt8]) {
        bytes += more
    }

    /// Appends text of the message. For a terminal, control characters are replaced.
    mutating func write(received text: String) {
        guard isTerminal else { return write(text) }
        write(text.forTerminal(keepingLines: true))
    }

    /// Appends a received name, or other one-line text, truncated and safe for a terminal.
    mutating func write(name: String) {
        write(name.shortened(to: Self.nameLimit).forTerminal(keepingLines: false))
    }

    /// Appends a human-readable line, truncated and safe for a terminal.
    mutating func write(line: String) {
        write(line.shortened(to: Self.lineLimit).forTerminal(keepingLines: false) + "\n")
    }

    /// Appends JSON text. For a terminal, control characters are escaped, which does not change the JSON value.
    mutating func write(json: [UInt8]) {
        guard isTerminal else {
            bytes += json
            return
        }
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if scalar.isTerminalSafe || scalar == "\n" {
                // Every scalar has an encoding.
                bytes += UTF8.encode(scalar)!
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    write("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)")
                }
            }
        }
    }

    /// The maximum length of a displayed name, in characters.
    static let nameLimit = 120
    /// The maximum length of a displayed line, in characters; longer than any API error message.
    static let lineLimit = 4000

    var isEmpty: Bool { bytes.isEmpty }
    var isLarge: Bool { bytes.count > 64 * 1024 }
    /// The text in the buffer.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Flushes if the buffer is large.
    mutating func flushIfLarge() {
        if isLarge { flush() }
    }

    /// Writes the buffer. If the reader has closed the pipe, exits quietly.
    mutating func flush() {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Self.write(descriptor, $0, from: start) }
            if count >= 0 {
                start += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                waitUntilWritable()
            } else if errno != EINTR {
                handleWriteError(errno)
                break
            }
        }
        bytes.removeAll(keepingCapacity: true)
    }

    /// Writes a message of the program to standard error immediately.
    static func printError(_ message: String) {
        var errors = Output.standardError
        errors.write(line: "midstream: \(message)")
        errors.flush()
    }

    private func waitUntilWritable() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // The one entry outlives the call. The next write reports any error.
        _ = unsafe poll(&entry, 1, -1)
    }

    private func handleWriteError(_ code: CInt) {
        guard descriptor == STDOUT_FILENO else { return }
        // A shell reports 128 + SIGPIPE for a program that the signal terminates.
        if code == EPIPE { exit(128 + SIGPIPE) }
        // `strerror` returns a NUL-terminated string, which is copied here.
        let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        var errors = Output.standardError
        errors.write(line: "midstream: standard output cannot be written: \(reason). Check where the output goes.")
        errors.flush()
        exit(ExitStatus.cannotWrite)
    }

    private static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        // In bounds: start < bytes.count.
        unsafe systemWrite(descriptor, bytes.baseAddress! + start, bytes.count - start)
    }

    /// Prepares the three standard descriptors.
    ///
    /// A closed descriptor is reopened in a mode in which its use still fails. Otherwise the next opened file would get
    /// its number and could be mistaken for standard output. SIGPIPE is ignored so that a closed pipe is a write error:
    /// on standard error, the signal would replace the exit status.
    static func prepareStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // `open` returns the lowest free descriptor, which is this one.
            _ = systemOpen("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

extension String {
    /// The text with each terminal control character replaced by U+FFFD. Unless lines are kept, each line break and tab
    /// becomes a space.
    func forTerminal(keepingLines: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar {
            case "\n" where keepingLines, "\t" where keepingLines: result.append(scalar)
            case "\n", "\t", "\r": result.append(keepingLines ? "\u{FFFD}" : " ")
            default: result.append(scalar.isTerminalSafe ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    /// The text truncated to `limit` characters, the last of them an ellipsis.
    func shortened(to limit: Int) -> String {
        let scalars = unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self }
        return String(scalars[..<scalars.index(before: end)]) + "…"
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

private func systemOpen(_ path: String, _ flags: CInt) -> CInt {
    // The path is used only during the call.
    unsafe open(path, flags)
}
