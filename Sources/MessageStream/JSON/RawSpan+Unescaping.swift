// The contents of a string with escapes: checked and decoded in one pass (RFC 8259, section 7).

/// The result of decoding the contents of a string.
package struct Unescaped {
    /// The number of bytes, decoded.
    package var count: Int
    /// Whether every byte of the encoded string is ASCII. Escapes may still represent other characters.
    package var isASCII: Bool
    /// Whether U+FFFD is written as an escape.
    package var hasReplacementEscape: Bool
}

extension RawSpan {
    /// The room that ``unescape(into:)`` needs beyond ``byteCount``, in bytes, because it writes full words.
    static var unescapingSlack: Int { 8 }

    /// Decodes the contents of a string into temporary memory.
    ///
    /// - Returns: The result of `body`; `nil` if ``unescape(into:)`` returns `nil`.
    package func withUnescaped<Result>(_ body: (RawSpan, Unescaped) -> Result) -> Result? {
        // The buffer is only used inside the closure.
        unsafe withUnsafeTemporaryAllocation(byteCount: byteCount &+ Self.unescapingSlack, alignment: 8) { buffer in
            guard let string = unsafe unescape(into: buffer) else { return nil }
            let utf8 = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<string.count])
            return unsafe body(RawSpan(_unsafeBytes: utf8), string)
        }
    }

    /// Decodes the contents of a string. Ill-formed UTF-8 is left unchanged.
    ///
    /// An escape is at least as long as the UTF-8 of the character it represents, so writing never overtakes reading.
    ///
    /// - Parameter buffer: Room for ``byteCount`` plus ``unescapingSlack`` bytes.
    /// - Returns: `nil` if there is an unescaped quotation mark or control character, or an invalid escape.
    /// - Complexity: O(*n*).
    func unescape(into buffer: UnsafeMutableRawBufferPointer) -> Unescaped? {
        precondition(buffer.count >= byteCount &+ Self.unescapingSlack)
        var result = Unescaped(count: 0, isASCII: true, hasReplacementEscape: false)
        var offset = 0
        var nonASCII: UInt64 = 0
        while true {
            // Invariant: `result.count <= offset <= byteCount`. A word therefore fits.
            let word = wordOrZeros(at: offset)
            let stop = StringStop(in: word)
            unsafe buffer.storeBytes(of: word.littleEndian, toByteOffset: result.count, as: UInt64.self)
            nonASCII |= stop.nonASCII
            offset &+= stop.index
            result.count &+= stop.index
            guard stop.isHit else { continue }
            switch byteOrZero(at: offset) {
            case UInt8(ascii: "\\"):
                if let byte = JSONEscape.byte(for: byteOrZero(at: offset &+ 1)) {
                    unsafe buffer[result.count] = byte
                    offset &+= 2
                    result.count &+= 1
                } else {
                    guard let escape = JSONEscape(unicodeIn: self, at: offset) else { return nil }
                    if JSONToken.isReplacementEscape(in: self, at: offset) { result.hasReplacementEscape = true }
                    for byte in UTF8.encode(escape.scalar)! {
                        unsafe buffer[result.count] = byte
                        result.count &+= 1
                    }
                    offset &+= escape.byteCount
                }
            default:
                // The zeros after the end count as control characters.
                guard offset == byteCount else { return nil }
                result.isASCII = nonASCII == 0
                return result
            }
        }
    }
}

/// A `\u` escape, or two that form a surrogate pair.
struct JSONEscape {
    /// The character that the escape represents.
    var scalar: Unicode.Scalar
    /// The length of the escape in bytes.
    var byteCount: Int

    /// The character that a backslash and this letter represent; `nil` if they are not a two-character escape (RFC
    /// 8259, section 7).
    @inline(__always)
    static func byte(for letter: UInt8) -> UInt8? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    /// Reads `\u` and four hexadecimal digits at `offset`, where there is a backslash; `nil` if there is something
    /// else.
    init?(unicodeIn bytes: RawSpan, at offset: Int) {
        guard let unit = Self.codeUnit(in: bytes, at: offset) else { return nil }
        byteCount = 6
        // Every code unit except a surrogate is a scalar value.
        if let scalar = Unicode.Scalar(unit) {
            self.scalar = scalar
            return
        }
        // RFC 8259, section 7: a character outside the Basic Multilingual Plane is a surrogate pair, high before low. A
        // surrogate without its other half represents no character (section 8.2): it becomes U+FFFD, and only it is
        // consumed.
        scalar = "\u{FFFD}"
        guard unit < 0xDC00, bytes.byteOrZero(at: offset &+ 6) == UInt8(ascii: "\\"),
            let low = Self.codeUnit(in: bytes, at: offset &+ 6), 0xDC00...0xDFFF ~= low,
            let pair = Unicode.Scalar(0x10000 &+ (unit &- 0xD800) << 10 &+ (low &- 0xDC00))
        else { return }
        scalar = pair
        byteCount = 12
    }

    private static func codeUnit(in bytes: RawSpan, at offset: Int) -> UInt32? {
        guard bytes.byteOrZero(at: offset &+ 1) == UInt8(ascii: "u") else { return nil }
        var unit: UInt32 = 0
        for index in (offset &+ 2)..<(offset &+ 6) {
            guard let digit = HexDigit.value(of: bytes.byteOrZero(at: index)) else { return nil }
            unit = unit << 4 | digit
        }
        return unit
    }
}
