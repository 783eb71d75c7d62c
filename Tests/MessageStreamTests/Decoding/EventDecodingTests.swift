import MessageStream
import TestScheduling
import Testing

/// The decoding of single events: every type, in every spelling that JSON and gateways allow.
@Suite(.takesTurns) struct EventDecodingTests {
    /// The events of `body`. Any failure other than the end of the body fails the test.
    private func events(_ body: String) -> [MessageStreamEvent] {
        let result = Playback(body)
        if let failure = result.failure, failure.kind.name != "truncated" { Issue.record(failure) }
        return result.events
    }

    /// The delta of the last event of a stream with one block.
    private func delta(_ json: String, in block: String = #"{"type":"text","text":""}"#) -> ContentDelta? {
        let body = MessageParts.start + MessageParts.blockStart(0, block) + MessageParts.delta(0, json)
        guard case .contentBlockDelta(let event) = events(body).last else { return nil }
        return event.delta
    }

    @Test func eachEventTypeInOrder() {
        let body =
            MessageParts.start + MessageParts.textStart() + MessageParts.ping + MessageParts.textDelta("Hi")
            + MessageParts.blockStop() + MessageParts.messageDelta() + MessageParts.stop
        var usage = Usage()
        usage.inputTokens = 7
        usage.outputTokens = 1
        var end = MessageDelta()
        end.stopReason = .endTurn
        end.usage = Usage()
        end.usage?.outputTokens = 9
        #expect(
            events(body) == [
                .messageStart(Message(id: "msg_1", model: "m", usage: usage)),
                .contentBlockStart(index: 0, ContentBlock(.text("", citations: nil), isComplete: false)),
                .ping,
                .contentBlockDelta(ContentBlockDelta(index: 0, delta: .text("Hi"))),
                .contentBlockStop(index: 0),
                .messageDelta(end),
                .messageStop,
            ]
        )
    }

    /// The name of an event is its name on the wire.
    @Test func names() {
        let body =
            MessageParts.start + MessageParts.textBlock("a") + MessageParts.ping + frame("later_event", "{}")
            + MessageParts.end
        #expect(
            events(body).map(\.name) == [
                "message_start", "content_block_start", "content_block_delta", "content_block_stop", "ping",
                "later_event", "message_delta", "message_stop",
            ]
        )
    }

    @Test func eachDeltaType() throws {
        let thinking = #"{"type":"thinking","thinking":"","signature":""}"#
        let tool = #"{"type":"tool_use","id":"t","name":"f","input":{}}"#
        #expect(delta(#"{"type":"text_delta","text":"a"}"#) == .text("a"))
        #expect(delta(#"{"type":"thinking_delta","thinking":"b"}"#, in: thinking) == .thinking("b"))
        #expect(delta(#"{"type":"signature_delta","signature":"c=="}"#, in: thinking) == .signature("c=="))
        #expect(delta(#"{"type":"input_json_delta","partial_json":"{\"k"}"#, in: tool) == .inputJSON(#"{"k"#))

        let json = #"{"type":"page_location","cited_text":"x","page": 3}"#
        let citation = Citation(type: "page_location", citedText: "x", json: try RawJSON(validating: json))
        #expect(delta(#"{"type":"citations_delta","citation":\#(json)}"#) == .citation(citation))

        let compaction = #"{"type":"compaction_delta","content":"y"}"#
        let raw = try RawJSON(validating: compaction)
        #expect(delta(compaction, in: #"{"type":"compaction"}"#) == .other(type: "compaction_delta", raw))
        let later = #"{"type":"later_delta", "x":[1, 2]}"#
        #expect(delta(later) == .other(type: "later_delta", try RawJSON(validating: later)))
    }

    @Test(arguments: ["char", "page", "content_block", "web_search_result", "search_result"])
    func eachCitationType(_ place: String) {
        let type = "\(place)_location"
        guard
            case .citation(let citation) = delta(
                #"{"type":"citations_delta","citation":{"cited_text":"q","type":"\#(type)","n":1.50}}"#
            )
        else {
            Issue.record("no citation")
            return
        }
        #expect(citation.type == type)
        #expect(citation.citedText == "q")
        #expect(citation.json.description == #"{"cited_text":"q","type":"\#(type)","n":1.50}"#)
    }

    /// A field that is missing or null counts as empty.
    @Test func deltasWithoutTheirField() {
        #expect(delta(#"{"type":"text_delta"}"#) == .text(""))
        #expect(delta(#"{"type":"text_delta","text":null}"#) == .text(""))
        #expect(delta(#"{"type":"input_json_delta"}"#, in: #"{"type":"tool_use"}"#) == .inputJSON(""))
        #expect(delta(#"{"type":"thinking_delta"}"#, in: #"{"type":"thinking"}"#) == .thinking(""))
        #expect(delta(#"{"type":"signature_delta"}"#, in: #"{"type":"thinking"}"#) == .signature(""))
    }

    @Test(
        arguments: [
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}              }"#,
            #" { "type" : "content_block_delta" , "index" : 0 , "delta" : { "type" : "text_delta" , "text" : "é" } } "#,
            #"{"index":0,"delta":{"text":"é","type":"text_delta"},"type":"content_block_delta"}"#,
            #"{"delta":{"type":"text_delta","text":"\u00e9"},"type":"content_block_delta","index":0}"#,
            #"{"t\u0079pe":"content_block_delta","\u0069ndex":0,"delta":{"typ\u0065":"text_delta","te\u0078t":"é"}}"#,
            #"{"type":"content_block\u005fdelta","index":0,"delta":{"type":"text\u005Fdelta","text":"é"}}"#,
            // If several members have the same name, the last one wins.
            #"{"type":"ping","type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}}"#,
            #"{"type":"content_block_delta","index":7,"delta":0,"index":0,"delta":{"type":"text_delta","text":"é"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"no","text":"é"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"later","type":"text_delta","text":"é"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"no"},"#
                + #""delta":{"type":"text_delta","text":"é"}}"#,
            // Unknown members before, between and after the others, with any contents.
            #"{"p":{"type":"error"},"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}}"#,
            #"{"type":"content_block_delta","p":[],"index":0,"delta":{"type":"text_delta","p":1,"text":"é"},"z":null}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é","type2":"error"}}"#,
        ]
    )
    func oneDeltaInManySpellings(_ data: String) {
        let expected = MessageStreamEvent.contentBlockDelta(ContentBlockDelta(index: 0, delta: .text("é")))
        let before = MessageParts.start + MessageParts.textStart()
        for body in [frame("content_block_delta", data), frame(data), frame("message", data), frame("later", data)] {
            let result = Playback(before + body)
            #expect(result.events.last == expected)
            #expect(result.message.map { Array($0.text.utf8) } == [0xC3, 0xA9])
        }
    }

    /// The data determines the type of an event. The name does so only if the data has no type.
    @Test func typeBeforeName() {
        let start = MessageParts.start
        #expect(events(start + frame("content_block_delta", #"{"type":"ping"}"#)).last == .ping)
        #expect(events(start + frame("ping", "{}")).last == .ping)
        #expect(events(start + frame("ping", #"{"type":null}"#)).last == .ping)
        #expect(events(start + frame("message_stop", "{}")).last == .messageStop)
        let body = start + frame("content_block_stop", #"{"index":0}"#)
        #expect(events(body).last == .contentBlockStop(index: 0))
        let unknown = UnknownEvent(name: "later", data: #"{"type":"later"}"#)
        #expect(events(start + frame("ping", unknown.data)).last == .unknown(unknown))
    }

    /// Escapes, surrogate pairs, lone surrogates and ill-formed bytes in a text.
    @Test func textOfADelta() {
        #expect(delta(#"{"type":"text_delta","text":"\n\"\\\/\t\u00E9"}"#) == .text("\n\"\\/\t\u{E9}"))
        #expect(delta(#"{"type":"text_delta","text":"\ud83D\uDE00"}"#) == .text("\u{1F600}"))
        #expect(delta(#"{"type":"text_delta","text":"\ud83d"}"#) == .text("\u{FFFD}"))
        #expect(delta(#"{"type":"text_delta","text":"\u0000"}"#) == .text("\0"))
        let start = Array((MessageParts.start + MessageParts.textStart()).utf8)
        let parts = MessageParts.textDelta("|").split(separator: "|").map { Array($0.utf8) }
        let result = Playback(start + parts[0] + [0xE2, 0x82, 0xFF, 0x41] + parts[1])
        #expect(result.message.map { Array($0.text.utf8) } == Array("\u{FFFD}\u{FFFD}A".utf8))
    }

    /// Unknown events are delivered, with their data as received.
    @Test(arguments: ["[DONE]", "", "{}", "5", #"{"a":{"error":1}}"#, "\u{301}x", #"{"type":3}"#, "[{"])
    func unknownEvents(_ data: String) {
        let body = MessageParts.start + frame("codex.rate_limits", data)
        guard case .unknown(let event) = events(body).last else {
            Issue.record("not delivered")
            return
        }
        #expect(event.name == "codex.rate_limits")
        #expect(Array(event.data.utf8) == Array(data.utf8))
        #expect((event.json == nil) == ["[DONE]", "", "\u{301}x", "[{"].contains(data))
    }

    /// The same without a name, if the data is an object.
    @Test func unknownEventsWithoutAName() {
        let body = MessageParts.start + frame(#"{"a":1}"#) + frame(#"{"type":"later","a":1}"#)
        #expect(
            events(body).dropFirst() == [
                .unknown(UnknownEvent(name: "message", data: #"{"a":1}"#)),
                .unknown(UnknownEvent(name: "later", data: #"{"type":"later","a":1}"#)),
            ]
        )
    }
}
