import CaptureCorpus
import Foundation
import MessageStream
import ReferenceMessageStream
import TestScheduling
import TestSupport
import Testing

/// Random streams, split at random, have the verdict of an independent model of the contract.
///
/// `MODEL_STREAMS` is the number of streams, and `MODEL_SEED` the seed of the first one.
@Suite(.takesTurns) struct ModelBasedTests {
    private static func number(_ name: String, default value: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? value
    }

    private static let count = number("MODEL_STREAMS", default: UInt64(Sweep.count(inDebug: 400, inRelease: 20_000)))
    private static let firstSeed = number("MODEL_SEED", default: 0)
    private static let shownCount = number("MODEL_SHOWN", default: 2)

    @Test(arguments: 0..<UInt64(8))
    func verdicts(part: UInt64) {
        var differences = 0
        var settled = 0
        let seeds = stride(from: Self.firstSeed + part, to: Self.firstSeed + Self.count, by: 8)
        for seed in seeds {
            let body = RandomStream(seed: seed).bytes
            let model = ReferenceMessageStream(body)
            let outcome = Self.decode(body, seed: seed)
            guard !model.doubts.contains(.everything) else { continue }
            settled += 1
            let complaints = outcome.complaints(model)
            guard !complaints.isEmpty else { continue }
            differences += 1
            if differences <= Self.shownCount {
                Issue.record(
                    "seed \(seed): \(complaints.joined(separator: "; "))\n\(String(decoding: body, as: UTF8.self).debugDescription)"
                )
            }
        }
        #expect(differences == 0)
        // The contract covers nearly all streams, so that the test is meaningful.
        #expect(settled * 10 >= seeds.underestimatedCount * 9)
    }

    /// The model produces all verdicts, so that no part of the contract is left out.
    @Test func everyVerdictComes() {
        var kinds: Set<String> = []
        var notes: Set<String> = []
        var stages: Set<String> = []
        for seed in 0..<UInt64(Sweep.count(inDebug: 800, inRelease: 1500)) {
            let model = ReferenceMessageStream(RandomStream(seed: seed).bytes)
            guard !model.doubts.contains(.everything) else { continue }
            kinds.insert(model.failure?.kind ?? "complete")
            if model.failure != nil { stages.insert("\(model.message.stage) \(model.message.replaySafety)") }
            notes.formUnion(model.notes.map(\.kind))
        }
        #expect(kinds == ["complete", "api", "truncated", "malformedEvent", "protocolViolation"])
        #expect(stages.count == 7)
        let expected: Set<String> = [
            "contentAfterStopReason", "doubtfulCompletion", "errorAfterStop", "errorWithoutData", "eventAfterStop",
            "indexGap", "noStopReason", "openBlockAtStop", "repeatedMessageStart", "replacementCharacters",
            "stopOfClosedBlock", "unframedData", "unknownEvent", "unusableToolInput",
        ]
        #expect(notes.isSuperset(of: expected))
    }

