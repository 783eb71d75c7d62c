internal import ServerSentEvents

/// Restores the line breaks in text that shows each byte other than printable ASCII as a dot.
///
/// ## Theory of operation
///
/// A dot is a line break where the text could not continue otherwise: after a complete JSON value, at the start of a
/// line, or before the name of a field. Inside a JSON string, a dot stays: it is a full stop or a byte of a non-ASCII
/// character, never a line break, because JSON escapes those. Only a string that a fault cut off is followed by a blank
/// line and a field. Outside strings, a dot between digits is a decimal point.
///
/// The decisions look ahead in the current chunk, but not beyond it, because servers send complete lines.
struct DottedText {
    /// The position of the next byte, and its transitions.
    private enum State {
        /// → `name`, `value` after a colon, or `json`.
        case lineStart
        /// In the name of a field; `count` bytes of `data` match. → `valueStart`, by a colon.
        case name(matched: Int?)
        /// Before a value. → `json` if it is an object or an array, else `value`.
        case valueStart(isData: Bool)
        case value
        /// In JSON, `depth` values deep. → `lineStart`, by a line break.
        case json(depth: Int)
        case string(depth: Int, isEscaped: Bool)
    }

    /// What the body is.
    private enum Kind {
        case eventStream, json, other
    }

    private var state = State.lineStart
    private let kind: Kind
    private var previous: UInt8 = 0

    private static let dot = UInt8(ascii: ".")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let data = Array("data".utf8)

    /// - Parameter mediaType: The media type of the body. Without one, it may be an event stream.
    init(mediaType: String?) {
        kind =
            switch mediaType {
            case nil, "text/event-stream"?: .eventStream
            case let type? where type.utf8.suffix(4).elementsEqual("json".utf8): .json
            default: .other
            }
    }

    /// Restores the line breaks among the dots in the next bytes of the body.
    mutating func restore(_ bytes: inout [UInt8], in range: Range<Int>) {
        if kind == .other { return }
        for index in range {
            if bytes[index] == Self.dot, isLineBreak(bytes[index..<range.upperBound]) {
                bytes[index] = Self.lineFeed
            }
            advance(over: bytes[index])
        }
    }

    /// Whether the first byte, a dot, was a line break.
    private func isLineBreak(_ bytes: ArraySlice<UInt8>) -> Bool {
        let next = bytes.dropFirst()
        switch state {
        case .lineStart: return true
        case .name, .valueStart, .value: return startsLine(next)
        case .json(let depth):
            let isPoint = isDigit(previous) && (next.first.map(isDigit) ?? true)
            return depth == 0 || !isPoint
        case .string:
            return kind == .eventStream && beginsFrame(bytes)
        }
    }

    /// Whether a line starts here: the end of the chunk, a field, a comment, or a blank line before one of them.
    private func startsLine(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        if first == Self.dot { return bytes.count == 1 || startsField(bytes.dropFirst()) }
        return startsField(bytes)
    }

    /// Whether a blank line and the start of a frame with JSON follow: `..event: error.data: {"type`. Inside a string,
    /// the quotation mark would end it, and no letter could follow.
    private func beginsFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.starts(with: "..".utf8) else { return false }
        var rest = bytes.dropFirst(2)
        if rest.starts(with: "event:".utf8) {
            guard let end = rest.firstIndex(of: Self.dot) else { return false }
            rest = rest[(end + 1)...]
        }
        guard rest.starts(with: "data:".utf8) else { return false }
        rest = rest.dropFirst(5)
        if rest.first == UInt8(ascii: " ") { rest = rest.dropFirst() }
        guard rest.starts(with: "{\"".utf8), let letter = rest.dropFirst(2).first else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
    }

    private func startsField(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.first == UInt8(ascii: ":") || bytes.first == Self.dot { return true }
        return EventStreamSyntax.fieldNames.contains { name in
            bytes.count > name.count
                ? bytes.starts(with: name) && bytes[bytes.startIndex + name.count] == UInt8(ascii: ":")
                : name.starts(with: bytes)
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func advance(over byte: UInt8) {
        defer { previous = byte }
        if byte == Self.lineFeed || byte == UInt8(ascii: "\r") {
            // A JSON document may have line breaks, but the JSON of an event may not.
            if kind == .eventStream { state = .lineStart }
            return
        }
        switch state {
        case .lineStart:
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): state = .json(depth: 1)
            case UInt8(ascii: ":"): state = .value
            default: state = .name(matched: byte == Self.data[0] ? 1 : nil)
            }
        case .name(let matched):
            if byte == UInt8(ascii: ":") {
                state = .valueStart(isData: matched == Self.data.count)
            } else if let matched, matched < Self.data.count, byte == Self.data[matched] {
                state = .name(matched: matched + 1)
            } else {
                state = .name(matched: nil)
            }
        case .valueStart(let isData):
            if byte == UInt8(ascii: " ") { break }
            let beginsJSON = byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
            state = isData && beginsJSON ? .json(depth: 1) : .value
        case .value: break
        case .json(let depth):
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["): state = .json(depth: depth + 1)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): state = .json(depth: max(0, depth - 1))
            case UInt8(ascii: "\""): state = .string(depth: depth, isEscaped: false)
            default: break
            }
        case .string(_, isEscaped: false) where byte == UInt8(ascii: "\\"): setEscaped(true)
        case .string(_, isEscaped: true): setEscaped(false)
        case .string(let depth, isEscaped: false): if byte == UInt8(ascii: "\"") { state = .json(depth: depth) }
        }
    }

    private mutating func setEscaped(_ isEscaped: Bool) {
        if case .string(let depth, _) = state { state = .string(depth: depth, isEscaped: isEscaped) }
    }
}
