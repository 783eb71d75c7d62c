import ServerSentEvents

extension RawSpan {
    /// How many U+FFFD there are in JSON, as UTF-8 or as the escape `\\ufffd`.
    ///
    /// These are characters that were lost before the JSON was written: what this package replaces itself is in other
    /// bytes here.
    ///
    /// - Complexity: O(*n*).
    var replacementCharacterCount: Int {
        var count = 0
        var offset = 0
        let lead = SIMD16<UInt8>(repeating: 0xEF)
        let backslash = SIMD16<UInt8>(repeating: UInt8(ascii: "\\"))
        while offset < byteCount {
            if hasBlock(at: offset) {
                let block = block(at: offset)
                let (first, second) = ByteWord.pair(of: (block .== lead) .| (block .== backslash))
                if first | second == 0 {
                    offset &+= 16
                    continue
                }
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
}
