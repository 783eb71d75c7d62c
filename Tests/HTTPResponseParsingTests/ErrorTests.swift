import HTTPResponseParsing
import Testing

/// What errors tell, and what they do not.
@Suite("Errors")
struct ErrorTests {
    private static let line = "HTTP/1.1 200 OK\r\n"

    @Test(arguments: [
        ("<html>", "HTTP response: it does not begin with a status line, at byte 0: \"<\""),
        ("HTTP/2 200\r\n", "HTTP response: the version is not HTTP/1.x, at byte 5: \"HTTP/2 200\""),
        (
            line + "Content-Length: -1\r\n",
            "HTTP response: the content length is no number, at byte 17: \"Content-Length\""
        ),
        (
            line + "Transfer-Encoding: gzip\r\n",
            "HTTP response: the transfer coding is not supported, at byte 17: \"gzip\""
        ),
        (line + " a\r\n", "HTTP response: a line begins with white space, at byte 17"),
        (
            line + "Transfer-Encoding: chunked\r\n\r\n5h;secret\r\n",
            "HTTP response: the size of a chunk is no number, at byte 48: \"5h\""
        ),
    ])
    func description(response: String, expected: String) {
        #expect(Answer(response).error?.description == expected)
    }

    @Test func everyReasonHasWords() {
        #expect(Set(HTTPResponseError.Reason.allCases.map(\.rawValue)).count == 25)
    }

    @Test func excerptsAreShortAndPlain() {
        let answer = Answer("HTTP/1.1 200 \u{1B}[31m\r\0é" + String(repeating: "x", count: 500) + "\n")
        let excerpt = answer.error?.excerpt ?? ""
        #expect(excerpt.unicodeScalars.count == 40)
        #expect(excerpt.hasPrefix("HTTP/1.1 200 \u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}xxx"))
    }

    /// Whatever is wrong with a field, its value is not told.
    @Test(arguments: [
        "X-Key: secret\0", "X-Key : secret", "X-Key\r: secret", " secret", "secret", "X-Key: a\rsecret", ": secret",
        "Content-Length: secret", "Content-Length: 1, secret", "X-Key: x\r\n secret", "X-Key: x\r\nsecret",
    ])
    func valuesAreNotTold(line: String) {
        for before in [Self.line, Self.line + "Transfer-Encoding: chunked\r\n\r\n0\r\n"] {
            let answer = Answer(before + line + "\r\n\r\n")
            if before == Self.line || !line.hasPrefix("Content") { #expect(answer.error != nil) }
            #expect(answer.error?.description.contains("secret") != true)
        }
    }

    /// An error comes with the line that is wrong, before anything else is fed.
    @Test func comesAtOnce() {
        for response in [Self.line + "Content-Length: x\r\n", "HTTP/1.1 2", "X", Self.line + " "] {
            _ = Answer(response)
        }
        #expect(Answer(Self.line + "Content-Length: x\r\n").error != nil)
        #expect(Answer("X").error != nil)
    }

    /// After an error nothing is consumed, and the place of the error is that of the end.
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

    /// After the end nothing is consumed, and there is no part any more.
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
