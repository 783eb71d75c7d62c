/// Writes an event stream that an ``EventStreamParser`` parses back to the same values.
///
///     var writer = EventStreamWriter()
///     try writer.event("error", data: #"{"type":"error"}"#)
///     socket.send(writer.removeBytes())
///
/// Some values cannot be written. A line end ends a field, so a type, an ID or a comment cannot contain one. A parser
/// ignores an ID that contains NUL. A parser joins the lines of data by LF, so data with a CR would change. The writer
/// rejects these values with an ``EventStreamWriterError`` and writes nothing of the event. Everything else is
/// preserved byte for byte: leading spaces, empty data, trailing line feeds, and bytes that are not UTF-8.
///
/// | value | written as |
/// |---|---|
/// | type `nil`, or empty | no `event` line |
/// | ID `nil` | no `id` line: the last event ID is unchanged |
/// | ID empty | `id:`, which resets the last event ID |
/// | data `a⏎b` | `data: a`, `data: b` |
/// | data empty | `data:`, which dispatches an event with empty data |
///
/// Each event ends with a blank line, so a stream can end after any event.
public struct EventStreamWriter: Sendable {
    /// The line ends of a stream. They can be mixed.
    public enum LineEnd: String, Sendable, Hashable, CaseIterable {
        case lineFeed = "\n"
        case carriageReturn = "\r"
        case carriageReturnLineFeed = "\r\n"
    }

    /// The bytes written since the last ``removeBytes()``.
    public private(set) var bytes: [UInt8] = []
    /// The line end of subsequent lines.
    public var lineEnd: LineEnd
    /// The limits of the parser that reads the stream. Values that exceed them are rejected.
    public let limits: EventStreamLimits

    /// Creates a writer.
    public init(lineEnd: LineEnd = .lineFeed, limits: EventStreamLimits = EventStreamLimits()) {
        self.lineEnd = lineEnd
        self.limits = limits
    }

    /// Removes and returns the bytes written so far.
    public mutating func removeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - type: The event's type. The default type is `message`.
    ///   - data: The event's data, as lines separated by LF.
    ///   - id: The last event ID of the stream, starting with this event.
    ///   - retry: The reconnection time in milliseconds, at least 0.
    /// - Throws: ``EventStreamWriterError`` if a parser would not read back the same values. In this case, nothing is
    ///   written.
    /// - Complexity: O(n), where n is the length of the event.
    public mutating func event(
        _ type: String? = nil,
        data: String,
        id: String? = nil,
        retry: Int? = nil
    ) throws(EventStreamWriterError) {
        try event(type.map { Array($0.utf8) }, data: Array(data.utf8), id: id.map { Array($0.utf8) }, retry: retry)
    }

    /// Writes an event whose values are bytes, which need not be UTF-8.
    ///
    /// - Throws: ``EventStreamWriterError`` if a parser would not read back the same values. In this case, nothing is
    ///   written.
    /// - Complexity: O(n), where n is the length of the event.
    public mutating func event(
        _ type: [UInt8]?,
        data: [UInt8],
        id: [UInt8]? = nil,
        retry: Int? = nil
    ) throws(EventStreamWriterError) {
        try block { (block) throws(EventStreamWriterError) in
            try block.fields(type: type, id: id, retry: retry)
            try block.data(data)
        }
    }

    /// Writes a block without data. It dispatches no event, but sets the last event ID or the reconnection time.
    ///
    /// - Throws: ``EventStreamWriterError`` if a parser would not read back the same values. In this case, nothing is
    ///   written.
    public mutating func fields(id: String? = nil, retry: Int? = nil) throws(EventStreamWriterError) {
        try block { (block) throws(EventStreamWriterError) in
            try block.fields(type: nil, id: id.map { Array($0.utf8) }, retry: retry)
        }
    }

    /// Writes a comment: a line that begins with a colon. Servers send these to keep a connection alive.
    ///
    /// - Parameter text: The text after the colon. A parser returns all of it, including a leading space.
    /// - Throws: ``EventStreamWriterError`` if the text has a line end or exceeds the limit. In this case, nothing is
    ///   written.
    public mutating func comment(_ text: String) throws(EventStreamWriterError) {
        try comment(Array(text.utf8))
    }

    /// Writes a comment whose text is bytes, which need not be UTF-8.
    public mutating func comment(_ text: [UInt8]) throws(EventStreamWriterError) {
        var block = Block(self)
        try block.checkLine(text, of: .comment)
        try block.line([], [UInt8(ascii: ":")], text[...], countsTowardLimit: false)
        bytes += block.bytes
    }

    private mutating func block(
        _ body: (inout Block) throws(EventStreamWriterError) -> Void
    ) throws(EventStreamWriterError) {
        var block = Block(self)
        try body(&block)
        bytes += block.bytes
        bytes += lineEnd.rawValue.utf8
    }
}

extension EventStreamWriter {
    /// The lines of one event, assembled separately so that a rejected event leaves nothing behind.
    private struct Block {
        var bytes: [UInt8] = []
        private let lineEnd: [UInt8]
        private let limits: EventStreamLimits
        /// The number of bytes left for the lines of the event, including line ends.
        private var remainingBytes: Int

