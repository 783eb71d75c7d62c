import ServerSentEvents

extension MessageStreamFailure.BodyKind {
    /// What a body looks like out of which no event came, or nil if it may be the beginning of an event stream.
    ///
    /// - Parameter head: The beginning of the body, or all of it.
    init?(sniffing head: RawSpan) {
        var start = 0
        // A byte order mark, or the beginning of one.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
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
        if Self.isBinary(text.extracting(first: 4096)) {
            self = .binary
            return
        }
        switch text.byte(at: first) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = Self.isMessage(text) ? .message : .json
        case UInt8(ascii: "<"): self = .markup
        default:
            if Self.beginsWithField(text.extracting(droppingFirst: first)) { return nil }
            self = .text
        }
    }

    /// Whether the text begins with a JSON object whose `type` is `message`.
    private static func isMessage(_ text: RawSpan) -> Bool {
        var reader = JSONReader(text)
        guard var members = try? JSONObjectMembers(reading: &reader) else { return false }
        return members.takeRaw("type")?.utf8 == Array("\"message\"".utf8)
    }

    /// Whether there are control characters that text does not have, or bytes that are not UTF-8.
    private static func isBinary(_ bytes: RawSpan) -> Bool {
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            if byte < 0x20, ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains(byte) { return true }
        }
        // A sequence that the end cuts is no fault.
        let end = bytes.endOfWellFormedUTF8(from: 0)
        guard end < bytes.byteCount else { return false }
        let isBeginning = 0xC2...0xF4 ~= bytes.byte(at: end)
        return !isBeginning || end + UTF8Sequence(in: bytes, at: end).count < bytes.byteCount
    }

    /// Whether the first line is a comment or a field of an event stream, or the beginning of one.
    private static func beginsWithField(_ text: RawSpan) -> Bool {
        var name: [UInt8] = []
        for index in 0..<text.byteCount {
            let byte = text.byte(at: index)
            if byte == UInt8(ascii: ":") || byte == 0x0A || byte == 0x0D {
                return index == 0 || ["event", "data", "id", "retry"].contains { Array($0.utf8) == name }
            }
            name.append(byte)
            if name.count > 5 { return false }
        }
        return ["event", "data", "id", "retry"].contains { $0.utf8.starts(with: name) }
    }
}
