import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// The members of a verdict line for the service's advice and for the input.
@Suite(.takesTurns) struct VerdictLineTests {
    private func failure(_ fields: String, body: String = #"{"error":{"type":"rate_limit_error"}}"#) async throws
        -> String
    {
        let response = "HTTP/1.1 429 x\r\ncontent-type: application/json\r\n\(fields)\r\n\r\n\(body)"
        let result = try await Command.run(["replay", "--json", "-"], input: Array(response.utf8))
        return try #require(result.lines.last)
    }

    @Test(
        arguments: [
            ("retry-after: Sat, 21 Nov 2026 14:00:00 GMT", "2026-11-21T14:00:00Z"),
            ("retry-after: Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59Z"),
            ("retry-after: Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"),
            ("retry-after: Wed, 31 Dec 1969 23:59:59 GMT", "1969-12-31T23:59:59Z"),
            ("retry-after: Tue, 01 Mar 2100 00:00:01 GMT", "2100-03-01T00:00:01Z"),
            ("retry-after: Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"),
            ("retry-after: Mon, 01 Jan 1601 00:00:00 GMT", "1601-01-01T00:00:00Z"),
        ]
    )
    func dates(_ field: String, _ date: String) async throws {
        #expect(try await failure(field).contains(#","notBefore":"\#(date)","#))
    }

    @Test func advice() async throws {
        let none = try await failure("x: y")
        #expect(
            none.contains(
                #""retryAfterSeconds":null,"notBefore":null,"serverAdvice":null,"spendCapSuspected":true,"excerpt":"#
            )
        )
        let yes = try await failure("x-should-retry: true\r\nretry-after: 3")
        #expect(yes.contains(#""retryAfterSeconds":3,"notBefore":null,"serverAdvice":true,"spendCapSuspected":false,"#))
        #expect(try await failure("x-should-retry: false").contains(#""serverAdvice":false,"#))
    }

