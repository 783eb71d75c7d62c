/// A line that begins a record of a trace.
///
///     17:04:51.204883 [0-0] <= Recv data, 41 bytes (0x29)
///     == Info: Connection #0 to host 127.0.0.1 left intact
struct TraceAnnotation {
    enum Kind: Hashable {
        /// A message from curl. `endsTransfer` indicates whether it is known to be the last one of a transfer.
        case info(endsTransfer: Bool)
        case sentHeader
        case receivedHeader, receivedData
        /// Sent data, and TLS records.
        case other
    }

    var prefix: LinePrefix
    var kind: Kind
    /// The number of bytes in the record.
    var count: Int

    /// Reads a line, or returns `nil` if it is not an annotation.
    ///
    /// If curl writes the body to the same file, an annotation may immediately follow the last, unfinished line of a
    /// chunk. The end of the line is therefore searched as well.
    init?(_ line: RawSpan) {
        var end = line.byteCount
        if end > 0, line.byte(at: end - 1) == UInt8(ascii: "\r") { end -= 1 }
        let prefix = LinePrefix(line)
        if let (kind, count) = Self.record(line, at: prefix.end, end) {
            self.init(prefix: prefix, kind: kind, count: count)
            return
        }
        var start = end - 1
        while start > max(0, end - Self.longest) {
            start -= 1
            let first = line.byte(at: start)
            guard first == UInt8(ascii: "<") || first == UInt8(ascii: "=") else { continue }
            if let (kind, count) = Self.record(line, at: start, end) {
                self.init(prefix: LinePrefix(line, endingAt: start), kind: kind, count: count)
                return
            }
        }
        return nil
    }

    private init(prefix: LinePrefix, kind: Kind, count: Int) {
        self.prefix = prefix
        self.kind = kind
        self.count = count
    }

    /// An upper bound for the length of an annotation of a record.
    static let longest = 128

    private static func record(_ line: RawSpan, at start: Int, _ end: Int) -> (Kind, Int)? {
        if line.hasBytes("== Info: ", at: start) { return (info(line, at: start + 9), 0) }
        let kind: Kind
        var index: Int
        if line.hasBytes("<= Recv data, ", at: start) {
            (kind, index) = (.receivedData, start + 14)
        } else if line.hasBytes("<= Recv header, ", at: start) {
            (kind, index) = (.receivedHeader, start + 16)
        } else if line.hasBytes("=> Send header, ", at: start) {
            (kind, index) = (.sentHeader, start + 16)
        } else if line.hasBytes("=> Send data, ", at: start) {
            (kind, index) = (.other, start + 14)
        } else if line.hasBytes("<= Recv SSL data, ", at: start) || line.hasBytes("=> Send SSL data, ", at: start) {
            (kind, index) = (.other, start + 18)
        } else {
            return nil
        }
        // "41 bytes (0x29)" through the end of the line.
        guard let count = line.readDecimal(at: &index), line.hasBytes(" bytes (0x", at: index) else { return nil }
        index += 10
        var hexadecimal = 0
        while index < end, let digit = line.hexadecimalDigit(at: index), hexadecimal <= count {
            hexadecimal = hexadecimal << 4 | digit
            index += 1
        }
        guard hexadecimal == count, line.hasBytes(")", at: index), index + 1 == end else { return nil }
        return (kind, count)
    }

    private static func info(_ line: RawSpan, at start: Int) -> Kind {
        let isEnd =
            line.hasBytes("Connection #", at: start) && line.hasSuffix(" left intact")
            || line.hasBytes("Closing connection", at: start) || line.hasBytes("closing connection", at: start)
            || line.hasBytes("shutting down connection", at: start)
        return .info(endsTransfer: isEnd)
    }

    /// Whether bytes are the beginning of the first line of a trace.
    ///
    /// - Returns: `nil` if the bytes do not suffice for a decision.
    static func begins(_ bytes: RawSpan) -> Bool? {
        let prefix = LinePrefix(bytes)
        let starts: [StaticString] = ["== Info: ", "=> Send header, ", "<= Recv header, ", "<= Recv data, "]
        let more: [StaticString] = ["=> Send data, ", "=> Send SSL data, ", "<= Recv SSL data, "]
        let rest = bytes.extracting(droppingFirst: prefix.end)
        if (starts + more).contains(where: { rest.hasBytes($0, at: 0) }) { return true }
        if !rest.isEmpty, (starts + more).contains(where: { rest.isPrefix(of: $0) }) { return nil }
        return LinePrefix.isIncomplete(bytes) || rest.isEmpty && prefix.end > 0 ? nil : false
    }
}

extension RawSpan {
    func hexadecimalDigit(at offset: Int) -> Int? {
        guard offset < byteCount else { return nil }
        switch byte(at: offset) {
        case let byte where LinePrefix.isDigit(byte): return Int(byte & 15)
        // curl writes lowercase letters.
        case let byte where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte): return Int(byte & 15) + 9
        default: return nil
        }
    }

    /// Whether the last bytes, before a CR, equal `literal`.
    func hasSuffix(_ literal: StaticString) -> Bool {
        let end = byteCount > 0 && byte(at: byteCount - 1) == UInt8(ascii: "\r") ? byteCount - 1 : byteCount
        return hasBytes(literal, at: end - literal.utf8CodeUnitCount)
    }

    /// Whether `literal` begins with these bytes.
    func isPrefix(of literal: StaticString) -> Bool {
        guard byteCount <= literal.utf8CodeUnitCount else { return false }
        // A literal of ASCII characters has a pointer, to at least that many bytes.
        return (0..<byteCount).allSatisfy { unsafe literal.utf8Start[$0] == byte(at: $0) }
    }
}
