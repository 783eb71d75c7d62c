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
/// A descriptor that another process has set to non-blocking is waited for. Standard output that cannot be written ends
/// the program; standard error that cannot be written is left unwritten, since the exit status still says the verdict.
struct Output: ~Copyable {
    /// What is to be written; append to it.
    private var bytes: [UInt8] = []
    private let descriptor: CInt
    /// Whether a person looks at it.
    let isTerminal: Bool

    static var standardOutput: Output { Output(STDOUT_FILENO) }
    static var standardError: Output { Output(STDERR_FILENO) }

    private init(_ descriptor: CInt) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// Appends text of the program's own.
    mutating func write(_ text: String) {
        bytes += Array(text.utf8)
    }

    /// Appends the message's own text. A terminal is shown what does not control it.
    mutating func write(received text: String) {
        guard isTerminal else { return write(text) }
        write(text.forTerminal(keepingLines: true))
    }

    /// Appends a name that was received, or another text that belongs on one line: shortened, and fit for a terminal.
    mutating func write(name: String) {
        write(name.shortened(to: Self.nameLimit).forTerminal(keepingLines: false))
    }

    /// Appends a line for a person, fit for a terminal.
    mutating func write(line: String) {
        write(line.shortened(to: Self.lineLimit).forTerminal(keepingLines: false) + "\n")
    }

    /// Appends JSON text. For a terminal, characters that would control it are escaped: the value is the same.
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

    /// How many characters of a name are shown.
    static let nameLimit = 120
    /// How many characters of a line are shown: more than a message of the API has.
    private static let lineLimit = 4000

    /// Flushes when there is much to write.
    mutating func flushIfLarge() {
        if bytes.count > 64 * 1024 { flush() }
    }

    /// Writes all that was appended. A reader that has gone away ends the program quietly.
    mutating func flush() {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Self.write(descriptor, $0, from: start) }
            if count >= 0 {
                start += count
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                waitForRoom()
            } else if errno != EINTR {
                giveUp(errno)
                break
            }
        }
        bytes.removeAll(keepingCapacity: true)
    }

    private func waitForRoom() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // One entry, which outlives the call. Whatever goes wrong, the next write reports.
        _ = unsafe poll(&entry, 1, -1)
    }

    private func giveUp(_ code: CInt) {
        guard descriptor == STDOUT_FILENO else { return }
        // 128 + SIGPIPE is what a shell reports of a program that the signal ends.
        if code == EPIPE { exit(128 + SIGPIPE) }
        // `strerror` gives a string that ends with NUL; it is copied at once.
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

    /// Makes the three standard descriptors what the rest of the program takes them for.
    ///
    /// One that is closed is opened so that its use fails as before: else the next file that is opened would get its
    /// number, and be taken for standard output. A closed pipe is reported by the write, not by a signal, which on
    /// standard error would replace the exit status.
    static func prepareStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest free number is this one.
            _ = systemOpen("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

extension String {
    /// The text with U+FFFD for each character that a terminal would obey rather than show; on one line, a space for
    /// each line end and tab.
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

    /// The first `limit` characters, with an ellipsis as the last one if there are more.
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
    // The path is read within the call only.
    unsafe open(path, flags)
}
