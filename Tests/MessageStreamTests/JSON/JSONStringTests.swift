import MessageStream
import TestScheduling
import TestSupport
import Testing

@Suite(.takesTurns) struct JSONStringTests {
    /// The decoded UTF-8 of the string `"text"`, after comparing all ways of decoding.
    private func decode(_ text: [UInt8]) throws -> [UInt8] {
        let bytes = [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
        var reader = JSONReader(bytes.rawBytes)
        let view = try reader.readString()
        try reader.finish()
        var utf8: [UInt8] = []
        view.appendUTF8(to: &utf8)
        let (hasEscapes, isASCII) = (view.hasEscapes, view.isASCII)
        #expect(hasEscapes == text.contains(UInt8(ascii: "\\")))
        #expect(isASCII == text.allSatisfy { $0 < 0x80 })
        let string = view.makeString()
        #expect(string.utf8.elementsEqual(utf8))
        return utf8
    }

    private func decode(_ text: String) throws -> [UInt8] {
        try decode(Array(text.utf8))
    }

    @Test func decodesEveryCodeUnit() throws {
        for unit in Sweep.sample(UInt32(0)...0xFFFF, inDebug: 12_000) {
            let digits = String(unit, radix: 16)
            let padded = String(repeating: "0", count: 4 - digits.count) + digits
            let expected = Array(String(Character(Unicode.Scalar(unit) ?? "\u{FFFD}")).utf8)
            #expect(try decode("\\u" + padded) == expected)
            #expect(try decode("\\u" + padded.uppercased()) == expected)
        }
    }

    @Test func decodesEveryPlaneBySurrogatePairs() throws {
        for value in stride(from: UInt32(0x10000), through: 0x10FFFF, by: 0x3FB) {
            let (high, low) = (0xD800 + (value - 0x10000) >> 10, 0xDC00 + (value - 0x10000) & 0x3FF)
            let text = "\\u" + String(high, radix: 16) + "\\u" + String(low, radix: 16)
            #expect(try decode(text) == Array(String(Character(Unicode.Scalar(value)!)).utf8))
        }
    }

    /// Every sequence of up to four parts, with surrogates alone, in pairs, in reverse order and separated.
    @Test func loneSurrogatesInEveryPosition() throws {
        let parts = ["\\uD83D", "\\uDE00", "\\ud800", "x", "\\n", "é", "\\\\"]
        let decoded: [[UInt16]] = [[0xD83D], [0xDE00], [0xD800], [0x78], [0x0A], [0xE9], [0x5C]]
        for length in 1...4 {
            var indices = [Int](repeating: 0, count: length)
            repeat {
                let text = indices.map { parts[$0] }.joined()
                // The standard library decodes UTF-16 with the same replacement.
                let expected = String(decoding: indices.flatMap { decoded[$0] }, as: UTF16.self)
                #expect(try decode(text) == Array(expected.utf8), "\(text)")
                var place = 0
                while place < length {
                    indices[place] = (indices[place] + 1) % parts.count
                    if indices[place] != 0 { break }
                    place += 1
                }
                if place == length { break }
            } while true
        }
    }

    @Test func everyByteInEveryPlace() throws {
        // Each byte value, at each offset of the sixteen that are scanned together, in strings of every length.
        for length in 1...36 {
            for place in 0..<length {
                for byte in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x2F, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var text = [UInt8](repeating: UInt8(ascii: "a"), count: length)
                    text[place] = byte
                    let bytes = [UInt8(ascii: "\"")] + text + Array("\" ".utf8)
                    let error = failure { () throws(JSONError) in
                        var reader = JSONReader(bytes.rawBytes)
                        try reader.skipValue()
                        try reader.finish()
                    }
                    let isLast = place == length - 1
                    switch byte {
                    case 0x00..<0x20: #expect(error == JSONError(.controlCharacter, at: place + 1))
                    case 0x22: #expect(error == JSONError(.trailingBytes, at: place + 2))
                    case 0x5C where isLast: #expect(error == JSONError(.unexpectedEnd, at: length + 3))
                    case 0x5C: #expect(error == JSONError(.invalidEscape, at: place + 2))
                    case 0x80...0xFF:
                        #expect(error == nil)
                        let expected = Array(text[..<place]) + [0xEF, 0xBF, 0xBD] + Array(text[(place + 1)...])
                        #expect(try decode(text) == expected)
                    default:
                        #expect(error == nil)
                        #expect(try decode(text) == text)
                    }
                }
            }
        }
    }

    /// The examples of the Unicode Standard, tables 3-8 to 3-11, and the same interrupted by escapes.
    @Test func repairsMaximalSubparts() throws {
        let cases: [([UInt8], String)] = [
            ([0xC0, 0xAF, 0xE0, 0x80, 0xBF, 0xF0, 0x81, 0x82, 0x41], "\u{FFFD}×8A"),
            ([0xED, 0xA0, 0x80, 0xED, 0xBF, 0xBF, 0xED, 0xAF, 0x41], "\u{FFFD}×8A"),
            ([0xF4, 0x91, 0x92, 0x93, 0xFF, 0x41, 0x80, 0xBF, 0x42], "\u{FFFD}×5A\u{FFFD}×2B"),
            ([0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41], "\u{FFFD}×4A"),
        ]
        for (bytes, pattern) in cases {
            var expected = ""
            for scalar in pattern.unicodeScalars {
                if let count = Int(String(scalar)) {
                    expected += String(repeating: "\u{FFFD}", count: count - 1)
                } else if scalar != "×" {
                    expected.unicodeScalars.append(scalar)
                }
            }
            #expect(try decode(bytes) == Array(expected.utf8))
            #expect(try decode(bytes + Array("\\t".utf8)) == Array((expected + "\t").utf8))
        }
        // An escape never completes a sequence begun by bytes.
        #expect(try decode([0xE2, 0x82] + Array("\\u00ac".utf8)) == Array("\u{FFFD}\u{AC}".utf8))
        #expect(try decode([0xF0, 0x9F, 0x98] + Array("\\u0080".utf8)) == Array("\u{FFFD}\u{80}".utf8))
    }

