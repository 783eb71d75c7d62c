import MessageStream
import TestScheduling
import Testing

/// The order of events: an order that makes a message untrustworthy is a violation, and any other anomaly a diagnostic.
@Suite(.takesTurns) struct EventGrammarTests {
    // MARK: Violations

    /// The violation that `frames` cause after `message_start` and an open text block. It must occur at the last frame.
    private func violation(
        _ frames: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> ProtocolViolation? {
        let before = [MessageParts.start, MessageParts.textStart()] + frames.dropLast()
        let result = Playback((before + [frames.last ?? ""]).joined())
        guard case .protocolViolation(let violation) = result.failure?.kind else { return nil }
        #expect(result.failure?.byteOffset == before.joined().utf8.count, sourceLocation: sourceLocation)
        #expect(result.failure?.eventIndex == result.events.count, sourceLocation: sourceLocation)
        #expect(result.failure?.retry.isTransient == false, sourceLocation: sourceLocation)
        #expect(result.failure?.partial?.id == "msg_1", sourceLocation: sourceLocation)
        return violation
    }

    @Test func secondMessageStart() {
        #expect(violation(MessageParts.start) == .secondMessageStart)
    }

    @Test(
        arguments: [
            MessageParts.textStart(), MessageParts.textDelta("a"), MessageParts.blockStop(),
            MessageParts.messageDelta(), MessageParts.stop,
        ]
    )
    func eventBeforeMessageStart(_ frames: String) {
        let result = Playback(MessageParts.ping + frame("later", "x") + frames)
        guard case .protocolViolation(.eventBeforeMessageStart(let name)) = result.failure?.kind else {
            Issue.record("no violation")
            return
        }
        #expect(frames.contains("event: \(name)\n"))
        #expect(result.failure?.stage == .beforeMessage)
        #expect(result.failure?.retry.replaySafety == .safe)
        #expect(result.message == nil)
        #expect(result.events.map(\.name) == ["ping", "later"])
    }

    @Test func secondBlock() {
        #expect(violation(MessageParts.textStart()) == .secondBlock(index: 0))
        #expect(violation(MessageParts.blockStop(), MessageParts.textStart()) == .secondBlock(index: 0))
        #expect(violation(MessageParts.textStart(5), MessageParts.toolStart(5)) == .secondBlock(index: 5))
    }

    @Test func deltaOfUnknownBlock() {
        #expect(violation(MessageParts.textDelta("a", at: 1)) == .deltaOfUnknownBlock(index: 1))
        #expect(violation(MessageParts.textDelta("a", at: -1)) == .deltaOfUnknownBlock(index: -1))
        #expect(violation(MessageParts.delta(3, #"{"type":"later_delta"}"#)) == .deltaOfUnknownBlock(index: 3))
    }

    @Test func deltaOfClosedBlock() {
        #expect(violation(MessageParts.blockStop(), MessageParts.textDelta("a")) == .deltaOfClosedBlock(index: 0))
        let later = MessageParts.delta(0, #"{"type":"later_delta"}"#)
        #expect(violation(MessageParts.blockStop(), later) == .deltaOfClosedBlock(index: 0))
    }

    /// Known deltas belong to known blocks. A delta of an unknown type may belong to any block.
    @Test(
        arguments: [
            ("text", ["text_delta", "citations_delta", "later_delta"]),
            ("thinking", ["thinking_delta", "signature_delta", "later_delta"]),
            ("tool_use", ["input_json_delta", "later_delta"]),
            ("server_tool_use", ["input_json_delta", "later_delta"]),
            ("mcp_tool_use", ["input_json_delta", "later_delta"]), ("redacted_thinking", ["later_delta"]),
            ("web_search_tool_result", ["later_delta"]), ("container_upload", ["later_delta"]),
            (
                "later_block",
                [
                    "text_delta", "citations_delta", "thinking_delta", "signature_delta", "input_json_delta",
                    "later_delta",
                ]
            ),
        ]
    )
    func deltaMismatch(_ block: String, deltas: [String]) {
        let all = [
            "text_delta", "citations_delta", "thinking_delta", "signature_delta", "input_json_delta", "later_delta",
        ]
        for delta in all {
            let violation = violation(
                MessageParts.blockStart(1, #"{"type":"\#(block)"}"#),
                MessageParts.delta(1, #"{"type":"\#(delta)","citation":{}}"#)
            )
            let expected = ProtocolViolation.deltaMismatch(index: 1, blockType: block)
            #expect(violation == (deltas.contains(delta) ? nil : expected), "\(delta)")
        }
    }

    @Test func violationsAreDescribed() {
        let failure = Playback(MessageParts.start + MessageParts.textDelta("a", at: 4)).failure
        #expect(failure?.description.contains("content block 4, which was never started") == true)
    }

    // MARK: Diagnostics

    /// The diagnostics of a stream that is nevertheless complete.
    private func diagnostics(_ frames: String...) -> [String] {
        let result = Playback(frames.joined())
        if let failure = result.failure { Issue.record(failure) }
        return result.diagnostics.map { diagnostic in
            diagnostic.detail.isEmpty ? diagnostic.kind.rawValue : "\(diagnostic.kind.rawValue) \(diagnostic.detail)"
        }
    }

    private let start = MessageParts.start
    private let end = MessageParts.end

    @Test func nothingOdd() {
        #expect(diagnostics(start, MessageParts.ping, MessageParts.textBlock("a"), MessageParts.ping, end) == [])
        #expect(diagnostics(start, end) == [])
    }

    @Test func indexGap() {
        #expect(diagnostics(start, MessageParts.textBlock("a", at: 1), end) == ["indexGap block 1"])
        let blocks = [("a", 0), ("c", 2), ("b", 1)].map { MessageParts.textBlock($0, at: $1) }.joined()
        #expect(diagnostics(start, blocks, end) == ["indexGap block 2", "indexGap block 1"])
        // They are nevertheless in the order of their indices.
        #expect(Playback(start + blocks + end).message?.text == "abc")
    }

    /// Indices at the limits of an integer.
    @Test func extremeIndices() {
        let blocks = [Int.max, Int.min, 0, -1].map { MessageParts.textBlock("\($0) ", at: $0) }.joined()
        let result = Playback(start + blocks + end)
        #expect(result.failure == nil)
        #expect(result.message?.text == "\(Int.min) -1 0 \(Int.max) ")
        #expect(Set(result.diagnostics.map(\.kind)) == [.indexGap])
    }

    @Test func stopOfClosedBlock() {
        #expect(diagnostics(start, MessageParts.blockStop(3), end) == ["stopOfClosedBlock block 3"])
        let twice = MessageParts.textBlock("a") + MessageParts.blockStop()
        #expect(diagnostics(start, twice, end) == ["stopOfClosedBlock block 0"])
    }

    @Test func contentAfterStopReason() {
        let late = [MessageParts.textStart(), MessageParts.textDelta("a"), MessageParts.blockStop()]
        #expect(
            diagnostics(start, MessageParts.messageDelta(), late.joined(), end)
                == Array(repeating: "contentAfterStopReason block 0", count: 3)
        )
        #expect(
            diagnostics(start, late[0], late[1], MessageParts.messageDelta(), late[2], end)
                == ["contentAfterStopReason block 0"]
        )
        #expect(Playback(start + MessageParts.messageDelta() + late.joined() + end).message?.text == "a")
    }

    @Test func openBlockAtStop() {
        let body = MessageParts.textStart() + MessageParts.textDelta("a") + MessageParts.toolStart(1)
        #expect(diagnostics(start, body, end) == ["openBlockAtStop block 0", "openBlockAtStop block 1"])
        let message = Playback(start + body + end).message
        #expect(message?.content.map(\.isComplete) == [false, false])
        #expect(message?.toolUses.first?.input == .incomplete(""))
    }

    @Test func noStopReason() {
        #expect(diagnostics(start, MessageParts.stop) == ["noStopReason"])
        let null = frame("message_delta", #"{"type":"message_delta","delta":{"stop_reason":null}}"#)
        #expect(diagnostics(start, null, MessageParts.stop) == ["noStopReason"])
        // A message may start with its stop reason, for example if a complete message is replayed.
        let whole = frame(#"{"type":"message_start","message":{"content":[],"stop_reason":"end_turn"}}"#)
        #expect(diagnostics(whole, MessageParts.stop) == [])
    }

    @Test func unusableToolInput() {
        let tool = MessageParts.toolStart() + MessageParts.inputDelta("[1]") + MessageParts.blockStop()
        #expect(diagnostics(start, tool, end) == ["unusableToolInput block 0"])
    }

    @Test func unknownEvent() {
        #expect(diagnostics(frame("first", "x"), start, end, "") == ["unknownEvent first"])
        #expect(diagnostics(start, frame(#"{"type":"later"}"#), end) == ["unknownEvent later"])
    }

    /// Nothing after `message_stop` changes the verdict.
    @Test func afterTheEnd() {
        let whole = start + MessageParts.textBlock("a") + end
        #expect(diagnostics(whole, MessageParts.ping, ": comment\n\n") == [])
        #expect(diagnostics(whole, MessageParts.textDelta("b")) == ["eventAfterStop content_block_delta"])
        #expect(diagnostics(whole, start) == ["eventAfterStop message_start"])
        #expect(diagnostics(whole, frame("[DONE]")) == ["eventAfterStop message"])
        #expect(diagnostics(whole, frame("ping", "[DONE]")) == [])
        #expect(diagnostics(whole, frame("content_block_stop", "{}")) == ["eventAfterStop content_block_stop"])
        #expect(diagnostics(whole, "data: x") == ["unfinishedFrameAfterStop 7 bytes"])
        let error = diagnostics(whole, MessageParts.overloaded, MessageParts.stop)
        #expect(error.count == 2 && error[0].hasPrefix(#"errorAfterStop {"type":"error""#))
        #expect(error.last == "eventAfterStop message_stop")
        #expect(Playback(whole + MessageParts.textDelta("b")).message?.text == "a")
        #expect(Playback(whole + MessageParts.textDelta("b")).events.last == .messageStop)
    }

    /// The positions of diagnostics, and the limit on their number.
    @Test func placesAndTheirNumber() {
        let body = start + MessageParts.textBlock("a")
        let result = Playback(body + MessageParts.blockStop(7) + end)
        #expect(result.diagnostics.first?.byteOffset == body.utf8.count)
        #expect(result.diagnostics.first?.eventIndex == 4)
        let many = String(repeating: MessageParts.blockStop(7), count: Diagnostics.limit + 5)
        #expect(diagnostics(start, many, end).count == Diagnostics.limit)
        // A failure includes them.
        let failed = Playback(body + MessageParts.blockStop(7) + MessageParts.overloaded)
        #expect(failed.failure?.diagnostics.map(\.kind) == [.stopOfClosedBlock])
    }
}
