extension EventStreamParser {
    /// The line that a chunk boundary cuts, as far as it was received.
    ///
    /// Invariant: it has a meaning in the states `line` and `dataValue` only.
    struct PartialLine: ~Copyable, Sendable {
        /// The part of the line that the next byte belongs to. Unused in the state `dataValue`.
        var part = Part.start
        /// The offset of the line's first byte in the stream.
        var offset = 0
        /// How many bytes of the line were received.
        var length = 0
        /// The bytes of an incomplete name, the first one lowest.
        var name: UInt64 = 0
        /// How many bytes `name` has. Invariant: at most `Field.longestName`.
        var nameLength = 0
        /// Whether the next byte is the value's first, which is removed if it is a space. Unused in the state
        /// `dataValue`.
        var isAtValueStart = false
        /// The value of a `retry` field so far.
        var number = DecimalNumber()
        /// The value of an `id` field, or the text of a comment, so far.
        var text = ByteBuffer()

        /// A part of a line: where its next byte lies.
        enum Part {
            /// The first byte of the line. → `name`, `comment`.
            case start
            /// A field name without its colon. → `value`, `ignored`.
            case name
            /// The value of a field; that of an unknown one is discarded. Lasts until the line ends.
            case value(Field)
            /// The text of a comment. Lasts until the line ends.
            case comment
            /// A line whose field the standard does not define, for a caller that wants such lines; ``IgnoredLines``
            /// holds it. Lasts until the line ends.
            case ignored
        }

        /// What a line was, once it is complete.
        enum Completion {
            /// A field, or a line that no caller wants.
            case field
            /// A comment that the caller wants.
            case comment
            /// An ignored line that the caller wants.
            case ignoredLine
        }

        var isComment: Bool {
            if case .comment = part { true } else { false }
        }

        /// Begins the line whose first byte has the offset `offset`.
        mutating func begin(at offset: Int) {
            part = .start
            self.offset = offset
            length = 0
            isAtValueStart = false
        }

        /// Begins the first line of the stream with bytes of an incomplete byte order mark.
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
