/// The ASCII character classes of RFC 9110 and RFC 9112.
extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    /// Whether the byte is an ASCII letter.
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    /// Whether the byte is an ASCII digit.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// The value of the byte as a hexadecimal digit of either case, or `nil` if it is not one.
    var hexadecimalValue: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// "OWS = *( SP / HTAB )" (RFC 9110, section 5.6.3).
    var isWhitespace: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    /// "tchar": any VCHAR except delimiters (RFC 9110, section 5.6.2).
    var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default:
            isLetter || isDigit
        }
    }

    /// Whether the byte is allowed in a field value or a reason phrase: "HTAB / SP / VCHAR / obs-text" (RFC 9110,
    /// section 5.5; RFC 9112, section 4).
    var isText: Bool { self == UInt8(ascii: "\t") || (self >= 0x20 && self != 0x7F) }
}

extension BidirectionalCollection<UInt8> {
    /// The bytes without leading and trailing whitespace.
    var trimmingWhitespace: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}

extension Collection<UInt8> {
    /// The bytes as text, with ASCII letters in lowercase.
    var lowercasedText: String {
        String(decoding: map { $0.isLetter ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension RawSpan {
    /// The byte at `offset`. - Precondition: `0 <= offset < byteCount`.
    func byte(at offset: Int) -> UInt8 {
        // Any byte is a `UInt8`; the offset is checked.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Removes and returns the first `count` bytes. - Precondition: `0 <= count <= byteCount`.
    @_lifetime(copy self)
    @_lifetime(self: copy self)
    mutating func removeFirst(_ count: Int) -> RawSpan {
        let first = extracting(first: count)
        self = extracting(droppingFirst: count)
        return first
    }
}
