import Foundation
import TestScheduling
import TestSupport
import Testing

/// No received field can control the terminal, and every displayed field is bounded.
@Suite(.takesTurns) struct TerminalTests {
    /// 7-bit and 8-bit escape sequences, single control characters, bidirectional controls, and invisible characters.
    private static let evil =
        "\u{1B}]0;pwned\u{07}\u{1B}[31m\u{9B}31m\u{90}q\u{9C}\u{85}\u{7F}\u{08}\u{0B}\u{0C}\u{00}\u{0D}"
        + "\u{202E}\u{2066}\u{2069}\u{200E}\u{200F}\u{061C}\u{200B}\u{2028}\u{2029}\u{FEFF}\u{FFF9}\u{E0041}end"
    /// The characters that are allowed in a line of a stream or in a header field.
    private static let evilLine = evil.filter { !"\u{0D}\u{00}\u{85}\u{2028}\u{2029}".contains($0) }
    private static let evilField = String(
        String.UnicodeScalarView(evil.unicodeScalars.filter { $0.value >= 0x80 })
    )

    /// Whether a terminal would interpret or hide a character. Independent of the library's rule.
    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case ..<0x20, 0x7F...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }

    private static func quoted(_ text: String) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: [text])) ?? Data()
        return String(String(decoding: data, as: UTF8.self).dropFirst().dropLast())
    }

    /// Streams of these events, once with `\u` escapes and once with the characters themselves.
    private static func streams(_ data: String...) -> [String] {
        let escaped = data.map { "data: \($0.replacing("EVIL", with: quoted(evil).dropFirst().dropLast()))\n\n" }
        let raw = data.map { data in
            let text = evil.unicodeScalars.map {
                $0.value < 0x20 ? "\\u00" + ($0.value < 16 ? "0" : "") + String($0.value, radix: 16) : String($0)
            }
            return "data: \(data.replacing("EVIL", with: text.joined()))\n\n"
        }
        return [escaped.joined(), raw.joined()]
    }

    private static let start =
        #"{"type":"message_start","message":{"id":"EVIL","model":"EVIL","role":"EVIL","EVIL":"EVIL","content":[],"usage":{"service_tier":"EVIL"}}}"#
    private static let stop = #"{"type":"message_stop","EVIL":1}"#

    private static func block(_ members: String, _ delta: String) -> [String] {
        streams(
            start,
            #"{"type":"content_block_start","index":0,"content_block":{\#(members)}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{\#(delta)}}"#,
            #"{"type":"content_block_stop","index":0}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"EVIL","stop_sequence":"EVIL"},"usage":{"output_tokens":1}}"#,
            stop,
            stop,
            #"{"type":"error","error":{"type":"EVIL","message":"EVIL"}}"#
        )
    }

    private static func response(_ status: String, _ fields: String..., body: String) -> String {
        "HTTP/1.1 \(status) \(evilField)\r\n"
            + (fields + ["request-id: \(evilField)", "cf-ray: \(evilField)"]).map { "\($0)\r\n" }.joined()
            + "\r\n" + body
    }

    /// Captures with these characters in every field of every kind of event, error and head.
    private static let captures: [String] = {
        var captures: [String] = []
        let deltas = [
            #""type":"text_delta","text":"EVIL""#, #""type":"thinking_delta","thinking":"EVIL""#,
            #""type":"input_json_delta","partial_json":"EVIL""#, #""type":"signature_delta","signature":"EVIL""#,
            #""type":"citations_delta","citation":{"type":"EVIL","cited_text":"EVIL"}"#,
            #""type":"EVIL","EVIL":"EVIL""#,
        ]
        let blocks = [
            #""type":"text","text":"EVIL""#, #""type":"thinking","thinking":"EVIL","signature":"EVIL""#,
            #""type":"tool_use","id":"EVIL","name":"EVIL","input":{}"#,
            #""type":"server_tool_use","id":"EVIL","name":"EVIL","input":{}"#,
            #""type":"mcp_tool_use","id":"EVIL","name":"EVIL","server_name":"EVIL","input":{}"#,
            #""type":"EVIL","text":"EVIL""#, #""type":"EVIL_tool_result","tool_use_id":"EVIL","content":"EVIL""#,
            #""type":"EVIL_tool_use","name":"EVIL","input":{}"#, #""type":"redacted_thinking","data":"EVIL""#,
        ]
        for (index, members) in blocks.enumerated() {
            captures += block(members, deltas[index % deltas.count])
            captures += block(members, deltas[0])
        }
        captures += streams(
            start,
            #"{"type":"EVIL","a":"EVIL"}"#,
            #"{"type":"error","error":{"type":"EVIL","code":"EVIL","message":"EVIL","details":"EVIL"},"request_id":"EVIL"}"#
        )
        captures += streams(#"{"error":"EVIL","code":"EVIL"}"#) + streams(#"{"detail":"EVIL"}"#)
        captures += streams(#"{"type":"content_block_stop","index":0}"#) + streams(start, #"{"type":"EVIL",EVIL"#)
        captures += streams(start, #"{"type":"content_block_start","index":0,"content_block":"EVIL"}"#)
        // Text outside events, and event names.
        for line in [
            "event: \(evilLine)\ndata: {}\n\n", "event: \(evilLine)\ndata: \(evilLine)\n\n", "\(evilLine)\n\n",
            ": \(evilLine)\n\n", "id: \(evilLine)\ndata: x\n\n", "event: error\ndata: \(evilLine)\n\n",
            "<html>\(evilLine)", evilLine, "event: ping\ndata: {}\n\n\(evilLine)",
        ] {
            captures.append(line)
            captures.append(response("200 OK", "content-type: text/event-stream", body: line))
            captures.append(response("502 x", "content-type: text/html; \(evilField)", body: line))
        }
        let error = streams(#"{"type":"error","error":{"type":"EVIL","message":"EVIL"},"request_id":"EVIL"}"#)[0]
            .dropFirst(6)
        captures += [
            response("529 x", "retry-after: \(evilField)", "x-should-retry: \(evilField)", body: String(error)),
            response("200 OK", "content-type: \(evilField)", body: String(error)),
            response("200 OK", "content-type: a/b\(evilField)", "content-encoding: \(evilField)", body: evil),
            response("200 OK", "transfer-encoding: \(evilField)", body: evil), "HTTP/1.1 200 \(evil)\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\(evilLine): x\r\n\r\n", "HTTP/1.1 200 OK\r\nx: \(evilLine)\r\n\r\n",
            "HTTP/\(evilLine)\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;\(evilLine)\r\n12345\r\n\(evilLine)\r\n",
            response("503 x", body: "\(evilLine)")
                + response("200 OK", "content-type: text/event-stream", body: evilLine),
        ]
        return captures
    }()

    private func check(_ shown: [UInt8], _ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var text = try #require(String(validating: shown, as: UTF8.self), sourceLocation: sourceLocation)
        // The colors of the verdict; none of them is in the captures.
        for color in ["1;31", "1;32", "1;33", "2", "0"] { text.replace("\u{1B}[\(color)m", with: "") }
        let dangerous = text.unicodeScalars.filter(Self.isDangerous)
        #expect(dangerous.isEmpty, "\(what): \(text.debugDescription)", sourceLocation: sourceLocation)
    }

    @Test(arguments: ["replay", "events"], [[], ["--json"]])
    func captures(_ action: String, _ options: [String]) async throws {
        let captures = Sweep.sample(Self.captures, inDebug: 10)
        var shownEnds = 0
        for capture in captures {
            let (shown, _) = try await Terminal().run([action] + options + ["-"], input: Array(capture.utf8))
            #expect(!shown.isEmpty)
            try check(shown, capture.debugDescription)
            if String(decoding: shown, as: UTF8.self).contains("end") { shownEnds += 1 }
        }
        // The harmless part is displayed.
        #expect(shownEnds > captures.count / 3)
    }

    /// A pipe receives the exact bytes of the message text. JSON for a terminal has the same value.
    @Test func pipes() async throws {
        let capture = Self.block(#""type":"text","text":"""#, #""type":"text_delta","text":"EVIL""#)[0]
        let piped = try await Command.run(["replay", "-"], input: Array(capture.utf8))
        #expect(piped.output == Array(Self.evil.utf8) + [0x0A])
        try check(Array(piped.errors.utf8), "standard error")
        let json = try await Command.run(["replay", "--json", "-"], input: Array(capture.utf8))
        let (shown, _) = try await Terminal().run(["replay", "--json", "-"], input: Array(capture.utf8))
        let lines = String(decoding: shown, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count == json.lines.count)
        for (line, expected) in zip(lines, json.lines) {
            #expect(
                parse(line).map { NSDictionary(dictionary: $0) } == parse(expected).map { NSDictionary(dictionary: $0) }
            )
        }
    }

    @Test func names() async throws {
        let folder = try TemporaryFolder()
        let name = Self.evil.filter { $0 != "\u{00}" } + "\n"
        let file = try folder.file(name, Array("data: {}\n\n".utf8))
        let missing = folder.url.appending(path: "missing" + name).path
        let calls = [
            ["replay", file.path, missing], ["replay", "--json", file.path, missing],
            ["replay", "--with-name", file.path],
            ["replay", missing], ["events", missing], ["events", "--json", missing], [name],
            ["replay", "--\(name)", "-"],
            ["replay", "--input", name, "-"], ["replay", "--chunk-size", name, "-"],
            ["replay", "--chunk-seed", name, "-"],
            ["replay", "--data", "@\(missing)", "http://127.0.0.1:1/"],
            ["replay", "--silence", name, "http://127.0.0.1:1/"],
            ["replay", "tcp://\(name)"], ["replay", "tcp://\(name):1"], ["replay", "http://\(name)/"],
            ["events", "http://\(name)/"],
            ["replay", "http://127.0.0.1:1/", "http://\(name)/"],
        ]
        for call in calls {
            let (shown, _) = try await Terminal().run(call)
            #expect(!shown.isEmpty)
            try check(shown, "\(call)")
        }
    }

    /// Only the text of the message is displayed without a limit.
    @Test func bounds() async throws {
        let long = String(repeating: "x", count: 100_000)
        let field = Self.quoted(Self.evil).dropFirst().dropLast()
        let captures = Self.captures.filter { $0.contains(field) }
        #expect(captures.count > 20)
        for capture in Sweep.sample(captures, inDebug: 4).map({ $0.replacing(field, with: long) }) {
            #expect(capture.utf8.count > 100_000)
            let result = try await Command.run(["replay", "-"], input: Array(capture.utf8))
            #expect(result.errors.utf8.count < 10_000)
            // Only lines of text can be long; titles cannot.
            for line in result.text.split(separator: "\n") where line.hasPrefix("[") { #expect(line.utf8.count < 300) }
        }
    }
}
