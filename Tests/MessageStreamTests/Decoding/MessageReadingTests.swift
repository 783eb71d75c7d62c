import MessageStream
import TestScheduling
import Testing

/// The parts of a message: blocks of every type, usage, and unknown parts.
@Suite(.takesTurns) struct MessageReadingTests {
    /// The message of a stream with `body` between `message_start` and the end.
    private func message(_ body: String, end: String = MessageParts.end) -> Message? {
        let result = Playback(MessageParts.start + body + end)
        if let failure = result.failure { Issue.record(failure) }
        return result.message
    }

    /// The block for `json` after it is started and stopped.
    private func block(_ json: String, _ deltas: String...) -> ContentBlock? {
        let body = MessageParts.blockStart(0, json) + deltas.map { MessageParts.delta(0, $0) }.joined()
        return message(body + MessageParts.blockStop())?.content.first
    }

    private func json(_ text: String) throws -> RawJSON { try RawJSON(validating: text) }

    @Test func eachBlockType() throws {
        #expect(block(#"{"type":"text","text":"a"}"#)?.content == .text("a", citations: nil))
        #expect(block(#"{"type":"text","text":"","citations":[]}"#)?.content == .text("", citations: []))
        #expect(
            block(#"{"type":"thinking","thinking":"a","signature":"s"}"#)?.content == .thinking("a", signature: "s")
        )
        #expect(block(#"{"type":"thinking","thinking":"a"}"#)?.content == .thinking("a", signature: nil))
        #expect(block(#"{"type":"redacted_thinking","data":"ab=="}"#)?.content == .redactedThinking(data: "ab=="))
        #expect(block(#"{"type":"container_upload","file_id":"f"}"#)?.content == .containerUpload(fileID: "f"))

        let use = ContentBlock.ToolUse(id: "i", name: "n", input: .complete(try json(#"{"a":1}"#)))
        let members = #""id":"i","name":"n","input":{"a":1}"#
        #expect(block(#"{"type":"tool_use",\#(members)}"#)?.content == .toolUse(use))
        #expect(block(#"{"type":"server_tool_use",\#(members)}"#)?.content == .serverToolUse(use))
        let remote = block(#"{"type":"mcp_tool_use","server_name":"s",\#(members)}"#)
        #expect(remote?.content == .mcpToolUse(use, serverName: "s"))
    }

    @Test(
        arguments: [
            "web_search_tool_result", "web_fetch_tool_result", "code_execution_tool_result",
            "bash_code_execution_tool_result", "text_editor_code_execution_tool_result", "tool_search_tool_result",
            "mcp_tool_result",
        ]
    )
    func eachToolResultType(_ type: String) throws {
        for content in [#"[{"type": "x", "error":{"type":"error"}}]"#, #""text""#, "{}"] {
            let block = block(#"{"type":"\#(type)","tool_use_id":"i","content":\#(content)}"#)
            #expect(block?.content == .toolResult(type: type, toolUseID: "i", content: try json(content)))
            #expect(block?.isServerTool == true)
            #expect(block?.isComplete == true)
        }
    }

    /// Members without a property are kept, in order and to the byte.
    @Test func unknownMembersAreKept() throws {
        let known = block(#"{"type":"text","later":{ "a" : 1.50 },"text":"a","é":null}"#)
        #expect(
            known?.additionalMembers == [
                JSONMember(name: "later", value: try json(#"{ "a" : 1.50 }"#)),
                JSONMember(name: "é", value: try json("null")),
            ]
        )
        let unknown = block(#"{"type":"compaction","content":"c"}"#)
        #expect(unknown?.content == .other(type: "compaction"))
        #expect(unknown?.additionalMembers == [JSONMember(name: "content", value: try json(#""c""#))])
        #expect(block(#"{"type":"fallback"}"#)?.content == .other(type: "fallback"))
        #expect(unknown?.isComplete == true)

        let start = frame(#"{"type":"message_start","message":{"id":"i","later":[1],"content":[]}}"#)
        let delta = frame(
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn","later":[2],"more":3},"context_management":{}}"#
        )
        let result = Playback(start + delta + MessageParts.stop)
        #expect(
            result.message?.additionalMembers == [
                JSONMember(name: "later", value: try json("[2]")), JSONMember(name: "more", value: try json("3")),
                JSONMember(name: "context_management", value: try json("{}")),
            ]
        )
    }

    /// An unknown member cannot replace a known one.
    @Test func noMemberIsWrittenTwice() throws {
        let delta = frame(
            #"{"type":"message_delta","id":"x","content":5,"usage":"none","delta":{"stop_reason":"end_turn","role":"x"}}"#
        )
        let message = try #require(self.message(MessageParts.textBlock("a"), end: delta + MessageParts.stop))
        var reader = JSONReader(message.jsonBytes.rawBytes)
        var keys: [String] = []
        try reader.beginObject()
        while let key = try reader.nextKey() {
            keys.append(key.makeString())
            try reader.skipValue()
        }
        #expect(keys == ["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"])
        #expect(message.id == "msg_1" && message.role == "assistant" && message.content.count == 1)
    }

    @Test(arguments: ["null", "[]"])
    func messageWithoutContent(_ content: String) {
        let start = frame(#"{"type":"message_start","message":{"id":"i","role":"assistant","content":\#(content)}}"#)
        let result = Playback(start + MessageParts.textBlock("a") + MessageParts.end)
        #expect(result.failure == nil)
        #expect(result.message?.text == "a")
        #expect(result.message?.additionalMembers.isEmpty == true)
    }

    /// A message may start with content, all of which is complete.
    @Test func messageThatBeginsWithContent() throws {
        let start = frame(
            #"{"type":"message_start","message":{"content":[{"type":"text","text":"a"},{"type":"tool_use","input":{"b":1}},"#
                + #"{"type":"tool_use"},{"type":"tool_use","input":[1]}]}}"#
        )
        let result = Playback(start + MessageParts.textBlock("z", at: 4) + MessageParts.end)
        #expect(result.message?.content.map(\.isComplete) == [true, true, true, false, true])
        #expect(
            result.message?.toolUses.map(\.input) == [
                .complete(try json(#"{"b":1}"#)), .complete(try json("{}")), .invalid("[1]", offset: 0),
            ]
        )
        #expect(result.message?.text == "az")
        #expect(result.diagnostics.isEmpty)
        // The indices of the blocks are in use.
        let violation = Playback(start + MessageParts.textStart(1)).failure
        #expect(violation?.kind == .protocolViolation(.secondBlock(index: 1)))
        #expect(violation?.stage == .afterContent)
    }

    // MARK: Usage

    @Test func eachUsageField() throws {
        let start = frame(
            #"{"type":"message_start","message":{"content":[],"usage":{"input_tokens":1,"output_tokens":2,"#
                + #""cache_creation_input_tokens":3,"cache_read_input_tokens":4,"#
                + #""cache_creation":{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":6,"x":0},"#
                + #""server_tool_use":{"web_search_requests":7,"web_fetch_requests":8,"y":0},"#
                + #""service_tier":"standard","inference_geo":null}}}"#
        )
        let usage = try #require(Playback(start).message?.usage)
        #expect([usage.inputTokens, usage.outputTokens] == [1, 2])
        #expect([usage.cacheCreationInputTokens, usage.cacheReadInputTokens] == [3, 4])
        let cache = usage.cacheCreation
        #expect([cache?.ephemeral5mInputTokens, cache?.ephemeral1hInputTokens] == [5, 6])
        #expect([usage.serverToolUse?.webSearchRequests, usage.serverToolUse?.webFetchRequests] == [7, 8])
        #expect(usage.serviceTier == "standard")
        #expect(usage.additionalMembers == [JSONMember(name: "inference_geo", value: try json("null"))])
        #expect(usage.cacheCreation?.additionalMembers == [JSONMember(name: "x", value: try json("0"))])
        #expect(usage.serverToolUse?.additionalMembers == [JSONMember(name: "y", value: try json("0"))])
    }

    private func usage(_ start: String, _ deltas: String...) -> Usage? {
        let message = frame(#"{"type":"message_start","message":{"content":[],"usage":\#(start)}}"#)
        let rest = deltas.map { frame(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}\#($0)}"#) }
        let result = Playback(message + rest.joined() + MessageParts.stop)
        if let failure = result.failure { Issue.record(failure) }
        return result.message?.usage
    }

    /// The numbers of a `message_delta` replace earlier ones and are never added. Numbers that it omits are kept.
    @Test func usageIsCumulative() throws {
        let merged = try #require(
            usage(
                #"{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":5,"service_tier":"standard"}"#,
                #","usage":{"output_tokens":20}"#,
                #","usage":{"output_tokens":15,"input_tokens":11,"server_tool_use":{"web_search_requests":1}}"#
            )
        )
        #expect([merged.inputTokens, merged.outputTokens, merged.cacheReadInputTokens] == [11, 15, 5])
        #expect(merged.serviceTier == "standard")
        #expect(merged.serverToolUse?.webSearchRequests == 1)
        #expect(merged.cacheCreationInputTokens == nil)
    }

    /// `null` has no effect.
    @Test func usageWithNulls() throws {
        let nulls =
            #"{"input_tokens":10,"output_tokens":null,"cache_creation":null,"server_tool_use":null,"service_tier":null}"#
        let start = try #require(usage(nulls, ""))
        #expect(start.additionalMembers == [])
        #expect(start.inputTokens == 10 && start.outputTokens == nil)
        let merged = try #require(
            usage(nulls, #","usage":{"cache_creation":{"ephemeral_5m_input_tokens":5},"input_tokens":null}"#)
        )
        #expect(merged.cacheCreation?.ephemeral5mInputTokens == 5)
        #expect(merged.inputTokens == 10)
        #expect(merged.additionalMembers == [])
        #expect(usage("null", #","usage":null"#) == Usage())
    }

    /// Some gateways omit the usage, or put it outside the message.
    @Test func usageInOtherPlaces() {
        #expect(usage(#"{"output_tokens":3}"#, "")?.outputTokens == 3)
        let beside = frame(
            #"{"type":"message_start","usage":{"input_tokens":4},"message":{"content":null,"usage":{"output_tokens":1}}}"#
        )
        let result = Playback(beside + frame("message_delta", #"{"type":"message_delta"}"#) + MessageParts.end)
        #expect(result.failure == nil)
        #expect(result.message?.usage.inputTokens == 4)
        #expect(result.message?.usage.outputTokens == 9)
        let null = frame(#"{"type":"message_start","usage":null,"message":{"usage":{"output_tokens":1}}}"#)
        #expect(Playback(null).message?.usage.outputTokens == 1)
    }

    /// If several members have the same name, the last one wins, regardless of the types of the others.
    @Test func lastMemberWins() throws {
        let start = frame(
            #"{"type":"message_start","message":{"id":5,"x":1,"model":"a","y":2,"id":"first","id":"last","model":"b","x":3,"#
                + #""usage":5,"usage":{"output_tokens":1,"input_tokens":"a","output_tokens":{},"input_tokens":9},"content":5,"#
                + #""content":[{"type":5,"type":"text","text":null,"text":"t"}]}}"#
        )
        let message = try #require(Playback(start).message)
        #expect(message.id == "last")
        #expect(message.model == "b")
        #expect(message.additionalMembers == [try member("x", "3"), try member("y", "2")])
        #expect(message.usage.inputTokens == 9)
        #expect(message.usage.outputTokens == nil)
        #expect(message.usage.additionalMembers == [try member("output_tokens", "{}")])
        #expect(message.content.first?.content == .text("t", citations: nil))

        let error =
            #"{"type":"error","error":{"type":"a","message":1,"type":"overloaded_error","message":"m"},"error":"#
        let inner = #"{"type":"b","message":{},"message":"last","type":"rate_limit_error"}}"#
        guard case .api(let last) = Playback(MessageParts.start + frame(error + inner)).failure?.kind else {
            Issue.record("no API error")
            return
        }
        #expect(last.type == .rateLimit)
        #expect(last.message == "last")

        let mismatch = #"{"type":"message_start","message":{"id":"first","id":5}}"#
        guard case .malformedEvent(_, let reason) = Playback(frame(mismatch)).failure?.kind else {
            Issue.record("not malformed")
            return
        }
        #expect(reason == JSONError(.typeMismatch, at: 53))
    }

    private func member(_ name: String, _ value: String) throws -> JSONMember {
        JSONMember(name: name, value: try json(value))
    }

    // MARK: The end of a message

    @Test(
        arguments: [
            "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
            "model_context_window_exceeded", "compaction", "some_later_reason",
        ]
    )
    func eachStopReason(_ reason: String) throws {
        let end = MessageParts.messageDelta(reason) + MessageParts.stop
        let message = try #require(self.message(MessageParts.textBlock("a"), end: end))
        #expect(message.stopReason?.rawValue == reason)
        #expect(message.stopReason == StopReason(rawValue: reason))
    }

    @Test func stopReasonsHaveNames() {
        let names: [StopReason] = [
            .endTurn, .maxTokens, .stopSequence, .toolUse, .pauseTurn, .refusal, .modelContextWindowExceeded,
            .compaction,
        ]
        #expect(
            names.map(\.rawValue) == [
                "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
                "model_context_window_exceeded", "compaction",
            ]
        )
    }

    /// Each field of a `message_delta`. Fields that a later one omits are kept.
    @Test func messageDeltas() throws {
        let first = frame(
            #"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":"S","stop_details":{"a":1},"#
                + #""container":{"id":"c"}}}"#
        )
        let second = frame(#"{"type":"message_delta","delta":{"stop_reason":null,"container":null},"usage":null}"#)
        let result = Playback(MessageParts.start + first + second + MessageParts.stop)
        let message = try #require(result.message)
        #expect(message.stopReason == .refusal)
        #expect(message.stopSequence == "S")
        #expect(message.stopDetails == (try json(#"{"a":1}"#)))
        #expect(message.container == (try json(#"{"id":"c"}"#)))
        #expect(message.additionalMembers == [])
        #expect(result.diagnostics.isEmpty)
        guard case .messageDelta(let delta) = result.events[2] else {
            Issue.record("no message_delta")
            return
        }
        #expect(delta == MessageDelta())
    }
}
