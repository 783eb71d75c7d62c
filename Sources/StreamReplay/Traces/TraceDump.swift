/// The bytes of one record of a trace, read from the lines of its dump.
///
/// `curl --trace` writes 16 bytes on a line:
///
///     0010: 64 61 74 61 3a 20 7b 22 74 79 70 65 22 3a 22 70 data: {"type":"p
///
/// `curl --trace-ascii` writes up to 64 on a line, with a dot for each byte other than printable ASCII. A CRLF ends a
/// line and is not shown; only the offset of the next line, or the size of the record, reveals it.
///
///     0000: HTTP/1.1 200 OK
///     0011: Content-Type: text/event-stream
struct TraceDump {
    /// How a line shows its bytes.
    enum Style: Hashable {
        case hexadecimal, ascii
    }

    /// The number of bytes in the record.
    let size: Int
    /// Whether the bytes are wanted.
    let isKept: Bool
    /// The bytes read and not yet removed.
    private(set) var bytes: [UInt8] = []
    /// The offset after the bytes read.
    private(set) var position = 0

    init(size: Int, isKept: Bool) {
        self.size = size
        self.isKept = isKept
    }

    /// The number of bytes on a line.
    private static let hexadecimalWidth = 16
    static let asciiWidth = 64

    /// The result of reading a line.
    enum Line {
        /// The line belongs to this dump.
        case read
        /// The line does not belong to this dump, but the record is complete without it.
        case none
        /// The record lacks lines.
        case missing
    }

    /// Whether the record is complete, whatever follows.
    var isComplete: Bool { position == size }

    /// Whether the record is complete unless its next line follows: only a CRLF that is not shown may be missing.
    private var mayBeComplete: Bool { position + 2 == size }

    /// Removes the bytes read so far.
    mutating func removeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Reads a line.
    ///
    /// - Parameters:
    ///   - style: How lines show their bytes. If it is `nil`, the line determines it.
    ///   - isCut: Whether the capture ends in this line.
    mutating func read(_ line: RawSpan, _ style: inout Style?, isCut: Bool = false) -> Line {
        guard let (offset, start) = Self.offset(line) else { return missingLine() }
        if style == nil, let found = determineStyle(line, at: start) { style = found }
        switch style {
        case .hexadecimal?:
            return offset == position && readPairs(line, at: start, isCut: isCut) ? .read : missingLine()
        case .ascii?:
            return readText(line, at: start, offset: offset, isCut: isCut) ? .read : missingLine()
        case nil: return missingLine()
        }
    }

    private mutating func missingLine() -> Line {
        guard mayBeComplete else { return .missing }
        appendLineBreak()
        return .none
    }

    /// Ends the capture.
    mutating func finish(_ style: Style?) {
        if style == .ascii, mayBeComplete { appendLineBreak() }
    }

    /// At least four hexadecimal digits, a colon and a space.
    private static func offset(_ line: RawSpan) -> (offset: Int, start: Int)? {
        var offset = 0
        var index = 0
        while index < 15, let digit = line.hexadecimalDigit(at: index) {
            offset = offset << 4 | digit
            index += 1
        }
        return index >= 4 && line.hasBytes(": ", at: index) ? (offset, index + 2) : nil
    }

    // MARK: --trace

    /// The exact layout of the hexadecimal columns almost never occurs in text. The first record is usually the
    /// request.
    private func determineStyle(_ line: RawSpan, at start: Int) -> Style? {
        let count = min(Self.hexadecimalWidth, size - position)
        var end = line.byteCount
        if end > 0, line.byte(at: end - 1) == UInt8(ascii: "\r") { end -= 1 }
        guard end == start + 3 * Self.hexadecimalWidth + count else { return .ascii }
        let isLayout = (0..<Self.hexadecimalWidth).allSatisfy { column in
            let index = start + 3 * column
            return column < count
                ? line.hexadecimalDigit(at: index) != nil && line.hexadecimalDigit(at: index + 1) != nil
                    && line.byte(at: index + 2) == 0x20
                : line.hasBytes("   ", at: index)
        }
        return isLayout ? .hexadecimal : .ascii
    }

    private mutating func readPairs(_ line: RawSpan, at start: Int, isCut: Bool) -> Bool {
        let count = min(Self.hexadecimalWidth, size - position)
        for column in 0..<count {
            let index = start + 3 * column
            guard let high = line.hexadecimalDigit(at: index), let low = line.hexadecimalDigit(at: index + 1),
                line.hasBytes(" ", at: index + 2)
            else { return isCut }
            if isKept { bytes.append(UInt8(high << 4 | low)) }
            position += 1
        }
        return true
    }

    // MARK: --trace-ascii

    private mutating func readText(_ line: RawSpan, at start: Int, offset: Int, isCut: Bool) -> Bool {
        if offset == position + 2 { appendLineBreak() }
        guard offset == position else { return false }
        var end = line.byteCount
        // On Windows, the lines of the file end in CRLF.
        if end > start, line.byte(at: end - 1) == UInt8(ascii: "\r") { end -= 1 }
        guard end - start <= min(Self.asciiWidth, size - position) else { return false }
        if isKept { bytes += line.extracting(start..<end).copy() }
        position += end - start
        // A shorter line ends at a line break, or at the end of the record.
        if end - start < Self.asciiWidth, mayBeComplete, !isCut { appendLineBreak() }
        return true
    }

    private mutating func appendLineBreak() {
        if isKept { bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")] }
        position += 2
    }
}
