/// A time in a capture, in microseconds after the midnight before the capture began.
struct TraceTime: Sendable, Hashable {
    var microseconds: Int64

    func duration(to other: TraceTime) -> Duration {
        .microseconds(max(0, other.microseconds - microseconds))
    }
}

/// The text that curl writes before each line of its log: the time of day with `--trace-time`, and the numbers of the
/// transfer and the connection with `--trace-ids`, as in `17:04:51.204883 [0-0] `.
struct LinePrefix {
    /// In microseconds after midnight.
    var timeOfDay: Int64?
    var transfer: Int?
    /// The offset of the first byte after the prefix.
    var end: Int

    private static let timeLength = 16

    /// Reads the prefix at `start`; both parts may be absent.
    init(_ line: RawSpan, at start: Int = 0) {
        end = start
        if let time = Self.time(line, at: end) {
            timeOfDay = time
            end += Self.timeLength
        }
        if let (transfer, next) = Self.ids(line, at: end) {
            self.transfer = transfer
            end = next
        }
    }

    /// Reads the prefix that ends at `end`.
    init(_ line: RawSpan, endingAt end: Int) {
        var start = end
        var index = end - 1
        // No number has more than 19 digits.
        while index >= max(0, end - 44), line.byte(at: index) != UInt8(ascii: "[") { index -= 1 }
        if index >= 0, let (_, next) = Self.ids(line, at: index), next == end { start = index }
        if Self.time(line, at: start - Self.timeLength) != nil { start -= Self.timeLength }
        self.init(line, at: start)
    }

    /// Whether bytes may be the beginning of a line with a prefix, but do not contain the complete prefix.
    static func isIncomplete(_ bytes: RawSpan) -> Bool {
        let prefix = LinePrefix(bytes)
        let rest = bytes.extracting(droppingFirst: prefix.end)
        if prefix.transfer != nil { return false }
        if prefix.timeOfDay == nil, !rest.isEmpty, isDigit(rest.byte(at: 0)) {
            let pattern = Array("00:00:00.000000 ".utf8)
            return rest.byteCount < pattern.count
                && (0..<rest.byteCount).allSatisfy {
                    let byte = rest.byte(at: $0)
                    return pattern[$0] == UInt8(ascii: "0") ? isDigit(byte) : byte == pattern[$0]
                }
        }
        // An id has at most 42 bytes.
        return rest.hasBytes("[", at: 0) && rest.byteCount < 44
            && (1..<rest.byteCount).allSatisfy {
                let byte = rest.byte(at: $0)
                return isDigit(byte) || "-x]".utf8.contains(byte)
            }
    }

    /// HH:MM:SS.uuuuuu and a space.
    private static func time(_ line: RawSpan, at start: Int) -> Int64? {
        guard start >= 0, start + timeLength <= line.byteCount, line.byte(at: start + 15) == 0x20 else { return nil }
        var fields: [Int64] = [0]
        for index in 0..<15 {
            let byte = line.byte(at: start + index)
            switch index {
            case 2, 5:
                guard byte == UInt8(ascii: ":") else { return nil }
                fields.append(0)
            case 8:
                guard byte == UInt8(ascii: ".") else { return nil }
                fields.append(0)
            default:
                guard isDigit(byte) else { return nil }
                fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int64(byte & 15)
            }
        }
        return ((fields[0] * 60 + fields[1]) * 60 + fields[2]) * 1_000_000 + fields[3]
    }

    /// [T-C] and a space. The connection is `x` until there is one.
    private static func ids(_ line: RawSpan, at start: Int) -> (transfer: Int, end: Int)? {
        guard line.hasBytes("[", at: start) else { return nil }
        var index = start + 1
        guard let transfer = line.readDecimal(at: &index), line.hasBytes("-", at: index) else { return nil }
        index += 1
        if line.hasBytes("x", at: index) {
            index += 1
        } else if line.readDecimal(at: &index) == nil {
            return nil
        }
        return line.hasBytes("] ", at: index) ? (transfer, index + 2) : nil
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension RawSpan {
    /// Reads a decimal number, and advances `index` past it.
    ///
    /// - Returns: `nil` if there is no digit, or if the number is too large.
    func readDecimal(at index: inout Int) -> Int? {
        var value: Int?
        while index < byteCount, LinePrefix.isDigit(byte(at: index)) {
            let (product, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            guard !overflow, product < .max - 9 else { return nil }
            value = product + Int(byte(at: index) & 15)
            index += 1
        }
        return value
    }
}
