import ServerSentEvents

/// Finds JSON that reports an error in lines that are fed one at a time.
///
/// A text may begin at any line, and span several:
///
///     {
///       "type": "error",
///       "error": {"type": "overloaded_error"}
///     }
///
/// ## Theory of operation
///
/// A JSON string contains no line ends (RFC 8259, section 7), so each line can be split into tokens separately,
/// regardless of where a text began. The first line that begins with a brace or a bracket opens the *outer* value. Its
/// tokens are checked with a stack of open containers, as in any JSON parser. A container that opens at the start of a
/// later line may itself be the start of a text. This matters only if the outer value breaks, at a token that the
/// grammar does not allow: all open containers break with it, because the token is inside them, but those already
/// closed are complete.
///
/// Each byte is therefore examined once here, and once more when the value that contains it is judged, because the
/// judged values never overlap.
///
///  - idle: no value is open. → open, by `{` or `[` at the start of a line, or after a complete value.
///  - open: `text` contains the outer value so far. → idle, when the value closes, breaks, or is longer than `limit`.
package struct StrayJSON: Sendable {
    /// An error, and the JSON that reports it.
    package struct Found {
        package var error: APIError
        package var json: [UInt8]
        /// The offset of the JSON in the body.
        package var offset: Int
        /// The `textPosition` of the line in which it begins.
        package var textPosition: Int
    }

    /// The start of a value.
    private struct Beginning: Sendable {
        /// The offset in the body.
        var offset: Int
        /// The offset in `text`.
        var position: Int
        /// The number that the caller passed with the line.
        var textPosition: Int
        /// The number of open containers around the value.
        var depth: Int
    }

    /// The tokens that the grammar allows next.
    private enum Expected: Sendable {
        case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd
    }

    private let limit: Int
    /// The outer value so far, with its lines joined by LF; empty while idle.
    private var text: [UInt8] = []
    private var containers = OpenContainers()
    /// The number of open containers. Invariant: 0 while idle, and only then.
    private var depth = 0
    private var expected = Expected.value
    /// The open containers that begin at the start of a line, starting with the outer one.
    private var open: [Beginning] = []
    /// The complete values inside the outer one that begin at the start of a line. None of them contains another.
    private var completeValues: [(beginning: Beginning, end: Int)] = []

    /// - Parameter limit: The maximum number of bytes of a value to keep.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Receives a line.
    ///
    /// - Parameter textPosition: A number that is returned with an error that begins in this line.
    /// - Returns: The first error found so far.
    /// - Complexity: O(`line.byteCount`), amortized.
    package mutating func receive(_ line: RawSpan, at offset: Int, textPosition: Int) -> Found? {
        /// The start of the outer value, or of its part in this line.
        var start = 0
        var position = JSONToken.endOfWhitespace(in: line, from: 0)
        var isFirst = true
        while position < line.byteCount {
            if depth == 0 {
                guard line.isContainer(at: position) else { return nil }
                start = position
            }
            let beginning = Beginning(
                offset: offset + position,
                position: text.count + position - start,
                textPosition: textPosition,
                depth: depth
            )
            guard let end = receiveToken(line, at: position, beginning, isFirst: isFirst || depth == 0) else {
                text.append(copying: line.extracting(start..<position))
                if let found = breakOuter() { return found }
                // A value may begin where the outer one broke, if that is at the start of the line.
                guard isFirst else { return nil }
                continue
            }
            if depth == 0 {
                text.append(copying: line.extracting(start..<end))
                if let found = closeOuter() { return found }
            }
            isFirst = false
            position = JSONToken.endOfWhitespace(in: line, from: end)
        }
        guard depth > 0 else { return nil }
        text.append(copying: line.extracting(droppingFirst: start))
        text.append(0x0A)
        return text.count > limit ? breakOuter() : nil
    }

    /// Receives the end of the lines: an open value breaks.
    package mutating func finish() -> Found? {
        depth > 0 ? breakOuter() : nil
    }

    // MARK: Tokens

    /// Receives the token at `position`.
    ///
    /// - Parameters:
    ///   - beginning: The start of a value that begins with the token.
    ///   - isFirst: Whether such a value may be a text: the outer value, or one at the start of a line.
    /// - Returns: The offset after the token; `nil` if the grammar does not allow it here.
    private mutating func receiveToken(
        _ line: RawSpan,
        at position: Int,
        _ beginning: Beginning,
        isFirst: Bool
    ) -> Int? {
        switch (expected, line.byte(at: position)) {
        // RFC 8259, section 4: object = begin-object [ member *( value-separator member ) ] end-object
        case (.keyOrEnd, UInt8(ascii: "}")), (.commaOrEnd, UInt8(ascii: "}")):
            guard containers.innermost == .object else { return nil }
            endContainer(at: beginning.position + 1)
        // RFC 8259, section 5: array = begin-array [ value *( value-separator value ) ] end-array
        case (.valueOrEnd, UInt8(ascii: "]")), (.commaOrEnd, UInt8(ascii: "]")):
            guard containers.innermost == .array else { return nil }
            endContainer(at: beginning.position + 1)
        case (.commaOrEnd, UInt8(ascii: ",")):
            expected = containers.innermost == .object ? .key : .value
        // RFC 8259, section 4: member = string name-separator value
        case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
            expected = .colon
            return Self.endOfScalar(in: line, from: position)
        case (.colon, UInt8(ascii: ":")):
            expected = .value
        case (.value, UInt8(ascii: "{")), (.valueOrEnd, UInt8(ascii: "{")):
            beginContainer(.object, isFirst ? beginning : nil)
            expected = .keyOrEnd
        case (.value, UInt8(ascii: "[")), (.valueOrEnd, UInt8(ascii: "[")):
            beginContainer(.array, isFirst ? beginning : nil)
            expected = .valueOrEnd
        case (.value, _), (.valueOrEnd, _):
            expected = .commaOrEnd
            return Self.endOfScalar(in: line, from: position)
        default:
            return nil
        }
        return position + 1
    }

    private mutating func beginContainer(_ container: OpenContainers.Container, _ beginning: Beginning?) {
        if let beginning { open.append(beginning) }
        containers.push(container)
        depth += 1
    }

    /// - Parameter end: The position after the container in `text`.
    private mutating func endContainer(at end: Int) {
        containers.pop()
        depth -= 1
        expected = .commaOrEnd
        guard let beginning = open.last, beginning.depth == depth, depth > 0 else { return }
        open.removeLast()
        // The values inside a complete one are not judged separately.
        while let last = completeValues.last, last.beginning.position > beginning.position {
            completeValues.removeLast()
        }
        completeValues.append((beginning, end))
    }

    private static func endOfScalar(in line: RawSpan, from position: Int) -> Int? {
        do throws(JSONError) {
            switch JSONToken.kind(startingWith: line.byte(at: position)) {
            case .string: return try JSONToken.string(in: line, from: position + 1, nonASCII: 0).end + 1
            case .number: return try JSONToken.number(in: line, from: position).end
            case .true: return try JSONToken.endOfLiteral("true", in: line, from: position)
            case .false: return try JSONToken.endOfLiteral("false", in: line, from: position)
            case .null: return try JSONToken.endOfLiteral("null", in: line, from: position)
            case .object, .array, nil: return nil
            }
        } catch {
            return nil
        }
    }

    // MARK: Values

    /// Handles the end of the outer value: `text` contains the complete value.
    private mutating func closeOuter() -> Found? {
        defer { reset() }
        return open.first.flatMap { judge($0, end: text.count) }
    }

    /// Handles an outer value that cannot be completed: judges the complete values inside it instead.
    private mutating func breakOuter() -> Found? {
        defer { reset() }
        for (beginning, end) in completeValues {
            if let found = judge(beginning, end: end) { return found }
        }
        return nil
    }

    private mutating func reset() {
        text.removeAll()
        containers = OpenContainers()
        depth = 0
        expected = .value
        open.removeAll()
        completeValues.removeAll()
    }

    private func judge(_ beginning: Beginning, end: Int) -> Found? {
        let json = text.rawBytes.extracting(beginning.position..<end)
        guard let error = APIError(reporting: json) else { return nil }
        return Found(
            error: error,
            json: Array(text[beginning.position..<end]),
            offset: beginning.offset,
            textPosition: beginning.textPosition
        )
    }
}

extension RawSpan {
    /// Whether an object or an array begins at `offset`.
    fileprivate func isContainer(at offset: Int) -> Bool {
        let byte = byteOrZero(at: offset)
        return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }
}
