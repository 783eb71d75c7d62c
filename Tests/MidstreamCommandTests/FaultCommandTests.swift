import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// The command's verdict on each fault is the one in `verdicts.json`.
@Suite(.takesTurns) struct FaultCommandTests {
    private static let exitStatuses: [String: Int32] = [
        "api": 10, "http": 11, "notEventStream": 12, "truncated": 13, "stalled": 14, "malformedEvent": 15,
        "protocolViolation": 16, "limitExceeded": 17, "transport": 18, "cancelled": 19,
    ]

    @Test(arguments: Fault.sample)
    func replay(_ fault: Fault) async throws {
        let input = fault.isResponse ? "response" : "body"
        let whole = try await Command.run(["replay", "--json", "--input", input, fault.url.path])
        check(whole, fault)
        let pieces = try await Command.run(
            ["replay", "--json", "--input", input, "--chunk-size", "7", "-"],
            input: fault.bytes
        )
        #expect(pieces.status == whole.status)
        // A delay until a date depends on the current time.
        if fault.expected.details.retryAfter == nil { #expect(pieces.output == whole.output) }
    }

    private func check(_ result: Command.Result, _ fault: Fault) {
        let (expected, details) = (fault.expected.verdict, fault.expected.details)
        #expect(!result.isSignal)
        #expect(result.status == expected.kind.map { Self.exitStatuses[$0] ?? -1 } ?? 0)
        #expect(result.errors.isEmpty)
        // Foundation does not parse JSON with such deep nesting.
        guard fault.name != "41-deep-tool-input.sse" else { return }
        let objects = result.objects
        #expect(objects.dropLast().allSatisfy { $0["event"] is String && $0["offset"] is Int })
        let verdict = objects.last?["verdict"] as? [String: Any] ?? [:]
        #expect(verdict["outcome"] as? String == expected.outcome)
        #expect(bytes(verdict["text"]) == bytes(expected.text ?? ""))
        let message = verdict["message"] as? [String: Any]
        #expect(message?["stop_reason"] as? String == expected.stopReason)
        let blocks = message?["content"] as? [[String: Any]] ?? []
        #expect(blocks.map { $0["type"] as? String } == expected.blocks.map(\.type))
        #expect(blocks.map { $0["isComplete"] as? Bool } == expected.blocks.map(\.isComplete))

        if let model = details.model { #expect(bytes(message?["model"]) == bytes(model)) }
        let counts = verdict["diagnosticCounts"] as? [String: Int]
        for (kind, count) in details.diagnosticCounts ?? [:] { #expect(counts?[kind] == count) }
        let kinds = (verdict["diagnostics"] as? [[String: Any]])?.map { $0["kind"] as? String }
        if let expected = details.diagnostics { #expect(kinds == expected) }
        if let kinds { #expect(Set(kinds.compactMap(\.self)) == Set((counts ?? [:]).keys)) }

        let failure = verdict["failure"] as? [String: Any]
        #expect((failure == nil) == (expected.kind == nil))
        guard let failure else { return }
        #expect(failure["kind"] as? String == expected.kind)
        #expect(failure["errorType"] as? String == expected.errorType)
        #expect(bytes(failure["message"]) == bytes(details.message))
        #expect(failure["stage"] as? String == expected.stage)
        #expect(failure["httpStatus"] as? Int == expected.httpStatus)
        #expect(failure["equivalentStatus"] as? Int == expected.equivalentStatus)
        #expect(failure["requestID"] as? String == expected.requestID)
        #expect(failure["replaySafety"] as? String == expected.replaySafety)
        #expect(failure["isTransient"] as? Bool == expected.isTransient)
        #expect(failure["eventIndex"] as? Int == details.eventIndex)
        if let offset = details.byteOffset { #expect(failure["byteOffset"] as? Int == offset) }
        if details.retryAfter == nil {
            #expect(failure["retryAfterSeconds"] as? Double == details.retryAfterSeconds)
        }
        if let excerpt = details.excerpt { #expect(bytes(failure["excerpt"]) == bytes(excerpt)) }
        if expected.kind == "api", let json = reportedJSON(fault) {
            #expect((failure["error"] as? NSDictionary) == (json as NSDictionary))
        }
    }

    /// The JSON object that reports the error: the data of the failing frame, or the whole body. `nil` for JSON outside
    /// frames and for bytes that Foundation does not parse as a JSON object.
    private func reportedJSON(_ fault: Fault) -> [String: Any]? {
        guard let body = fault.response?.body else { return nil }
        let offset = fault.expected.details.byteOffset
        let frame = NaiveFrame.all(in: body).first { $0.range.lowerBound == offset }
        if let frame {
            // A line that is not part of the frame may precede its fields.
            let first = body[frame.range].prefix { $0 != 0x0A && $0 != 0x0D }
            guard ["event", "data", "id", "retry", ":"].contains(where: { first.starts(with: $0.utf8) }) else {
                return nil
            }
        } else if offset ?? 0 > 0 {
            return nil
        }
        let data = Data(frame?.data ?? body)
        return try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    }

    /// The bytes of a string. Unlike `==` on strings, comparing them distinguishes canonically equivalent strings.
    private func bytes(_ text: Any?) -> [UInt8]? { (text as? String).map { Array($0.utf8) } }
}
