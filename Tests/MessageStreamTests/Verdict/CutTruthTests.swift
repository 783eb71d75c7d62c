import CaptureCorpus
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// A truncated stream is reported as such, wherever it is truncated: it is complete if and only if all of
/// `message_stop` was received. Everything received before is kept, and nothing incomplete is reported as complete.
@Suite(.takesTurns) struct CutTruthTests {
    @Test(arguments: Sweep.sample(Capture.small, inDebug: 6))
    func cutAtEveryByte(_ capture: Capture) {
        check(capture, cutAt: Sweep.sample(0..<capture.bytes.count, inDebug: 70))
    }

    /// A large capture is not decoded again for each cut. Instead, one decoder is asked after each byte how it would
    /// report an end. The message, which only a complete frame can change, is compared after some of the bytes.
    @Test(arguments: Capture.large.filter(\.isSwept))
    func cutAtEveryByteOfLargeCapture(_ capture: Capture) throws {
        let truth = Truth(capture.bytes)
        // Without content, so that the message is not assembled a million times.
        var decoder = MessageStreamDecoder(keepsContent: false)
        var stage = MessageStreamFailure.Stage.beforeMessage
        var frames = 0
        for cut in 0...capture.bytes.count {
            if cut > 0 { try decoder.decode(capture.bytes[cut - 1..<cut]) { _ in } }
            if frames < truth.frameEnds.count, truth.frameEnds[frames] == cut { frames += 1 }
            let isComplete = truth.verdict.isComplete && cut >= truth.verdict.bytes
            let failure = decoder.failureIfEnded()
            var isRight = (failure == nil) == isComplete
            if let failure {
                isRight =
                    isRight && failure.kind.name == "truncated" && failure.stage >= stage
                    && failure.eventIndex == frames && failure.byteOffset == cut
                stage = failure.stage
            }
            #expect(isRight, "cut at \(cut): \(failure?.description ?? "complete")")
            if !isRight { return }
        }
        let ends = truth.frameEnds
        let step = max(1, ends.count * capture.bytes.count / Sweep.count(inDebug: 400_000, inRelease: 4_000_000))
        let some = stride(from: 0, to: ends.count, by: step).flatMap { [ends[$0] - 1, ends[$0]] }
        check(capture, cutAt: some + [capture.bytes.count - 2, capture.bytes.count - 1])
    }

    /// The failure that the decoder predicts for an end equals the actual one.
    @Test(arguments: Sweep.sample(Capture.small, inDebug: 5))
    func failureIfEndedIsThatOfTheEnd(_ capture: Capture) {
        var decoder = MessageStreamDecoder()
        for cut in 0..<min(capture.bytes.count, 3000) {
            guard (try? decoder.decode(capture.bytes[cut..<cut + 1]) { _ in }) != nil else { return }
            guard cut % Sweep.step(inDebug: 23) == 0 else { continue }
            let difference = decoder.failureIfEnded().difference(
                from: Playback(Array(capture.bytes[...cut])).failure
            )
            #expect(difference == nil, "cut at \(cut)")
        }
    }

    /// What must be left by a cut, according to the frames.
    private struct Truth {
        /// The number of bytes up to the verdict, and whether the verdict is a complete message.
        var verdict: (bytes: Int, isComplete: Bool)
        /// The ends of all frames up to the verdict.
        var frameEnds: [Int]
        /// The number of bytes up to the stop of each block, by index.
        var stops: [Int: Int] = [:]

        init(_ body: [UInt8]) {
            verdict = (bytes: .max, isComplete: false)
            frameEnds = []
            for frame in NaiveFrame.all(in: body) {
                let end = frame.range.upperBound
                frameEnds.append(end)
                switch frame.type {
                case "content_block_stop": stops[frame.index ?? -1] = end
                case "error", "message_stop":
                    verdict = (bytes: end, isComplete: frame.type == "message_stop")
                    return
                default: break
                }
            }
        }
    }

