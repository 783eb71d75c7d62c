import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// How a capture is split into responses, in every chunking.
@Suite(.takesTurns) struct ResponseSplitterTests {
    private let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
    private let stream = "event: ping\ndata: {\"type\":\"ping\"}\n\n"

    private func head(_ status: String, _ fields: String..., version: String = "HTTP/1.1") -> String {
        "\(version) \(status)\r\n" + fields.map { "\($0)\r\n" }.joined() + "\r\n"
    }

    /// Expects the concatenation of these responses to be split into them.
    private func expectEach(_ responses: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(SplitCapture(responses.joined()).texts == responses, sourceLocation: sourceLocation)
    }

    private func expectOne(_ capture: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let split = SplitCapture(capture, sourceLocation: sourceLocation)
        #expect(split.texts == [capture], sourceLocation: sourceLocation)
    }

    // MARK: Formats

    @Test(
        arguments: [
            "data: x\n\n", "\n", ": comment", "{\"type\":\"error\"}", "<html>", "HTML", "http/1.1 200 OK", "HTTP 1.1",
            " HTTP/1.1 200 OK\r\n\r\n", "", "HTT", "data: x\n\nHTTP/1.1 200 OK\r\ndate: x\r\n\r\n",
        ]
    )
    func body(_ text: String) {
        let split = SplitCapture(text)
        #expect(split.responses.map(\.format) == [.body])
        #expect(split.texts == [text])
        #expect(SplitCapture(text, isResponse: true).responses.map(\.format) == [.response(isTransferDecoded: false)])
    }

    /// A head that declares `chunked`. The first line of the body shows whether the framing is intact, or removed by
    /// `curl -i`.
    @Test(
        arguments: [
            ("5\r\ndata:", false), ("00fF\r\n", false), ("1a;name=value\r\n", false), ("1 \r\n", false), ("a\n", false),
            ("0\r\n\r\n", false), ("", true), ("12", false),
            ("data: x\n\n", true), ("event: x\n", true), (": ping\n\n", true), ("\n", true), ("{}", true),
            ("<html>", true),
            ("bad gateway", true), ("fedcba9876543210f\r\n", false), ("feed me\n", true), ("HTT", true), ("HTML", true),
        ]
    )
    func framing(_ body: String, _ isDecoded: Bool) {
        let chunked = head("200 OK", "Transfer-Encoding: Chunked", "X: y") + body
        #expect(SplitCapture(chunked).responses.map(\.format) == [.response(isTransferDecoded: isDecoded)])
        // Without the field, there is no framing to remove.
        let plain = head("200 OK", "Content-Type: text/event-stream") + body
        #expect(SplitCapture(plain).responses.map(\.format) == [.response(isTransferDecoded: false)])
        for version in ["HTTP/2", "HTTP/3"] {
            let other = head("200", "x: y", version: version) + body
            #expect(SplitCapture(other).responses.map(\.format) == [.response(isTransferDecoded: true)])
        }
    }

    @Test func truncatedHeads() {
        for text in ["HTTP/", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\n", head("100 Continue") + "HT"] {
            expectOne(text)
        }
    }

    // MARK: Several responses