    /// The model and the corpus of faults, which were written independently, agree.
    @Test(arguments: Fault.bodies)
    func faults(_ fault: Fault) {
        let model = ReferenceMessageStream(fault.bytes)
        let (verdict, details) = (fault.expected.verdict, fault.expected.details)
        // The model does not determine the kind of a body that is not an event stream. Foundation rejects lone
        // surrogates and deeply nested JSON, and Swift repairs ill-formed UTF-8 before the model counts it.
        let others = ["39-lone-surrogates.sse", "41-deep-tool-input.sse", "66-bytes-not-utf-8.sse"]
        guard verdict.kind != "notEventStream", !others.contains(fault.name) else { return }
        #expect(model.failure?.kind == verdict.kind)
        if let offset = details.byteOffset { #expect(model.failure?.offset == offset) }
        #expect(model.failure?.eventIndex == details.eventIndex)
        #expect(Array(model.message.text.utf8) == Array((verdict.text ?? "").utf8))
        #expect(model.message.stopReason == verdict.stopReason)
        if let stage = verdict.stage { #expect(model.message.stage == stage) }
        if let safety = verdict.replaySafety { #expect(model.message.replaySafety == safety) }
        let words = verdict.blocks.map { "\($0.type) \($0.isComplete)" + ($0.input.map { " \($0)" } ?? "") }
        #expect(model.message.blockWords == words)
        if let kinds = details.diagnostics { #expect(model.notes.map(\.kind) == kinds) }
        if let excerpt = model.failure?.excerpt {
            #expect(details.excerpt.map { $0.utf8.elementsEqual(excerpt.utf8) } ?? true)
        }
        // Errors in forms that the model does not know have no type.
        if verdict.kind != "api" { #expect(model.failure?.isTransient == verdict.isTransient) }
    }

    /// The result of decoding a body in random chunks.
    private static func decode(_ body: [UInt8], seed: UInt64) -> Playback.Outcome {
        var random = SeededRandom(seed: ~seed)
        let largest = [2, 60, 600].randomElement(using: &random) ?? 1
        let cuts = Chunking.random(seed: seed, upTo: largest).cuts(count: body.count)
        var decoder = MessageStreamDecoder()
        return Playback.feed(body, cutAt: cuts, poison: nil, to: &decoder) { _, _ in }
    }
}

extension Playback.Outcome {
    /// The differences from the model.
    fileprivate func complaints(_ model: ReferenceMessageStream) -> [String] {
        var complaints: [String] = []
        func check<Value: Equatable>(_ name: String, _ found: Value?, _ expected: Value?) {
            guard found != expected else { return }
            func text(_ value: Value?) -> String { value.map { "\($0)" } ?? "nil" }
            complaints.append("\(name) is \(text(found)), not \(text(expected))")
        }
        func utf8(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }
        let expected = model.failure
        check("kind", failure?.kind.name, expected?.kind)
        check("text", utf8(message?.text ?? ""), utf8(model.message.text))
        check("stop reason", message?.stopReason?.rawValue, model.message.stopReason)
        let blocks = (message?.content ?? []).map(ExpectedVerdict.Block.init)
        let words = blocks.map { "\($0.type) \($0.isComplete)" + ($0.input.map { " \($0)" } ?? "") }
        check("blocks", words, model.message.blockWords)
        if let failure, let expected {
            check("stage", failure.stage.rawValue, model.message.stage)
            check("byte offset", failure.byteOffset, expected.offset)
            check("event index", failure.eventIndex, expected.eventIndex)
            let isTransienceSettled = !model.doubts.contains(.transience)
            if isTransienceSettled { check("transient", failure.retry.isTransient, expected.isTransient) }
            check("equivalent status", failure.equivalentStatus, expected.error?.status)
            check("request id", utf8(failure.requestID), utf8(expected.error?.requestID))
            if !model.doubts.contains(.replaySafety) {
                check("replay safety", failure.retry.replaySafety.rawValue, model.message.replaySafety)
            }
            if case .api(let error) = failure.kind {
                check("error type", error.type?.rawValue, expected.error?.type)
                check("message", utf8(error.message), utf8(expected.error?.message))
                if let json = expected.json { check("JSON", failure.errorJSON?.utf8, Array(json.utf8)) }
                check("transient error", error.isTransient, expected.isTransient)
            }
            if let excerpt = expected.excerpt { check("excerpt", utf8(failure.excerpt), utf8(excerpt)) }
        }
        func isSettled(_ note: ReferenceMessageStream.Note) -> Bool { !model.doubts.contains(.notes(note.kind)) }
        let expectedNotes = model.notes.filter(isSettled).sorted()
        var notes = diagnostics.map {
            ReferenceMessageStream.Note(
                kind: $0.kind.rawValue,
                offset: $0.byteOffset,
                eventIndex: $0.eventIndex,
                detail: $0.detail
            )
        }.filter(isSettled).sorted()
        // The contract defines the detail of only some diagnostics.
        for index in notes.indices where index >= expectedNotes.count || expectedNotes[index].detail == nil {
            notes[index].detail = nil
        }
        check("diagnostics", notes, expectedNotes)
        check("replaced", diagnostics.count(of: .replacementCharacters), model.replacementCount)
        return complaints
    }
}
