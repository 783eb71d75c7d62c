import HTTPResponseParsing
import TestScheduling
import Testing

/// RFC 9112, section 7.1.
@Suite("Chunked body", .takesTurns)
struct ChunkedBodyTests {
    private static let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"), ("3\r\nhel\r\n2\r\nlo\r\n000\r\n\r\n", "hello"),
        ("0005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ("2\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"), ("5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello"),
        ("5 ; a = \"b;\\\"\0\t\"\r\nhello\r\n0 \t\r\n\r\n", "hello"), ("5;\r\nhello\r\n0;;;\r\n\r\n", "hello"),
        ("5   \r\nhello\r\n0\r\n\r\n", "hello"), ("5;é\r\nhello\r\n0\r\n\r\n", "hello"),
        ("0000000000000000000000000000000000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
    ])
    func accepts(chunks: String, expected: String) {
        let parsed = ParsedResponse(Self.head + chunks + "rest")
        #expect(parsed.body == Array(expected.utf8))
        #expect(parsed.trailers == [:])
        #expect(parsed.isComplete && parsed.ending == .complete)
        #expect(parsed.position == (Self.head + chunks).utf8.count)
    }

    @Test func trailers() {
        let chunks = "1\r\nx\r\n0\r\nX-Checksum: abc\r\nx-checksum: def\nContent-Length: 7\r\n\r\n"
        let parsed = ParsedResponse(Self.head + chunks)
        #expect(parsed.trailers?.values(of: "X-Checksum") == ["abc", "def"])
        // `Content-Length` has no meaning in a trailer, and the head does not change.
        #expect(parsed.trailers?["content-length"] == "7")
        #expect(parsed.head?.fields.count == 1)
        #expect(parsed.isComplete)
    }

    /// A bare LF is allowed at the end of the trailers, as for all fields.
    @Test func endsInLineFeed() {
        #expect(ParsedResponse(Self.head + "0\r\n\n").isComplete)
    }

    @Test(
        arguments: [
            ("\r\n", .invalidChunkSize, 0), ("\n", .invalidChunkSize, 0), ("-1\r\n", .invalidChunkSize, 0),
            ("+1\r\n", .invalidChunkSize, 0), (" 1\r\n", .invalidChunkSize, 0), (";a\r\n", .invalidChunkSize, 0),
            ("g\r\n", .invalidChunkSize, 0), ("0x5\r\nhello\r\n", .invalidChunkSize, 1),
            ("5h\r\n", .invalidChunkSize, 1),
            ("5 5\r\n", .invalidChunkSize, 2), ("5,\r\n", .invalidChunkSize, 1), ("٥\r\n", .invalidChunkSize, 0),
            ("5\0\r\n", .invalidChunkSize, 1), ("FFFFFFFFFFFFFFFF\r\n", .chunkSizeOverflow, 15),
            ("8000000000000000\r\n", .chunkSizeOverflow, 15), ("10000000000000000\r\n", .chunkSizeOverflow, 16),
            ("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\r\n", .chunkSizeOverflow, 15),
            ("00000000008000000000000000\r\n", .chunkSizeOverflow, 25), ("5\nhello\r\n", .invalidChunkLineEnd, 1),
            ("5;a\nhello\r\n", .invalidChunkLineEnd, 3), ("5\r\r\n", .invalidChunkLineEnd, 1),
            ("5;a\rb\r\n", .invalidChunkLineEnd, 3), ("5 \n", .invalidChunkLineEnd, 2),
            ("5\rx\n", .invalidChunkLineEnd, 1),
            ("5\r\nhello!\r\n", .invalidChunkEnd, 8), ("5\r\nhello\n0", .invalidChunkEnd, 8),
            ("5\r\nhello\r0", .invalidChunkEnd, 9), ("5\r\nhello0\r\n", .invalidChunkEnd, 8),
            ("5\r\nhello\r\r\n", .invalidChunkEnd, 9), ("5\r\nhello\r\n\r\n", .invalidChunkSize, 10),
            ("0\r\nA b\r\n", .missingColon, 3),
        ] as [(String, HTTPResponseError.Reason, Int)]
    )
    func rejects(chunks: String, reason: HTTPResponseError.Reason, offset: Int) {
        for before in [Self.head, Self.head + "2\r\nab\r\n"] {
            let parsed = ParsedResponse(before + chunks)
            #expect(parsed.failure == Failure(reason, at: before.utf8.count + offset))
            #expect(parsed.head != nil && parsed.trailers == nil && !parsed.isComplete)
        }
    }

    @Test func largestSize() {
        let parsed = ParsedResponse(Self.head + "7FFFFFFFFFFFFFFF\r\nhello")
        #expect(parsed.text == "hello")
        #expect(parsed.ending == .truncated(in: .chunk(missingBytes: Int.max - 5)))
    }

    /// The ending of one response, cut after every byte.
    @Test func cutEverywhere() {
        let body = "5\r\nhello\r\n0\r\nA: b\r\n\r\n"
        let whole = Array((Self.head + body).utf8)
        let start = Self.head.utf8.count
        for count in 0..<whole.count {
            var parser = HTTPResponseParser()
            let bytes = Array(whole.prefix(count))
            // `UInt8` has no padding bytes.
            var rest = unsafe bytes.span.bytes
            #expect(throws: Never.self) { while try parser.next(in: &rest) != nil {} }
            let place: HTTPResponseEnding.Place =
                switch count - start {
                case -start: .start
                case ..<(17 - start): .statusLine
                case ..<0: .fields
                case ..<3: .chunkFraming
                case ..<8: .chunk(missingBytes: 8 - (count - start))
                case ..<13: .chunkFraming
                default: .trailers
                }
            #expect(parser.finish() == .truncated(in: place), "after \(count) bytes")
            #expect(parser.isComplete == false)
        }
        #expect(ParsedResponse(whole).ending == .complete)
    }
}
