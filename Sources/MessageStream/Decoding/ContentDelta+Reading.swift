extension ContentDelta {
    /// Reads the delta that `reader` stands before.
    @inline(__always)
    init(reading reader: inout JSONReader) throws(JSONError) {
        let start = reader
        try reader.beginObject()
        // The services write `type` first, and a delta has one other member. Whatever else is there, `nextKey` or the
        // reader's errors tell, and the long way finds out.
        if reader.consumeKey("type") {
            if reader.consumeString("text_delta") {
                if reader.consumeKey("text"), let text = try reader.readLastString() {
                    self = .text(text)
                    return
                }
            } else if reader.consumeString("input_json_delta") {
                if reader.consumeKey("partial_json"), let text = try reader.readLastString() {
                    self = .inputJSON(text)
                    return
                }
            } else if reader.consumeString("thinking_delta") {
                if reader.consumeKey("thinking"), let text = try reader.readLastString() {
                    self = .thinking(text)
                    return
                }
            }
        }
        reader = start
        try self.init(readingAny: &reader)
    }

    /// The names that mean something in a delta of a known type.
    private static let names: [StaticString] = ["type", "text", "partial_json", "thinking", "signature", "citation"]

    /// Reads a delta of any type, its members in any order.
    @inline(never)
    private init(readingAny reader: inout JSONReader) throws(JSONError) {
        let start = reader.position
        var text = reader
        var members = try JSONObjectMembers(reading: &reader, only: Self.names)
        guard let type = try members.removeString("type") else { throw JSONError(.typeMismatch, at: start) }
        switch type {
        case "text_delta":
            self = .text(try members.removeString("text") ?? "")
        case "input_json_delta":
            self = .inputJSON(try members.removeString("partial_json") ?? "")
        case "thinking_delta":
            self = .thinking(try members.removeString("thinking") ?? "")
        case "signature_delta":
            self = .signature(try members.removeString("signature") ?? "")
        case "citations_delta":
            guard let citation = members.removeRawAndOffset("citation") else {
                throw JSONError(.typeMismatch, at: start)
            }
            self = .citation(try Citation(citation.value, at: citation.offset))
        default:
            self = .other(type: type, try text.readRaw())
        }
    }
}

extension ContentDelta {
    /// The delta as JSON: the original text for unknown types, a canonical encoding for known ones.
    var json: RawJSON {
        if case .other(_, let json) = self { return json }
        var writer = JSONWriter()
        writer.contentDelta(self)
        return RawJSON(checked: writer.bytes.rawBytes)
    }
}

extension JSONReader {
    /// Reads a string and the end of the object around it, or returns nil if another member or another value is there.
    @inline(__always)
    fileprivate mutating func readLastString() throws(JSONError) -> String? {
        guard try peekKind() == .string else { return nil }
        let string = try readString()
        guard try nextKey() == nil else { return nil }
        return string.makeString()
    }
}
