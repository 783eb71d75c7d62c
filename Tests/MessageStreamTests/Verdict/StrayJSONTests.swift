import MessageStream
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// JSON found in lines, independently of a stream.
@Suite(.takesTurns) struct StrayJSONTests {
    /// The JSON found, its offset, and the number of the line at whose end it was found; -1 at the end.
    private func find(_ lines: [String], limit: Int = 1 << 20) -> (json: String, offset: Int, line: Int)? {
        var machine = StrayJSON(limit: limit)
        var offset = 0
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.utf8)
            if let found = machine.receive(bytes.rawBytes, at: offset, textPosition: 0) {
                return (String(decoding: found.json, as: UTF8.self), found.offset, index)
            }
            offset += bytes.count + 1
        }
        return machine.finish().map { (String(decoding: $0.json, as: UTF8.self), $0.offset, -1) }
    }

    private static let error = #"{"error":{"message":"m"}}"#

    @Test func oneLine() throws {
        let found = try #require(find([Self.error]))
        #expect(found == (Self.error, 0, 0))
        #expect(try #require(find(["  \t" + Self.error + "  "])) == (Self.error, 3, 0))
        #expect(try #require(find([Self.error + " and more"])) == (Self.error, 0, 0))
        #expect(try #require(find([#"{"a":1} "# + Self.error])) == (Self.error, 8, 0))
        // JSON after other text in its line does not count.
        #expect(find(["x " + Self.error]) == nil)
    }

    @Test func severalLines() throws {
        let lines = ["{", #"  "error": {"#, #"    "message": "m""#, "  }", "}"]
        #expect(try #require(find(lines)) == (lines.joined(separator: "\n"), 0, 4))
        let array = ["[", "  {", #"    "error": "m""#, "  }", "]"]
        #expect(try #require(find(array)) == (array.joined(separator: "\n"), 0, 4))
        // Each token on a separate line.
        let tokens = ["{", #""error""#, ":", "[", "1", ",", "-2.5e3", ",", "null", "]", ",", #""b""#, ":", "true", "}"]
        #expect(try #require(find(tokens)) == (tokens.joined(separator: "\n"), 0, tokens.count - 1))
    }

    /// If the outer value breaks, the complete values inside it remain, and so do those that begin where it breaks.
    @Test func brokenOuterValue() throws {
        #expect(try #require(find(["{oops", Self.error])) == (Self.error, 6, 1))
        #expect(try #require(find([#"{"a":1"#, Self.error])) == (Self.error, 7, 1))
        // The value of a member that never ends: known when the lines end, or when something breaks the member's
        // object.
        #expect(try #require(find([#"{"a":"#, Self.error])) == (Self.error, 6, -1))
        #expect(try #require(find([#"{"a":"#, Self.error, "oops"])) == (Self.error, 6, 2))
        #expect(try #require(find(["[[", Self.error, ",", "[", "]", "}"])) == (Self.error, 3, 5))
        // The first complete value counts, and no value inside another.
        let nested = [#"{"a":"#, "[", "1,", Self.error, "]", ",", #""b":"#, #"{"error":"second"}"#, "x"]
        #expect(try #require(find(nested)).json == #"{"error":"second"}"#)
        // Values nested in a complete one do not count.
        #expect(find([#"{"a":"#, Self.error, "}"]) == nil)
    }

    @Test(
        arguments: [
            ["{}"], ["[]"], ["[1]"], [#"{"error":null}"#], [#"{"error":{}}"#], ["{"], ["}"], ["]"], ["[}"], ["{]"],
            ["[,]"],
            ["[1,]"], [#"{"a"}"#], [#"{"a":}"#], [#"{"a":1,}"#], [#"{"error":"m"#], [#"{"error":tru}"#],
            ["{\"error\":\"m", "\"}"],
            [#"{"error":01}"#], [#"{'error':1}"#], [#"{"error":"\x"}"#], ["text"], [""], [],
        ]
    )
    func noError(_ lines: [String]) {
        #expect(find(lines) == nil)
    }

    /// A value longer than the limit is not examined, and hides no later value.
    @Test func limit() throws {
        let long = ["{"] + Array(repeating: #""a":"aaaaaaaaaaaaaaaa","#, count: 20) + [#""error":1}"#]
        #expect(find(long, limit: 10_000) != nil)
        #expect(find(long, limit: 200) == nil)
        #expect(try #require(find(long + [Self.error], limit: 200)).json == Self.error)
    }

    /// Random lines of JSON, complete and broken, have the same result as a slow search that tries each line as a
    /// beginning.
    @Test func randomLines() {
        let pieces = [
            "{", "}", "[", "]", ",", #""a":1,"#, #""a":1"#, #""error":{"#, #"{"error":1}"#, #"{"error":1},"#, #"{"a":"#,
            "1,", "1",
            #"{"b":{}}"#, "x", #""s","#, "[{", "}]", #""type":"error""#,
        ]
        for seed in 0..<UInt64(Sweep.count(inDebug: 5000, inRelease: 40_000)) {
            var generator = SeededRandom(seed: seed)
            let lines = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
                pieces.randomElement(using: &generator)!
            }
            let found = find(lines)
            let expected = Self.naive(lines)
            #expect(found?.offset == expected?.offset && found?.json == expected?.json, "\(lines)")
            if found?.offset != expected?.offset { return }
        }
    }

    /// A text begins at the first line at which a complete text begins. Texts inside it do not count.
    private static func naive(_ lines: [String]) -> (json: String, offset: Int)? {
        var index = 0
        var offset = 0
        while index < lines.count {
            let text = Array(lines[index...].joined(separator: "\n").utf8)
            var reader = JSONReader(text.rawBytes)
            if text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "["), let range = try? reader.skipValue() {
                let json = text.rawBytes.extracting(range)
                if APIError(reporting: json) != nil { return (String(decoding: text[range], as: UTF8.self), offset) }
                // The rest of its last line may be another text, as long as one begins there.
                let lineCount = text[range].count { $0 == 0x0A }
                var rest = Array(text[range.upperBound...].prefix { $0 != 0x0A })
                var restOffset = offset + range.upperBound
                if let next = rest.firstIndex(where: { $0 != 0x20 }),
                    rest[next] == UInt8(ascii: "{") || rest[next] == UInt8(ascii: "[")
                {
                    restOffset += next
                    rest = Array(text[(range.upperBound + next)...])
                    if let (json, inner) = naive(
                        String(decoding: rest, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                            .map(String.init)
                    ) {
                        return (json, restOffset + inner)
                    }
                    return nil
                }
                for line in lines[index...(index + lineCount)] { offset += line.utf8.count + 1 }
                index += lineCount + 1
            } else {
                offset += lines[index].utf8.count + 1
                index += 1
            }
        }
        return nil
    }
}
