// A string between its quotation marks, still encoded.
//
// The view is what the reader found, not what it means: a decoder that only compares a key, or that drops the value,
// never pays for decoding. A string without escapes is its own decoding, apart from the repair of ill-formed UTF-8.

/// A string as it stands in the text, borrowed from it. Every escape in it is within the grammar.
package struct JSONStringView: ~Escapable {
    /// The bytes between the quotation marks.
    package let raw: RawSpan
    /// Whether there is a backslash in ``raw``.
    package let hasEscapes: Bool
    /// Whether every byte in ``raw`` is ASCII. Escapes may still stand for other characters.
    package let isASCII: Bool

    @_lifetime(copy raw)
    @inline(__always)
    init(raw: RawSpan, hasEscapes: Bool, isASCII: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
        self.isASCII = isASCII
    }

    /// Whether the string, decoded, is `literal`, byte by byte.
    @inline(__always)
    package func equals(_ literal: StaticString) -> Bool {
        if hasEscapes { return equalsDecoded(literal) }
        // Ill-formed bytes equal no bytes of a literal, which is well-formed; the U+FFFD they decode to might.
        return raw.equals(literal) || (!isASCII && !literal.isASCII && equalsDecoded(literal))
    }

    @inline(never)
    private func equalsDecoded(_ literal: StaticString) -> Bool {
        // No escape is longer than six bytes for one decoded: a longer text needs no decoding to be refused.
        guard raw.byteCount <= 6 * literal.utf8CodeUnitCount else { return false }
        var decoded: [UInt8] = []
        appendUTF8(to: &decoded)
        return decoded.rawBytes.equals(literal)
    }

    /// Appends the decoded string as well-formed UTF-8.
    ///
    /// - Complexity: O(*n*).
    package func appendUTF8(to array: inout [UInt8]) {
        if !hasEscapes {
            isASCII ? array.append(copying: raw) : array.append(repairingUTF8: raw)
            return
        }
        array.reserveCapacity(array.count + raw.byteCount)
        var pieces = Pieces(of: raw)
        while true {
            let run = pieces.nextRun()
            isASCII ? array.append(copying: run) : array.append(repairingUTF8: run)
            guard let scalar = pieces.nextEscape() else { return }
            array.append(contentsOf: UTF8.encode(scalar)!)
        }
    }
}

extension JSONStringView {
    /// The parts of a string in turn: a run without escapes, perhaps empty, then an escape, until there is none.
    struct Pieces: ~Escapable {
        private let raw: RawSpan
        private var offset = 0

        @_lifetime(copy raw)
        @inline(__always)
        init(of raw: RawSpan) {
            self.raw = raw
        }

        /// The bytes up to the next escape or to the end.
        @_lifetime(copy self)
        @inline(__always)
        mutating func nextRun() -> RawSpan {
            let start = offset
            while offset < raw.byteCount {
                let hits = ByteWord.firstEqual(to: UInt8(ascii: "\\"), in: raw.wordOrZeros(at: offset))
                offset &+= ByteWord.index(of: hits)
                if hits != 0 { break }
            }
            offset = min(offset, raw.byteCount)
            return raw.extracting(start..<offset)
        }

        /// What the escape here stands for, or nil at the end.
        @inline(__always)
        mutating func nextEscape() -> Unicode.Scalar? {
            guard offset < raw.byteCount else { return nil }
            let letter = raw.byteOrZero(at: offset &+ 1)
            if letter == UInt8(ascii: "u") { return nextUnicodeEscape() }
            offset &+= 2
            // RFC 8259, section 7: the two-character escapes.
            switch letter {
            case UInt8(ascii: "b"): return "\u{08}"
            case UInt8(ascii: "f"): return "\u{0C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            default: return Unicode.Scalar(letter)
            }
        }

        private mutating func nextUnicodeEscape() -> Unicode.Scalar {
            let unit = codeUnit(at: offset)
            offset &+= 6
            // Every code unit but a surrogate is a scalar value.
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // RFC 8259, section 7: a character outside the Basic Multilingual Plane is a surrogate pair, high before
            // low. A surrogate without its other half stands for no character (section 8.2): U+FFFD, and only it is
            // consumed.
            guard unit < 0xDC00, raw.byteOrZero(at: offset) == UInt8(ascii: "\\"),
                raw.byteOrZero(at: offset &+ 1) == UInt8(ascii: "u")
            else { return "\u{FFFD}" }
            let low = codeUnit(at: offset)
            guard 0xDC00...0xDFFF ~= low else { return "\u{FFFD}" }
            offset &+= 6
            return Unicode.Scalar(0x10000 &+ (unit &- 0xD800) << 10 &+ (low &- 0xDC00)) ?? "\u{FFFD}"
        }

        /// The four hexadecimal digits of the `\u` at `offset`, which the reader has checked.
        private func codeUnit(at offset: Int) -> UInt32 {
            var unit: UInt32 = 0
            for index in (offset &+ 2)..<(offset &+ 6) {
                unit = unit << 4 | (HexDigit.value(of: raw.byteOrZero(at: index)) ?? 0)
            }
            return unit
        }
    }
}