    private func check(_ capture: Capture, cutAt cuts: [Int]) {
        let truth = Truth(capture.bytes)
        let whole = Playback(capture.bytes)
        var stage = MessageStreamFailure.Stage.beforeMessage
        for cut in cuts {
            let result = Playback(Array(capture.bytes[..<cut]))
            let complaint = complaint(about: result, cutAt: cut, truth: truth, whole: whole, stage: &stage)
            #expect(complaint == nil, "cut at \(cut)")
            if complaint != nil { return }
        }
    }

    /// The first error in the outcome of the first `cut` bytes; `nil` if there is none.
    private func complaint(
        about result: Playback,
        cutAt cut: Int,
        truth: Truth,
        whole: Playback,
        stage: inout MessageStreamFailure.Stage
    ) -> String? {
        let hasVerdict = cut >= truth.verdict.bytes
        if (result.failure == nil) != (hasVerdict && truth.verdict.isComplete) { return "the outcome" }
        if let failure = result.failure {
            if failure.kind.name != (hasVerdict ? "api" : "truncated") { return "kind \(failure.kind.name)" }
            if failure.stage < stage { return "\(failure.stage) after \(stage)" }
            stage = failure.stage
            let frames = truth.frameEnds.count { $0 <= cut } - (hasVerdict ? 1 : 0)
            if failure.eventIndex != frames { return "event \(failure.eventIndex), not \(frames)" }
            if !hasVerdict, failure.byteOffset != cut { return "byte \(failure.byteOffset)" }
        }
        let wholeText = Array((whole.message?.text ?? "").utf8)
        if !wholeText.starts(with: Array((result.message?.text ?? "").utf8)) { return "the text is no beginning" }
        for (position, block) in (result.message?.content ?? []).enumerated() {
            // The captures number their blocks from 0.
            let isStopped = truth.stops[position].map { $0 <= cut } ?? false
            if block.isComplete, !isStopped { return "block \(position) is not complete" }
            if block.anyToolUse?.input.json != nil, !isStopped { return "input of block \(position) is not complete" }
            guard let original = whole.message?.content[position] else { return "block \(position) is not there" }
            if !isBeginning(block, of: original) { return "block \(position) is no beginning" }
        }
        return nil
    }

    /// Whether the text of `block` is a beginning of the text of `whole`, byte by byte.
    private func isBeginning(_ block: ContentBlock, of whole: ContentBlock) -> Bool {
        func bytes(_ block: ContentBlock) -> [UInt8] {
            switch block.content {
            case .text(let text, _), .thinking(let text, _): Array(text.utf8)
            case .toolUse(let use), .serverToolUse(let use), .mcpToolUse(let use, _):
                switch use.input {
                case .complete(let json): json.utf8
                case .incomplete(let text), .invalid(let text, _): Array(text.utf8)
                }
            default: []
            }
        }
        return block.type == whole.type && bytes(whole).starts(with: bytes(block))
    }

    /// The message only grows, regardless of the chunks, and a complete block stays complete.
    @Test(arguments: Sweep.sample(Capture.all.filter(\.isSwept), inDebug: 8))
    func partialGrows(_ capture: Capture) {
        var decoder = MessageStreamDecoder()
        var last = Message(id: "", model: "")
        let size = max(11, capture.bytes.count / 400)
        for start in stride(from: 0, to: capture.bytes.count, by: size) {
            let piece = capture.bytes[start..<min(start + size, capture.bytes.count)]
            // The partial message of a failure equals that of the decoder.
            _ = try? decoder.decode(piece) { _ in }
            guard let partial = decoder.partial else { continue }
            #expect(partial.content.count >= last.content.count)
            for (earlier, later) in zip(last.content, partial.content) {
                #expect(isBeginning(earlier, of: later))
                #expect(!earlier.isComplete || earlier == later)
            }
            #expect(last.stopReason == nil || last.stopReason == partial.stopReason)
            last = partial
        }
        #expect(last.jsonBytes == (Playback(capture.bytes).message ?? Message(id: "", model: "")).jsonBytes)
    }
}
