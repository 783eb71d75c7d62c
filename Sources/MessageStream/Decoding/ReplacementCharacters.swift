import ServerSentEvents

extension RawSpan {
    /// How many U+FFFD there are in JSON, as UTF-8 or as the escape `\\ufffd`.
    ///
    /// These are characters that were lost before the JSON was written: what this package replaces itself is in other
    /// bytes here.
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
            // Most bytes are neither.
            let candidates =
                ByteWord.firstEqual(to: 0xEF, in: word) | ByteWord.firstEqual(to: UInt8(ascii: "\\"), in: word)
            guard candidates != 0 else {
                offset &+= 8
                continue
            }
            // The lower of the two, which is exact.
            offset &+= ByteWord.index(of: candidates)
            if byteOrZero(at: offset) == 0xEF {
                if byteOrZero(at: offset &+ 1) == 0xBF, byteOrZero(at: offset &+ 2) == 0xBD { count &+= 1 }
                offset &+= 1
            } else {
                // An escaped backslash begins no other escape.
                let isUnicode = byteOrZero(at: offset &+ 1) == UInt8(ascii: "u")
                if isUnicode, JSONToken.isReplacementEscape(in: self, at: offset) { count &+= 1 }
                offset &+= 2
            }
        }
        return count
    }

    /// Whether there is a backslash or the first byte of U+FFFD, or there are too few bytes to look at a block of them.
    ///
    /// Most data has neither. This is found without a branch for each block.
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

    /// Which bytes are backslashes or the first byte of U+FFFD as UTF-8.
    @inline(__always)
    private static func candidates(in block: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        (block .== SIMD16(repeating: 0xEF)) .| (block .== SIMD16(repeating: UInt8(ascii: "\\")))
    }
}
