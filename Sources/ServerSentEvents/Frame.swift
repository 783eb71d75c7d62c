extension EventStreamParser {
    /// The frame in progress, and the contributions of its lines so far. Positions are offsets in the chunk.
    ///
    /// A frame consists of the lines after a blank line, through the next blank line. The standard calls it an event;
    /// here, an event is a frame that is dispatched.
    ///
    /// Invariant: the ranges are in the chunk that is being parsed. Between two chunks, `start` is not valid; the
    /// cursor's `frameOffset` is used instead.
    @usableFromInline
    struct Frame: Sendable {
        /// The first byte of the frame; negative if it is in an earlier chunk.
        @usableFromInline var start: Int
        /// The last byte of the frame, once the frame is complete.
        @usableFromInline var end = 0
        /// The standard's "data buffer"; ``Storage/none`` stands for an empty one, which dispatches no event.
        @usableFromInline var data = Storage.none
        /// The standard's "event type buffer".
        @usableFromInline var type = Storage.none
        /// The range of the data, if `data == .chunk`.
        @usableFromInline var dataStart = 0
        @usableFromInline var dataEnd = 0
        /// The range of the type, if `type == .chunk`.
        @usableFromInline var typeStart = 0
        @usableFromInline var typeEnd = 0
        /// The last valid `retry` of this frame, or -1.
        @usableFromInline var retry = -1
        /// The number of bytes left for the lines of the event; -1 if the last line end exceeded the limit.
        @usableFromInline var remainingBytes: Int

        @inlinable @inline(__always)
        init(start: Int, limit: Int) {
            self.start = start
            remainingBytes = limit
        }
    }

    /// The location of a value of the frame.
    @usableFromInline
    enum Storage: UInt8, Sendable {
        /// The frame has no such field so far.
        case none
        /// In the chunk, at the corresponding range. Never between chunks.
        case chunk
        /// In the parser's ``FrameValues``.
        case buffer
    }

    /// The values of the frame's fields that are not contiguous in the chunk.
    struct FrameValues: ~Copyable, Sendable {
        /// The joined values of the `data` fields, if `frame.data == .buffer`.
        var data = ByteBuffer()
        /// The value of the `event` field, if `frame.type == .buffer`.
        var type = ByteBuffer()
    }

    /// The two stages of the last event ID: the standard's "last event ID buffer" and "last event ID string".
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

    /// A result of parsing.
    @usableFromInline
    enum Outcome: Sendable {
        /// Nothing was found: a new frame begins at the cursor's `lineStart`.
        case frameStart
        /// An event: `frame` is complete.
        case event
        /// A comment in the frame, for a caller that requests comments, at the cursor's `text`.
        case comment
        /// A comment that is split by a chunk boundary, in `line.text`.
        case bufferedComment
        /// An ignored line in the frame, for a caller that requests these, at the cursor's `text`.
        case ignoredLine
        /// An ignored line that is split by a chunk boundary, in `ignored.text`.
        case bufferedIgnoredLine
        /// A complete `frame` with a type but no data. The next frame begins at the cursor's `lineStart`.
        case eventWithoutData
        /// The end of the chunk. Everything needed later is saved.
        case needsBytes

        /// Whether a reader of events and comments skips this outcome.
        @inlinable var isIgnored: Bool {
            self == .ignoredLine || self == .bufferedIgnoredLine || isFrameBoundary
        }

        /// Whether a new frame begins next, although no event was found.
        @inlinable var isFrameBoundary: Bool { self == .frameStart || self == .eventWithoutData }
    }
}
