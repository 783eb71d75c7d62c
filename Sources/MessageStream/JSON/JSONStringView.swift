// A string between its quotation marks, still encoded.
//
// The view holds the encoded form: a decoder that only compares a key, or that drops the value, never pays for
// decoding. A string without escapes is already decoded, except for the repair of ill-formed UTF-8.

/// A string as written in the text, borrowed from it. Every escape in it conforms to the grammar.
package struct JSONStringView: ~Escapable {
    /// The bytes between the quotation marks.
    package let raw: RawSpan
    /// Whether there is a backslash in ``raw``.
    package let hasEscapes: Bool
    /// Whether every byte in ``raw`` is ASCII. Escapes may still represent other characters.
    package let isASCII: Bool

    @_lifetime(copy raw)
    @inline(__always)
    init(raw: RawSpan, hasEscapes: Bool, isASCII: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
        self.isASCII = isASCII
    }

    /// Whether the decoded string equals `literal`, byte by byte.
    @inline(__always)
    package func equals(_ literal: StaticString) -> Bool {
        if hasEscapes { return equalsDecoded(literal) }
        // Ill-formed bytes never equal the bytes of a literal, which is well-formed; the U+FFFD they decode to might.
        return raw.equals(literal) || (!isASCII && !literal.isASCII && equalsDecoded(literal))
    }

    @inline(never)
    private func equalsDecoded(_ literal: StaticString) -> Bool {
        // An escape has at most six bytes for each decoded byte, so a longer text can be rejected without decoding.
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
        // Every escape conforms to the grammar, so there is a result.
        _ = raw.withUnescaped { utf8, _ in
            isASCII ? array.append(copying: utf8) : array.append(repairingUTF8: utf8)
        }
    }
}
