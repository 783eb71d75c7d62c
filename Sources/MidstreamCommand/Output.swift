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
struct Output: ~Copyable {
    /// What is to be written; append to it.
    var bytes: [UInt8] = []
    private let descriptor: CInt
    /// Whether a person looks at it.
    let isTerminal: Bool

    static var standardOutput: Output { Output(STDOUT_FILENO) }
    static var standardError: Output { Output(STDERR_FILENO) }

    private init(_ descriptor: CInt) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// Appends text as it is.
    mutating func write(_ text: String) {
        bytes += Array(text.utf8)
    }

    /// Appends text that comes from a stream: a terminal must not obey it, so control characters are replaced there.
    mutating func write(received text: String) {
        guard isTerminal else { return write(text) }
        for scalar in text.unicodeScalars {
            let isHarmless =
                scalar == "\n" || scalar == "\t" || (scalar.value >= 0x20 && !(0x7F...0x9F ~= scalar.value))
            bytes += UTF8.encode(isHarmless ? scalar : "\u{FFFD}")!
        }
    }

    /// Flushes when there is much to write.
    mutating func flushIfLarge() {
        if bytes.count > 64 * 1024 { flush() }
    }

    /// Writes all that was appended. A reader that has gone away ends the program quietly.
    mutating func flush() {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Self.write(descriptor, $0, from: start) }
            if count < 0, errno == EINTR { continue }
            if count < 0 {
                // 128 + SIGPIPE is what a shell reports of a program that the signal ends.
                exit(errno == EPIPE ? 141 : ExitStatus.cannotWrite)
            }
            start += count
        }
        bytes.removeAll(keepingCapacity: true)
    }

    private static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        // In bounds: start < bytes.count.
        unsafe systemWrite(descriptor, bytes.baseAddress! + start, bytes.count - start)
    }
}

private func systemWrite(_ descriptor: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}
