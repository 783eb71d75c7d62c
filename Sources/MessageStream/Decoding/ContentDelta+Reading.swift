extension ContentDelta {
    /// Decodes a delta of any type.
    ///
    /// - Parameter text: Set to the place of the delta's string, if it has one.
    init(_ members: DeltaMembers, _ data: RawSpan, text: inout ValueLocation?) throws(JSONError) {
        guard members.isObject, let type = members.type, type.kind != .null else {
            throw JSONError(.typeMismatch, at: members.range.lowerBound)
        }
        guard type.kind == .string else { throw JSONError(.typeMismatch, at: type.offset) }
        let name = type.view(in: data)
        if name.equals("text_delta") {
            self = .text(try members.text?.makeString(data) ?? "")
            text = members.text
        } else if name.equals("input_json_delta") {
            self = .inputJSON(try members.partialJSON?.makeString(data) ?? "")
            text = members.partialJSON
        } else if name.equals("thinking_delta") {
            self = .thinking(try members.thinking?.makeString(data) ?? "")
            text = members.thinking
        } else if name.equals("signature_delta") {
            self = .signature(try members.signature?.makeString(data) ?? "")
        } else if name.equals("citations_delta") {
            guard let citation = members.citation, citation.kind != .null else {
                throw JSONError(.typeMismatch, at: members.range.lowerBound)
            }
            var reader = JSONReader(data)
            reader.position = citation.offset
            self = .citation(try Citation(reading: &reader))
        } else {
            self = .other(type: name.makeString(), RawJSON(checked: data.extracting(members.range)))
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
