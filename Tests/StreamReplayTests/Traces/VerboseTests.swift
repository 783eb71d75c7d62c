import StreamReplay
import TestScheduling
import Testing

/// The output of `curl -v`, in which only the form of curl's messages distinguishes them from the body.
@Suite(.takesTurns) struct VerboseTests {
    private static func log(_ type: String, _ body: String, _ tail: String = "* Connection #0 to host x left intact\n")
        -> String
    {
        "*   Trying 127.0.0.1:80...\n> GET / HTTP/1.1\r\n> Host: x\r\n> \r\n< HTTP/1.1 200 OK\r\n"
            + "< Content-Type: \(type)\r\n< \r\n\(body)\(tail)"
    }

    private func bodies(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> [String] {
        let bytes = Array(text.utf8)
        let whole = ReadCapture(bytes)
        #expect(whole.error == nil && whole.format == .verbose, sourceLocation: sourceLocation)
        for size in [1, 2, 3, 7, 20] {
            #expect(
                ReadCapture(bytes, chunks: size).comparable == whole.comparable,
                "chunks of \(size)",
                sourceLocation: sourceLocation
            )
        }
        return whole.responses.indices.map { String(decoding: whole.body($0), as: UTF8.self) }
    }

    private static let meter = "\r100    77    0    77    0     0    337      0 --:--:-- --:--:-- --:--:--   337"

    @Test(
        arguments: [
            ("text/event-stream", "data: x\n\n"), ("text/event-stream", "data: x\r\n\r\n"),
            ("text/event-stream", "data: x\r\r"),
            ("text/event-stream", "data: *** x <= y > {z} [0-0] \n\n"),
            ("text/event-stream", ""),
            ("text/event-stream", #"data: {"text":"\n* Connection #1\n * Closing connection"}"# + "\n\n"),
            ("application/json", #"{"type":"error"}"#), ("application/json", "{\n  [\n 1 * 2]\n}"),
            // Lines of a document that look like curl's.
            ("text/plain", "* a list\n* of two\n> quoted\n{ [x]\n} [1\n< HTTQ\n[0-1]\n12:34:56\ncurl\nWarning\n"),
            ("text/markdown", "x\n* **Bold** * Conn"), ("text/html", "<html>* x</html>"),
        ]
    )
    func body(_ type: String, _ body: String) {
        #expect(bodies(Self.log(type, body)) == [body])
        // The progress meter, which curl ends with a line break.
        #expect(bodies(Self.log(type, body, Self.meter + "\n* Connection #0 to host x left intact\n")) == [body])
        #expect(bodies(Self.log(type, Self.meter + body + Self.meter, "\n")) == [body])
        // The message that data follow, and curl's error.
        #expect(
            bodies(Self.log(type, "{ [41 bytes data]\n" + body, "* transfer closed with 5 bytes remaining to read\n"))
                == [body]
        )
        #expect(bodies(Self.log(type, body, "* Closing connection 0\ncurl: (18) transfer closed\n")) == [body])
        // Another transfer.
        let two = Self.log(type, body) + Self.log(type, body).dropFirst("*   Trying 127.0.0.1:80...\n".utf8.count)
        #expect(bodies(two) == [body, body])
        // Without -N, the body follows the log.
        #expect(
            bodies(Self.log(type, "{ [5 bytes data]\n* Connection #0 to host x left intact\n", "") + body) == [body]
        )
    }

    /// Text copied from a terminal lacks the CRs and the spaces at the ends of lines.
    @Test func copiedText() {
        let text = Self.log("text/event-stream", "data: x\n\n").replacing("\r", with: "").replacing("< \n", with: "<\n")
        #expect(bodies(text) == ["data: x\n\n"])
    }

    @Test func metersBeforeABody() {
        let heading =
            "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
            + "                                 Dload  Upload   Total   Spent    Left  Speed\n"
        #expect(bodies(heading + Self.meter + "data: x\n\n" + Self.meter + "\n") == ["data: x\n\n"])
        #expect(
            bodies(heading + Self.meter + Self.meter + Self.log("text/event-stream", "data: x\n\n")) == ["data: x\n\n"]
        )
    }

    @Test func withoutResponse() {
        #expect(bodies("*   Trying 127.0.0.1:1...\n* connect to 127.0.0.1 port 1 failed: Connection refused\n").isEmpty)
        #expect(bodies("> GET / HTTP/1.1\r\n> \r\n< HTTP/1.1 200 OK\r\n< Content-").count == 1)
    }

    @Test func endlessLog() {
        let text = "*   Trying 127.0.0.1:80...\n" + String(repeating: "x", count: 1 << 21)
        #expect(ReadCapture(Array(text.utf8), chunks: 4096).bufferedCount <= (256 << 10) + 4096)
    }
}
