import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// `midstream replay`: the exact format of its JSON lines, and its exit statuses.
@Suite(.takesTurns) struct ReplayCommandTests {
    private static let start =
        #"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","#
        + #""content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}}}"#
    private static let blockStart =
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
    private static let delta =
        #"{"type": "content_block_delta", "index":0, "delta":{"type":"text_delta","text":"H\u00e9"}  }"#
    private static let error =
        #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#
    private static let messageDelta =
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}"#

    /// A JSON string literal for text without control characters.
    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private static func body(_ data: String...) -> [UInt8] {
        Array(data.map { "data: \($0)\n\n" }.joined().utf8)
    }

    @Test func complete() async throws {
        let body = Self.body(
            Self.start,
            Self.blockStart,
            #"{"type": "ping"}"#,
            Self.delta,
            #"{"type":"content_block_stop","index":0}"#,
            Self.messageDelta,
            #"{"type":"message_stop"}"#
        )
        let result = try await Command.run(["replay", "--json", "-"], input: body)
        let expected = #"""
            {"event":"message_start","offset":0,\#(Self.start.dropFirst())
            {"event":"content_block_start","offset":203,\#(Self.blockStart.dropFirst())
            {"event":"ping","offset":293,"type":"ping"}
            {"event":"content_block_delta","offset":317,"type":"content_block_delta","index":0,\#
            "delta":{"type":"text_delta","text":"Hé"}}
            {"event":"content_block_stop","offset":417,"type":"content_block_stop","index":0}
            {"event":"message_delta","offset":464,\#(Self.messageDelta.dropFirst())
            {"event":"message_stop","offset":580,"type":"message_stop"}
            {"verdict":{"outcome":"complete","text":"Hé","message":{"id":"msg_1","type":"message",\#
            "role":"assistant","model":"m","content":[{"type":"text","text":"Hé","isComplete":true}],\#
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":9}},\#
            "failure":null,"diagnostics":[],"diagnosticCounts":{}}}

            """#
        #expect(result.text == expected)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
    }

    @Test func failed() async throws {
        let body = Self.body(Self.start, Self.blockStart, Self.delta, Self.error, Self.messageDelta)
        let result = try await Command.run(["replay", "--json", "-"], input: body)
        let expected = #"""
            {"verdict":{"outcome":"failed","text":"Hé","message":{"id":"msg_1","type":"message",\#
            "role":"assistant","model":"m","content":[{"type":"text","text":"Hé","isComplete":false}],\#
            "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":1}},\#
            "failure":{"kind":"api","errorType":"overloaded_error","message":"Overloaded",\#
            "stage":"afterContent","httpStatus":200,"equivalentStatus":529,"requestID":"req_1",\#
            "byteOffset":393,"eventIndex":3,"isTransient":true,"replaySafety":"duplicatesOutput",\#
            "retryAfterSeconds":null,"notBefore":null,"serverAdvice":null,"spendCapSuspected":false,\#
            "excerpt":\#(Self.quoted(Self.error)),"error":null},"diagnostics":[],"diagnosticCounts":{}}}
            """#
        #expect(result.lines.last?.replacing(Self.error, with: "null") == expected)
        #expect(result.lines.count == 4)
        #expect(result.status == 10)
    }

    /// Before `message_start`, the message is null. A failure that is not an API error has no type, message or request
    /// ID.
    @Test func failedEarly() async throws {
        let result = try await Command.run(["replay", "--json", "-"], input: Self.body(#"{"type":"ping"}"#))
        let expected = #"""
            {"verdict":{"outcome":"failed","text":"","message":null,"failure":{"kind":"truncated",\#
            "errorType":null,"message":null,"stage":"beforeMessage","httpStatus":200,"equivalentStatus":null,\#
            "requestID":null,"byteOffset":23,"eventIndex":1,"isTransient":true,"replaySafety":"safe",\#
            "retryAfterSeconds":null,"notBefore":null,"serverAdvice":null,"spendCapSuspected":false,\#
            "excerpt":null,"error":null},"diagnostics":[],"diagnosticCounts":{}}}
            """#
        #expect(result.lines.last == expected)
        #expect(result.status == 13)
    }

    /// Diagnostics appear only in the verdict.
    @Test func diagnostics() async throws {
        let body = Self.body(Self.start, Self.messageDelta, #"{"type":"message_stop"}"#, Self.error)
        let result = try await Command.run(["replay", "--json", "-"], input: body)
        let verdict = result.objects.last?["verdict"] as? [String: any Sendable]
        let diagnostics = verdict?["diagnostics"] as? [[String: any Sendable]]
        #expect(diagnostics?.count == 1)
        #expect(diagnostics?.first?["kind"] as? String == "errorAfterStop")
        #expect(diagnostics?.first?["byteOffset"] as? Int == 350)
        #expect(diagnostics?.first?["eventIndex"] as? Int == 3)
        #expect(verdict?["outcome"] as? String == "complete")
        #expect(result.status == 0)
        #expect(result.lines.count == 4)
    }

    /// The members of a payload follow those of the line. If any of them has a reserved name, all of them go under
    /// `payload`, so that no event looks like the closing line.
    @Test func payloads() async throws {
        let payloads: [(data: String, line: String)] = [
            (#"{"a" :[1.0e2, "\u00e9\ud83d"]}"#, #""a":[1.0e2,"é�"]}"#), ("[DONE]", #""data":"[DONE]"}"#),
            (#"{"offset": "x", "a":1}"#, #""payload":{"offset":"x","a":1}}"#),
            (#"{"a":1,"event":5}"#, #""payload":{"a":1,"event":5}}"#),
            (#"{"\u0076erdict":{"outcome":"complete"}}"#, #""payload":{"verdict":{"outcome":"complete"}}}"#),
            (#"{"file":1,"file":2}"#, #""payload":{"file":1,"file":2}}"#),
            (#"{"response":1}"#, #""payload":{"response":1}}"#),
            (#"{"payload":{"verdict":1}}"#, #""payload":{"verdict":1}}"#), (#"{"Verdict":1}"#, #""Verdict":1}"#),
            (#"{"verdict":1"#, #""data":"{\"verdict\":1"}"#), (#"["verdict"]"#, #""data":"[\"verdict\"]"}"#),
        ]
        var body = ""
        var lines: [String] = []
        for (data, line) in payloads {
            lines.append(#"{"event":"later","offset":\#(body.utf8.count),\#(line)"#)
            body += "event: later\ndata: \(data)\n\n"
        }
        let result = try await Command.run(["replay", "--json", "-"], input: Array(body.utf8))
        for (line, expected) in zip(result.lines, lines) { #expect(Array(line.utf8) == Array(expected.utf8)) }
        #expect(result.lines.count == lines.count + 1)
        #expect(result.lines.count { $0.hasPrefix(#"{"verdict":"#) } == 1)
    }

    @Test func invalidUTF8() async throws {
        var body = Self.body(Self.start, Self.blockStart)
        body += Array(#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"#.utf8)
        body += [0xF0, 0x9F, 0x98, 0xFF, 0xED, 0xA0, 0x80]
        body += Array("\"}}\n\n".utf8)
        let result = try await Command.run(["replay", "--json", "-"], input: body)
        let verdict = result.objects.last?["verdict"] as? [String: any Sendable]
        #expect(verdict?["text"] as? String == "a\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect(result.status == 13)
    }

    @Test(arguments: Capture.all)
    func captures(_ capture: Capture) async throws {
        let expected = capture.expected
        let result = try await Command.run(["replay", "--json", capture.url.path])
        let objects = result.objects
        let errors = expected.kind == "api" ? 1 : 0
        #expect(objects.count == expected.events - errors + 1)
        for (object, frame) in zip(objects.dropLast(), NaiveFrame.all(in: capture.bytes)) {
            #expect(object["event"] as? String == frame.type)
            #expect(object["offset"] as? Int == frame.range.lowerBound)
            #expect(object["type"] as? String == frame.type)
        }
        let verdict = try #require(objects.last?["verdict"] as? [String: any Sendable])
        #expect(Set(verdict.keys) == ["outcome", "text", "message", "failure", "diagnostics", "diagnosticCounts"])
        #expect(verdict["outcome"] as? String == expected.outcome)
        #expect(expected.matches(text: verdict["text"] as? String ?? ""))
        let message = verdict["message"] as? [String: any Sendable]
        #expect(message?["stop_reason"] as? String == expected.stopReason)
        let blocks = message?["content"] as? [[String: any Sendable]] ?? []
        #expect(blocks.map { $0["type"] as? String } == expected.blocks.map(\.type))
        #expect(blocks.map { $0["isComplete"] as? Bool } == expected.blocks.map(\.isComplete))
        for (block, expected) in zip(blocks, expected.blocks) where expected.input != nil {
            #expect((block["input"] is [String: any Sendable]) == (expected.input == "complete"))
            #expect((block["partial_json"] is String) == (expected.input != "complete"))
        }
        let failure = verdict["failure"] as? [String: any Sendable]
        #expect(failure?["kind"] as? String == expected.kind)
        #expect(failure?["errorType"] as? String == expected.errorType)
        #expect(failure?["stage"] as? String == expected.stage)
        #expect(failure?["httpStatus"] as? Int == expected.httpStatus)
        #expect(failure?["equivalentStatus"] as? Int == expected.equivalentStatus)
        #expect(failure?["requestID"] as? String == expected.requestID)
        #expect(failure?["replaySafety"] as? String == expected.replaySafety)
        #expect(failure?["isTransient"] as? Bool == expected.isTransient)
        #expect(result.status == (expected.kind.map { ["api": 10, "truncated": 13][$0] } ?? 0))
        #expect(result.errors.isEmpty)
    }

    /// The message of a verdict is unchanged by a replay as the message of a `message_start`.
    @Test(arguments: Sweep.sample(Capture.complete.filter(\.isSwept), inDebug: 8))
    func roundTrip(_ capture: Capture) async throws {
        func message(_ result: Command.Result) throws -> Substring {
            let verdict = try #require(result.lines.last)
            let start = try #require(verdict.range(of: #","message":"#)).upperBound
            let end = try #require(verdict.range(of: #","failure":null,"#, options: .backwards)).lowerBound
            return verdict[start..<end]
        }
        let first = try message(await Command.run(["replay", "--json", capture.url.path]))
        let bare = first.replacing(/,"isComplete":(true|false)/, with: "")
        #expect(bare.count < first.count)
        let body = Self.body(#"{"type":"message_start","message":\#(bare)}"#, #"{"type":"message_stop"}"#)
        let second = try await Command.run(["replay", "--json", "-"], input: body)
        #expect(try Array(message(second).utf8) == Array(first.utf8))
        #expect(second.status == 0)
    }

    /// The output is byte-identical for every chunking.
    @Test(
        arguments: [
            ["--chunk-size", "1"], ["--chunk-size=7"], ["--chunk-size", "1400"], ["--chunk-seed", "0"],
            ["--chunk-seed", "18446744073709551615"], ["--input", "auto"], ["--input=body"],
        ]
    )
    func chunks(_ options: [String]) async throws {
        let names = ["text-multilingual-complete.sse", "api-error-in-tool-json.sse", "cut-inside-utf8.sse"]
        for name in Sweep.sample(names, inDebug: 1) {
            let capture = Capture.named(name)
            let whole = try await Command.run(["replay", "--json", capture.url.path])
            let file = try await Command.run(["replay"] + options + ["--json", capture.url.path])
            let input = try await Command.run(["replay", "--json"] + options + ["-"], input: capture.bytes)
            #expect(file.output == whole.output && file.status == whole.status)
            #expect(input.output == whole.output && input.status == whole.status)
        }
    }

    /// Human-readable output: the text on standard output, the verdict on standard error.
    @Test func humanOutput() async throws {
        let complete = Capture.named("text-complete.sse")
        let result = try await Command.run(["replay", complete.url.path])
        #expect(result.text == (complete.expected.text ?? "") + "\n")
        #expect(result.errors.hasPrefix("midstream: complete: 1 content block, stop reason end_turn"))
        #expect(result.status == 0)

        let failed = Capture.named("overloaded-after-content.sse")
        let failure = try await Command.run(["replay", "--chunk-size", "3", failed.url.path])
        #expect(failure.text == (failed.expected.text ?? "") + "\n")
        #expect(
            failure.errors.hasPrefix("midstream: failed (api): The service reported overloaded_error, as status 529")
        )
        #expect(failure.errors.contains("req_011Ca5n7rbnnXYaoFcu1Eyv7"))
        #expect(failure.status == 10)

        let tool = try await Command.run(["replay", Capture.named("max-tokens-tool-cut.sse").url.path])
        #expect(tool.text.contains("[tool_use "))
        #expect(tool.errors.contains("is incomplete or invalid; do not run the tool"))
        #expect(tool.status == 0)
    }
}
