import MessageStream
import ServerSentEvents
import TestScheduling
import Testing

/// Data other than its event requires: the failure contains the event name, the error and its position.
@Suite(.takesTurns) struct MalformedEventTests {
    private func fault(_ body: String) -> (name: String, error: JSONError)? {
        guard case .malformedEvent(let name, let error) = Playback(body).failure?.kind else { return nil }
        return (name, error)
    }

    @Test(
        arguments: [
            "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
            "message_stop",
        ]
    )
    func dataOfAKnownEventIsAnObject(_ name: String) {
        let cases: [(data: String, reason: JSONError.Reason, offset: Int)] = [
            ("", .unexpectedEnd, 0), ("[DONE]", .typeMismatch, 0), ("null", .typeMismatch, 0), ("{", .unexpectedEnd, 1),
            (#"{"type":"ping""#, .unexpectedEnd, 14), (#"{"a":tru}"#, .unexpectedByte, 8), ("{}x", .trailingBytes, 2),
            (#"{"a":01}"#, .invalidNumber, 6), (#"{"a":"\q"}"#, .invalidEscape, 7), ("\u{FEFF}{}", .unexpectedByte, 0),
        ]
        for (data, reason, offset) in cases {
            let body = MessageParts.ping + frame(name, data)
            let fault = fault(body)
            #expect(fault?.name == name)
            #expect(fault?.error == JSONError(reason, at: offset), "\(data)")
            let failure = Playback(body).failure
            #expect(failure?.byteOffset == MessageParts.ping.utf8.count)
            #expect(failure?.eventIndex == 1)
            // Make a byte order mark visible.
            let visible = data.unicodeScalars.map { $0 == "\u{FEFF}" ? " " : $0 }
            #expect(failure?.excerpt?.unicodeScalars.elementsEqual(visible) == true)
            // JSON that ends too early was truncated in transit.
            #expect(failure?.retry.isTransient == (reason == .unexpectedEnd))
            #expect(failure?.equivalentStatus == nil)
        }
    }

    /// A ping is a ping regardless of its data, unless the data has the type of another event.
    @Test(
        arguments: [
            "", "[DONE]", "null", "{", #"{"type":"ping""#, "{}x", "0", #"{"error":{"message":"m"}}"#, #"{"error":1}"#,
            #"{"type":"ping","error":{"type":"overloaded_error"}}"#, #"{"type":5}"#,
        ]
    )
    func dataOfAPing(_ data: String) {
        let result = Playback(MessageParts.start + frame("ping", data) + MessageParts.textBlock("a") + MessageParts.end)
        #expect(result.failure == nil)
        #expect(result.events.dropFirst().first == .ping)
        #expect(result.diagnostics.isEmpty)
        let after = Playback(MessageParts.start + MessageParts.end + frame("ping", data))
        #expect(after.failure == nil && after.diagnostics.isEmpty)
    }

    /// An event without a name is a `message`, which may be any event of the API: its data must be an object too.
    @Test(arguments: ["", "[DONE]", "hello", "5", #"["a"]"#, #""{}""#])
    func dataOfAnUnnamedEventIsAnObject(_ data: String) {
        #expect(fault(MessageParts.start + frame(data))?.name == "message")
        #expect(fault(MessageParts.start + frame("message", data))?.name == "message")
    }

    /// A known member of an undocumented type. The offset is that of the value in the data of the event.
    @Test(
        arguments: [
            (#"{"type":"message_start","message":@5}"#, "message_start"),
            (#"{"type":"message_start","message":@null}"#, "message_start"),
            (#"{"type":"message_start","message":{"id":@5}}"#, "message_start"),
            (#"{"type":"message_start","message":{"content":@"x"}}"#, "message_start"),
            (#"{"type":"message_start","message":{"content":[{"type":"text"}, @5]}}"#, "message_start"),
            (#"{"type":"message_start","message":{"content":[{"type":"text","text":@5}]}}"#, "message_start"),
            (#"{"type":"message_start","message":{"usage":{"service_tier":@5}}}"#, "message_start"),
            (#"{"type":"content_block_start","index":@"0","content_block":{"type":"text"}}"#, "content_block_start"),
            (#"{"type":"content_block_start","index":0,"content_block":@[]}"#, "content_block_start"),
            (#"{"type":"content_block_start","index":0,"content_block":@{"text":""}}"#, "content_block_start"),
            (
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":@{}}}"#,
                "content_block_start"
            ),
            (
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","citations":[@1]}}"#,
                "content_block_start"
            ),
            (
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","citations":[{"type":@1}]}}"#,
                "content_block_start"
            ),
            (
                #"{"type":"content_block_delta","index":@0.5,"delta":{"type":"text_delta","text":""}}"#,
                "content_block_delta"
            ),
            (#"{"type":"content_block_delta","index":0,"delta":@"x"}"#, "content_block_delta"),
            (#"{"type":"content_block_delta","index":0,"delta":@{"text":"x"}}"#, "content_block_delta"),
            (
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":@5}}"#,
                "content_block_delta"
            ),
            (
                #"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":@5}}"#,
                "content_block_delta"
            ),
            (
                #"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":@5}}}"#,
                "content_block_delta"
            ),
            (#"{"type":"content_block_stop","index":@99999999999999999999}"#, "content_block_stop"),
            (#"{"type":"message_delta","delta":{"stop_reason":@5}}"#, "message_delta"),
            (#"{"type":"message_delta","delta":{},"usage":{"service_tier": @[]}}"#, "message_delta"),
        ]
    )
    func memberOfAnotherType(_ marked: String, name: String) throws {
        let offset = try #require(marked.utf8.firstIndex(of: UInt8(ascii: "@"))).utf16Offset(in: marked)
        let before = name == "message_start" ? "" : MessageParts.start
        let fault = fault(before + frame(name, marked.replacing("@", with: "")))
        #expect(fault?.name == name)
        #expect(fault?.error == JSONError(.typeMismatch, at: offset))
    }

    /// Deep nesting is a typed failure where it matters, and is passed through elsewhere.
    @Test func nesting() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(
            fault(MessageParts.start + frame("message_delta", #"{"a":\#(deep)}"#))?.error.reason == .depthLimitExceeded
        )
        let body = MessageParts.start + MessageParts.textStart()
        let delta = MessageParts.delta(0, #"{"type":"later_delta","a":\#(deep)}"#)
        #expect(fault(body + delta)?.error.reason == .depthLimitExceeded)
        #expect(Playback(body + frame("later", deep)).failure?.kind.name == "truncated")
        let shallow = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(Playback(body + MessageParts.delta(0, #"{"type":"later_delta","a":\#(shallow)}"#)).steps.count == 3)
    }

    /// A missing required member.
    @Test(
        arguments: [
            ("message_start", "message", "{}"), ("content_block_start", "index", #"{"content_block":{"type":"text"}}"#),
            ("content_block_start", "content_block", #"{"index":0}"#),
            ("content_block_delta", "index", #"{"delta":{"type":"text_delta","text":""}}"#),
            ("content_block_delta", "delta", #"{"index":0}"#), ("content_block_stop", "index", "{}"),
        ]
    )
    func missingMember(_ name: String, member: String, data: String) {
        let failure = Playback(MessageParts.start + frame(name, data)).failure
        #expect(failure?.kind == .protocolViolation(.missingMember(event: name, name: member)))
        #expect(failure?.byteOffset == MessageParts.start.utf8.count)
    }

    /// A line or an event beyond the limit. The offset is that of the first byte beyond it.
    @Test func limits() {
        let limits = MessageStreamLimits(eventStream: EventStreamLimits(lineBytes: 400, eventBytes: 600))
        func play(_ body: String) -> Playback.Outcome {
            let bytes = Array(body.utf8)
            var decoder = MessageStreamDecoder(limits: limits)
            let cuts = Array(stride(from: 64, to: bytes.count, by: 64))
            return Playback.feed(bytes, cutAt: cuts, poison: nil, to: &decoder) { _, _ in }
        }
        let before = MessageParts.start + MessageParts.textStart()
        let line = play(before + frame("ping", String(repeating: "x", count: 500))).failure
        #expect(line?.kind == .limitExceeded(.lineBytes(400)))
        #expect(line?.byteOffset == before.utf8.count + "event: ping\n".utf8.count + 400)
        let lines = String(repeating: "data: x\n", count: 100)
        let event = play(before + lines + "\n").failure
        #expect(event?.kind == .limitExceeded(.eventBytes(600)))
        #expect(event?.byteOffset == before.utf8.count + 600)
        for failure in [line, event] {
            #expect(failure?.stage == .beforeContent)
            #expect(failure?.eventIndex == 2)
            #expect(failure?.retry.isTransient == false)
            #expect(failure?.retry.replaySafety == .safe)
            #expect(failure?.partial?.id == "msg_1")
        }
        // After the end of the message, it has no effect.
        let result = play(MessageParts.start + MessageParts.textBlock("a") + MessageParts.end + lines + "\n")
        #expect(result.failure == nil)
        #expect(result.diagnostics.map(\.kind) == [.eventAfterStop])
    }
}
