import HTTPResponseParsing
import TestScheduling
import Testing

/// RFC 9112, section 6.3: the length of the body.
@Suite("Body length", .takesTurns)
struct BodyLengthTests {
    private static let line = "HTTP/1.1 200 OK\r\n"

    @Test func contentLength() {
        let parsed = ParsedResponse(Self.line + "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200")
        #expect(parsed.text == "hello")
        #expect(parsed.trailers == [:])
        #expect(parsed.isComplete)
        #expect(parsed.ending == .complete)
        // The parser leaves the bytes after the body.
        #expect(parsed.position == 43)
    }

    @Test func contentLengthZero() {
        let parsed = ParsedResponse(Self.line + "content-length:0\r\n\r\n")
        #expect(parsed.isComplete && parsed.body.isEmpty && parsed.trailers == [:])
    }

    @Test func untilClose() {
        let parsed = ParsedResponse("HTTP/1.0 200 OK\r\n\r\nhello")
        #expect(parsed.text == "hello")
        #expect(parsed.trailers == nil)
        #expect(!parsed.isComplete)
        #expect(parsed.ending == .complete)
    }

    @Test func untilImmediateClose() {
        #expect(ParsedResponse("HTTP/1.1 200 OK\r\n\r\n").ending == .complete)
    }

    @Test(arguments: ["5, 5", "5,5,\t5 ", "05", "000000000000000000000000000005", "5\r\nCONTENT-length: 05"])
    func contentLengthAgain(value: String) {
        let parsed = ParsedResponse(Self.line + "Content-Length: \(value)\r\n\r\nhello")
        #expect(parsed.text == "hello")
        #expect(parsed.isComplete)
    }

    @Test(
        arguments: [
            ("-5", .invalidContentLength), ("+5", .invalidContentLength), ("", .invalidContentLength),
            ("5,", .invalidContentLength), (", 5", .invalidContentLength), ("5 5", .invalidContentLength),
            ("0x5", .invalidContentLength), ("5.0", .invalidContentLength), ("five", .invalidContentLength),
            ("٥", .invalidContentLength), ("5;a", .invalidContentLength), ("5, 6", .conflictingContentLengths),
            ("9223372036854775808", .contentLengthOverflow), ("99999999999999999999999", .contentLengthOverflow),
            ("18446744073709551621", .contentLengthOverflow), ("5, 9223372036854775808", .contentLengthOverflow),
        ] as [(String, HTTPResponseError.Reason)]
    )
    func contentLengthRefused(value: String, reason: HTTPResponseError.Reason) {
        let parsed = ParsedResponse(Self.line + "A: b\r\nContent-Length: \(value)\r\n\r\nhello")
        #expect(parsed.failure == Failure(reason, at: 23))
        #expect(parsed.error?.excerpt == "Content-Length")
        #expect(parsed.head == nil)
    }

