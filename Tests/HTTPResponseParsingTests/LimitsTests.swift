import HTTPResponseParsing
import TestScheduling
import TestSupport
import Testing

/// Oversized responses, and the memory that the parser uses for them.
@Suite("Limits", .takesTurns)
struct LimitsTests {
    /// Feeds all pieces, or stops at the first error.
    private static func failure(
        _ parser: inout HTTPResponseParser,
        _ pieces: some Sequence<[UInt8]>
    ) -> HTTPResponseError? {
        for piece in pieces {
            // `UInt8` has no padding bytes.
            var rest = unsafe piece.span.bytes
            do throws(HTTPResponseError) {
                while try parser.next(in: &rest) != nil {}
            } catch {
                return error
            }
        }
        return nil
    }

    private static func failure(_ pieces: some Sequence<[UInt8]>) -> HTTPResponseError? {
        var parser = HTTPResponseParser()
        return failure(&parser, pieces)
    }

    private static let line = Array("HTTP/1.1 200 OK\r\n".utf8)
    private static let chunkedHead = line + Array("Transfer-Encoding: chunked\r\n\r\n".utf8)

    /// The pieces of an endless line: 1 MB, far more than any limit.
    private static func endless(_ text: String, after start: [UInt8]) -> [[UInt8]] {
        [start] + [[UInt8]](repeating: Array(String(repeating: text, count: 1024 / text.utf8.count).utf8), count: 1024)
    }

    @Test(arguments: ["x", "A: b\r\n", "HTTP/1.1 100\n\n"])
    func defaultHeadLimit(text: String) {
        let start = text == "x" ? Self.line + Array("A: ".utf8) : text == "HTTP/1.1 100\n\n" ? [] : Self.line
        var parser = HTTPResponseParser(limits: HTTPResponseLimits(fieldCount: .max))
        let error = Self.failure(&parser, Self.endless(text, after: start))
        #expect(error?.reason == .headTooLong)
        #expect(error?.offset == 64 << 10)
        #expect(parser.position == 64 << 10)
    }

    @Test func endlessStatusLine() {
        let error = Self.failure(Self.endless("x", after: Array("HTTP/1.1 200 ".utf8)))
        #expect(error?.reason == .headTooLong && error?.offset == 64 << 10)
    }

    @Test func hundredThousandFields() {
        let error = Self.failure([Self.line] + [[UInt8]](repeating: Array("A:b\r\n".utf8), count: 100_000))
        #expect(error?.reason == .tooManyFields)
        #expect(error?.offset == 17 + 256 * 5)
    }

    @Test func hundredThousandTrailers() {
        let error = Self.failure(
            [Self.chunkedHead, Array("0\r\n".utf8)] + [[UInt8]](repeating: Array("A:b\r\n".utf8), count: 100_000)
        )
        #expect(error?.reason == .tooManyFields)
        #expect(error?.offset == Self.chunkedHead.count + 3 + 256 * 5)
    }

    @Test func endlessTrailers() {
        let error = Self.failure(Self.endless("x", after: Self.chunkedHead + Array("0\r\nA: ".utf8)))
        #expect(error?.reason == .trailersTooLong)
        #expect(error?.offset == Self.chunkedHead.count + 3 + 16 << 10)
    }

    @Test(arguments: ["0", "5;a=", "5 "])
    func endlessChunkLine(start: String) {
        let before = Self.chunkedHead + Array("1\r\nx\r\n".utf8)
        let last = start.last == " " ? " " : "0"
        let error = Self.failure(Self.endless(last, after: before + Array(start.utf8)))
        #expect(error?.reason == .chunkLineTooLong)
        #expect(error?.offset == before.count + 4 << 10)
    }

