import CaptureCorpus
import MessageStream
import TestScheduling
import Testing

/// Each capture has the verdict in `verdicts.json`.
@Suite(.takesTurns) struct CaptureVerdictTests {
    @Test func everyKindOfCaptureIsThere() {
        #expect(Capture.all.count >= 12)
        #expect(Capture.complete.count >= 6)
        #expect(!Capture.small.isEmpty && !Capture.large.isEmpty)
        #expect(Set(Capture.all.compactMap(\.expected.kind)) == ["api", "truncated"])
    }

    @Test(arguments: Capture.all)
    func verdict(_ capture: Capture) {
        let expected = capture.expected
        let result = Playback(capture.bytes)
        #expect((result.failure == nil ? "complete" : "failed") == expected.outcome)
        #expect(expected.matches(text: result.message?.text ?? ""))
        #expect(result.message?.stopReason?.rawValue == expected.stopReason)
        #expect((result.message?.content ?? []).map(ExpectedVerdict.Block.init) == expected.blocks)

        let failure = result.failure
        #expect(failure?.kind.name == expected.kind)
        #expect(failure?.stage.rawValue == expected.stage)
        #expect(failure?.httpStatus == expected.httpStatus)
        #expect(failure?.equivalentStatus == expected.equivalentStatus)
        #expect(failure?.requestID == expected.requestID)
        #expect(failure?.retry.replaySafety.rawValue == expected.replaySafety)
        #expect(failure?.retry.isTransient == expected.isTransient)
        if case .api(let error) = failure?.kind {
            #expect(error.type?.rawValue == expected.errorType)
            #expect(failure?.eventIndex == expected.events - 1)
        } else {
            #expect(expected.errorType == nil)
        }
        if case .truncated(let truncation) = failure?.kind {
            #expect(failure?.eventIndex == expected.events)
            #expect(failure?.byteOffset == capture.bytes.count)
            #expect(truncation.bodyBytes == capture.bytes.count)
            let lastFrame = NaiveFrame.all(in: capture.bytes).last?.range.upperBound ?? 0
            #expect(truncation.unfinishedBytes == capture.bytes.count - lastFrame)
        }
        if expected.outcome == "complete" {
            let incompleteInputs = expected.blocks.contains { $0.input ?? "complete" != "complete" }
            #expect(result.diagnostics.map(\.kind) == (incompleteInputs ? [.unusableToolInput] : []))
        }
    }

    /// One event for each frame, in order, at the position of the frame, except for the error and events after
    /// `message_stop`.
    @Test(arguments: Capture.all)
    func eventsStandWhereTheFramesAre(_ capture: Capture) {
        let frames = NaiveFrame.all(in: capture.bytes)
        #expect(frames.count == capture.expected.events)
        let typed = frames.prefix { $0.type != "error" }
        let stop = typed.firstIndex { $0.type == "message_stop" } ?? typed.endIndex - 1
        let steps = Playback(capture.bytes).steps
        #expect(steps.map(\.event.name) == typed[...stop].map(\.type))
        // The length of a frame excludes the LF of a CRLF that ends it. That LF is not part of the next frame either.
        #expect(steps.map(\.range) == typed[...stop].map(\.range))
    }

    /// A failed decoder stays failed: it reports the same failure, regardless of further input and of the number of
    /// calls.
    @Test(arguments: Capture.all.filter { $0.expected.outcome == "failed" })
    func staysFailed(_ capture: Capture) {
        var decoder = MessageStreamDecoder()
        let first = failure { () throws(MessageStreamFailure) in try decoder.decode(capture.bytes) { _ in } }
        if capture.expected.kind == "api" {
            #expect(first != nil)
            for bytes in [[], Array(MessageParts.stop.utf8), capture.bytes] {
                let again = failure { () throws(MessageStreamFailure) in
                    try decoder.decode(bytes) { event in Issue.record("\(event) after the failure") }
                }
                #expect(first.difference(from: again) == nil)
            }
        } else {
            #expect(first == nil)
        }
        let end = failure { () throws(MessageStreamFailure) in _ = try decoder.finish() }
        let again = failure { () throws(MessageStreamFailure) in _ = try decoder.finish() }
        #expect(end != nil)
        #expect(end.difference(from: again) == nil)
        if first != nil { #expect(first.difference(from: end) == nil) }
        let (isComplete, partial) = (decoder.isComplete, decoder.partial)
        #expect(!isComplete)
        #expect(partial == end?.partial)
    }

    /// Events before a failure are delivered, even if they are in the same chunk.
    @Test func eventsBeforeTheFailureAreHandedOut() {
        let body = MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("a") + MessageParts.overloaded
        let result = Playback(body + MessageParts.textDelta("b"))
        #expect(result.events.map(\.name) == ["message_start", "content_block_start", "content_block_delta"])
        #expect(result.failure?.eventIndex == 3)
        #expect(result.failure?.byteOffset == body.utf8.count - MessageParts.overloaded.utf8.count)
        #expect(result.message?.text == "a")
    }

    /// A complete message is returned by every call.
    @Test(arguments: Capture.complete)
    func staysComplete(_ capture: Capture) throws {
        var decoder = MessageStreamDecoder()
        try decoder.decode(capture.bytes) { _ in }
        let isComplete = decoder.isComplete
        #expect(isComplete)
        let message = try decoder.finish()
        let (again, partial) = (try decoder.finish(), decoder.partial)
        #expect(again.jsonBytes == message.jsonBytes)
        #expect(partial?.jsonBytes == message.jsonBytes)
    }
}

/// The error that `body` throws.
private func failure(_ body: () throws(MessageStreamFailure) -> Void) -> MessageStreamFailure? {
    do throws(MessageStreamFailure) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension ExpectedVerdict.Block {
    init(_ block: ContentBlock) {
        let input: String? = block.anyToolUse.map { use in
            switch use.input {
            case .complete: "complete"
            case .incomplete: "incomplete"
            case .invalid: "invalid"
            }
        }
        self.init(type: block.type, isComplete: block.isComplete, input: input)
    }
}
