import HTTPResponseParsing
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// A body without any event: whether it was truncated, or never was an event stream.
@Suite(.takesTurns) struct SniffingTests {
    private func kind(_ body: [UInt8]) -> MessageStreamFailure.Kind? {
        let result = Playback(body)
        #expect(result.failure?.stage == .beforeMessage)
        #expect(result.failure?.eventIndex == 0)
        #expect(result.failure?.retry.replaySafety == .safe)
        #expect(result.message == nil)
        // Splits make no difference.
        let cuts = Array(stride(from: 1, to: min(body.count, 300), by: 1))
        #expect(result.difference(feeding: body, cutAt: cuts) == nil)
        return result.failure?.kind
    }

    private func kind(_ body: String) -> MessageStreamFailure.Kind? { kind(Array(body.utf8)) }

    @Test(
        arguments: [
            "<!DOCTYPE html>\n<html><body>413 Request Entity Too Large</body></html>\n",
            "\n\n  <html>", "<?xml version=\"1.0\"?>", "\u{FEFF}<html>",
        ]
    )
    func markup(_ body: String) {
        #expect(kind(body) == .notEventStream(contentType: "text/event-stream", sniffed: .markup))
    }

    @Test func wholeMessage() {
        let message = ##"{"type":"message","content":[{"type":"text","text":"Hi"}]}"##
        #expect(kind(message) == .notEventStream(contentType: "text/event-stream", sniffed: .message))
        #expect(kind(" [\(message)]") == .notEventStream(contentType: "text/event-stream", sniffed: .json))
    }

    @Test(arguments: [
        "{}", "[]", #"{"type":"mess\u0061ges","content":[]}"#, "{\n \"a\": 1\n}\n", "[1", "\u{FEFF}{}", " {",
    ])
    func json(_ body: String) {
        #expect(kind(body) == .notEventStream(contentType: "text/event-stream", sniffed: .json))
    }

    /// An error envelope is a report of the service, framed or not.
    @Test(
        arguments: [
            #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "{\n  \"type\": \"error\",\n  \"error\": {\n    \"type\": \"overloaded_error\"\n  }\n}\n",
            #"{"error":{"type":"overloaded_error"}}"#, #"[{"error":{"code":"overloaded_error"}}]"#,
        ]
    )
    func jsonError(_ body: String) {
        guard case .api(let error) = kind(body) else {
            Issue.record("no error")
            return
        }
        #expect(error.type == .overloaded)
        let failure = Playback(body).failure
        #expect(failure?.httpStatus == 200)
        #expect(failure?.equivalentStatus == 529)
    }

    @Test func jsonWithoutAnError() {
        #expect(kind(#"{"error":null}"#) == .notEventStream(contentType: "text/event-stream", sniffed: .json))
        #expect(
            kind(#"{"type":"message","a":{"error":{}}}"#)
                == .notEventStream(contentType: "text/event-stream", sniffed: .message)
        )
        #expect(kind(#"{"type":"error","error":null}"#)?.name == "api")
    }

    @Test func gzip() {
        #expect(kind([0x1F, 0x8B]) == .notEventStream(contentType: "text/event-stream", sniffed: .gzip))
        #expect(
            kind([0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x0A, 0x0A, 0xFF])
                == .notEventStream(contentType: "text/event-stream", sniffed: .gzip)
        )
    }

    @Test(
        arguments: [
            [0x00], [0xFF], [0xFF, 0xFE], [0x80, 0x80], [0x28, 0xB5, 0x2F, 0xFD], [0x89, 0x50, 0x4E, 0x47],
            [0x1F], [0x41, 0xFF], [0xC0, 0xAF], [0x7B, 0x00],
        ] as [[UInt8]]
    )
    func binary(_ body: [UInt8]) {
        #expect(kind(body) == .notEventStream(contentType: "text/event-stream", sniffed: .binary))
    }

    @Test func randomJunk() {
        var generator = SeededRandom(seed: 3)
        let junk = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(kind(junk) == .notEventStream(contentType: "text/event-stream", sniffed: .binary))
    }

    @Test(
        arguments: [
            "upstream connect error or disconnect/reset before headers", "Bad gateway", "evento",
            "Data: x", "events x", "foo bar: baz",
            "datas", "ретрай", "x", "\u{1B}[31mred", "data :x",
        ]
    )
    func text(_ body: String) {
        #expect(kind(body) == .notEventStream(contentType: "text/event-stream", sniffed: .text))
        #expect(Playback(body).failure?.excerpt?.isEmpty == false)
    }

    /// Fields with any name are legal, so a body that begins with one may be a truncated event stream.
    @Test(arguments: ["events: x", "retryy:1", "foo: bar", "x-trace.id: 1\nevent: mess", "foo: bar\n\n"])
    func vendorFieldFirst(_ body: String) {
        #expect(Playback(body).failure?.kind.name == "truncated")
        // But not if nothing declares it as one.
        #expect(
            Playback(Array(body.utf8), input: .body(status: 200, headers: [:])).failure?.kind
                == .notEventStream(contentType: nil, sniffed: .text)
        )
    }

    /// A truncated character does not make a text binary.
    @Test func textThatIsCut() {
        let text = Array("Ошибка 😀".utf8)
        for end in 1...text.count {
            #expect(kind(Array(text[..<end])) == .notEventStream(contentType: "text/event-stream", sniffed: .text))
        }
    }

    /// A body that may be the beginning of an event stream was truncated.
    @Test(
        arguments: [
            "", "\u{FEFF}", "\n", "\r\n\r\n", " ", ":", ": comment\n\n: comment\n\n", "event: message_start", "data",
            "data\r", "data: {\"type\":", "id: 5\n\nid: 6\n\n", "retry:10\n\n", "event: error\ndata: {}\n",
        ]
    )
    func beginning(_ body: String) {
        guard case .truncated(let truncation) = kind(body) else {
            Issue.record("not truncated")
            return
        }
        #expect(truncation.bodyBytes == body.utf8.count)
        #expect(Playback(body).failure?.retry.isSafe == true)
        #expect(Playback(body).failure?.equivalentStatus == nil)
    }

    @Test(arguments: ["event: message_start\n", "data: x", "id: x", "retry: 1", ": comment", "\u{FEFF}data: x"])
    func everyBeginningOfABeginning(_ body: String) {
        let bytes = Array(body.utf8)
        for end in 0...bytes.count {
            #expect(kind(Array(bytes[..<end]))?.name == "truncated", "\(end) bytes")
        }
    }

    /// After any event, the body is an event stream.
    @Test func afterAnEvent() {
        for odd in ["<html>", "{}", "\u{0}", "Bad gateway"] {
            #expect(Playback(MessageParts.ping + odd).failure?.kind.name == "truncated")
            #expect(Playback(frame("later", "x") + odd).failure?.kind.name == "truncated")
        }
    }

    @Test func failureIsDescribed() {
        #expect(Playback("<html>").failure?.description.contains("looks like an HTML or XML page") == true)
        #expect(Playback("").failure?.description.contains("the body is empty") == true)
        let inside = Playback("data: x").failure?.description
        #expect(inside?.contains("inside an event, after 7 of its bytes") == true)
        #expect(Playback(MessageParts.ping).failure?.description.contains("between two events") == true)
    }
}
