extension EventStreamParser {
    /// The position of the parser in the stream and in the current chunk.
    @usableFromInline
    struct Cursor: ~Copyable, Sendable {
        /// The number of bytes of the stream consumed before this call.
        @usableFromInline var consumed = 0
        /// The offset in the stream of the first byte of the frame in progress. Invariant: `frameOffset <= consumed`.
        @usableFromInline var frameOffset = 0
        /// The offset in the stream of the chunk's first byte.
        @usableFromInline var chunkStart = 0
        /// The offset in the chunk of the next line.
        @usableFromInline var lineStart = 0
        /// The range in the chunk of the most recently completed comment or ignored line.
        @usableFromInline var text = 0..<0
        /// The line ends of the chunk. Invariant: `lineEnds.start <= lineStart`.
        @usableFromInline var lineEnds = LineEndMaps()
        /// The address of the end of the chunk in which a caller stopped.
        @usableFromInline var restEnd: UInt = 0
        /// The number of bytes of that chunk that were not consumed, or -1 if the last chunk was consumed to its end.
        @usableFromInline var restCount = -1

        init() {}

        /// The number of bytes of the frame in progress, between two chunks.
        var unfinishedByteCount: Int { consumed &- frameOffset }

        /// Moves to the start of `chunk`.
        ///
        /// If a caller stopped in a chunk, and this is the rest of it at the same address, the map of its line ends
        /// stays valid.
        @inlinable @inline(__always)
        mutating func beginChunk(_ chunk: RawSpan) {
            if restCount == chunk.byteCount, restEnd == chunk.endAddress {
                lineEnds.start &-= consumed &- chunkStart
                lineEnds.end &-= consumed &- chunkStart
            } else {
                lineEnds.reset()
            }
            chunkStart = consumed
        }

        /// Consumes the chunk up to `lineStart`, where the caller stops.
        @inlinable @inline(__always)
        mutating func stop(in chunk: RawSpan) {
            consumed &+= lineStart
            restEnd = chunk.endAddress
            restCount = chunk.byteCount &- lineStart
        }

        /// Consumes the chunk to its end.
        @inline(__always)
        mutating func endChunk(_ chunk: RawSpan) {
            consumed &+= chunk.byteCount
            restCount = -1
        }

        /// Moves to the start of another stream.
        mutating func reset() {
            consumed = 0
            frameOffset = 0
            restCount = -1
        }
    }
}
