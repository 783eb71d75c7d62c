import CaptureCorpus
import MessageStream
import TestScheduling
import Testing

/// A message written as JSON can be read again, as the message of a `message_start`, with the same result.
@Suite(.takesTurns) struct MessageRoundTripTests {
    /// The message of a stream that consists of a `message_start` with `message`.
    private func read(_ message: [UInt8]) -> Playback {
        let start = Array("event: message_start\ndata: {\"type\":\"message_start\",\"message\":".utf8)
        return Playback(start + message + Array("}\n\n".utf8) + Array(MessageParts.stop.utf8))
    }

    @Test(arguments: Capture.complete)
    func captures(_ capture: Capture) throws {
        let message = try #require(Playback(capture.bytes).message)
        var written = message.jsonBytes
        // The command writes for each block whether it is complete; the API has no such member.
        for value in ["true", "false"] {
            written = Array(
                String(decoding: written, as: UTF8.self).replacing(",\"isComplete\":\(value)", with: "").utf8
            )
        }
        let result = read(written)
        #expect(result.failure == nil)
        #expect(result.diagnostics.isEmpty)
        let again = try #require(result.message)
        #expect(again == message.onOneLine)
        #expect(again.jsonBytes == message.jsonBytes)
    }

    /// Everything that no capture contains: every member of a message, incomplete inputs, unknown parts.
    @Test func everyMember() throws {
        func json(_ text: String) throws -> RawJSON { try RawJSON(validating: text) }
        let extra = [JSONMember(name: "later", value: try json(#"{"a":[1.50,null,"\u00e9"]}"#))]
        func tool(_ input: ToolInput) -> ContentBlock.ToolUse { ContentBlock.ToolUse(id: "i", name: "n", input: input) }
        let whole = ToolInput.complete(try json(#"{"a":{ }}"#))
        let citation = Citation(type: "t", citedText: "c", json: try json(#"{"type":"t","cited_text":"c"}"#))
        let contents: [(ContentBlock.Content, Bool)] = [
            (.text("a\u{301}\n\"", citations: nil), true), (.text("", citations: []), true),
            (.text("b", citations: [citation]), true), (.thinking("c", signature: nil), true),
            (.thinking("d", signature: "s"), true), (.redactedThinking(data: "e"), true), (.toolUse(tool(whole)), true),
            (.toolUse(tool(.incomplete(#"{"a"#))), false), (.serverToolUse(tool(.incomplete(""))), false),
            (.mcpToolUse(tool(.invalid("[1]", offset: 0)), serverName: "m"), false),
            (.toolResult(type: "mcp_tool_result", toolUseID: "i", content: try json("[]")), true),
            (.toolResult(type: "mcp_tool_result", toolUseID: "i", content: nil), true),
            (.containerUpload(fileID: "f"), true), (.other(type: "later"), true),
        ]
        var usage = Usage()
        usage.inputTokens = 1
        usage.outputTokens = .max
        usage.cacheCreationInputTokens = 0
        usage.cacheReadInputTokens = -1
        usage.cacheCreation = Usage.CacheCreation()
        usage.cacheCreation?.ephemeral1hInputTokens = 2
        usage.serverToolUse = Usage.ServerToolUse()
        usage.serverToolUse?.webFetchRequests = 3
        usage.serviceTier = "priority"
        usage.additionalMembers = extra
        let message = Message(
            id: "msg_é",
            model: "m",
            content: try contents.map { content, isComplete in
                let deltas = [try json(#"{"type":"later_delta","a":[]}"#), try json("1")]
                return ContentBlock(content, isComplete: isComplete, unknownDeltas: deltas, additionalMembers: extra)
            },
            stopReason: "later_reason",
            stopSequence: "\u{0}",
            stopDetails: try json("[1]"),
            usage: usage,
            container: try json(#""c""#),
            additionalMembers: extra
        )
        let written = String(decoding: message.jsonBytes, as: UTF8.self)
            .replacing(",\"isComplete\":true", with: "").replacing(",\"isComplete\":false", with: "")
        #expect(written.utf8.count < message.jsonBytes.count)
        let again = try #require(read(Array(written.utf8)).message)
        #expect(again == message.onOneLine)
        #expect(again.jsonBytes == message.jsonBytes)
    }

    /// No object is written with two members of the same name, regardless of the input.
    @Test(
        arguments: [
            #"{"type":"text","text":"a","isComplete":1,"unknown_deltas":2,"invalid_at":3}"#,
            #"{"type":"tool_use","input":{},"partial_json":"x","invalid_at":1}"#,
            #"{"type":"tool_use","input":null,"partial_json":"x","invalid_at":"a"}"#,
            #"{"type":"later","id":1,"name":2,"isComplete":3,"unknown_deltas":[1]}"#,
        ]
    )
    func noDuplicateMembers(_ block: String) throws {
        let usage = #"{"input_tokens":1,"service_tier":"a","cache_creation":{"a":1},"b":1}"#
        let later = #"{"input_tokens":"x","cache_creation":[],"service_tier":"b","b":2}"#
        let message = #"{"id":"m","content":[\#(block)],"usage":\#(usage),"stop_details":null,"x":1}"#
        let body =
            frame(#"{"type":"message_start","message":\#(message)}"#) + MessageParts.blockStart(1, block)
            + MessageParts.delta(1, #"{"type":"text"}"#)
            + frame(#"{"type":"message_delta","delta":{"x":2,"content":3},"usage":\#(later),"usage2":1,"id":4}"#)
        let bytes = try #require(Playback(body).message).jsonBytes
        var reader = JSONReader(bytes.rawBytes)
        var duplicates: [String] = []
        try collectDuplicates(of: &reader, in: &duplicates)
        #expect(duplicates == [])
    }

    /// Collects the names that occur more than once in the same object of a value.
    private func collectDuplicates(of reader: inout JSONReader, in duplicates: inout [String]) throws(JSONError) {
        switch try reader.peekKind() {
        case .object:
            var names: Set<String> = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let name = key.makeString()
                if !names.insert(name).inserted { duplicates.append(name) }
                try collectDuplicates(of: &reader, in: &duplicates)
            }
        case .array:
            try reader.beginArray()
            while try reader.nextElement() { try collectDuplicates(of: &reader, in: &duplicates) }
        default: try reader.skipValue()
        }
    }

    /// The JSON is well-formed and on one line.
    @Test(arguments: Capture.all)
    func oneLine(_ capture: Capture) throws {
        guard let message = Playback(capture.bytes).message else { return }
        let bytes = message.jsonBytes
        #expect(!bytes.contains(0x0A) && !bytes.contains(0x0D))
        #expect(throws: Never.self) { try RawJSON(validating: bytes) }
    }
}

extension Message {
    /// The message with its raw JSON as written: the same values, without whitespace between the tokens.
    fileprivate var onOneLine: Message {
        var message = self
        message.stopDetails = stopDetails?.onOneLine
        message.container = container?.onOneLine
        message.additionalMembers = additionalMembers.onOneLine
        message.usage.additionalMembers = usage.additionalMembers.onOneLine
        message.content = content.map { block in
            var block = block
            block.additionalMembers = block.additionalMembers.onOneLine
            block.unknownDeltas = block.unknownDeltas.map(\.onOneLine)
            switch block.content {
            case .text(let text, let citations):
                let lines = citations?.map { Citation(type: $0.type, citedText: $0.citedText, json: $0.json.onOneLine) }
                block.content = .text(text, citations: lines)
            case .toolUse(let use): block.content = .toolUse(use.onOneLine)
            case .serverToolUse(let use): block.content = .serverToolUse(use.onOneLine)
            case .mcpToolUse(let use, let server): block.content = .mcpToolUse(use.onOneLine, serverName: server)
            case .toolResult(let type, let id, let content):
                block.content = .toolResult(type: type, toolUseID: id, content: content?.onOneLine)
            default: break
            }
            return block
        }
        return message
    }
}

extension ContentBlock.ToolUse {
    fileprivate var onOneLine: Self {
        var use = self
        if case .complete(let json) = input { use.input = .complete(json.onOneLine) }
        return use
    }
}

extension [JSONMember] {
    fileprivate var onOneLine: Self { map { JSONMember(name: $0.name, value: $0.value.onOneLine) } }
}

extension RawJSON {
    fileprivate var onOneLine: RawJSON {
        var writer = JSONWriter()
        writer.value(self)
        guard let json = try? RawJSON(validating: writer.bytes) else {
            preconditionFailure("ill-formed JSON was written")
        }
        return json
    }
}
