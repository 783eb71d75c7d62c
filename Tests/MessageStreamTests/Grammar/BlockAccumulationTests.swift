import MessageStream
import TestScheduling
import Testing

/// How deltas build a block.
@Suite(.takesTurns) struct BlockAccumulationTests {
    private let start = MessageParts.start
    private let end = MessageParts.end

    private func block(_ block: String, _ deltas: String..., isStopped: Bool = true) -> ContentBlock? {
        let body = MessageParts.blockStart(0, block) + deltas.map { MessageParts.delta(0, $0) }.joined()
        return Playback(start + body + (isStopped ? MessageParts.blockStop() : "")).message?.content.first
    }

    @Test func textGrows() {
        let a = #"{"type":"text_delta","text":"a"}"#
        let accent = #"{"type":"text_delta","text":"\u0301"}"#
        let text = block(#"{"type":"text","text":"begun "}"#, a, accent, a)
        #expect(text.map { Array(($0.text ?? "").utf8) } == Array("begun a\u{301}a".utf8))
        #expect(text?.isComplete == true)
        #expect(block(#"{"type":"text"}"#, a, isStopped: false)?.isComplete == false)
    }

    /// A signature replaces an earlier one, and never has a text.
    @Test func signatureReplaces() {
        let begun = #"{"type":"thinking","thinking":"a","signature":""}"#
        let more = #"{"type":"thinking_delta","thinking":"b"}"#
        func signature(_ text: String) -> String { #"{"type":"signature_delta","signature":"\#(text)"}"# }
        #expect(block(begun, more, signature("x"))?.content == .thinking("ab", signature: "x"))
        #expect(block(begun, signature("x"), more, signature("yz"))?.content == .thinking("ab", signature: "yz"))
        // Hidden reasoning has only a signature.
        #expect(block(#"{"type":"thinking","thinking":""}"#, signature("x"))?.content == .thinking("", signature: "x"))
    }

    @Test func citationsAreCollected() throws {
        func citation(_ n: Int) -> String { #"{"type":"char_location","cited_text":"\#(n)"}"# }
        func delta(_ n: Int) -> String { #"{"type":"citations_delta","citation":\#(citation(n))}"# }
        let text = block(#"{"type":"text","text":"","citations":[\#(citation(0))]}"#, delta(1), delta(2))
        guard case .text(_, let citations) = text?.content else {
            Issue.record("no text")
            return
        }
        #expect(citations?.map(\.citedText) == ["0", "1", "2"])
        #expect(citations?.last?.json == (try RawJSON(validating: citation(2))))
    }

    /// Unknown deltas are kept with their block, each of them, in addition to its members.
    @Test func unknownDeltasAreKept() throws {
        let deltas = [#"{"type":"later_delta", "x":1}"#, #"{"type":"later_delta", "x":2}"#, #"{"type":"text"}"#]
        let text = block(#"{"type":"text","text":"a","x":0}"#, deltas[0], deltas[1], deltas[2])
        #expect(text?.unknownDeltas == (try deltas.map { try RawJSON(validating: $0) }))
        #expect(text?.additionalMembers == [JSONMember(name: "x", value: try RawJSON(validating: "0"))])
        #expect(text?.text == "a")
    }

    /// So are the deltas of an unknown block, of any type.
    @Test func deltasOfAnUnknownBlockAreKept() throws {
        let deltas = [
            #"{"type":"text_delta","text":"é\n"}"#, #"{"type":"input_json_delta","partial_json":"{"}"#,
            #"{"type":"thinking_delta","thinking":"a"}"#, #"{"type":"signature_delta","signature":"s"}"#,
            #"{"type":"citations_delta","citation":{"type":"c"}}"#, #"{"type":"later_delta"}"#,
        ]
        let body = deltas.map { MessageParts.delta(0, $0) }.joined()
        let later = Playback(start + MessageParts.blockStart(0, #"{"type":"later","text":"t"}"#) + body)
        let kept = try #require(later.message?.content.first)
        #expect(kept.unknownDeltas == (try deltas.map { try RawJSON(validating: $0) }))
        #expect(kept.content == .other(type: "later"))
        let written = String(decoding: later.message?.jsonBytes ?? [], as: UTF8.self)
        #expect(written.contains(#""type":"later","text":"t","unknown_deltas":[{"type":"text_delta","text":"é\n"},"#))
    }

    /// A compaction is a single delta, whose content becomes that of the block.
    @Test func compaction() throws {
        let begun = #"{"type":"compaction","content":""}"#
        func members(_ json: String...) throws -> [JSONMember] {
            try json.map { JSONMember(name: "content", value: try RawJSON(validating: $0)) }
        }
        let whole = block(begun, #"{"type":"compaction_delta","content":"a summary"}"#)
        #expect(whole?.content == .other(type: "compaction"))
        #expect(whole?.additionalMembers == (try members(#""a summary""#)))
        #expect(whole?.unknownDeltas == [])
        let failed = block(begun, #"{"type":"compaction_delta","content":null}"#)
        #expect(failed?.additionalMembers == (try members("null")))
        let empty = block(begun, #"{"type":"compaction_delta"}"#)
        #expect(empty?.additionalMembers == (try members(#""""#)))
        #expect(block(#"{"type":"later"}"#, #"{"type":"compaction_delta"}"#)?.unknownDeltas.count == 1)
    }

    @Test func interleavedBlocks() {
        let body =
            MessageParts.textStart(0) + MessageParts.toolStart(1) + MessageParts.textDelta("a", at: 0)
            + MessageParts.inputDelta(#"{"k""#, at: 1) + MessageParts.textStart(2) + MessageParts.textDelta("x", at: 2)
            + MessageParts.textDelta("b", at: 0) + MessageParts.blockStop(0) + MessageParts.inputDelta(":1}", at: 1)
            + MessageParts.textDelta("y", at: 2) + MessageParts.blockStop(2) + MessageParts.blockStop(1)
        let result = Playback(start + body + end)
        #expect(result.failure == nil)
        #expect(result.diagnostics.isEmpty)
        #expect(result.message?.content.map(\.text) == ["ab", nil, "xy"])
        #expect(result.message?.toolUses.first?.input.json?.description == #"{"k":1}"#)
        #expect(result.message?.text == "abxy")
    }

    // MARK: Tool input

    private func input(_ pieces: [String], begun: String = "{}", isStopped: Bool = true) -> ToolInput? {
        let deltas = pieces.map { MessageParts.inputDelta($0) }.joined()
        let start = MessageParts.blockStart(0, #"{"type":"tool_use","id":"i","name":"n","input":\#(begun)}"#)
        let result = Playback(self.start + start + deltas + (isStopped ? MessageParts.blockStop() : ""))
        let block = result.message?.content.first
        #expect(block?.isComplete == (isStopped && block?.anyToolUse?.input.json != nil))
        return block?.anyToolUse?.input
    }

    private func complete(_ json: String) throws -> ToolInput { .complete(try RawJSON(validating: json)) }

    @Test func inputIsJoined() throws {
        #expect(try input([#"{"a""#, "", ":", "[1, 2.50]", "}"]) == complete(#"{"a":[1, 2.50]}"#))
        #expect(try input([" { } "]) == complete("{ }"))
        // Duplicates and escapes are left to the tool.
        #expect(try input([#"{"a":1,"a":"\ud83d"}"#]) == complete(#"{"a":1,"a":"\ud83d"}"#))
    }

    /// Without any pieces, the input is an empty object, or the input in the block's start.
    @Test func inputWithoutPieces() throws {
        #expect(try input([]) == complete("{}"))
        #expect(try input(["", ""]) == complete("{}"))
        #expect(try input([], begun: "null") == complete("{}"))
        #expect(try input([], begun: "{ }") == complete("{}"))
        #expect(try input([], begun: #"{"a":1}"#) == complete(#"{"a":1}"#))
        #expect(try input([#"{"b":2}"#], begun: #"{"a":1}"#) == complete(#"{"b":2}"#))
        #expect(input([], begun: "[1]") == .invalid("[1]", offset: 0))
    }

    /// A block that was not stopped has no complete input, regardless of the pieces received.
    @Test func inputOfAnOpenBlock() {
        #expect(input([], isStopped: false) == .incomplete(""))
        #expect(input([#"{"a":1}"#], isStopped: false) == .incomplete(#"{"a":1}"#))
        #expect(input([], begun: #"{"a":1}"#, isStopped: false) == .incomplete(#"{"a":1}"#))
        #expect(input(["[1]"], isStopped: false) == .incomplete("[1]"))
    }

    /// Neither has the event that starts the block.
    @Test func inputOfABlockThatBegins() {
        for begun in ["{}", #"{"a":1}"#, "[1]"] {
            let block = MessageParts.blockStart(0, #"{"type":"server_tool_use","input":\#(begun)}"#)
            guard case .contentBlockStart(_, let started) = Playback(start + block).events.last else {
                Issue.record("no block")
                return
            }
            #expect(started.anyToolUse?.input == .incomplete(begun == "{}" ? "" : begun))
            #expect(!started.isComplete)
        }
    }

    /// Truncated inside the object: every beginning of an object is incomplete, and never invalid or complete.
    @Test func inputCutAnywhere() {
        let whole = #"{"a":"\u00e9\"x","b":[1.5e3,-2,{}],"c":{"d":null,"é":true}}"#
        for end in whole.unicodeScalars.indices.dropFirst() {
            let text = String(whole.unicodeScalars[..<end])
            #expect(input([text]) == .incomplete(text))
        }
    }

    @Test(
        arguments: [
            ("[1]", 0), ("5", 0), ("null", 0), (#""{}""#, 0), (" [", 1), ("x", 0), ("{}x", 2), ("{} {}", 3),
            (#"{"a":x"#, 5), (#"{"a":"\q""#, 7), ("{a", 1), ("{\"é\":01}", 7), (#"{"a":1,}"#, 7),
        ]
    )
    func invalidInput(_ text: String, offset: Int) {
        #expect(input([text]) == .invalid(text, offset: offset))
    }

    // MARK: Stage and replay safety

    @Test(
        arguments: [
            ("", "beforeMessage", "safe"), (MessageParts.start, "beforeContent", "safe"),
            (MessageParts.start + MessageParts.textStart(), "beforeContent", "safe"),
            (
                MessageParts.start + MessageParts.blockStart(0, #"{"type":"thinking","thinking":"","signature":""}"#),
                "beforeContent", "safe"
            ),
            (MessageParts.start + MessageParts.toolStart(), "afterContent", "duplicatesOutput"),
            (MessageParts.start + MessageParts.textBlock("a"), "afterContent", "duplicatesOutput"),
            (
                MessageParts.start + MessageParts.blockStart(0, #"{"type":"redacted_thinking","data":"x"}"#),
                "afterContent", "duplicatesOutput"
            ),
            (
                MessageParts.start + MessageParts.blockStart(0, #"{"type":"server_tool_use","name":"web_search"}"#),
                "afterContent", "mayRepeatServerTools"
            ),
            (
                MessageParts.start + MessageParts.blockStart(0, #"{"type":"mcp_tool_use"}"#)
                    + MessageParts.messageDelta(),
                "afterStopReason", "mayRepeatServerTools"
            ),
            (
                MessageParts.start + MessageParts.textBlock("a") + MessageParts.messageDelta(), "afterStopReason",
                "duplicatesOutput"
            ),
        ]
    )
    func stages(_ frames: String, stage: String, safety: String) {
        for ending in ["", MessageParts.ping, MessageParts.overloaded, "data: x"] {
            let failure = Playback(frames + ending).failure
            #expect(failure?.stage.rawValue == stage)
            #expect(failure?.retry.replaySafety.rawValue == safety)
            #expect(failure?.retry.isTransient == true)
            #expect(failure?.retry.isSafe == (safety == "safe"))
        }
    }
}