    /// A limit is the largest accepted size.
    @Test func exactLimits() {
        let head = "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
        let size = head.utf8.count
        let response = head + "001\r\nx\r\n0;a\r\nA: b\r\nC:d\r\n\r\n"
        let limits = HTTPResponseLimits(headBytes: size, fieldCount: 2, trailerBytes: 13, chunkLineBytes: 5)
        #expect(ParsedResponse(response, limits: limits).isComplete)
        var lower = limits
        lower.headBytes -= 1
        #expect(ParsedResponse(response, limits: lower).failure == Failure(.headTooLong, at: size - 1))
        lower = limits
        lower.fieldCount -= 1
        #expect(ParsedResponse(response, limits: lower).failure == Failure(.tooManyFields, at: 23))
        lower = limits
        lower.trailerBytes -= 1
        #expect(ParsedResponse(response, limits: lower).failure == Failure(.trailersTooLong, at: size + 13 + 12))
        lower = limits
        lower.chunkLineBytes -= 1
        #expect(ParsedResponse(response, limits: lower).failure == Failure(.chunkLineTooLong, at: size + 4))
    }

    @Test func anyLimits() {
        let response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n"
        for limit in [Int.min, -1, 0, 1, 2, .max] {
            // Setting a property bypasses the clamping of the initializer.
            var limits = HTTPResponseLimits()
            limits.headBytes = limit
            #expect((Parsed(response, limits).error == nil) == (limit == .max))
            limits = HTTPResponseLimits()
            limits.fieldCount = limit
            #expect((Parsed(response, limits).error == nil) == (limit > 0))
            limits = HTTPResponseLimits()
            limits.trailerBytes = limit
            limits.chunkLineBytes = limit
            #expect((Parsed(response, limits).error == nil) == (limit == .max))
        }
        #expect(HTTPResponseLimits(headBytes: -5, fieldCount: -5, trailerBytes: -5, chunkLineBytes: -5).headBytes == 1)
    }

    /// The result of parsing a complete response.
    private struct Parsed {
        let error: HTTPResponseError?

        init(_ response: String, _ limits: HTTPResponseLimits) {
            var parser = HTTPResponseParser(limits: limits)
            error = LimitsTests.failure(&parser, [Array(response.utf8)])
        }
    }

    /// Parsing a head byte by byte takes linear time. Quadratic time would make a head eight times as long take 64
    /// times as long, which this test detects.
    @Test func timeIsLinear() {
        func seconds(_ count: Int) -> Double {
            let field = Array("x-field: some value of a field\r\n".utf8)
            let fields = Array(repeatElement(field, count: count).joined())
            // One long line, and many lines.
            let head =
                Self.line + Array("A: ".utf8) + [UInt8](repeating: 0x61, count: count * 16) + [0x0A] + fields + [0x0A]
            return (0..<3).map { _ in
                ResourceUse.threadSeconds {
                    var parser = HTTPResponseParser(limits: HTTPResponseLimits(headBytes: .max, fieldCount: .max))
                    #expect(Self.failure(&parser, head.lazy.map { [$0] }) == nil)
                    #expect(parser.head?.fields.count == count + 1)
                }
            }.min() ?? 0
        }
        #expect(seconds(4000) < seconds(500) * 32)
    }

    /// Body pieces are slices of the input; nothing is copied.
    @Test func bodyIsNotCopied() throws {
        let body = [UInt8](repeating: 0x61, count: 100_000)
        let bytes = Self.chunkedHead + Array("186a0\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
        var parser = HTTPResponseParser()
        var pieces = 0
        // `UInt8` has no padding bytes.
        var rest = unsafe bytes.span.bytes
        // The addresses are compared, not read from.
        let start = unsafe rest.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        while let part = try parser.next(in: &rest) {
            guard case .body(let piece) = part else { continue }
            pieces += 1
            let address = unsafe piece.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
            #expect(address == start + UInt(Self.chunkedHead.count + 7))
            #expect(piece.byteCount == body.count)
        }
        #expect(pieces == 1)
        #expect(parser.isComplete == true)
    }
}
