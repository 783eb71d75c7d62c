import HTTPResponseParsing
import TestScheduling
import TestSupport
import Testing

/// RFC 9112, section 5, in both the head and the trailers.
@Suite("Field lines", .takesTurns)
struct FieldLineTests {
    private static let head = "HTTP/1.1 200 OK\r\n"
    private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"

    @Test(arguments: [
        ("A: b", "A", "b"), ("A:b", "A", "b"), ("A: \t b c \t", "A", "b c"), ("A:", "A", ""), ("A: \t", "A", ""),
        ("!#$%&'*+-.^_`|~09azAZ: x", "!#$%&'*+-.^_`|~09azAZ", "x"), ("A: : b:", "A", ": b:"),
        ("A: \"b, c\"", "A", "\"b, c\""),
        ("A: é\u{1F600}", "A", "é\u{1F600}"), ("A: b\tc", "A", "b\tc"),
    ])
    func accepts(line: String, name: String, value: String) {
        for end in ["\r\n", "\n"] {
            let expected = ResponseFields([(name, value), ("Z", "z")])
            let inHead = ParsedResponse(Self.head + line + end + "Z: z" + end + end)
            #expect(inHead.head?.fields == expected)
            #expect(inHead.error == nil)
            let inTrailers = ParsedResponse(Self.chunked + line + end + "Z: z" + end + end)
            #expect(inTrailers.trailers == expected)
            #expect(inTrailers.isComplete)
        }
    }

    @Test(
        arguments: [
            (" A: b", .lineFolding, 0), ("\tb", .lineFolding, 0), (" ", .lineFolding, 0), ("A", .missingColon, 0),
            ("<html>", .missingColon, 0), (": b", .emptyFieldName, 0), (":", .emptyFieldName, 0),
            ("A : b", .spaceBeforeColon, 1),
            ("Ab\t : b", .spaceBeforeColon, 2), ("A b: c", .invalidFieldName, 1), ("A\0: c", .invalidFieldName, 1),
            ("A(b): c", .invalidFieldName, 1), ("é: c", .invalidFieldName, 0), ("A\r: c", .invalidFieldName, 1),
            ("A/b: c", .invalidFieldName, 1), ("\"A\": c", .invalidFieldName, 0), ("A: b\0c", .invalidFieldValue, 4),
            ("A: b\rc", .invalidFieldValue, 4), ("A: b\r", .invalidFieldValue, 4), ("A: \u{7F}", .invalidFieldValue, 3),
            ("A:\u{1B}[0m", .invalidFieldValue, 2), ("A: \u{B}b", .invalidFieldValue, 3),
            ("A: b\u{C}", .invalidFieldValue, 4),
        ] as [(String, HTTPResponseError.Reason, Int)]
    )
    func rejects(line: String, reason: HTTPResponseError.Reason, offset: Int) {
        for before in [Self.head, Self.head + "Z: z\r\n", Self.chunked, Self.chunked + "Z: z\r\n"] {
            let parsed = ParsedResponse(before + line + "\r\n\r\n")
            #expect(parsed.failure == Failure(reason, at: before.utf8.count + offset))
            #expect(!parsed.isComplete && parsed.trailers == nil)
        }
    }

    /// A folded line may be the rest of a secret, so it is never in the excerpt.
    @Test func foldedLine() {
        let parsed = ParsedResponse(Self.head + "Authorization: Bearer\r\n sk-secret\r\n\r\n")
        #expect(parsed.failure == Failure(.lineFolding, at: 40))
        #expect(parsed.error?.excerpt == "")
    }

    @Test func valuesWithInvalidUTF8() {
        let parsed = ParsedResponse(
            Array((Self.head + "A: ").utf8) + [0xE2, 0x82, 0x20, 0xFF] + Array("\r\n\r\n".utf8)
        )
        #expect(parsed.head?.fields["a"].map { Array($0.utf8) } == Array("\u{FFFD} \u{FFFD}".utf8))
    }

    @Test func repeatedInOrder() {
        let parsed = ParsedResponse(Self.head + "A: 1\r\nB: 2\r\na: 3\r\nContent-Length: 0\r\n\r\n")
        #expect(parsed.head?.fields.values(of: "A") == ["1", "3"])
        #expect(parsed.head?.fields.map(\.name) == ["A", "B", "a", "Content-Length"])
    }

    /// All 256 bytes, or a sample of them, in a name: only a `tchar` is allowed.
    @Test func everyByteInNames() {
        let allowed = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in Sweep.sample(UInt8.min...UInt8.max, inDebug: 64)
        where byte != UInt8(ascii: ":") && byte != UInt8(ascii: "\n") {
            let parsed = ParsedResponse(Array("HTTP/1.1 204\nA".utf8) + [byte] + Array("B:\n\n".utf8))
            #expect((parsed.error == nil) == allowed.contains(byte), "\(byte)")
        }
    }

    /// All 256 bytes, or a sample of them, in a value: only "HTAB / SP / VCHAR / obs-text" is allowed.
    @Test func everyByteInValues() {
        for byte in Sweep.sample(UInt8.min...UInt8.max, inDebug: 64) where byte != UInt8(ascii: "\n") {
            let parsed = ParsedResponse(Array("HTTP/1.1 204\nA:a".utf8) + [byte] + Array("b\n\n".utf8))
            #expect((parsed.error == nil) == (byte == 9 || (byte >= 32 && byte != 127)), "\(byte)")
        }
    }
}
