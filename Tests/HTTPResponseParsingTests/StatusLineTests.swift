import HTTPResponseParsing
import TestScheduling
import Testing

/// RFC 9112, section 4, and section 2.3 for the versions.
@Suite("Status line", .takesTurns)
struct StatusLineTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "OK"), ("HTTP/1.0 404 Not Found", 404, "Not Found"), ("HTTP/1.7 529 ", 529, ""),
        ("HTTP/1.1 200", 200, ""), ("HTTP/1.1 999  two  ", 999, " two  "), ("HTTP/1.1 200 \ta\té", 200, "\ta\té"),
        ("HTTP/1.1 200 ", 200, ""), ("HTTP/1.1 600 x:y", 600, "x:y"),
    ])
    func accepts(line: String, status: Int, reason: String) {
        for end in ["\r\n", "\n"] {
            let parsed = ParsedResponse(line + end + "A: b" + end + end + "body")
            #expect(parsed.head?.status == status)
            #expect(parsed.head.map { Array($0.reason.utf8) } == Array(reason.utf8))
            #expect(parsed.head?.fields["a"] == "b")
            #expect(parsed.text == "body")
            #expect(parsed.error == nil)
        }
    }

    @Test(arguments: [
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", Failure(.notHTTP, at: 0)),
        ("http/1.1 200 OK\r\n\r\n", Failure(.notHTTP, at: 0)),
        ("<html>", Failure(.notHTTP, at: 0)), ("HTTP 200", Failure(.notHTTP, at: 4)),
        ("HTT\0", Failure(.notHTTP, at: 3)),
        ("data: {\"type\":\"ping\"}\n\n", Failure(.notHTTP, at: 0)),
        ("\u{15}\u{3}\u{1}\0\u{2}", Failure(.notHTTP, at: 0)),
        ("HTTP/\r\n", Failure(.malformedStatusLine, at: 5)), ("HTTP/x.1 200\r\n", Failure(.malformedStatusLine, at: 5)),
        ("HTTP/1 200\r\n", Failure(.malformedStatusLine, at: 6)),
        ("HTTP/1.\r\n", Failure(.malformedStatusLine, at: 7)), ("HTTP/1.x\r\n", Failure(.malformedStatusLine, at: 7)),
        ("HTTP/1.11 200\r\n", Failure(.malformedStatusLine, at: 8)),
        ("HTTP/1.1\r\n", Failure(.malformedStatusLine, at: 8)),
        ("HTTP/1.1\t200\r\n", Failure(.malformedStatusLine, at: 8)),
        ("HTTP/1.1  200\r\n", Failure(.malformedStatusLine, at: 9)),
        ("HTTP/1.1 2x0\r\n", Failure(.malformedStatusLine, at: 10)),
        ("HTTP/1.1 20\r\n", Failure(.malformedStatusLine, at: 11)),
        ("HTTP/1.1 2000\r\n", Failure(.malformedStatusLine, at: 12)),
        ("HTTP/1.1 200OK\r\n", Failure(.malformedStatusLine, at: 12)),
        ("HTTP/1.1 099 x\r\n", Failure(.malformedStatusLine, at: 9)),
        ("HTTP/1.1 -20 x\r\n", Failure(.malformedStatusLine, at: 9)),
        ("HTTP/1.1 200 a\rb\r\n", Failure(.malformedStatusLine, at: 14)),
        ("HTTP/1.1 200 a\r\r\n", Failure(.malformedStatusLine, at: 14)),
        ("HTTP/1.1 200 a\0\r\n", Failure(.malformedStatusLine, at: 14)),
        ("HTTP/1.1 200 a\u{7F}\r\n", Failure(.malformedStatusLine, at: 14)),
        ("HTTP/0.9 200 OK\r\n", Failure(.unsupportedVersion, at: 5)),
        ("HTTP/2 200 OK\r\n", Failure(.unsupportedVersion, at: 5)),
        ("HTTP/2.0 200 OK\r\n", Failure(.unsupportedVersion, at: 5)),
        ("HTTP/3 200\r\n", Failure(.unsupportedVersion, at: 5)),
        ("HTTP/1.1 101 Switching Protocols\r\n", Failure(.switchingProtocols, at: 0)),
    ])
    func rejects(response: String, expected: Failure) {
        let parsed = ParsedResponse(response)
        #expect(parsed.failure == expected)
        #expect(parsed.head == nil)
        #expect(!parsed.isComplete)
    }

    @Test func reasonWithInvalidUTF8() {
        let parsed = ParsedResponse(Array("HTTP/1.1 200 ".utf8) + [0xFF, 0xC3, 0x0A, 0x0A])
        #expect(parsed.head?.reason == "\u{FFFD}\u{FFFD}")
    }

    /// `curl -i` writes these status lines; they never occur on the connection itself.
    @Test(arguments: [
        ("HTTP/2 200", 200), ("HTTP/2 529 ", 529), ("HTTP/3 200 ", 200), ("HTTP/2.0 204 x", 204),
        ("HTTP/1.1 200 OK", 200),
    ])
    func recordedVersions(line: String, status: Int) {
        let parsed = ParsedResponse(line + "\r\ncontent-length: 2\r\n\r\nab", isTransferDecoded: true)
        #expect(parsed.head?.status == status)
        #expect(parsed.text == (status == 204 ? "" : "ab"))
        #expect(parsed.isComplete)
    }

    @Test(arguments: ["HTTP/4 200", "HTTP/0.9 200", "HTTP/9.1 200"])
    func recordedUnknownVersions(line: String) {
        #expect(
            ParsedResponse(line + "\r\n\r\n", isTransferDecoded: true).failure == Failure(.unsupportedVersion, at: 5)
        )
    }
}
