internal import HTTPResponseParsing
internal import ServerSentEvents

/// Recognizes the start of a response head byte by byte: a status line (RFC 9112, section 4), followed by a field name
/// with its colon, or by an empty line.
///
/// It decides within a few hundred bytes. It accepts less than a head parser does, because it looks for heads inside
/// other text. The reason phrase may contain only letters, digits and simple punctuation, like all registered phrases;
/// the JSON of an event, in which line breaks are escaped, cannot match. The fields of an event stream, such as
/// `data:`, do not count as header fields.
struct HeadStart {
    enum Match {
        /// The decision requires more bytes.
        case undecided
        case yes
        case no
    }

    /// The position of the next byte in the head.
    private enum State {
        /// In `HTTP/`, after this many bytes.
        case protocolName(Int)
        case major
        /// At the dot, or at the space if there is no minor version.
        case dot
        case minor
        case space
        /// In the status, after this many digits.
        case status(Int)
        case afterStatus
        case reason(Int)
        /// After the CR of the status line.
        case lineFeed
        /// In the line after the status line, with the bytes of the field name so far.
        case fieldName([UInt8])
        /// After a CR at the start of that line.
        case emptyLine
    }

    private var state = State.protocolName(0)
    /// Whether the status line must end with CRLF and a field must follow it. Used where nothing else suggests that a
    /// head may begin.
    private let isStrict: Bool

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    /// Longer reason phrases are not in use.
    private static let reasonLimit = 128
    private static let fieldNameLimit = 64

    /// Consumes the next byte.
    mutating func consume(_ byte: UInt8) -> Match {
        guard let next = self.next(byte) else { return .no }
        state = next
        guard case .fieldName(let name) = next, let last = name.last else { return .undecided }
        if last == UInt8(ascii: "\n") { return isStrict ? .no : .yes }
        return last == UInt8(ascii: ":") ? .yes : .undecided
    }

    /// The state after a byte, or `nil` if the byte is not allowed. A complete name ends with its colon; an empty line
    /// is represented as the name LF.
    private func next(_ byte: UInt8) -> State? {
        let isDigit = HeadSyntax.isDigit(byte)
        switch state {
        case .protocolName(let count):
            guard byte == HeadSyntax.protocolName[count] else { return nil }
            return count + 1 == HeadSyntax.protocolName.count ? .major : .protocolName(count + 1)
        case .major: return isDigit ? .dot : nil
        case .dot: return byte == UInt8(ascii: ".") ? .minor : byte == 0x20 ? .status(0) : nil
        case .minor: return isDigit ? .space : nil
        case .space: return byte == 0x20 ? .status(0) : nil
        case .status(let count):
            // Status class 0 does not exist.
            guard isDigit, count > 0 || byte != UInt8(ascii: "0") else { return nil }
            return count == 2 ? .afterStatus : .status(count + 1)
        case .afterStatus: return byte == 0x20 ? .reason(0) : endOfStatusLine(byte)
        case .reason(let count):
            if Self.isOfReason(byte) { return count < Self.reasonLimit ? .reason(count + 1) : nil }
            return endOfStatusLine(byte)
        case .lineFeed: return byte == UInt8(ascii: "\n") ? .fieldName([]) : nil
        case .fieldName(let name):
            if name.isEmpty, byte == UInt8(ascii: "\n") { return .fieldName([byte]) }
            if name.isEmpty, byte == UInt8(ascii: "\r") { return .emptyLine }
            if byte == UInt8(ascii: ":") { return Self.isNameOfHead(name) ? .fieldName(name + [byte]) : nil }
            return HeadSyntax.isTokenCharacter(byte) && name.count < Self.fieldNameLimit
                ? .fieldName(name + [byte]) : nil
        case .emptyLine: return byte == UInt8(ascii: "\n") ? .fieldName([byte]) : nil
        }
    }

    private func endOfStatusLine(_ byte: UInt8) -> State? {
        switch byte {
        case UInt8(ascii: "\r"): .lineFeed
        case UInt8(ascii: "\n"): isStrict ? nil : .fieldName([])
        default: nil
        }
    }

    private static func isOfReason(_ byte: UInt8) -> Bool {
        HeadSyntax.isLetter(byte) || HeadSyntax.isDigit(byte) || byte >= 0x80 || " '()-.,!_&".utf8.contains(byte)
    }

    /// Whether a name can be that of a header field rather than an event stream field (WHATWG HTML, section 9.2.5).
    private static func isNameOfHead(_ name: [UInt8]) -> Bool {
        !name.isEmpty && !EventStreamSyntax.fieldNames.contains(name)
    }
}
