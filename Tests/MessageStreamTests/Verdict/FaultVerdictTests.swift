import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// Each fault has the verdict in `verdicts.json`, regardless of how it is split.
@Suite(.takesTurns) struct FaultVerdictTests {
    @Test(arguments: Fault.all)
    func verdict(_ fault: Fault) {
        let complaints = fault.decoded().complaints(expected: fault.expected)
        #expect(complaints.isEmpty)
    }

    /// A body with its head given separately has the same verdict as the response, except for details of the HTTP
    /// framing.
    @Test(
        arguments: Fault.all.filter {
            $0.expected.verdict.stage != "beforeResponse" && $0.expected.verdict.kind != "transport"
        }
    )
    func bodyWithHead(_ fault: Fault) throws {
        let response = try #require(fault.response)
        // With a separate head, the client has already removed a content coding: this is not a diagnostic.
        let fields = ResponseFields(
            response.fields.filter { $0.name != "content-encoding" }.map { ($0.name, $0.value) }
        )
        var decoder = MessageStreamDecoder(input: .body(status: response.status, headers: fields))
        let outcome = Playback.feed(response.body, cutAt: [], poison: nil, to: &decoder) { _, _ in }
        var expected = fault.expected
        expected.details.diagnostics?.removeAll { $0 == "contentCodingUndone" }
        let complaints = outcome.complaints(expected: expected)
        #expect(complaints.isEmpty)
    }

    @Test(arguments: Sweep.sample(Fault.all, inDebug: 50))
    func byteByByte(_ fault: Fault) {
        let whole = fault.decoded()
        for poison in [nil, CaptureChunkingTests.poison] {
            let cuts = Array(1..<max(1, fault.bytes.count))
            #expect(whole.difference(from: fault.decoded(cutAt: cuts, poison: poison)) == nil)
        }
    }

    /// Split in two at every byte. There are many splits, so descriptions are compared only in the other tests.
    @Test(arguments: Sweep.sample(Fault.all, inDebug: 25))
    func everyCutInTwo(_ fault: Fault) {
        let whole = fault.decoded()
        let complaints = whole.complaints(expected: fault.expected)
        for cut in Sweep.sample(0...fault.bytes.count, inDebug: 20) {
            let outcome = fault.decoded(cutAt: [cut], poison: CaptureChunkingTests.poison)
            let isSame =
                outcome.diagnostics == whole.diagnostics && outcome.failure?.kind == whole.failure?.kind
                && outcome.failure?.excerpt == whole.failure?.excerpt && outcome.message == whole.message
                && outcome.complaints(expected: fault.expected) == complaints
            #expect(isSame, "cut at \(cut)")
            if !isSame { return }
        }
    }

    @Test(arguments: Sweep.sample(Fault.all, inDebug: 25))
    func randomPieces(_ fault: Fault) {
        let whole = fault.decoded()
        for seed in 0..<UInt64(Sweep.count(inDebug: 9, inRelease: 24)) {
            let largest = [3, 40, 500][Int(seed % 3)]
            let poison = [CaptureChunkingTests.poison, Array("\r\n\r\n0\r\n\r\n".utf8), [0x0A]][Int(seed / 3 % 3)]
            let cuts = Chunking.random(seed: seed, upTo: largest).cuts(count: fault.bytes.count)
            let difference = whole.difference(from: fault.decoded(cutAt: cuts, poison: poison))
            #expect(difference == nil, "seed \(seed)")
        }
    }
}

extension Fault {
    /// The result of decoding the file in chunks that end at `cuts` and at the end.
    func decoded(cutAt cuts: [Int] = [], poison: [UInt8]? = nil) -> Playback.Outcome {
        var decoder = MessageStreamDecoder(input: isResponse ? .httpResponse : .eventStream)
        return Playback.feed(bytes, cutAt: cuts, poison: poison, to: &decoder) { _, _ in }
    }
}

extension Playback.Outcome {
    /// The differences from the expected values: the names of the fields, with the actual and the expected values.
    func complaints(expected: ExpectedFault) -> [String] {
        var complaints: [String] = []
        func check<Value: Equatable>(_ name: String, _ found: Value?, _ expected: Value?) {
            guard found != expected else { return }
            func text(_ value: Value?) -> String { value.map { "\($0)" } ?? "null" }
            complaints.append("\(name) is \(text(found)), not \(text(expected))")
        }
        let (verdict, details) = (expected.verdict, expected.details)
        check("outcome", failure == nil ? "complete" : "failed", verdict.outcome)
        // `==` on strings would accept another normalization of the same characters.
        check("text", Array((message?.text ?? "").utf8), Array((verdict.text ?? "").utf8))
        check("stopReason", message?.stopReason?.rawValue, verdict.stopReason)
        check("blocks", (message?.content ?? []).map(ExpectedVerdict.Block.init), verdict.blocks)

        check("kind", failure?.kind.name, verdict.kind)
        check("stage", failure?.stage.rawValue, verdict.stage)
        check("httpStatus", failure?.httpStatus, verdict.httpStatus)
        check("equivalentStatus", failure?.equivalentStatus, verdict.equivalentStatus)
        check("requestID", failure?.requestID, verdict.requestID)
        check("replaySafety", failure?.retry.replaySafety.rawValue, verdict.replaySafety)
        check("isTransient", failure?.retry.isTransient, verdict.isTransient)
        check("eventIndex", failure?.eventIndex, details.eventIndex)
        if let offset = details.byteOffset { check("byteOffset", failure?.byteOffset, offset) }
        var error: APIError?
        if case .api(let api) = failure?.kind { error = api }
        check("errorType", error?.type?.rawValue, verdict.errorType)
        check("message", error?.message.map { Array($0.utf8) }, details.message.map { Array($0.utf8) })
        check("retryAfterSeconds", failure?.retry.delay.map { $0 / .seconds(1) }, details.retryAfterSeconds)
        check("retryAfter", failure?.retry.notBefore.map { _ in "date" }, details.retryAfter)
        check("shouldRetry", failure?.retry.serverAdvice, details.shouldRetry)
        if let cap = details.spendCap { check("spendCap", failure?.retry.mayBeSpendCap, cap) }
        if let sniffed = details.sniffed { check("sniffed", failure?.kind.sniffed, sniffed) }
        if let excerpt = details.excerpt {
            check("excerpt", failure?.excerpt.map { Array($0.utf8) }, Array(excerpt.utf8))
        }
        if let model = details.model { check("model", message.map { Array($0.model.utf8) }, Array(model.utf8)) }
        for (kind, count) in details.diagnosticCounts ?? [:] {
            check("count of \(kind)", diagnostics.counts.first { $0.kind.rawValue == kind }?.count, count)
        }
        if let kinds = details.diagnostics { check("diagnostics", diagnostics.map(\.kind.rawValue), kinds) }
        return complaints
    }
}

extension MessageStreamFailure.Kind {
    /// The kind of body in the failure, if the failure contains one.
    fileprivate var sniffed: String? {
        let kind: MessageStreamFailure.BodyKind
        switch self {
        case .http(_, let sniffed), .notEventStream(_, let sniffed): kind = sniffed
        default: return nil
        }
        return switch kind {
        case .empty: "empty"
        case .json: "json"
        case .message: "message"
        case .markup: "markup"
        case .gzip: "gzip"
        case .encoded: "encoded"
        case .binary: "binary"
        case .eventStream: "eventStream"
        case .text: "text"
        }
    }
}