    @Test func twoContentLengths() {
        let parsed = ParsedResponse(Self.line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
        #expect(parsed.failure == Failure(.conflictingContentLengths, at: 36))
    }

    @Test func greatestContentLength() {
        let parsed = ParsedResponse(Self.line + "Content-Length: 9223372036854775807\r\n\r\nhello")
        #expect(parsed.ending == .truncated(in: .body(missingBytes: Int.max - 5)))
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 0\r\nTransfer-Encoding: chunked", "content-length: 5\r\ntransfer-encoding: identity",
    ])
    func bothLengths(fields: String) {
        for isTransferDecoded in [false, true] {
            let parsed = ParsedResponse(
                Self.line + fields + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                isTransferDecoded: isTransferDecoded
            )
            #expect(parsed.failure?.reason == .bothLengths)
            #expect(
                parsed.failure?.offset == 17
                    + (fields.utf8.firstIndex(of: 10).map { position in
                        fields.utf8.distance(from: fields.startIndex, to: position) + 1
                    } ?? 0)
            )
        }
    }

    @Test(
        arguments: [
            ("gzip", .unsupportedTransferCoding, "gzip"), ("gzip, chunked", .unsupportedTransferCoding, "gzip"),
            ("chunked, deflate", .unsupportedTransferCoding, "deflate"),
            ("identity", .unsupportedTransferCoding, "identity"),
            ("chunked;a=b", .unsupportedTransferCoding, "chunked;a=b"),
            ("xchunked", .unsupportedTransferCoding, "xchunked"),
            ("\"chunked\"", .unsupportedTransferCoding, "\"chunked\""),
            ("chunked chunked", .unsupportedTransferCoding, nil),
            ("chunked, chunked", .invalidTransferCoding, nil), ("", .invalidTransferCoding, nil),
            (" , ,", .invalidTransferCoding, nil),
            ("chunked\r\nTransfer-Encoding: chunked", .invalidTransferCoding, nil),
        ] as [(String, HTTPResponseError.Reason, String?)]
    )
    func transferCodingRefused(value: String, reason: HTTPResponseError.Reason, excerpt: String?) {
        let parsed = ParsedResponse(Self.line + "Transfer-Encoding: \(value)\r\n\r\n0\r\n\r\n")
        #expect(parsed.failure == Failure(reason, at: value.contains("\r\n") ? 45 : 17))
        if let excerpt { #expect(parsed.error?.excerpt == excerpt) }
    }

    @Test(arguments: ["chunked", "CHUNKED", " Chunked\t", ",chunked, ,"])
    func chunkedInAnyCase(value: String) {
        let parsed = ParsedResponse(Self.line + "Transfer-encoding: \(value)\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        #expect(parsed.text == "hi")
        #expect(parsed.isComplete)
    }

    @Test func transferCodingInHTTP10() {
        let parsed = ParsedResponse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        #expect(parsed.failure == Failure(.transferCodingInHTTP10, at: 17))
    }

    /// "regardless of the header fields present in the message".
    @Test(
        arguments: [204, 304],
        [
            "", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: x\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        ]
    )
    func noBody(status: Int, fields: String) {
        let head = "HTTP/1.1 \(status) x\r\n\(fields)\r\n"
        let parsed = ParsedResponse(head + "hello")
        #expect(parsed.head?.status == status)
        #expect(parsed.body.isEmpty && parsed.trailers == [:] && parsed.isComplete)
        #expect(parsed.position == head.utf8.count)
    }

    @Test func interimResponses() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: x\r\n\r\n"
        let parsed = ParsedResponse(interim + Self.line + "Content-Length: 2\r\n\r\nhi")
        #expect(parsed.head == ResponseHead(status: 200, reason: "OK", fields: ["Content-Length": "2"]))
        #expect(parsed.text == "hi")
        #expect(parsed.interimCount == 2)
        #expect(parsed.interimHead?.status == 103)
        #expect(parsed.interimHead?.fields["link"] == "</a>")
        // The parser reads the second head like the first.
        #expect(ParsedResponse("HTTP/1.1 100\r\n\r\nhello").failure == Failure(.notHTTP, at: 16))
        #expect(ParsedResponse("HTTP/1.1 100\r\n\r\n").ending == .truncated(in: .statusLine))
        #expect(
            ParsedResponse("HTTP/1.1 100\r\n\r\nHTTP/1.1 101 x\r\n").failure == Failure(.switchingProtocols, at: 16)
        )
    }

    /// The parser returns the head and the bytes of a compressed response; rejecting it is up to the caller.
    @Test func contentCoding() {
        let parsed = ParsedResponse(Self.line + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\u{1F}\u{B}")
        #expect(parsed.head?.contentCoding == "gzip")
        #expect(parsed.body == [0x1F, 0x0B])
    }

    // MARK: Recordings

    @Test func recordedChunkedBody() {
        let parsed = ParsedResponse(
            Self.line + "Transfer-Encoding: gzip, chunked\r\n\r\ndata: x\n\n",
            isTransferDecoded: true
        )
        #expect(parsed.text == "data: x\n\n")
        #expect(parsed.ending == .complete && !parsed.isComplete && parsed.trailers == nil)
    }

    @Test func recordedLength() {
        let parsed = ParsedResponse("HTTP/2 200 \r\ncontent-length: 3\r\n\r\nab", isTransferDecoded: true)
        #expect(parsed.ending == .truncated(in: .body(missingBytes: 1)))
    }
}
