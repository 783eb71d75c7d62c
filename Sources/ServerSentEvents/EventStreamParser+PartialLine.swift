/// What is kept between two chunks: how the stream continues, and the line that is cut.
extension EventStreamParser {
    /// How the stream goes on at the first byte of the next chunk.
    enum Opening {
        /// The stream has begun with this many bytes of a byte order mark, and nothing else. Next: `.line`.
        case byteOrderMark(matched: Int)
        /// The last byte was a CR, which has ended its line: an LF is skipped. Next: `.line`.
        case lineFeed
        /// A line goes on or begins.
        case line
    }

    /// A line that is cut by the end of a chunk.
    struct PartialLine {
        var state = LineState.start
        /// The offset of the line's first byte in the stream.
        var offset = 0
        /// How many bytes of it have come. 0 if no line is cut; then the rest says nothing.
        var length = 0
        /// The bytes of a name that is not complete, the first one lowest.
        var name: UInt64 = 0
        /// How many bytes `name` has. Invariant: at most `Field.longestName`.
        var nameLength = 0
        /// Whether the next byte is the value's first, which is dropped if it is a space.
        var isAtValueStart = false
        /// The value of a `retry` field so far.
        var number = DecimalNumber()
        /// Whether a line is cut in the midst of the value of a `data` field, as nearly all are. `isAtValueStart` says
        /// nothing then.
        var isInData = false

        /// Begins at the line whose first byte has the offset `offset`.
        mutating func begin(at offset: Int) {
            state = .start
            self.offset = offset
            length = 0
            isAtValueStart = false
            isInData = false
        }
    }

    /// Which part of a line the next byte belongs to.
    enum LineState {
        /// Nothing of the line has come. Next: `.name`, `.comment`.
        case start
        /// A field name without its colon. Next: `.value`, `.ignored`.
        case name
        /// The value of a field; that of an unknown one is dropped. Lasts until the line ends.
        case value(Field)
        /// The text of a comment. Lasts until the line ends.
        case comment
        /// A line of no field that the standard knows, which is gathered to be handed out. Lasts until the line ends.
        case ignored
    }

    /// The last line that the standard ignores.
    @usableFromInline
    struct IgnoredLine: Sendable {
        /// The offset of its first byte in the stream.
        @usableFromInline var offset = 0
        /// Whether the line before it is ignored too.
        @usableFromInline var followsAnother = false
        /// Whether no other line came after it.
        @usableFromInline var isLast = false

        @inlinable
        init() {}

        /// Another one is complete.
        mutating func receive(at offset: Int) {
            self.offset = offset
            followsAnother = isLast
            isLast = true
        }
    }
}

extension EventStreamParser.PartialLine {
    var isComment: Bool {
        if case .comment = state { true } else { false }
    }
}

/// What is left at the end of the stream of a line and a frame that no byte completes.
extension EventStreamParser {
    /// Hands out the line in which the stream ends, if the standard would ignore it however it went on: what may be the
    /// beginning of a field is not handed out.
    package func withUnfinishedIgnoredLine(_ body: (IgnoredElement) -> Void) {
        guard handsOutIgnored, line.length > 0 else { return }
        switch line.state {
        case .name:
            let field = Field(prefix: line.name, count: line.nameLength)
            guard field == .unknown else { return }
            // The bytes are read within the closure, where `name` lives.
            unsafe withUnsafeBytes(of: line.name.littleEndian) { name in
                let text = unsafe RawSpan(_unsafeBytes: name).bytes(from: 0, to: line.nameLength)
                body(.line(text, offset: line.offset, followsAnother: ignoredLine.isLast))
            }
        case .ignored: body(.line(scratch.span, offset: line.offset, followsAnother: ignoredLine.isLast))
        case .value, .comment, .start: return
        }
    }

    /// The type of the frame in which the stream ends, if that has one and no data.
    package func withUnfinishedEventWithoutData(_ body: (IgnoredElement) -> Void) {
        // The type of a line that is cut is not known.
        if case .value(.event) = line.state, line.length > 0 { return }
        // Between two frames, `frame` is the last one.
        guard handsOutIgnored, unfinishedByteCount > 0, frame.data == .none, frame.type == .gathered else { return }
        body(.eventWithoutData(type: type.span, frameOffset: frameOffset))
    }
}
