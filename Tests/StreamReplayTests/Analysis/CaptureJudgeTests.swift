import CaptureCorpus
import Foundation
import MessageStream
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// The verdict on a capture that is not kept.
@Suite(.takesTurns) struct CaptureJudgeTests {
    private struct Judged: Equatable {
        var kind: String?
        var stage: MessageStreamFailure.Stage?
        var offset: Int?
        var eventIndex: Int?
        var responses: Int
        var stopReason: String?
        var times: ArrivalTimes?
        var cause: CaptureError.Cause?
    }

    private static func judge(_ bytes: [UInt8], cuts: [Int] = []) -> Judged {
        var judge = CaptureJudge()
        var start = 0
        for end in cuts + [bytes.count] {
            let piece = Array(bytes[start..<end])
            if judge.needsMore { judge.receive(unsafe piece.span.bytes) }
            start = end
        }
        do throws(CaptureError.Cause) {
            let verdict = try judge.finish()
            return Judged(
                kind: verdict.failure?.kind.name,
                stage: verdict.failure?.stage,
                offset: verdict.failure?.byteOffset,
                eventIndex: verdict.failure?.eventIndex,
                responses: verdict.responseCount,
                stopReason: verdict.stopReason?.rawValue,
                times: verdict.times
            )
        } catch {
            return Judged(responses: 0, cause: error)
        }
    }

    /// The verdicts on the corpus, in any chunks.
    @Test(arguments: Capture.all.filter(\.isSwept))
    func corpus(_ capture: Capture) {
        let whole = Self.judge(capture.bytes)
        #expect(whole.kind == capture.expected.kind && whole.responses == 1 && whole.times == nil)
        #expect((capture.expected.outcome == "complete") == (whole.kind == nil))
        for chunking in Sweep.sample(
            Chunking.all(count: capture.bytes.count, sizes: [7, 4096], splits: 20, random: 4),
            inDebug: 8
        ) {
            #expect(Self.judge(capture.bytes, cuts: chunking.cuts(count: capture.bytes.count)) == whole)
        }
    }

    /// The last response and its times determine the verdict.
    @Test func traces() throws {
        let two = try CurlRecording(name: "redirect.time.trace").bytes
        let judged = Self.judge(two)
        #expect(judged.kind == nil && judged.responses == 2)
        let times = try #require(judged.times)
        let first = try #require(times.firstByte)
        let last = try #require(times.lastByte)
        #expect(first <= last && times.firstContent != nil && (times.lastContent ?? .zero) <= last)
        #expect(times.byteCount > 500)
        for chunking in [Chunking.fixed(1), .fixed(1000)] {
            #expect(Self.judge(two, cuts: chunking.cuts(count: two.count)) == judged)
        }
        let untimed = Self.judge(try CurlRecording(name: "message.trace").bytes)
        #expect(untimed.times == nil && untimed.kind == nil)
    }

    /// A truncated trace, cut anywhere, is judged by the bytes before the cut.
    @Test func cutTraces() throws {
        let trace = try CurlRecording(name: "message.time.trace").bytes
        let firstLine = try #require(trace.firstIndex(of: 0x0A))
        for end in Array(0...firstLine) + Sweep.sample(Array(firstLine + 1..<trace.count), inDebug: 150) {
            let judged = Self.judge(Array(trace[..<end]))
            #expect(judged.cause == nil)
            if judged.kind == nil { #expect(judged.stopReason == "end_turn") }
        }
    }

    @Test func unreadableCaptures() {
        #expect(Self.judge([0x1F, 0x8B, 8, 0]).cause == .compressed(.gzip))
        var judge = CaptureJudge(.trace)
        let text = Array("no trace".utf8)
        judge.receive(unsafe text.span.bytes)
        #expect(throws: CaptureError.Cause.notTrace) { try judge.finish() }
    }

    /// After a failure that nothing can change, no more bytes are requested.
    @Test func earlyEnd() {
        var judge = CaptureJudge()
        let error = Array("event: error\ndata: {\"type\":\"error\"}\n\n".utf8) + [UInt8](repeating: 0x20, count: 5000)
        judge.receive(unsafe error.span.bytes)
        let needsMore = judge.needsMore
        #expect(!needsMore)
    }

    /// Nothing of a long response is kept.
    @Test func memory() {
        var judge = CaptureJudge()
        let bytes = Capture.named("answer-1mb.sse").bytes
        for start in stride(from: 0, to: bytes.count, by: 64 << 10) {
            let piece = Array(bytes[start..<min(start + (64 << 10), bytes.count)])
            judge.receive(unsafe piece.span.bytes)
            let bufferedCount = judge.bufferedCount
            #expect(bufferedCount < 16 << 10)
        }
    }
}
