/// The context at a position in a body, which determines whether the head of the next response can begin there.
///
/// A head begins on a new line, or immediately after the last byte of the body without a line break. In the middle of a
/// line, the match must be stricter; see ``HeadStart``. A head never follows a character that introduces a quotation,
/// such as a space, a colon or an opening quotation mark. In HTML or XML, a head can only follow the end of an element
/// or a comment, because the page itself may display a head.
struct BodyContext {
    /// Whether a head may begin at a position.
    enum Admission {
        case never
        /// In the middle of a line.
        case strictly
        /// At the start of a line, or where the body ends according to its framing.
        case freely
    }

    private enum Kind {
        /// Only whitespace so far.
        case unknown
        /// HTML or XML.
        case markup(Markup)
        case other
    }

    /// The position of the next byte in HTML or XML.
    private enum Markup {
        /// In text, or after it.
        case text
        /// After the `<` of a tag.
        case tagStart
        case tag(closes: Bool)
        /// After an end tag or a comment and optional whitespace.
        case closed
    }

    private var previous: UInt8?
    private var kind = Kind.unknown

    /// Whether a head may begin here.
    var admission: Admission {
        if case .markup(let markup) = kind {
            guard case .closed = markup else { return .never }
        }
        switch previous {
        case nil, 0x0A, 0x0D: return .freely
        case let byte? where " \t:=,(['\"`<".utf8.contains(byte): return .never
        default: return .strictly
        }
    }

    /// Moves past `bytes`.
    mutating func advance(over bytes: RawSpan) {
        var offset = 0
        scan: while offset < bytes.byteCount {
            let byte = bytes.byte(at: offset)
            switch kind {
            case .other: break scan
            case .unknown where byte == UInt8(ascii: "<"): kind = .markup(.tagStart)
            case .unknown where Self.isSpace(byte): break
            case .unknown: kind = .other
            case .markup(let markup): kind = .markup(Self.next(markup, byte))
            }
            offset += 1
        }
        if bytes.byteCount > 0 { previous = bytes.byte(at: bytes.byteCount - 1) }
    }

    private static func next(_ markup: Markup, _ byte: UInt8) -> Markup {
        switch markup {
        case .text, .closed:
            if byte == UInt8(ascii: "<") { return .tagStart }
            return isSpace(byte) ? markup : .text
        case .tagStart: return .tag(closes: byte == UInt8(ascii: "/") || byte == UInt8(ascii: "!"))
        case .tag(let closes):
            guard byte == UInt8(ascii: ">") else { return markup }
            return closes ? .closed : .text
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
