// The encoding of messages and events as JSON: the members of the Messages API, and `isComplete` for each block.

extension JSONWriter {
    /// Writes a stored value on one line.
    package mutating func value(_ value: RawJSON) {
        var reader = JSONReader(value.utf8.rawBytes, depthLimit: .max)
        do throws(JSONError) {
            try copyValue(from: &reader)
        } catch {
            preconditionFailure("a RawJSON is well-formed: \(error)")
        }
    }

    package mutating func member(_ key: String, _ value: String?) {
        self.key(key)
        if let value { string(value) } else { null() }
    }

    package mutating func member(_ key: String, _ value: Int?) {
        self.key(key)
        if let value { int(value) } else { null() }
    }

    package mutating func member(_ key: String, _ value: Bool) {
        self.key(key)
        bool(value)
    }

    package mutating func member(_ key: String, _ value: RawJSON) {
        self.key(key)
        self.value(value)
    }

    /// Writes a member only if there is a value.
    private mutating func member(_ key: String, ifPresent value: RawJSON?) {
        if let value { member(key, value) }
    }

    private mutating func member(_ key: String, ifPresent value: Int?) {
        if let value { member(key, value) }
    }

    /// Writes the members that have no property of their own.
    ///
    /// - Parameter written: The names already written, because no object may have two members with the same name.
    private mutating func members(_ members: [JSONMember], except written: [String] = []) {
        for member in members where !written.contains(member.name) { self.member(member.name, member.value) }
    }

    /// Writes a complete or partial message.
    ///
    /// - Parameter inserted: For each block, the number of the text to insert before its own, or `nil`. May be empty.
    package mutating func message(_ message: Message, inserted: [Int?] = []) {
        beginObject()
        member("id", message.id)
        member("type", "message")
        member("role", message.role)
        member("model", message.model)
        key("content")
        beginArray()
        for (position, block) in message.content.enumerated() {
            contentBlock(block, inserted: position < inserted.count ? inserted[position] : nil)
        }
        endArray()
        member("stop_reason", message.stopReason?.rawValue)
        member("stop_sequence", message.stopSequence)
        member("stop_details", ifPresent: message.stopDetails)
        key("usage")
        usage(message.usage)
        member("container", ifPresent: message.container)
        members(
            message.additionalMembers,
            except: [
                "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage",
                "container",
            ]
        )
        endObject()
    }

    /// Writes a delta as it appears in its event.
    mutating func contentDelta(_ delta: ContentDelta) {
        func text(_ type: String, _ name: String, _ text: String) {
            beginObject()
            member("type", type)
            member(name, text)
            endObject()
        }
        switch delta {
        case .text(let value): text("text_delta", "text", value)
        case .inputJSON(let value): text("input_json_delta", "partial_json", value)
        case .thinking(let value): text("thinking_delta", "thinking", value)
        case .signature(let value): text("signature_delta", "signature", value)
        case .citation(let citation):
            beginObject()
            member("type", "citations_delta")
            member("citation", citation.json)
            endObject()
        case .other(_, let json): value(json)
        }
    }

    mutating func contentBlock(_ block: ContentBlock, inserted: Int? = nil) {
        beginObject()
        var written = ["type", "unknown_deltas", "isComplete"]
        member("type", block.type)
        switch block.content {
        case .text(let text, let citations):
            written += ["text", "citations"]
            key("text")
            string([(inserted, text)])
            if let citations {
                key("citations")
                beginArray()
                for citation in citations { value(citation.json) }
                endArray()
            }
        case .thinking(let thinking, let signature):
            written += ["thinking", "signature"]
            key("thinking")
            string([(inserted, thinking)])
            if let signature { member("signature", signature) }
        case .redactedThinking(let data):
            written += ["data"]
            member("data", data)
        case .toolUse(let use), .serverToolUse(let use):
            written += toolUse(use)
        case .mcpToolUse(let use, let serverName):
            written += toolUse(use) + ["server_name"]
            member("server_name", serverName)
        case .toolResult(_, let toolUseID, let content):
            written += ["tool_use_id", "content"]
            member("tool_use_id", toolUseID)
            member("content", ifPresent: content)
        case .containerUpload(let fileID):
            written += ["file_id"]
            member("file_id", fileID)
        case .other:
            break
        }
        members(block.additionalMembers, except: written)
        if !block.unknownDeltas.isEmpty {
            key("unknown_deltas")
            beginArray()
            for delta in block.unknownDeltas { value(delta) }
            endArray()
        }
        member("isComplete", block.isComplete)
        endObject()
    }

    /// An incomplete input is `null`, with the text received so far beside it, in `partial_json`.
    ///
    /// - Returns: The names of the members.
    private mutating func toolUse(_ use: ContentBlock.ToolUse) -> [String] {
        member("id", use.id)
        member("name", use.name)
        switch use.input {
        case .complete(let json):
            member("input", json)
            return ["id", "name", "input"]
        case .incomplete(let text):
            key("input")
            null()
            member("partial_json", text)
        case .invalid(let text, let offset):
            key("input")
            null()
            member("partial_json", text)
            member("invalid_at", offset)
        }
        return ["id", "name", "input", "partial_json", "invalid_at"]
    }

    private mutating func usage(_ usage: Usage) {
        beginObject()
        member("input_tokens", ifPresent: usage.inputTokens)
        member("cache_creation_input_tokens", ifPresent: usage.cacheCreationInputTokens)
        member("cache_read_input_tokens", ifPresent: usage.cacheReadInputTokens)
        if let creation = usage.cacheCreation {
            key("cache_creation")
            beginObject()
            member("ephemeral_5m_input_tokens", ifPresent: creation.ephemeral5mInputTokens)
            member("ephemeral_1h_input_tokens", ifPresent: creation.ephemeral1hInputTokens)
            members(creation.additionalMembers)
            endObject()
        }
        member("output_tokens", ifPresent: usage.outputTokens)
        if let uses = usage.serverToolUse {
            key("server_tool_use")
            beginObject()
            member("web_search_requests", ifPresent: uses.webSearchRequests)
            member("web_fetch_requests", ifPresent: uses.webFetchRequests)
            members(uses.additionalMembers)
            endObject()
        }
        if let tier = usage.serviceTier { member("service_tier", tier) }
        // A member of an unexpected type is among the others, even if an earlier event had the expected type.
        let written: [(String, Bool)] = [
            ("input_tokens", usage.inputTokens != nil), ("output_tokens", usage.outputTokens != nil),
            ("cache_creation_input_tokens", usage.cacheCreationInputTokens != nil),
            ("cache_read_input_tokens", usage.cacheReadInputTokens != nil),
            ("cache_creation", usage.cacheCreation != nil), ("server_tool_use", usage.serverToolUse != nil),
            ("service_tier", usage.serviceTier != nil),
        ]
        members(usage.additionalMembers, except: written.filter(\.1).map(\.0))
        endObject()
    }

    /// Writes the members of an event's data into an open object, or all of the data as `data` if it is not a JSON object.
    ///
    /// - Parameter reserved: Names with another meaning in that object; members with these names are omitted.
    package mutating func members(ofEventData data: RawSpan, except reserved: [String]) {
        var checked = JSONReader(data)
        var reader = checked
        do throws(JSONError) {
            guard try checked.peekKind() == .object else { throw JSONError(.typeMismatch, at: 0) }
            try checked.skipValue()
            try checked.finish()
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.makeString()
                if reserved.contains(name) {
                    try reader.skipValue()
                } else {
                    self.key(name)
                    try copyValue(from: &reader)
                }
            }
        } catch {
            key("data")
            string(utf8: data)
        }
    }
}
