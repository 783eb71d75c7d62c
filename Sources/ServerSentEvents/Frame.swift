extension EventStreamParser {
    /// The frame that is being collected, and what its lines contributed so far; positions are offsets in the chunk.
    ///
    /// A frame is the lines after one blank line, up to and including the next blank line. The standard calls it an
    /// event; here, an event is a frame that is dispatched.
    ///
    /// Invariant: the ranges lie in the chunk that is being parsed. Between two chunks `start` means nothing; the
    /// cursor's `frameOffset` does.
    @usableFromInline
    struct Frame: Sendable {
        /// The frame's first byte; negative if it lies in an earlier chunk.
        @usableFromInline var start: Int
        /// The frame's last byte, once it is complete.
        @usableFromInline var end = 0
        /// The standard's "data buffer"; ``Storage/none`` stands for an empty one, which dispatches no event.
        @usableFromInline var data = Storage.none
        /// The standard's "event type buffer".
        @usableFromInline var type = Storage.none
        /// The range of the data, while `data == .chunk`.
        @usableFromInline var dataStart = 0
        @usableFromInline var dataEnd = 0
        /// The range of the type, while `type == .chunk`.
        @usableFromInline var typeStart = 0
        @usableFromInline var typeEnd = 0
        /// The last valid `retry` of this frame, or -1.
        @usableFromInline var retry = -1
        /// How many more bytes of lines the event may have; -1 if the last line end was one too many.
        @usableFromInline var remainingBytes: Int

        @inlinable @inline(__always)
        init(start: Int, limit: Int) {
            self.start = start
            remainingBytes = limit
        }
    }

    /// Where a value of the frame lies.
    @usableFromInline
    enum Storage: UInt8, Sendable {
        /// Nowhere: the frame has no such field so far.
        case none
        /// In the chunk, at the range beside. Never between chunks.
        case chunk
        /// In the parser's ``FrameValues``.
        case buffer
    }

    /// The values of the frame's fields that do not lie in one piece in the chunk.
    struct FrameValues: ~Copyable, Sendable {
        /// The joined values of the `data` fields, while `frame.data == .buffer`.
        var data = ByteBuffer()
        /// The value of the `event` field, while `frame.type == .buffer`.
        var type = ByteBuffer()
    }

    /// The last event ID in its two stages, the standard's "last event ID buffer" and "last event ID string".
    struct LastEventIDs: ~Copyable, Sendable {
        /// The buffer, if a line changed it since the last blank line.
        var buffer = ByteBuffer()
        /// Whether the next blank line commits `buffer`.
        var isBufferChanged = false
        /// The string, as of the last blank line.
        var committed = ByteBuffer()

        /// "Set the last event ID string of the event source to the value of the last event ID buffer."
        mutating func commit() {
            swap(&committed, &buffer)
            isBufferChanged = false
        }
    }

    /// What the parser found.
    @usableFromInline
    enum Outcome: Sendable {
        /// Nothing yet: a new frame begins at the cursor's `lineStart`.
        case frameStart
        /// An event: `frame` is complete.
        case event
        /// A comment in the frame, for a caller that wants comments: it lies at the cursor's `text`.
        case comment
        /// A comment that a chunk boundary cut: `line.text` holds it.
        case bufferedComment
        /// An ignored line in the frame, for a caller that wants these: it lies at the cursor's `text`.
        case ignoredLine
        /// An ignored line that a chunk boundary cut: `ignored.text` holds it.
        case bufferedIgnoredLine
        /// A complete `frame` with a type and no data; the next frame begins at the cursor's `lineStart`.
        case eventWithoutData
        /// The end of the chunk, of which everything needed is saved.
        case needsBytes

        /// Whether a reader of events and comments skips it.
        @inlinable var isIgnored: Bool {
            self == .ignoredLine || self == .bufferedIgnoredLine || isFrameBoundary
        }

        /// Whether a new frame begins after it, although no event was found.
        @inlinable var isFrameBoundary: Bool { self == .frameStart || self == .eventWithoutData }
    }
}
