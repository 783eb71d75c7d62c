import HTTPResponseParsing
import Testing

/// RFC 9112, section 6.3: how long the body is.
@Suite("Body length")
struct BodyLengthTests {
    private static let line = "HTTP/1.1 200 OK\r\n"

    @Test func contentLength() {
        let answer = Answer(Self.line + "Content-Length: 5\r\n\r\nhelloHTTP/1.1 200")
        #expect(answer.text == "hello")
        #expect(answer.trailers == [:])
        #expect(answer.isComplete)
        #expect(answer.ending == .complete)
        // What follows is left.
        #expect(answer.position == 43)
    }

    @Test func contentLengthZero() {
        let answer = Answer(Self.line + "content-length:0\r\n\r\n")
        #expect(answer.isComplete && answer.body.isEmpty && answer.trailers == [:])
    }

    @Test func untilClose() {
        let answer = Answer("HTTP/1.0 200 OK\r\n\r\nhello")
        #expect(answer.text == "hello")
        #expect(answer.trailers == nil)
        #expect(!answer.isComplete)
        #expect(answer.ending == .complete)
    }

    @Test func untilCloseAtOnce() {
        #expect(Answer("HTTP/1.1 200 OK\r\n\r\n").ending == .complete)
    }

    @Test(arguments: ["5, 5", "5,5,\t5 ", "05", "000000000000000000000000000005", "5\r\nCONTENT-length: 05"])
    func contentLengthAgain(value: String) {
        let answer = Answer(Self.line + "Content-Length: \(value)\r\n\r\nhello")
        #expect(answer.text == "hello")
        #expect(answer.isComplete)
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
        let answer = Answer(Self.line + "A: b\r\nContent-Length: \(value)\r\n\r\nhello")
        #expect(answer.failure == Failure(reason, at: 23))
        #expect(answer.error?.excerpt == "Content-Length")
        #expect(answer.head == nil)
    }

    @Test func twoContentLengths() {
        let answer = Answer(Self.line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
        #expect(answer.failure == Failure(.conflictingContentLengths, at: 36))
    }

    @Test func greatestContentLength() {
        let answer = Answer(Self.line + "Content-Length: 9223372036854775807\r\n\r\nhello")
        #expect(answer.ending == .truncated(in: .body(missingBytes: Int.max - 5)))
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 0\r\nTransfer-Encoding: chunked", "content-length: 5\r\ntransfer-encoding: identity",
    ])
    func bothLengths(fields: String) {
        for isTransferDecoded in [false, true] {
            let answer = Answer(
                Self.line + fields + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                isTransferDecoded: isTransferDecoded
            )
            #expect(answer.failure?.reason == .bothLengths)
            #expect(
                answer.failure?.offset == 17
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
        let answer = Answer(Self.line + "Transfer-Encoding: \(value)\r\n\r\n0\r\n\r\n")
        #expect(answer.failure == Failure(reason, at: value.contains("\r\n") ? 45 : 17))
        if let excerpt { #expect(answer.error?.excerpt == excerpt) }
    }

    @Test(arguments: ["chunked", "CHUNKED", " Chunked\t", ",chunked, ,"])
    func chunkedInAnyCase(value: String) {
        let answer = Answer(Self.line + "Transfer-encoding: \(value)\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        #expect(answer.text == "hi")
        #expect(answer.isComplete)
    }

    @Test func transferCodingInHTTP10() {
        let answer = Answer("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
        #expect(answer.failure == Failure(.transferCodingInHTTP10, at: 17))
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
        let answer = Answer(head + "hello")
        #expect(answer.head?.status == status)
        #expect(answer.body.isEmpty && answer.trailers == [:] && answer.isComplete)
        #expect(answer.position == head.utf8.count)
    }

    @Test func interimResponses() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: x\r\n\r\n"
        let answer = Answer(interim + Self.line + "Content-Length: 2\r\n\r\nhi")
        #expect(answer.head == ResponseHead(status: 200, reason: "OK", fields: ["Content-Length": "2"]))
        #expect(answer.text == "hi")
        #expect(answer.interimCount == 2)
        #expect(answer.interimHead?.status == 103)
        #expect(answer.interimHead?.fields["link"] == "</a>")
        // A second head is read like the first.
        #expect(Answer("HTTP/1.1 100\r\n\r\nhello").failure == Failure(.notHTTP, at: 16))
        #expect(Answer("HTTP/1.1 100\r\n\r\n").ending == .truncated(in: .statusLine))
        #expect(Answer("HTTP/1.1 100\r\n\r\nHTTP/1.1 101 x\r\n").failure == Failure(.switchingProtocols, at: 16))
    }

    /// The head of a compressed response comes before anybody refuses it.
    @Test func contentCoding() {
        let answer = Answer(Self.line + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\u{1F}\u{B}")
        #expect(answer.head?.contentCoding == "gzip")
        #expect(answer.body == [0x1F, 0x0B])
    }

    // MARK: Recordings

    @Test func recordedChunkedBody() {
        let answer = Answer(Self.line + "Transfer-Encoding: gzip, chunked\r\n\r\ndata: x\n\n", isTransferDecoded: true)
        #expect(answer.text == "data: x\n\n")
        #expect(answer.ending == .complete && !answer.isComplete && answer.trailers == nil)
    }

    @Test func recordedLength() {
        let answer = Answer("HTTP/2 200 \r\ncontent-length: 3\r\n\r\nab", isTransferDecoded: true)
        #expect(answer.ending == .truncated(in: .body(missingBytes: 1)))
    }
}
