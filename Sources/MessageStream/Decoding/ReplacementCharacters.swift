import ServerSentEvents

extension RawSpan {
    /// The number of U+FFFD characters in JSON, as UTF-8 or as the escape `\ufffd`.
    ///
    /// These characters were lost before the JSON was written: bytes that this package itself replaces with U+FFFD do not
    /// count.
    ///
    /// - Complexity: O(*n*).
    var replacementCharacterCount: Int {
        guard mayContainReplacementCharacters else { return 0 }
        var count = 0
        var offset = 0
        while offset < byteCount {
            if hasBlock(at: offset), !Self.mayContainReplacementCharacter(block(at: offset)) {
                offset &+= 16
                continue
            }
            let word = wordOrZeros(at: offset)
            // Most words contain neither.
            let candidates =
                ByteWord.firstEqual(to: 0xEF, in: word) | ByteWord.firstEqual(to: UInt8(ascii: "\\"), in: word)
            guard candidates != 0 else {
                offset &+= 8
                continue
            }
            // The lower of the two candidates is exact.
            offset &+= ByteWord.index(of: candidates)
            if byteOrZero(at: offset) == 0xEF {
                if byteOrZero(at: offset &+ 1) == 0xBF, byteOrZero(at: offset &+ 2) == 0xBD { count &+= 1 }
                offset &+= 1
            } else {
                // An escaped backslash does not begin another escape.
                let isUnicode = byteOrZero(at: offset &+ 1) == UInt8(ascii: "u")
                if isUnicode, JSONToken.isReplacementEscape(in: self, at: offset) { count &+= 1 }
                offset &+= 2
            }
        }
        return count
    }

    /// Whether there is a backslash or the first byte of U+FFFD, or the bytes are too few for a block.
    ///
    /// Most data has neither, which is determined without a branch per block.
    private var mayContainReplacementCharacters: Bool {
        guard hasBlock(at: 0) else { return true }
        // The last block may overlap the one before it.
        var candidates = Self.candidates(in: block(at: byteCount &- 16))
        var offset = 0
        while offset < byteCount &- 16 {
            candidates = candidates .| Self.candidates(in: block(at: offset))
            offset &+= 16
        }
        let (first, second) = ByteWord.pair(of: candidates)
        return first | second != 0
    }

    @inline(__always)
    private static func mayContainReplacementCharacter(_ block: SIMD16<UInt8>) -> Bool {
        let (first, second) = ByteWord.pair(of: candidates(in: block))
        return first | second != 0
    }

    /// The bytes that are a backslash or the first byte of U+FFFD as UTF-8.
    @inline(__always)
    private static func candidates(in block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        (block .== SIMD16(repeating: 0xEF)) .| (block .== SIMD16(repeating: UInt8(ascii: "\\")))
    }
}
