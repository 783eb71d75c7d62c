internal import HTTPResponseParsing
internal import ServerSentEvents

/// Recognizes the start of a response head byte by byte: a status line (RFC 9112, section 4), followed by a field name
/// with its colon, or by an empty line.
///
/// It decides within a few hundred bytes. It accepts less than a head parser does, because it looks for heads inside
/// other text. The reason phrase may contain only letters, digits and simple punctuation, like all registered phrases;
/// the JSON of an event, in which line breaks are escaped, cannot match. The fields of an event stream, such as
/// `data:`, do not count as header fields.
///
/// - Complexity: O(1) for each byte, without an allocation, because text may be full of what resembles a head.
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
        /// In the line after the status line, in a field name with this beginning.
        case fieldName(NameStart)
        /// After a CR at the start of that line.
        case emptyLine
        /// After a field name and its colon, or after an empty line.
        case complete(hasField: Bool)
    }

    /// The length of a name, and its first bytes in a number.
    private struct NameStart: Equatable {
        private(set) var count = 0
        private var bytes: UInt64 = 0

        mutating func append(_ byte: UInt8) {
            if count < 8 { bytes = bytes << 8 | UInt64(byte) }
            count += 1
        }
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
    private static let protocolName = HeadSyntax.protocolName

    /// The names of the fields of an event stream (WHATWG HTML, section 9.2.5), none of which is longer than a number.
    private static let eventStreamFields = EventStreamSyntax.fieldNames.map { name in
        var start = NameStart()
        for byte in name { start.append(byte) }
        return start
    }

    /// Consumes the next byte.
    mutating func consume(_ byte: UInt8) -> Match {
        guard let next = self.next(byte) else { return .no }
        state = next
        guard case .complete(let hasField) = next else { return .undecided }
        return hasField || !isStrict ? .yes : .no
    }

    /// The state after a byte, or `nil` if the byte is not allowed.
    private func next(_ byte: UInt8) -> State? {
        switch state {
        case .protocolName(let count):
            guard byte == Self.protocolName[count] else { return nil }
            return count + 1 == Self.protocolName.count ? .major : .protocolName(count + 1)
        case .major: return HeadSyntax.isDigit(byte) ? .dot : nil
        case .dot: return byte == UInt8(ascii: ".") ? .minor : byte == 0x20 ? .status(0) : nil
        case .minor: return HeadSyntax.isDigit(byte) ? .space : nil
        case .space: return byte == 0x20 ? .status(0) : nil
        case .status(let count):
            // Status class 0 does not exist.
            guard HeadSyntax.isDigit(byte), count > 0 || byte != UInt8(ascii: "0") else { return nil }
            return count == 2 ? .afterStatus : .status(count + 1)
        case .afterStatus: return byte == 0x20 ? .reason(0) : endOfStatusLine(byte)
        case .reason(let count):
            if Self.isOfReason(byte) { return count < Self.reasonLimit ? .reason(count + 1) : nil }
            return endOfStatusLine(byte)
        case .lineFeed: return byte == UInt8(ascii: "\n") ? .fieldName(NameStart()) : nil
        case .fieldName(var name):
            switch byte {
            case UInt8(ascii: "\n") where name.count == 0: return .complete(hasField: false)
            case UInt8(ascii: "\r") where name.count == 0: return .emptyLine
            case UInt8(ascii: ":"):
                return name.count > 0 && !Self.eventStreamFields.contains(name) ? .complete(hasField: true) : nil
            default:
                guard HeadSyntax.isTokenCharacter(byte), name.count < Self.fieldNameLimit else { return nil }
                name.append(byte)
                return .fieldName(name)
            }
        case .emptyLine: return byte == UInt8(ascii: "\n") ? .complete(hasField: false) : nil
        // The match is decided.
        case .complete: return nil
        }
    }

    private func endOfStatusLine(_ byte: UInt8) -> State? {
        switch byte {
        case UInt8(ascii: "\r"): .lineFeed
        case UInt8(ascii: "\n"): isStrict ? nil : .fieldName(NameStart())
        default: nil
        }
    }

    private static func isOfReason(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x80..., UInt8(ascii: " "), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "_"), UInt8(ascii: "&"):
            true
        default: HeadSyntax.isLetter(byte) || HeadSyntax.isDigit(byte)
        }
    }
}
