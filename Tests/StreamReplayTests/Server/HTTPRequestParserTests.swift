import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Complete and partial requests, and the requests that the server refuses.
@Suite(.takesTurns) struct HTTPRequestParserTests {
    /// The result of parsing the bytes of a connection in chunks that end at the given positions.
    private struct Parsed: Equatable {
        var parts: [HTTPRequestParser.Part] = []
        var error: HTTPRequestError?

        init(_ bytes: [UInt8], _ chunking: Chunking = .whole, limits: HTTPRequestParser.Limits = .init()) {
            var parser = HTTPRequestParser(limits: limits)
            var start = 0
            for end in chunking.ends(count: bytes.count) {
                var rest = bytes[start..<end]
                start = end
                do throws(HTTPRequestError) {
                    while let part = try parser.next(in: &rest) { parts.append(part) }
                } catch {
                    self.error = error
                    return
                }
            }
        }

        init(_ text: String) { self.init(Array(text.utf8)) }

        var status: Int? { error?.status }
        var heads: [HTTPRequest] { parts.compactMap { if case .head(let head) = $0 { head } else { nil } } }
        var lengths: [Int] { parts.compactMap { if case .end(let length, _) = $0 { length } else { nil } } }
        var hashes: [UInt64] { parts.compactMap { if case .end(_, let hash) = $0 { hash } else { nil } } }
    }

    private static let pipeline = """
        GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nAccept: text/html, */*;q=0.1\r\n\r\n\
        \r\nPOST /v1/messages HTTP/1.1\nhost:h\ncontent-length: 5\nExpect: 100-continue\n\nhello\
        POST http://h/v1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
        3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n\
        HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n
        """

    @Test func pipeline() {
        let parsed = Parsed(Self.pipeline)
        #expect(parsed.error == nil)
        #expect(parsed.heads.map(\.method) == ["GET", "POST", "POST", "HEAD"])
        #expect(parsed.heads.map(\.path) == ["/a b", "/v1/messages", "/v1", "/"])
        #expect(parsed.heads.map(\.keepsConnection) == [true, true, true, false])
        #expect(parsed.heads[0].acceptedTypes == ["text/html", "*/*"])
        #expect(
            Parsed("GET / HTTP/1.1\r\nHost: h\r\nAccept: a/b ;Q=0.000, , c/d;q=0.1\r\n\r\n").heads[0].acceptedTypes == [
                "c/d"
            ]
        )
        #expect(parsed.lengths == [0, 5, 5, 0])
        // The same body has the same hash, however it is framed.
        #expect(parsed.hashes[1] == parsed.hashes[2] && parsed.hashes[0] != parsed.hashes[1])
    }

    @Test func chunksDoNotMatter() {
        let bytes = Array(Self.pipeline.utf8)
        let whole = Parsed(bytes)
        for chunking in Chunking.all(count: bytes.count, random: 10) { #expect(Parsed(bytes, chunking) == whole) }
    }

    @Test(arguments: [
        ("GET\r\n", 400), ("GET / HTTP/1.1 x\r\n", 400), ("G@T / HTTP/1.1\r\n", 400), ("GET / HTTP/2.0\r\n", 505),
        ("GET / HTTQ/1.1\r\n", 400), ("GET / HTTP/1.x\r\n", 400), ("GET  / HTTP/1.1\r\n", 400),
        (" GET / HTTP/1.1\r\n", 400),
        ("GET /\t HTTP/1.1\r\n", 400), ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 1, 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 99999999999999999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: a\r\nexpect: 200-ok\r\n\r\n", 417),
        ("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n7fffffffffffffff\r\n", 413),
        (String(repeating: "\r\n", count: 20), 400),
    ])
    func refusals(_ text: String, _ status: Int) {
        let bytes = Array(text.utf8)
        #expect(Parsed(bytes).status == status)
        #expect(Parsed(bytes, .fixed(1)).error == Parsed(bytes).error)
    }

    @Test func limits() {
        var limits = HTTPRequestParser.Limits()
        (limits.requestLine, limits.head, limits.fieldCount, limits.body) = (20, 100, 3, 4)
        func status(_ text: String) -> Int? { Parsed(Array(text.utf8), .fixed(1), limits: limits).status }
        #expect(status("GET /" + String(repeating: "a", count: 20)) == 414)
        #expect(status("GET / HTTP/1.1\r\nHost: " + String(repeating: "a", count: 200)) == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nb:\r\nc:\r\nd:\r\n") == 431)
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 5\r\n\r\n") == 413)
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 4\r\n\r\nabcd") == nil)
        let chunked = "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        #expect(status(chunked + "2\r\nab\r\n3\r\n") == 413)
        limits.trailers = 10
        #expect(status(chunked + "0\r\naaaaaaaaaaaaaaaaaaaa") == 431)
    }

    /// Random bytes never trap, and give the same result in any chunks.
    @Test func randomRequests() {
        var random = SeededRandom(seed: 9)
        let bytes = Array(Self.pipeline.utf8)
        for _ in 0..<Sweep.count(inDebug: 300, inRelease: 5000) {
            var mutated = bytes
            for _ in 0..<random.number(1...4) {
                let place = random.number(0...(mutated.count - 1))
                switch random.number(0...2) {
                case 0: mutated[place] = UInt8(random.number(0...255))
                case 1: mutated.remove(at: place)
                default: mutated.insert(random.one(of: [0, 0x0A, 0x0D, 0x20, 0x3A]), at: place)
                }
            }
            #expect(Parsed(mutated) == Parsed(mutated, .random(seed: random.next(), upTo: 40)))
        }
    }
}
