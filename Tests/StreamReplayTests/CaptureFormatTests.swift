import StreamReplay
import Testing

/// What a file is, told by its first bytes, as soon as they can tell.
@Suite struct CaptureFormatTests {
    private typealias Format = CaptureFormat

    /// The format that is recognised as the bytes come one after the other, and after how many.
    private func recognise(_ text: String) -> (format: CaptureFormat?, bytes: Int) {
        let bytes = Array(text.utf8)
        for count in 0...bytes.count {
            if let format = CaptureFormat(recognising: Array(bytes[..<count]), isAll: false) {
                // More bytes do not change it.
                for more in count...bytes.count {
                    #expect(CaptureFormat(recognising: Array(bytes[..<more]), isAll: more == bytes.count) == format)
                }
                return (format, count)
            }
        }
        return (CaptureFormat(recognising: bytes, isAll: true), bytes.count)
    }

    @Test(
        arguments: [
            ("data: x\n\n", 1), ("\n", 1), (": comment", 1), ("{\"type\":\"error\"}", 1), ("<html>", 1), ("HTML", 3),
            ("http/1.1 200 OK", 1), ("HTTP 1.1", 5), (" HTTP/1.1", 1), ("", 0), ("HTT", 3),
        ]
    )
    func body(_ text: String, _ bytes: Int) {
        let found = recognise(text)
        #expect(found.format == .body)
        #expect(found.bytes == bytes)
    }

    private let plain = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    private let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX: y\r\n\r\n"

    @Test func response() {
        #expect(recognise(plain + "data: x\n\n").format == .response(start: 0, isTransferDecoded: false))
        #expect(recognise(plain + "data: x\n\n").bytes == plain.utf8.count + 1)
        #expect(recognise(plain).format == .response(start: 0, isTransferDecoded: false))
        #expect(recognise("HTTP/1.1 200 OK\r\nContent-").format == .response(start: 0, isTransferDecoded: false))
    }

    /// A head that says `chunked`: by the first line of the body, as on the socket or undone as by `curl -i`.
    @Test(
        arguments: [
            ("5\r\ndata:", false), ("00fF\r\n", false), ("1a;name=value\r\n", false), ("1 \r\n", false), ("a\n", false),
            ("0\r\n\r\n", false), ("", false), ("12", false),
            ("data: x\n\n", true), ("event: x\n", true), (": ping\n\n", true), ("\n", true), ("{}", true),
            ("<html>", true),
            ("bad gateway", true), ("fedcba9876543210f\r\n", false), ("feed me\n", true),
        ]
    )
    func framing(_ body: String, _ isDecoded: Bool) {
        #expect(recognise(chunked + body).format == .response(start: 0, isTransferDecoded: isDecoded))
        // Without that field there is no framing to undo.
        #expect(recognise(plain + body).format == .response(start: 0, isTransferDecoded: false))
    }

    @Test func otherVersions() {
        #expect(recognise("HTTP/2 200 \r\nx: y\r\n\r\n5\r\n").format == .response(start: 0, isTransferDecoded: true))
        #expect(recognise("HTTP/3 200\r\n\r\nd").format == .response(start: 0, isTransferDecoded: true))
    }

    /// What a proxy answered to CONNECT, an interim response, a redirection: heads without bodies before the one that
    /// counts.
    @Test(
        arguments: [
            "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 20\r\n\r\n",
        ]
    )
    func heads(_ first: String) {
        let start = first.utf8.count
        #expect(recognise(first + plain + "x").format == .response(start: start, isTransferDecoded: false))
        #expect(recognise(first + chunked + "x").format == .response(start: start, isTransferDecoded: true))
        #expect(
            recognise(first + first + chunked + "1\r\n").format == .response(start: 2 * start, isTransferDecoded: false)
        )
        #expect(recognise(first + "HTTP").format == .response(start: 0, isTransferDecoded: false))
        #expect(recognise(first).format == .response(start: 0, isTransferDecoded: false))
    }

    /// A head without an end is not waited for without end.
    @Test func endlessHead() {
        let bytes = Array("HTTP/1.1 200 OK\r\n".utf8) + [UInt8](repeating: 0x78, count: 2 << 20)
        #expect(CaptureFormat(recognising: bytes, isAll: false) == .response(start: 0, isTransferDecoded: false))
    }
}