    @Test func framedResponses() {
        let length = head("503 x", "Content-Type: application/json", "Content-Length: \(error.utf8.count)") + error
        let chunked =
            head("200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
            + "24\r\n\(stream)\r\n0\r\nx-trailer: y\r\n\r\n"
        let empty = head("204 No Content", "Date: x", "Content-Type: x/y")
        let none = head("503 x", "Content-Length: 0", "Content-Type: x/y")
        expectEach(length, chunked)
        expectEach(chunked, length, chunked)
        expectEach(empty, none, chunked, empty, length, none)
        // Chunks and lengths apply even if the body contains a head.
        let quoted = head("200 OK", "Date: x") + "x"
        expectEach(head("502 x", "X: y", "Content-Length: \(quoted.utf8.count + 2)") + "\r\n" + quoted, length)
        expectOne(
            head("200 OK", "Transfer-Encoding: chunked")
                + "\(String(quoted.utf8.count, radix: 16))\r\n\(quoted)\r\n0\r\n\r\n"
        )
    }

    /// The output of `curl -i`, in which nothing marks the end of a body.
    @Test(arguments: ["HTTP/1.1", "HTTP/2", "HTTP/3", "HTTP/1.0"])
    func decodedResponses(_ version: String) {
        let fields = version == "HTTP/1.1" ? ["Transfer-Encoding: chunked"] : ["Date: x"]
        let bodies = [
            error, error + "\n", stream, stream + "data: {\"type\":\"message_st", "<html><b>x</b></html>",
            "<p>x</p>\r\n<!-- y -->\r\n", "upstream connect error or disconnect/reset before headers", "",
            ": keep-alive\n\n", "event: x\rdata: y\r\r",
        ]
        for first in bodies {
            for second in [error, ""] {
                expectEach(
                    "\(version) 503 Service Unavailable\r\nContent-Type: x/y\r\n\(fields[0])\r\n\r\n" + first,
                    "\(version) 200 OK\r\nContent-Type: x/y\r\n\(fields[0])\r\n\r\n" + second
                )
            }
        }
    }

    /// At the start of a line, a head may use bare LFs and have no fields.
    @Test func looseHeads() {
        expectEach("HTTP/1.1 503\nServer: x\n\noops\n", "HTTP/1.1 200 OK\nServer: x\n\n\(stream)")
        expectEach(head("200 OK", "Content-Type: x/y") + stream, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
        expectEach(head("200 OK", "Content-Type: x/y") + "a\n", "HTTP/1.0 502\n\n", "HTTP/1.1 500 x\nA: b\n\n")
    }

    @Test func headsBetween() {
        let connect = head("200 Connection established", "proxy-agent: x")
        let redirect = head("307 Temporary Redirect", "Content-Length: 20", "Location: /x")
        let interim = head("100 Continue") + head("103 Early Hints", "Link: x")
        let last = head("200 OK", "Content-Type: text/event-stream") + stream
        #expect(SplitCapture(connect + last).texts == [last])
        #expect(SplitCapture(connect + redirect + connect + last).texts == [redirect, last])
        expectOne(interim + last)
        expectEach(interim + redirect, interim + last)
        #expect(SplitCapture(connect + interim + last).texts == [interim + last])
        // A bare head at the end of the capture is the response.
        expectOne(connect)
        expectOne(connect + error)
        // These heads are not responses to CONNECT.
        expectEach(head("200 OK", "Content-Length: 5"), last)
        expectEach(head("200 OK", "Transfer-Encoding: chunked"), last)
        expectEach(head("204 No Content"), last)
        expectEach(redirect, head("401 x", "Content-Length: 9"), last)
        // Interim heads followed by something else.
        expectOne(interim + "data: x\n\n")
    }

    /// A length that does not match the recording, because the body was cut off or its content coding was removed.
    @Test func wrongLengths() {
        let last = head("200 OK", "Content-Type: text/event-stream") + stream
        let json = "Content-Type: application/json"
        expectEach(head("503 x", json, "Content-Length: 95", "Content-Encoding: gzip") + error, last)
        expectEach(head("503 x", json, "Content-Length: 20", "Content-Encoding: gzip") + error, last)
        expectEach(head("503 x", json, "Content-Length: 20") + error, last)
        expectEach(head("503 x", json, "Content-Length: 900") + error.dropLast(9), last)
        expectEach(head("503 x", json, "Content-Length: 90") + error.dropLast(9), last)
        let short = head("503 x", json, "Content-Length: \(error.utf8.count + 30)") + error
        expectEach(short, short, short, last)
        // A length that would require too much buffering is trusted.
        expectOne(head("503 x", json, "Content-Length: 9000000") + error + last)
    }

    /// An invalid head does not hide the next response.
    @Test func brokenResponses() {
        let last = head("200 OK", "Content-Type: text/event-stream") + stream
        expectEach("HTTP/1.1 529 x\r\nA: b\r\n  folded\r\n\r\n\(error)", last)
        expectEach(head("200 OK", "Transfer-Encoding: chunked") + "5\r\ndata:?\r\n", last)
        expectEach(head("200 OK", "Content-Length: x") + error, last)
    }

    // MARK: False heads

    @Test(
        arguments: [
            // In the JSON of an event, line breaks are escaped.
            #"data: {"text":"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"}"# + "\n\n",
            "data: {\"text\":\"a HTTP/1.1 200 OK\"}\r\n\r\n", "data: {\"text\":\"HTTP/1.1 200 OK\"}\r\nid: 5\r\n\r\n",
            // Text in multiple lines of an event, a comment, a field.
            "data: HTTP/1.1 200 OK\r\ndata: Server: x\r\ndata\r\n\r\n", "data:HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
            ": HTTP/1.1 502 Bad Gateway\nevent: ping\ndata: {}\n\n", ":HTTP/1.1 502 Bad Gateway\r\nevent: x\r\n\r\n",
            "data: x HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "data: (HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
            "data: xHTTP/1.1 200 OK\r\ndata: y\r\n\r\n", "data: xHTTP/1.1 200 OK\r\n\r\n",
            "data: xHTTP/1.1 200 OK\nServer: x\n\n", "HTTP/1.1 200 OK\ndata: x\n\n", "HTTP/1.1 200 OK\n: x\n\n",
            // Text that resembles a status line.
            "HTTP/1.1 is old\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.12 200\r\n\r\n",
            "HTTP/1.1 200 {\"a\":1}\r\n\r\n", "HTTP/1.1 200 GET /x\r\nA: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
            "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nServer", "HTTP/1.1 200 OK\r\n\rx",
            "HHHTTP/1.1HTTP/1.1 20HTTP/\r\n\r\n", "http/1.1 200 OK\r\n\r\n", "HTTPS/1.1 200 OK\r\n\r\n",
            // A page that displays a head.
            "<html><pre>\r\nHTTP/1.1 200 OK\r\nServer: x\r\n\r\n</pre></html>",
            "<html><p>y</p>The answer was:\nHTTP/1.1 200 OK\nServer: x\n\n</html>",
            "<html>HTTP/1.1 200 OK\r\nServer: x\r\n\r\n</html>",
        ]
    )
    func falseHeads(_ body: String) {
        let head = head("200 OK", "Content-Type: text/event-stream")
        expectOne(head + stream + (body.hasPrefix("<") ? "" : body))
        expectOne(head + body)
        expectOne(head.replacing("HTTP/1.1", with: "HTTP/2") + body + " \n" + stream)
    }

    /// Text that resembles heads, in chunks that end anywhere in it, does not hide the next response.
    @Test(arguments: ["H", "HTTP/", "HTTP/1.1 200 ", "}HTTP/1.1 200 OK\r\nA"])
    func longFalseHeads(_ unit: String) {
        let text = String(repeating: unit, count: 20_000 / unit.utf8.count)
        let responses = [
            head("200 OK", "Content-Type: x/y") + text + "\n", head("503 x", "Date: x") + error,
        ]
        let bytes = Array(responses.joined().utf8)
        for size in [bytes.count, 4000, 4096, 4101, 5003, 9999] {
            #expect(SplitCapture(bytes, chunks: size).texts == responses, "\(size)")
        }
    }

    // MARK: Any order

    /// Fragments of responses in random order. The responses are consecutive pieces of the capture and do not depend on
    /// the chunking. Only bare heads are omitted.
    @Test(arguments: 0..<UInt64(Sweep.count(inDebug: 6, inRelease: 40)))
    func randomCaptures(_ seed: UInt64) {
        let fragments = [
            head("200 OK", "Content-Type: text/event-stream"), head("200 OK", "Transfer-Encoding: chunked"),
            head("503 x", "Content-Length: 90", "Date: x"), head("503 x", "Content-Length: 7", "Date: x"),
            head("200 OK", "X: y", version: "HTTP/2"), head("204 No Content", "Date: x"), "HTTP/1.1 502 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 ", "HTTP/", "H", "\r\n", "\n", ": ", "}", "5\r\n12345\r\n", "0\r\n\r\n",
            stream, error,
            "<html>", "</html>", "data: x", "Server: x\r\n", "Content-Length: 20\r\n\r\n", " ",
        ]
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            var capture = head("307 x", "Date: x", "Content-Type: x/y")
            for _ in 0..<random.number(2...17) { capture += random.one(of: fragments) }
            let bytes = Array(capture.utf8)
            let whole = SplitCapture(bytes, chunks: bytes.count)
            var rest = capture.utf8[...]
            for response in whole.texts {
                guard let range = rest.firstRange(of: response.utf8) else {
                    Issue.record("\(response.debugDescription) in \(capture.debugDescription)")
                    break
                }
                let omitted = rest[..<range.lowerBound]
                #expect(omitted.isEmpty || omitted.starts(with: "HTTP/".utf8), "\(capture.debugDescription)")
                rest = rest[range.upperBound...]
            }
            // Of two equal heads, the search may have found the omitted one.
            #expect(rest.isEmpty || rest.starts(with: "HTTP/".utf8), "\(capture.debugDescription)")
            for size in [1, 2, 3, 7, 20, 64] {
                #expect(SplitCapture(bytes, chunks: size) == whole, "\(capture.debugDescription), \(size)")
            }
        }
    }

    // MARK: Cost

    /// Endless heads are forwarded, not buffered.
    @Test func endlessHeads() {
        let heads: [String] = [
            "HTTP/1.1 200 OK\r\n" + String(repeating: "x", count: 1 << 20),
            String(repeating: head("100 Continue"), count: 20_000),
            head("200 OK", "Content-Type: x/y") + "\n" + "HTTP/1.1 200 OK\r\n"
                + String(repeating: "A: b\r\n", count: 1 << 17),
        ]
        for text in heads {
            let split = SplitCapture(Array(text.utf8), chunks: 65_536)
            #expect(split.texts.joined().utf8.count == text.utf8.count)
            #expect(split.responses.count <= 2)
        }
    }

    /// Text that resembles heads costs no more than other text.
    @Test(
        .enabled(if: Sweep.isComplete),
        arguments: [
            "H", "HT", "HTTP/", "HTTP/1.1 200 ", "\nHTTP/1.1 200 OK\r\n", "}HTTP/1.1 200 OK\r\nA",
            "\nHTTP/1.1 200 HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH", "\nHTTP/1.1 200 OK\r\nHHHHHHHHHHHHHHHHHHHHHHHH",
            "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nx\n",
        ]
    )
    func linearTime(_ unit: String) {
        func seconds(_ count: Int) -> Double {
            let head = Array(head("200 OK", "Content-Type: x/y").utf8)
            let text = head + Array(repeating: Array(unit.utf8), count: count / unit.utf8.count).joined()
            return (0..<2).map { _ in
                ResourceUse.threadSeconds {
                    let split = SplitCapture(text, chunks: 4096)
                    #expect(split.responses.reduce(0) { $0 + $1.bytes.count } <= text.count)
                }
            }.min() ?? 0
        }
        let count = Sweep.count(inDebug: 3000, inRelease: 20_000)
        let (small, large) = (seconds(count), seconds(8 * count))
        #expect(large < 8 * 3 * small + 0.05, "\(small) s, \(large) s")
    }
}
