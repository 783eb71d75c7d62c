import HTTPResponseParsing
import TestScheduling
import Testing

/// What errors reveal, and what they do not.
@Suite("Errors", .takesTurns)
struct ErrorTests {
    private static let line = "HTTP/1.1 200 OK\r\n"

    @Test(arguments: [
        ("<html>", "HTTP response: it does not begin with a status line, at byte 0: \"<\""),
        ("HTTP/2 200\r\n", "HTTP response: the version is not HTTP/1.x, at byte 5: \"HTTP/2 200\""),
        (
            line + "Content-Length: -1\r\n",
            "HTTP response: Content-Length is not a number, at byte 17: \"Content-Length\""
        ),
        (
            line + "Transfer-Encoding: gzip\r\n",
            "HTTP response: the transfer coding is not supported, at byte 17: \"gzip\""
        ),
        (line + " a\r\n", "HTTP response: a field line begins with whitespace, at byte 17"),
        (
            line + "Transfer-Encoding: chunked\r\n\r\n5h;secret\r\n",
            "HTTP response: a chunk size is not a hexadecimal number, at byte 48: \"5h\""
        ),
    ])
    func description(response: String, expected: String) {
        #expect(ParsedResponse(response).error?.description == expected)
    }

    @Test func everyReasonIsDistinct() {
        #expect(Set(HTTPResponseError.Reason.allCases.map(\.rawValue)).count == 25)
    }

    @Test func excerptsAreShortAndPlain() {
        let parsed = ParsedResponse("HTTP/1.1 200 \u{1B}[31m\r\0é" + String(repeating: "x", count: 500) + "\n")
        let excerpt = parsed.error?.excerpt ?? ""
        #expect(excerpt.unicodeScalars.count == 40)
        #expect(excerpt.hasPrefix("HTTP/1.1 200 \u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}xxx"))
    }

    /// An invalid field never reveals its value.
    @Test(arguments: [
        "X-Key: secret\0", "X-Key : secret", "X-Key\r: secret", " secret", "secret", "X-Key: a\rsecret", ": secret",
        "Content-Length: secret", "Content-Length: 1, secret", "X-Key: x\r\n secret", "X-Key: x\r\nsecret",
    ])
    func valuesAreNotRevealed(line: String) {
        for before in [Self.line, Self.line + "Transfer-Encoding: chunked\r\n\r\n0\r\n"] {
            let parsed = ParsedResponse(before + line + "\r\n\r\n")
            if before == Self.line || !line.hasPrefix("Content") { #expect(parsed.error != nil) }
            #expect(parsed.error?.description.contains("secret") != true)
        }
    }

    /// The parser throws on the invalid line, before anything else is fed.
    @Test func throwsImmediately() {
        for response in [Self.line + "Content-Length: x\r\n", "HTTP/1.1 2", "X", Self.line + " "] {
            _ = ParsedResponse(response)
        }
        #expect(ParsedResponse(Self.line + "Content-Length: x\r\n").error != nil)
        #expect(ParsedResponse("X").error != nil)
    }

    /// A failed parser consumes nothing, and reports the place of the error as the place of the end.
    @Test func isSticky() {
        var parser = HTTPResponseParser()
        let bytes = Array((Self.line + "A b\r\nC: d\r\n\r\n").utf8)
        var errors: [HTTPResponseError] = []
        for _ in 0..<3 {
            // `UInt8` has no padding bytes.
            var rest = unsafe bytes.span.bytes
            do throws(HTTPResponseError) {
                _ = try parser.next(in: &rest)
            } catch {
                errors.append(error)
                #expect(parser.position == 22)
                #expect(rest.byteCount == bytes.count - (errors.count == 1 ? 22 : 0))
            }
        }
        #expect(errors.count == 3 && Set(errors).count == 1)
        #expect(parser.failure == errors.first)
        #expect(parser.finish() == .truncated(in: .fields))
        #expect(parser.isComplete == false)
        #expect(parser.head == nil)
    }

    /// A parser that has returned the end consumes nothing and returns no more parts.
    @Test func afterTheEnd() throws {
        var parser = HTTPResponseParser()
        let bytes = Array("HTTP/1.1 204 No Content\r\n\r\nrest".utf8)
        // `UInt8` has no padding bytes.
        var rest = unsafe bytes.span.bytes
        var parts = 0
        while try parser.next(in: &rest) != nil {
            parts += 1
            #expect(parser.isComplete == true)
        }
        #expect(parts == 2)
        #expect(rest.byteCount == 4)
        #expect(try parser.next(in: &rest) == nil)
        #expect(rest.byteCount == 4)
        #expect(parser.position == bytes.count - 4)
        #expect(parser.finish() == .complete)
    }
}
