import CaptureCorpus
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// A decoder that does not keep content reaches the same verdict as one that does.
@Suite(.takesTurns) struct WithoutContentTests {
    /// The first result for `body`, other than the content, that depends on whether the content is kept; `nil` if there
    /// is none.
    private func difference(_ body: [UInt8]) -> String? {
        let kept = Playback(body)
        let forgotten = Playback(body, keepsContent: false)
        if let message = forgotten.message, !message.content.isEmpty { return "content is kept" }
        if kept.events != forgotten.events { return "other events" }
        if kept.message?.withoutContent != forgotten.message { return "another message" }
        // Diagnostics that require the complete text.
        let diagnostics = kept.diagnostics.filter { diagnostic in
            diagnostic.kind != .unusableToolInput
                && !(diagnostic.kind == .doubtfulCompletion && diagnostic.detail.contains("a tool call"))
        }
        if diagnostics != Array(forgotten.diagnostics) {
            return "diagnostics \(Array(forgotten.diagnostics)), not \(diagnostics)"
        }
        guard let failure = kept.failure, let other = forgotten.failure else {
            return (kept.failure == nil) == (forgotten.failure == nil) ? nil : "only one of them fails"
        }
        if failure.kind != other.kind { return "kind \(other.kind), not \(failure.kind)" }
        if failure.stage != other.stage { return "stage \(other.stage), not \(failure.stage)" }
        if failure.eventIndex != other.eventIndex { return "event \(other.eventIndex), not \(failure.eventIndex)" }
        return failure.retry == other.retry ? nil : "another retry advice"
    }

    @Test(arguments: Capture.all.filter(\.isSwept))
    func captures(_ capture: Capture) {
        #expect(difference(capture.bytes) == nil)
        for count in stride(
            from: 0,
            to: capture.bytes.count,
            by: max(1, capture.bytes.count / Sweep.count(inDebug: 15, inRelease: 60))
        ) {
            #expect(difference(Array(capture.bytes.prefix(count))) == nil, "\(count) bytes")
        }
    }

    /// Blocks that are started, continued and stopped in any order, both correctly and incorrectly.
    @Test(arguments: Sweep.sample(UInt64(1)...300, inDebug: 15))
    func anyOrder(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func draw(_ bound: Int) -> Int { random.number(0...(bound - 1)) }
        var body = MessageParts.start
        var open: Set<Int> = []
        for step in 0..<40 {
            // Mostly correct, so that the stream gets far enough, with an occasional extreme index.
            let index = draw(20) == 0 ? [Int.max, .min, .max - 1, .min + 1][draw(4)] : draw(seed % 2 == 0 ? 6 : 40)
            switch draw(3) {
            case 0:
                body += step % 7 == 0 ? MessageParts.toolStart(index) : MessageParts.textStart(index)
                open.insert(index)
            case 1: body += MessageParts.blockStop(index)
            default:
                if open.contains(index) || draw(10) == 0 { body += MessageParts.textDelta("a", at: index) }
            }
            guard step % Sweep.step(inDebug: 5) == 4 % Sweep.step(inDebug: 5) else { continue }
            #expect(difference(Array((body + MessageParts.end).utf8)) == nil, "step \(step)")
        }
    }

    /// Everything except the content is present.
    @Test func theRestOfTheMessage() throws {
        let body =
            MessageParts.start + MessageParts.textBlock("a") + MessageParts.toolStart(1)
            + MessageParts.inputDelta("[", at: 1) + MessageParts.blockStop(1) + MessageParts.end
        let result = Playback(body, keepsContent: false)
        let message = try #require(result.message)
        #expect(message.id == "msg_1")
        #expect(message.stopReason == .endTurn)
        #expect(message.usage.outputTokens == 9)
        #expect(message.content == [])
        #expect(result.diagnostics.isEmpty)
    }
}

extension Message {
    fileprivate var withoutContent: Message {
        var message = self
        message.content = []
        return message
    }
}
