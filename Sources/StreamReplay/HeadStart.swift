/// Recognizes byte by byte that a response's head begins: a status line (RFC 9112, section 4), and after it the name of
/// a field with its colon, or the empty line.
///
/// It says yes or no after a few hundred bytes at most. What it accepts is narrower than what a parser of heads does,
/// since it looks for heads in the middle of other text. The reason phrase is of letters and simple punctuation, as all
/// registered ones are; the JSON of an event, in which a line end is escaped, cannot stand there. The fields of an event
/// stream, such as `data:`, are not taken for those of a head.
struct HeadStart {
    enum Answer {
        case more
        case yes
        case no
    }

    /// Where in the head the next byte lies.
    private enum State {
        /// In `HTTP/`, of which so many bytes have come.
        case protocolName(Int)
        case major
        /// At the dot, or at the space if there is no minor version.
        case dot
        case minor
        case space
        /// In the status, of which so many digits have come.
        case status(Int)
        case afterStatus
        case reason(Int)
        /// After the CR of the status line.
        case lineFeed
        /// In the line after the status line. The bytes of the name so far.
        case fieldName([UInt8])
        /// After a CR that begins that line.
        case emptyLine
    }

    private var state = State.protocolName(0)
    /// Whether the status line must end with CR LF, and a field must follow it: where nothing else says that a head may
    /// begin.
    private let isStrict: Bool

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    static let protocolName: [UInt8] = Array("HTTP/".utf8)
    /// Longer ones are not in use.
    private static let reasonLimit = 128
    private static let fieldNameLimit = 64

    /// Takes the next byte.
    mutating func take(_ byte: UInt8) -> Answer {
        guard let next = self.next(byte) else { return .no }
        state = next
        guard case .fieldName(let name) = next, let last = name.last else { return .more }
        if last == UInt8(ascii: "\n") { return isStrict ? .no : .yes }
        return last == UInt8(ascii: ":") ? .yes : .more
    }

    /// The state after a byte; nil if it cannot stand there. A finished name ends with its colon, an empty line is a
    /// name of an LF.
    private func next(_ byte: UInt8) -> State? {
        let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        switch state {
        case .protocolName(let count):
            guard byte == Self.protocolName[count] else { return nil }
            return count + 1 == Self.protocolName.count ? .major : .protocolName(count + 1)
        case .major: return isDigit ? .dot : nil
        case .dot: return byte == UInt8(ascii: ".") ? .minor : byte == 0x20 ? .status(0) : nil
        case .minor: return isDigit ? .space : nil
        case .space: return byte == 0x20 ? .status(0) : nil
        case .status(let count):
            // "There is no class 0" of responses.
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
            return Self.isOfToken(byte) && name.count < Self.fieldNameLimit ? .fieldName(name + [byte]) : nil
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
        isLetterOrDigit(byte) || byte >= 0x80 || " '()-.,!_&".utf8.contains(byte)
    }

    /// "token = 1*tchar" (RFC 9110, section 5.6.2).
    private static func isOfToken(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }

    /// Whether a name is one of a head's fields rather than of an event stream's (WHATWG HTML, section 9.2.5).
    private static func isNameOfHead(_ name: [UInt8]) -> Bool {
        !name.isEmpty && !["data", "event", "id", "retry"].contains { name.elementsEqual($0.utf8) }
    }
}