        init(_ writer: EventStreamWriter) {
            lineEnd = Array(writer.lineEnd.rawValue.utf8)
            limits = writer.limits
            remainingBytes = limits.eventBytes
        }

        /// Checks a value that must be one line.
        func checkLine(_ value: [UInt8], of part: EventStreamWriterError.Part) throws(EventStreamWriterError) {
            // "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a
            // single U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character."
            if let offset = value.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
                throw EventStreamWriterError(.lineEnd(in: part), at: offset)
            }
        }

        mutating func fields(type: [UInt8]?, id: [UInt8]?, retry: Int?) throws(EventStreamWriterError) {
            if let type, !type.isEmpty {
                try checkLine(type, of: .type)
                try field("event", type[...])
            }
            if let id {
                try checkLine(id, of: .id)
                // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field
                // value. Otherwise, ignore the field."
                if let offset = id.firstIndex(of: 0) { throw EventStreamWriterError(.nullInID, at: offset) }
                try field("id", id[...])
            }
            if let retry {
                // "If the field value consists of only ASCII digits": a minus sign is not a digit.
                if retry < 0 { throw EventStreamWriterError(.negativeRetry, at: 0) }
                try field("retry", Array(String(retry).utf8)[...])
            }
        }

        mutating func data(_ data: [UInt8]) throws(EventStreamWriterError) {
            if let offset = data.firstIndex(of: 0x0D) {
                throw EventStreamWriterError(.carriageReturnInData, at: offset)
            }
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character"; the
            // last one is removed again.
            for line in data.split(separator: 0x0A, omittingEmptySubsequences: false) { try field("data", line) }
        }

        private mutating func field(_ name: String, _ value: ArraySlice<UInt8>) throws(EventStreamWriterError) {
            // "If value starts with a U+0020 SPACE character, remove it from value": the writer adds this one, so the
            // value keeps its own. An empty value does not require it.
            try line(Array(name.utf8), value.isEmpty ? [0x3A] : [0x3A, 0x20], value, countsTowardLimit: true)
        }

        /// - Parameter countsTowardLimit: Whether the line counts toward the limit of the event, as all lines except comments do.
        mutating func line(
            _ name: [UInt8],
            _ separator: [UInt8],
            _ value: ArraySlice<UInt8>,
            countsTowardLimit: Bool
        ) throws(EventStreamWriterError) {
            let count = name.count + separator.count + value.count
            if count > limits.lineBytes { throw EventStreamWriterError(.lineTooLong(limit: limits.lineBytes), at: 0) }
            if countsTowardLimit {
                remainingBytes -= count + lineEnd.count
                if remainingBytes < 0 { throw EventStreamWriterError(.eventTooLong(limit: limits.eventBytes), at: 0) }
            }
            bytes += name
            bytes += separator
            bytes += value
            bytes += lineEnd
        }
    }
}

/// A value that an ``EventStreamWriter`` cannot write so that a parser reads back the same value.
public struct EventStreamWriterError: Error, Sendable, Hashable {
    /// A part of an event stream that must be one line.
    public enum Part: String, Sendable, Hashable {
        case type, id, comment
    }

    /// Why the value cannot be written.
    @nonexhaustive
    public enum Reason: Sendable, Hashable {
        /// A value that must be one line contains a line end.
        case lineEnd(in: Part)
        /// The ID contains a NUL. A parser ignores such an ID.
        case nullInID
        /// The data contains a CR. A parser treats it as a line end, and joins lines with LF.
        case carriageReturnInData
        /// The reconnection time is negative. A parser accepts only digits.
        case negativeRetry
        /// A line is longer than the parser accepts, in bytes.
        case lineTooLong(limit: Int)
        /// The event is longer than the parser accepts, in bytes.
        case eventTooLong(limit: Int)
    }

    /// Why the value cannot be written.
    public let reason: Reason
    /// The offset of the invalid byte in the value, or 0 if the complete value is invalid.
    public let offset: Int

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension EventStreamWriterError: CustomStringConvertible {
    /// A one-line description: what cannot be written, and how to fix it.
    public var description: String {
        switch reason {
        case .lineEnd(in: .type): "the event type has a line end at byte \(offset); remove it"
        case .lineEnd(in: .id): "the event ID has a line end at byte \(offset); remove it"
        case .lineEnd(in: .comment): "the comment has a line end at byte \(offset); write each line as a comment"
        case .nullInID: "the event ID has a NUL at byte \(offset), so that a parser would ignore it; remove it"
        case .carriageReturnInData: "the data has a CR at byte \(offset); separate lines with LF alone"
        case .negativeRetry: "the reconnection time is negative; use 0 or more milliseconds"
        case .lineTooLong(let limit): "a line is longer than \(limit) bytes; split the data into several lines"
        case .eventTooLong(let limit): "the event is longer than \(limit) bytes; split it into several events"
        }
    }
}
