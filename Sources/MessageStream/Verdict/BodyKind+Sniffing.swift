import ServerSentEvents

extension MessageStreamFailure.BodyKind {
    /// The kind of a body in which no event was received; `nil` if it may be the beginning of an event stream.
    ///
    /// - Parameters:
    ///   - head: The beginning of the body, or all of it, as UTF-8 if it is text.
    ///   - allowingVendorFields: Whether an event stream may begin with a field that the standard does not define.
    init?(sniffing head: RawSpan, allowingVendorFields: Bool = true) {
        var start = 0
        // A byte order mark, or the beginning of one.
        let mark = EventStreamSyntax.byteOrderMark
        while start < min(3, head.byteCount), head.byte(at: start) == mark[start] { start += 1 }
        if start < 3, start < head.byteCount { start = 0 }
        if head.byteCount >= 2, head.byte(at: 0) == 0x1F, head.byte(at: 1) == 0x8B {
            self = .gzip
            return
        }
        let text = head.extracting(droppingFirst: start)
        var first = 0
        while first < text.byteCount, [0x20, 0x09, 0x0A, 0x0D].contains(text.byte(at: first)) { first += 1 }
        guard first < text.byteCount else { return nil }
        // Bytes that are not UTF-8 do not change JSON or a page into something else.
        if Self.beginsJSON(text, at: first) {
            self = Self.isMessage(text) ? .message : .json
        } else if Self.beginsMarkup(text, at: first) {
            self = .markup
        } else if Self.isBinary(text.extracting(first: 4096)) {
            self = .binary
        } else if Self.beginsWithField(text.extracting(droppingFirst: first), allowingVendorFields) {
            return nil
        } else {
            self = .text
        }
    }

    /// Whether a JSON object or array begins at `start`, as far as its first two tokens show.
    private static func beginsJSON(_ text: RawSpan, at start: Int) -> Bool {
        let second = text.byteOrZero(at: JSONToken.endOfWhitespace(in: text, from: start + 1))
        let isAtEnd = JSONToken.endOfWhitespace(in: text, from: start + 1) == text.byteCount
        switch text.byte(at: start) {
        case UInt8(ascii: "{"): return isAtEnd || second == UInt8(ascii: "\"") || second == UInt8(ascii: "}")
        case UInt8(ascii: "["):
            return isAtEnd || second == UInt8(ascii: "]") || JSONToken.kind(startingWith: second) != nil
        default: return false
        }
    }

    /// Whether an HTML or XML tag, comment, declaration or instruction begins at `start`.
    private static func beginsMarkup(_ text: RawSpan, at start: Int) -> Bool {
        guard text.byte(at: start) == UInt8(ascii: "<") else { return false }
        switch text.byteOrZero(at: start + 1) {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): return true
        case UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "/"): return true
        default: return start + 1 == text.byteCount
        }
    }

    /// Whether the text begins with a JSON object whose `type` is `message`.
    private static func isMessage(_ text: RawSpan) -> Bool {
        var reader = JSONReader(text)
        guard var members = try? JSONObjectMembers(reading: &reader, only: ["type"]) else { return false }
        return members.removeRaw("type")?.utf8 == Array("\"message\"".utf8)
    }

    /// Whether there are control characters that text does not contain, or too many bytes that are not UTF-8 to be
    /// letters of an older character set.
    private static func isBinary(_ bytes: RawSpan) -> Bool {
        var highCount = 0
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            if byte < 0x20, ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains(byte) { return true }
            if byte >= 0x80 { highCount += 1 }
        }
        // A sequence cut off at the end is not an error.
        let end = bytes.endOfWellFormedUTF8(from: 0)
        guard end < bytes.byteCount else { return false }
        let isBeginning = 0xC2...0xF4 ~= bytes.byte(at: end)
        let isUTF8 = isBeginning && end + UTF8Sequence(in: bytes, at: end).count >= bytes.byteCount
        return !isUTF8 && highCount * 4 >= bytes.byteCount
    }

    /// Whether the first line is a comment or a field of an event stream, or the beginning of one.
    private static func beginsWithField(_ text: RawSpan, _ allowingVendorFields: Bool) -> Bool {
        if allowingVendorFields, text.endOfVendorFieldName != nil { return true }
        var name: [UInt8] = []
        for index in 0..<text.byteCount {
            let byte = text.byte(at: index)
            if byte == UInt8(ascii: ":") || byte == 0x0A || byte == 0x0D {
                return index == 0 || EventStreamSyntax.fieldNames.contains(name)
            }
            name.append(byte)
            if name.count > 5 { return false }
        }
        return EventStreamSyntax.fieldNames.contains { $0.starts(with: name) }
    }
}