    @Test func everyTwoBytesAreRepairedAsTheLibraryDoes() throws {
        for first in UInt8(0x7F)...0xFF {
            for second in Sweep.sample(UInt8(0x7F)...0xFF, inDebug: 32) {
                for rest in [[], [0x80], [0xBF, 0x80], [0x41]] as [[UInt8]] {
                    let bytes = [first, second] + rest
                    #expect(try decode(bytes) == Array(String(decoding: bytes, as: UTF8.self).utf8))
                }
            }
        }
    }

    @Test(arguments: ["abcdefghijklmnopqrstuvwxyz", "\\n\\\"\\u00e9\\ud83d\\ude00", "日本語 text ", "a\\\\"])
    func longStrings(_ part: String) throws {
        let once = try decode(part)
        let count = Sweep.count(inDebug: 1 << 17, inRelease: 1 << 20) / part.utf8.count
        #expect(try decode(String(repeating: part, count: count)) == Array(repeatElement(once, count: count).joined()))
        // On both sides of the size limit for decoding escapes in place.
        for count in 1...60 {
            let expected = Array(repeatElement(once, count: count).joined())
            #expect(try decode(String(repeating: part, count: count)) == expected)
        }
    }

    @Test func comparesDecodedBytes() throws {
        func equals(_ text: [UInt8], _ literal: StaticString) throws -> Bool {
            let bytes = [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
            var reader = JSONReader(bytes.rawBytes)
            return try reader.readString().equals(literal)
        }
        let literals: [StaticString] = [
            "", "a", "ab", "abc", "abcd", "abcde", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmno",
            "abcdefghijklmnop", "abcdefghijklmnopq", "é", "\u{FFFD}", "\u{65}\u{301}",
        ]
        for literal in literals {
            let text = Array(literal.description.utf8)
            #expect(try equals(text, literal))
            #expect(try !equals(text + [UInt8(ascii: "x")], literal))
            if let first = text.first, first < 0x80 {
                #expect(try equals(Array("\\u00\(String(first, radix: 16))".utf8) + text[1...], literal))
            }
            for place in text.indices {
                var other = text
                other[place] ^= 0x01
                #expect(try !equals(other, literal))
            }
        }
        #expect(try equals([0xFF], "\u{FFFD}"))
        #expect(try equals(Array("\\ud800".utf8), "\u{FFFD}"))
        // The same letter in a different normalization is a different string.
        #expect(try !equals(Array("\u{E9}".utf8), "\u{65}\u{301}"))
        #expect(try !equals(Array(String(repeating: "\\u0061", count: 1000).utf8), "a"))
    }

    /// The bytes after a string have no effect.
    @Test func isASCIIByItselfAlone() throws {
        for count in 0...40 {
            for other in ["é", "\u{7F}"] {
                let string = String(repeating: "a", count: count)
                let text = Array("[\"\(string)\",\"\(other)\",\"\(string)\(other)\"]   ".utf8)
                var reader = JSONReader(text.rawBytes)
                try reader.beginArray()
                var answers: [Bool] = []
                while try reader.nextElement() { answers.append(try reader.readString().isASCII) }
                #expect(answers == [true, other != "é", other != "é"])
            }
        }
    }

    @Test func stringsOfFifteenBytesAreExact() throws {
        for count in 0...40 {
            let text = String("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr".prefix(count))
            #expect(try decode(text) == Array(text.utf8))
        }
    }

    /// Checking and decoding in one pass accepts the same strings as the reader, with the same result.
    @Test func unescapingAgreesWithTheReader() {
        let parts: [[UInt8]] =
            [
                "a", "bcdefg", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\uFFFD", "\\ufffd", "\\ud83d\\ude00",
                "\\ud83d",
                "\\u12", "\\x", "\\", "é", "\u{FFFD}", "\n", "\"", "\0",
            ].map { Array($0.utf8) } + [[0xFF], [0xE2, 0x82]]
        var random = SeededRandom(seed: 5)
        for _ in 0..<Sweep.count(inDebug: 10_000, inRelease: 50_000) {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...7, using: &random) {
                // Most parts are valid in a string, so that many strings are.
                let last = Bool.random(using: &random) ? 10 : parts.count
                text += parts[Int.random(in: 0..<last, using: &random)]
            }
            let quoted = [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")]
            let error = failure { () throws(JSONError) in
                var reader = JSONReader(quoted.rawBytes)
                try reader.skipValue()
                try reader.finish()
            }
            let result = text.rawBytes.withUnescaped { utf8, string in
                #expect(string.isASCII == text.allSatisfy { $0 < 0x80 })
                #expect(string.hasReplacementEscape == hasReplacementEscape(text))
                #expect(string.count == utf8.byteCount)
                return true
            }
            #expect((result != nil) == (error == nil), "\(text)")
        }
    }

    /// Whether one of the escapes of a string is that of U+FFFD, found by a slow search.
    private func hasReplacementEscape(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        while let first = rest.popFirst() {
            guard first == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u") else { continue }
            if String(decoding: rest.prefix(4), as: UTF8.self).lowercased().utf8.elementsEqual("fffd".utf8) {
                return true
            }
        }
        return false
    }
}
