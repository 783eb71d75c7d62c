extension EventStreamParser {
    /// The received part of a line that is split by a chunk boundary.
    ///
    /// Invariant: only valid in the states `line` and `dataValue`.
    struct PartialLine: ~Copyable, Sendable {
        /// The part of the line that the next byte belongs to. Unused in the state `dataValue`.
        var part = Part.start
        /// The offset of the line in the stream.
        var offset = 0
        /// The number of bytes of the line received.
        var length = 0
        /// The bytes of an incomplete name, with the first one in the lowest bits.
        var name: UInt64 = 0
        /// The number of bytes in `name`. Invariant: at most `Field.longestName`.
        var nameLength = 0
        /// Whether the next byte is the first of the value, which is removed if it is a space. Unused in the state
        /// `dataValue`.
        var isAtValueStart = false
        /// The value of a `retry` field so far.
        var number = DecimalNumber()
        /// The value of an `id` field, or the text of a comment, so far.
        var text = ByteBuffer()

        /// The part of a line that its next byte belongs to.
        enum Part {
            /// The first byte of the line. → `name`, `comment`.
            case start
            /// A field name without its colon. → `value`, `ignored`.
            case name
            /// The value of a field; discarded for an unknown field. Lasts until the line ends.
            case value(Field)
            /// The text of a comment. Lasts until the line ends.
            case comment
            /// A line whose field the standard does not define, for a caller that requests such lines. ``IgnoredLines``
            /// holds its text. Lasts until the line ends.
            case ignored
        }

        /// The kind of a completed line.
        enum Completion {
            /// A field, or a line that the caller did not request.
            case field
            /// A comment that the caller requested.
            case comment
            /// An ignored line that the caller requested.
            case ignoredLine
        }

        var isComment: Bool {
            if case .comment = part { true } else { false }
        }

        /// Begins the line at `offset`.
        mutating func begin(at offset: Int) {
            part = .start
            self.offset = offset
            length = 0
            isAtValueStart = false
        }

        /// Begins the first line of the stream with the bytes of an incomplete byte order mark.
        mutating func begin(withBytesOfMark count: Int) {
            begin(at: 0)
            beginName()
            for index in 0..<count { append(toName: EventStreamParser.byteOrderMark(index)) }
            length = count
        }

        /// Begins the name of a field.
        mutating func beginName() {
            part = .name
            name = 0
            nameLength = 0
        }

        /// Appends a byte to the name. - Precondition: `nameLength < 8`.
        mutating func append(toName byte: UInt8) {
            name |= UInt64(byte) << UInt64(8 * nameLength)
            nameLength += 1
        }
    }
}