    /// The counts contain every kind, in the order of first occurrence.
    @Test func counts() async throws {
        let frames = [
            "event: x\ndata: {}\n\n", Self.start, "event: y\ndata: {}\n\n", Self.stop, Self.error, Self.error,
        ]
        let result = try await Command.run(["replay", "--json", "-"], input: Array(frames.joined().utf8))
        #expect(
            result.lines.last?.hasSuffix(
                #""diagnosticCounts":{"unknownEvent":2,"noStopReason":1,"errorAfterStop":2}}}"#
            ) == true
        )
        let human = try await Command.run(["replay", "-"], input: Array(frames.joined().utf8))
        #expect(human.errors.contains("note: unknownEvent at byte 0 (the first of 2): x\n"))
    }

    /// The verdict contains the whole text of a long message, which the program does not keep in
    /// memory.
    @Test func longText() async throws {
        let delta =
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,"
            + "\"delta\":{\"type\":\"text_delta\",\"text\":\"é \\\"日本\\\" \\n\u{1F600}\"}}\n\n"
        func block(_ index: Int, _ block: String) -> String {
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":\(block)}\n\n"
        }
        let count = Sweep.count(inDebug: 3000, inRelease: 30_000)
        let body =
            Self.start + block(0, #"{"type":"text","text":"first "}"#) + block(1, #"{"type":"text","text":""}"#)
            + String(repeating: delta, count: count) + block(2, #"{"type":"text","text":" 最末"}"#) + Self.error
        let result = try await Command.run(["replay", "--json", "-"], input: Array(body.utf8))
        #expect(result.status == 10)
        let verdict = try #require(result.objects.last?["verdict"] as? [String: any Sendable])
        let text = "first " + String(repeating: "é \"日本\" \n\u{1F600}", count: count) + " 最末"
        let shown = verdict["text"] as? String ?? ""
        #expect(shown.utf8.elementsEqual(text.utf8))
        let message = try #require(verdict["message"] as? [String: any Sendable])
        let blocks = try #require(message["content"] as? [[String: any Sendable]])
        let sizes = blocks.map { block in (block["text"] as? String ?? "").utf8.count }
        #expect(sizes == [6, text.utf8.count - 13, 7])
        // The human-readable output contains the same text.
        let human = try await Command.run(["replay", "-"], input: Array(body.utf8))
        #expect(human.text.filter { $0 == "日" }.count == count)
    }

    private static let start = "event: message_start\ndata: {\"message\":{\"content\":[]}}\n\n"
    private static let stop = "event: message_stop\ndata: {}\n\n"
    private static let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}\n\n"

    // MARK: Inputs

    @Test func names() async throws {
        let path = Capture.named("text-complete.sse").url.path
        let named = try await Command.run(["replay", "--json", "--with-name", path])
        #expect(named.lines.last?.hasPrefix(#"{"file":"\#(path)","verdict":{"outcome":"complete""#) == true)
        let one = try await Command.run(["replay", "--json", path])
        #expect(one.lines.last?.hasPrefix(#"{"verdict":"#) == true)
        let several = try await Command.run(["replay", "--json", path, "/missing", "/"])
        let lines = several.lines.filter { !$0.hasPrefix(#"{"event":"#) }
        #expect(
            lines.dropFirst() == [
                #"{"file":"/missing","unreadable":"No such file or directory"}"#,
                #"{"file":"/","unreadable":"Is a directory"}"#,
            ]
        )
        #expect(several.status == 66)
        // A single input has no name by default.
        #expect(try await Command.run(["replay", "--json", "/missing"]).output.isEmpty)
        let missing = try await Command.run(["replay", "--json", "--with-name", "/missing"])
        #expect(missing.lines == [#"{"file":"/missing","unreadable":"No such file or directory"}"#])
        let human = try await Command.run(["replay", "--with-name", path])
        #expect(human.errors.hasPrefix("midstream: \(path)\nmidstream: complete"))
        let standardInput = try await Command.run(["replay", "--json", "--with-name", "-"], input: [])
        #expect(standardInput.lines.last?.hasPrefix(#"{"file":"-","verdict":"#) == true)
        for call in [["events", "--with-name", path], ["replay", "--with-name=x", path]] {
            #expect(try await Command.run(call).status == 64)
        }
    }

    /// The verdict on a complete message contains the request ID of the head.
    @Test func requestID() async throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_7\r\n\r\n"
        let result = try await Command.run(
            ["replay", "-"],
            input: Array(head.utf8) + Capture.named("text-complete.sse").bytes
        )
        #expect(result.errors.contains("\n  request   req_7\n"))
        #expect(
            try await !Command.run(["replay", Capture.named("text-complete.sse").url.path]).errors.contains("request")
        )
    }

    // MARK: Events of bodies that are not event streams

    @Test(
        arguments: [
            ("HTTP/1.1 529 x\r\n\r\n{\"error\":{\"type\":\"overloaded_error\"}}", 10 as Int32, "overloaded_error"),
            ("HTTP/1.1 502 x\r\ncontent-type: text/event-stream\r\n\r\nevent: x\ndata: y\n\n", 11, "502"),
            ("HTTP/1.1 200 x\r\ncontent-type: application/json\r\n\r\n{\"type\":\"message\"}", 12, "application/json"),
            (
                "HTTP/1.1 200 x\r\ncontent-type: application/json\r\n\r\n{\"error\":{\"type\":\"api_error\"}}", 10,
                "api_error"
            ),
            ("HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n\u{1F}\u{8B}", 12, "event stream"),
            ("HTTP/1.1 200 x\r\nx: \(String(repeating: "y", count: 70_000))\r\n\r\n", 17, "65536 bytes"),
            ("HTTP/1.1 200 x\r\nx: y\r\n : z\r\n\r\n", 18, "connection"),
            ("HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n", 0, "0 events"),
            ("HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\nevent: error\ndata: {}\n\n", 0, "1 event"),
            ("event: error\ndata: {}\n\n", 0, "1 event"), ("<html>", 0, "HTML"), ("\u{1F}\u{8B}", 0, "looks like"),
        ]
    )
    func events(_ capture: String, _ status: Int32, _ message: String) async throws {
        // Each character below U+0100 represents a byte.
        let bytes = capture.unicodeScalars.map { UInt8($0.value) }
        let replay = try await Command.run(["replay", "--json", "-"], input: bytes)
        let events = try await Command.run(["events", "-"], input: bytes)
        #expect(events.status == status)
        #expect(events.errors.contains(message), "\(events.errors)")
        if status != 0 { #expect(replay.status == status) }
        let json = try await Command.run(["events", "--json", "--chunk-size", "1", "-"], input: bytes)
        #expect(json.status == status)
        #expect(json.errors.isEmpty == (status == 0))
        #expect(json.lines.last?.hasPrefix(#"{"end":"#) == true)
    }
}
