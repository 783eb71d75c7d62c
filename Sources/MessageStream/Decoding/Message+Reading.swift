// The decoding of the infrequent objects of a Messages stream, in the order of the API's documentation. Unknown members
// and unknown values are kept. Only a known member with an unexpected JSON type is an error.

extension Message {
    init(reading reader: inout JSONReader) throws(JSONError) {
        var members = try JSONObjectMembers(reading: &reader)
        _ = try members.removeString("type")
        id = try members.removeString("id") ?? ""
        role = try members.removeString("role") ?? "assistant"
        model = try members.removeString("model") ?? ""
        // Some gateways send `null` for empty content.
        var content: [ContentBlock] = []
        try members.removeArray("content") { reader throws(JSONError) in
            content.append(try ContentBlock(reading: &reader, isComplete: true))
        }
        self.content = content
        stopReason = try members.removeString("stop_reason").map(StopReason.init(rawValue:))
        stopSequence = try members.removeString("stop_sequence")
        stopDetails = members.removeRaw("stop_details")
        usage = try Usage(removing: "usage", from: &members) ?? Usage()
        container = members.removeRaw("container")
        additionalMembers = members.rest
    }
}

extension ContentBlock {
    /// - Parameter isComplete: Whether no deltas follow.
    init(reading reader: inout JSONReader, isComplete: Bool) throws(JSONError) {
        let start = reader.position
        var members = try JSONObjectMembers(reading: &reader)
        guard let type = try members.removeString("type") else { throw JSONError(.typeMismatch, at: start) }
        content =
            switch type {
            case "text":
                .text(try members.removeString("text") ?? "", citations: try members.removeCitations())
            case "thinking":
                .thinking(
                    try members.removeString("thinking") ?? "",
                    signature: try members.removeString("signature")
                )
            case "redacted_thinking":
                .redactedThinking(data: try members.removeString("data") ?? "")
            case "tool_use":
                .toolUse(try ToolUse(from: &members, isComplete: isComplete))
            case "server_tool_use":
                .serverToolUse(try ToolUse(from: &members, isComplete: isComplete))
            case "mcp_tool_use":
                .mcpToolUse(
                    try ToolUse(from: &members, isComplete: isComplete),
                    serverName: try members.removeString("server_name") ?? ""
                )
            case let type where Self.toolResultTypes.contains(where: { $0.utf8.elementsEqual(type.utf8) }):
                .toolResult(
                    type: type,
                    toolUseID: try members.removeString("tool_use_id") ?? "",
                    content: members.removeRaw("content")
                )
            case "container_upload":
                .containerUpload(fileID: try members.removeString("file_id") ?? "")
            default:
                .other(type: type)
            }
        self.isComplete = isComplete
        // This package writes messages with such deltas in this form.
        unknownDeltas = try members.removeArrayIfPresent("unknown_deltas") ?? []
        additionalMembers = members.rest
    }
}

extension ContentBlock {
    /// The documented results of server tools. Other types with similar names may have deltas.
    private static let toolResultTypes = [
        "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
        "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "tool_search_tool_result",
        "mcp_tool_result",
    ]
}

extension ContentBlock.ToolUse {
    fileprivate init(from members: inout JSONObjectMembers, isComplete: Bool) throws(JSONError) {
        id = try members.removeString("id") ?? ""
        name = try members.removeString("name") ?? ""
        let input = members.removeRaw("input")
        if let input {
            // Until the block stops, the input at its start may be incomplete.
            self.input = isComplete ? ToolInput(text: input.description) : .incomplete(input.beginningText)
        } else if let text = try members.removeString("partial_json") {
            // This package writes messages with an incomplete input in this form.
            self.input = members.removeInt("invalid_at").map { .invalid(text, offset: $0) } ?? .incomplete(text)
        } else {
            // A complete block without an input has an empty one. Otherwise, the input follows in pieces.
            self.input = isComplete ? .complete(.emptyObject) : .incomplete("")
        }
    }
}

extension RawJSON {
    /// The text of the input at the start of a block. A stream starts a tool use with an empty object, which is not part of
    /// the input.
    fileprivate var beginningText: String {
        isEmptyObject ? "" : description
    }

    /// Whether the value is an empty object, with or without whitespace inside.
    var isEmptyObject: Bool { isObject && utf8.dropFirst().dropLast().allSatisfy { $0 <= 0x20 } }
}

extension JSONObjectMembers {
    fileprivate mutating func removeCitations() throws(JSONError) -> [Citation]? {
        var citations: [Citation] = []
        let isPresent = try removeArray("citations") { reader throws(JSONError) in
            citations.append(try Citation(reading: &reader))
        }
        return isPresent ? citations : nil
    }
}

extension Citation {
    init(reading reader: inout JSONReader) throws(JSONError) {
        guard try reader.peekKind() == .object else { throw JSONError(.typeMismatch, at: reader.position) }
        let start = reader.position
        var members = try JSONObjectMembers(reading: &reader, only: ["type", "cited_text"])
        type = try members.removeString("type") ?? ""
        citedText = try members.removeString("cited_text")
        json = RawJSON(checked: reader.bytes(in: start..<reader.position))
    }
}

extension Usage {
    /// Removes the usage, if present.
    init?(removing name: StaticString, from members: inout JSONObjectMembers) throws(JSONError) {
        guard var members = try members.removeObject(name) else { return nil }
        try self.init(from: &members)
    }

    init(reading reader: inout JSONReader) throws(JSONError) {
        var members = try JSONObjectMembers(reading: &reader)
        try self.init(from: &members)
    }

    private init(from members: inout JSONObjectMembers) throws(JSONError) {
        inputTokens = members.removeInt("input_tokens")
        outputTokens = members.removeInt("output_tokens")
        cacheCreationInputTokens = members.removeInt("cache_creation_input_tokens")
        cacheReadInputTokens = members.removeInt("cache_read_input_tokens")
        if var creation = try members.removeObject("cache_creation") {
            var value = CacheCreation()
            value.ephemeral5mInputTokens = creation.removeInt("ephemeral_5m_input_tokens")
            value.ephemeral1hInputTokens = creation.removeInt("ephemeral_1h_input_tokens")
            value.additionalMembers = creation.rest
            cacheCreation = value
        }
        if var uses = try members.removeObject("server_tool_use") {
            var value = ServerToolUse()
            value.webSearchRequests = uses.removeInt("web_search_requests")
            value.webFetchRequests = uses.removeInt("web_fetch_requests")
            value.additionalMembers = uses.rest
            serverToolUse = value
        }
        serviceTier = try members.removeString("service_tier")
        additionalMembers = members.rest
    }
}

extension MessageDelta {
    /// - Parameter reader: A reader at the start of the event's data.
    init(reading reader: inout JSONReader) throws(JSONError) {
        var event = try JSONObjectMembers(reading: &reader)
        event.discard("type")
        usage = try Usage(removing: "usage", from: &event)
        if var members = try event.removeObject("delta") {
            stopReason = try members.removeString("stop_reason").map(StopReason.init(rawValue:))
            stopSequence = try members.removeString("stop_sequence")
            stopDetails = members.removeRaw("stop_details")
            container = members.removeRaw("container")
            additionalMembers = members.rest
        }
        additionalEventMembers = event.rest
    }
}
