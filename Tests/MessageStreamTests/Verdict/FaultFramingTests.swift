import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// The HTTP framing around a body does not change its verdict as long as the framing is complete. If it is truncated,
/// the failure says so.
@Suite(.takesTurns) struct FaultFramingTests {
    /// How a response declares the end of its body.
    enum Framing: CaseIterable {
        case contentLength, chunks, connectionClose, http10

        /// `body` in a response.
        func response(_ body: [UInt8], seed: UInt64) -> [UInt8] {
            let version = self == .http10 ? "1.0" : "1.1"
            let head = "HTTP/\(version) 200 OK\r\ncontent-type: text/event-stream\r\n"
            switch self {
            case .connectionClose, .http10: return Array((head + "\r\n").utf8) + body
            case .contentLength: return Array((head + "content-length: \(body.count)\r\n\r\n").utf8) + body
            case .chunks:
                var generator = SeededRandom(seed: seed)
                var response = Array((head + "transfer-encoding: chunked\r\n\r\n").utf8)
                var rest = body[...]
                while !rest.isEmpty {
                    let chunk = rest.prefix(Int.random(in: 1...90, using: &generator))
                    response += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
                    rest = rest.dropFirst(chunk.count)
                }
                return response + Array("0\r\n\r\n".utf8)
            }
        }
    }

    /// The bodies, as a server sends them.
    @Test(arguments: Sweep.sample(Fault.all.filter { !$0.isResponse }, inDebug: 18), Framing.allCases)
    func bodyInAResponse(_ fault: Fault, _ framing: Framing) {
        for seed in 0..<UInt64(framing == .chunks ? Sweep.count(inDebug: 2, inRelease: 8) : 1) {
            let response = framing.response(fault.bytes, seed: seed)
            for cuts in [[], Array(1..<response.count)] {
                var decoder = MessageStreamDecoder(input: .httpResponse)
                let outcome = Playback.feed(response, cutAt: cuts, poison: nil, to: &decoder) { _, _ in }
                let complaints = outcome.complaints(expected: fault.expected)
                #expect(complaints.isEmpty, "seed \(seed)")
            }
        }
    }

    /// The complete responses, truncated at every byte: complete if all of `message_stop` was received, truncated
    /// otherwise, and `beforeResponse` if the head is incomplete.
    @Test(
        arguments: Sweep.sample(
            Fault.all.filter { fault in
                fault.isResponse && fault.expected.verdict.outcome == "complete"
                    && fault.response?["content-type"] != nil
            },
            inDebug: 5
        )
    )
    func cutAtEveryByte(_ fault: Fault) {
        var wholeText = Array((fault.expected.verdict.text ?? "").utf8)[...]
        for cut in Sweep.sample(0..<fault.bytes.count, inDebug: 100).reversed() {
            var decoder = MessageStreamDecoder(input: .httpResponse)
            let bytes = Array(fault.bytes[..<cut])
            let outcome = Playback.feed(bytes, cutAt: [], poison: nil, to: &decoder) { _, _ in }
            let response = NaiveResponse(bytes)
            let frames = NaiveFrame.all(in: response?.body ?? [])
            let isComplete = frames.contains { $0.type == "message_stop" }
            let failure = outcome.failure
            let isTrue =
                (failure == nil) == isComplete
                && (failure == nil || failure?.kind.name == "truncated")
                && (failure == nil || (failure?.stage == .beforeResponse) == (response == nil))
                && (failure == nil || failure?.httpStatus == response?.status)
                && (failure == nil || failure?.eventIndex == frames.count)
                && (failure == nil || failure?.byteOffset == response?.body.count ?? 0)
            // The text is a beginning of the text of the longer cut.
            let text = Array((outcome.message?.text ?? "").utf8)
            let isBeginning = wholeText.starts(with: text)
            wholeText = text[...]
            #expect(isTrue && isBeginning, "cut at \(cut): \(failure.map { "\($0.kind)" } ?? "complete")")
            if !isTrue || !isBeginning { return }
        }
    }
}
