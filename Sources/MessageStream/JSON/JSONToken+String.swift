// The inside of strings (RFC 8259, section 7).
//
//     string    = quotation-mark *char quotation-mark
//     unescaped = %x20-21 / %x23-5B / %x5D-10FFFF
//
// A string ends, or needs a closer look, only at a quotation mark, a backslash or a control character. Sixteen bytes at
// a time are compared with all three; eight at a time at the start, where most strings end, and in the last fifteen
// bytes of the text. The comparison produces a byte of ones for each hit, so the index of the first hit is the number
// of trailing zero bits divided by eight; no bit mask is needed. The top bits are combined along the way: a string in
// which none is set is ASCII and needs no repair later.
//
// Escapes are checked here, so a `JSONStringView` is always well-formed and decoding it cannot fail. Surrogates are not
// checked here: each `\u` with four hexadecimal digits conforms to the grammar.

extension JSONToken {
    /// Finds the end of a string of any length, with or without escapes.
    ///
    /// - Parameters:
    ///   - start: An offset in the string before which there are no escapes.
    ///   - nonASCII: Not zero if one of the bytes before `start` is not ASCII.
    /// - Returns: The offset of the closing quotation mark, and the kinds of characters before it.
    @inline(never)
    static func string(
        in bytes: RawSpan,
        from start: Int,
        nonASCII: UInt64
    ) throws(JSONError) -> (end: Int, hasEscapes: Bool, hasReplacementEscape: Bool, isASCII: Bool) {
        var offset = start
        var nonASCII = nonASCII
        var hasEscapes = false
        var hasReplacementEscape = false
        while true {
            // Invariant: everything before `offset` conforms to the grammar.
            while bytes.hasBlock(at: offset) {
                // Advancing by a constant lets the next block be loaded before this one is examined.
                let stop = StringStop(in: bytes.block(at: offset))
                if stop.isHit { break }
                nonASCII |= stop.nonASCII
                offset &+= 16
            }
            let stop = StringStop(in: bytes, at: offset)
            nonASCII |= stop.nonASCII
            offset &+= stop.index
            guard stop.isHit else { continue }
            switch bytes.byteOrZero(at: offset) {
            case UInt8(ascii: "\""): return (offset, hasEscapes, hasReplacementEscape, nonASCII == 0)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                let end = try endOfEscape(in: bytes, from: offset)
                if end &- offset > 2, isReplacementEscape(in: bytes, at: offset) { hasReplacementEscape = true }
                offset = end
            default: throw failure(.controlCharacter, in: bytes, at: offset)
            }
        }
    }

    /// Whether the `\u` escape whose backslash is at `start` is that of U+FFFD, in either case.
    @inline(__always)
    static func isReplacementEscape(in bytes: RawSpan, at start: Int) -> Bool {
        // `fffd`, with the first digit in the lowest bits.
        (bytes.wordOrZeros(at: start) &>> 16 | 0x2020_2020) & 0xFFFF_FFFF == 0x6466_6666
    }

    /// Checks the escape whose backslash is at `start`.
    @inline(__always)
    private static func endOfEscape(in bytes: RawSpan, from start: Int) throws(JSONError) -> Int {
        switch bytes.byteOrZero(at: start &+ 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start &+ 2
        case UInt8(ascii: "u"):
            // RFC 8259, section 7: %x75 4HEXDIG
            for offset in (start &+ 2)..<(start &+ 6) {
                guard HexDigit.value(of: bytes.byteOrZero(at: offset)) != nil else {
                    throw failure(.invalidEscape, in: bytes, at: offset)
                }
            }
            return start &+ 6
        default:
            throw failure(.invalidEscape, in: bytes, at: start &+ 1)
        }
    }
}

/// The end of the plain characters of a string, within a few bytes.
struct StringStop {
    /// The index of the first byte that is not plain, or the number of bytes examined if all are plain.
    let index: Int
    /// Whether the byte at ``index`` is not plain.
    let isHit: Bool
    /// Not zero if one of the plain bytes is not ASCII.
    let nonASCII: UInt64

    /// The bytes of a block that are not plain: 0xFF for each, with the first byte in the lowest bits of the first
    /// word.
    @inline(__always)
    static func hits(in block: SIMD16<UInt8>) -> (UInt64, UInt64) {
        // With explicit types, these are three instructions; with inferred types, loops over the bytes.
        let quotes = SIMD16<UInt8>(repeating: UInt8(ascii: "\""))
        let backslashes = SIMD16<UInt8>(repeating: UInt8(ascii: "\\"))
        let controls = SIMD16<UInt8>(repeating: 0x20)
        let hits: SIMDMask<SIMD16<Int8>> = (block .== quotes) .| (block .== backslashes) .| (block .< controls)
        return ByteWord.pair(of: hits)
    }

    /// Examines sixteen bytes.
    @inline(__always)
    init(in block: SIMD16<UInt8>) {
        let (low, high) = Self.hits(in: block)
        let (first, second) = ByteWord.pair(of: block)
        if low != 0 {
            self.index = ByteWord.index(of: low)
            self.isHit = true
            self.nonASCII = ByteWord.nonASCII(in: first) & Self.below(low)
        } else {
            // No hit counts as index 16.
            self.index = 8 &+ ByteWord.index(of: high)
            self.isHit = high != 0
            self.nonASCII = ByteWord.nonASCII(in: first) | (ByteWord.nonASCII(in: second) & Self.below(high))
        }
    }

    /// Examines eight bytes.
    @inline(__always)
    init(in word: UInt64) {
        let hits =
            ByteWord.firstEqual(to: UInt8(ascii: "\""), in: word)
            | ByteWord.firstEqual(to: UInt8(ascii: "\\"), in: word) | ByteWord.firstControl(in: word)
        // No hit counts as index 8.
        self.index = ByteWord.index(of: hits)
        self.isHit = hits != 0
        self.nonASCII = ByteWord.nonASCII(in: word) & Self.below(hits)
    }

    /// Examines up to sixteen bytes starting at `offset`; the end of the span is a hit.
    @inline(__always)
    init(in bytes: RawSpan, at offset: Int) {
        if bytes.hasBlock(at: offset) {
            self.init(in: bytes.block(at: offset))
        } else {
            // The zeros after the end count as control characters.
            self.init(in: bytes.wordOrZeros(at: offset))
        }
    }

    /// All bits below the lowest bit that is set.
    @inline(__always)
    private static func below(_ hits: UInt64) -> UInt64 {
        (hits &- 1) & ~hits
    }
}

enum HexDigit {
    /// The value of a hexadecimal digit in either case, or `nil`.
    @inline(__always)
    static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- UInt8(ascii: "A") &+ 10)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- UInt8(ascii: "a") &+ 10)
        default: nil
        }
    }
}
