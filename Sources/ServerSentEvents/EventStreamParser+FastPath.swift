/// The steps of parsing a frame, with a fast path for the shape of nearly all frames.
extension EventStreamParser {
    /// Begins a chunk: reads the rest of a line or a frame of an earlier chunk.
    @inlinable @inline(__always)
    mutating func beginChunk(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        cursor.beginChunk(chunk)
        guard state == .frameStart else { return try resume(chunk) }
        cursor.lineStart = 0
        return .frameStart
    }

    /// Reads the frame that begins at the cursor's `lineStart`.
    @inlinable @inline(__always)
    mutating func readFrame(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        var plain = Frame(start: cursor.lineStart, limit: limits.eventBytes)
        var next = 0
        var lineEnd = 0
        let isEvent = readPlainFrame(chunk, &plain, &next, &lineEnd)
        frame = plain
        cursor.lineStart = next
        return isEvent ? .event : try readLines(chunk, lineEnd: lineEnd)
    }

    /// Reads the frame that begins at `frame.start`, if it has the shape of nearly all frames: at most one `event`
    /// field, one `data` field, a blank line.
    ///
    /// This is the hot path, a shortcut for the rules in ``readLines(_:lineEnd:)``. Everything else is left to that
    /// function, which continues with the partial result. That includes any line that may exceed a limit, which is one
    /// that does not end within `shortestLimit` of the start of the frame.
    ///
    /// - Parameters:
    ///   - frame: A new frame that begins at or after the cursor's `lineStart`. On return, the parts found.
    ///   - lineStart: On return, the offset of the next line.
    ///   - lineEnd: On return, if the result is false: the end of that line, or -1 if it is not in the chunk.
    /// - Returns: Whether the frame is complete and is an event.
    @inlinable @inline(__always)
    mutating func readPlainFrame(
        _ chunk: RawSpan,
        _ frame: inout Frame,
        _ lineStart: inout Int,
        _ lineEnd: inout Int
    ) -> Bool {
        var start = frame.start
        // Here and below: the map begins at or before the frame, the bytes read are before `end`, and `end`, unless
        // negative, is a line end of the chunk.
        var end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: start)
        if end &- start > 6, end &- frame.start <= shortestLimit,
            unsafe chunk.uncheckedWord(at: start) == Name.even,
            unsafe chunk.uncheckedHalfWord(at: start &+ 4) == Name.tColon
        {
            frame.type = .chunk
            frame.typeStart = unsafe chunk.uncheckedValueStart(after: start &+ 5, to: end)
            frame.typeEnd = end
            frame.remainingBytes &-= end &- start &+ 1
            start = unsafe uncheckedLineStart(in: chunk, after: end)
            end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: start)
        }
        if end &- start > 5, end &- frame.start <= shortestLimit,
            unsafe chunk.uncheckedWord(at: start) == Name.data,
            unsafe chunk.uncheckedByte(at: start &+ 4) == UInt8(ascii: ":")
        {
            frame.data = .chunk
            frame.dataStart = unsafe chunk.uncheckedValueStart(after: start &+ 4, to: end)
            frame.dataEnd = end
            frame.remainingBytes &-= end &- start &+ 1
            start = unsafe uncheckedLineStart(in: chunk, after: end)
            if start < chunk.byteCount, unsafe chunk.uncheckedByte(at: start).isLineEnd {
                frame.end = start
                lineStart = unsafe uncheckedLineStart(in: chunk, after: start)
                return true
            }
            end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: start)
        }
        lineStart = start
        lineEnd = end
        return false
    }

    /// The offset of the line after the line end at `end`: after both bytes of a CRLF, if the LF is in the chunk.
    ///
    /// - Precondition: `0 <= end < chunk.byteCount`; not checked.
    @unsafe
    @inlinable @inline(__always)
    mutating func uncheckedLineStart(in chunk: RawSpan, after end: Int) -> Int {
        // In bounds by the precondition.
        if unsafe chunk.uncheckedByte(at: end) == UInt8(ascii: "\r") {
            if end &+ 1 == chunk.byteCount {
                // The CR ends its line immediately; an LF at the start of the next chunk does not end another line.
                expectLineFeed()
                // In bounds: the chunk does not end at `end + 1`.
            } else if unsafe chunk.uncheckedByte(at: end &+ 1) == UInt8(ascii: "\n") {
                return end &+ 2
            }
        }
        return end &+ 1
    }

    /// The event of `frame`, as a view that is valid until the next call on `self`.
    ///
    /// - Precondition: `frame` was found in `chunk`; not checked.
    @unsafe
    @inlinable @inline(__always)
    @_lifetime(copy chunk)
    mutating func uncheckedView(of frame: Frame, in chunk: RawSpan) -> EventView {
        // The buffers do not change before the next call on `self`: callers give the view that lifetime. The ranges of
        // the frame are in the chunk. `details` lives as long as `self`.
        unsafe details.pointee.length = frame.end &+ 1 &- frame.start
        unsafe details.pointee.retry = frame.retry
        return unsafe EventView(
            data: frame.data == .chunk
                ? chunk.uncheckedBytes(from: frame.dataStart, to: frame.dataEnd)
                : _overrideLifetime(bufferedData(), copying: chunk),
            eventField: frame.type == .chunk
                ? chunk.uncheckedBytes(from: frame.typeStart, to: frame.typeEnd)
                : frame.type == .none ? RawSpan() : _overrideLifetime(bufferedType(), copying: chunk),
            offset: cursor.chunkStart &+ frame.start,
            details: UnsafePointer(details)
        )
    }

    // MARK: Buffered values

    // These are `mutating` so that `self` is passed by address: the optimizer copies it for a borrowing getter.

    /// The value of the `data` fields in the parser's buffer.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func bufferedData() -> RawSpan { values.data.span }

    /// The value of the `event` field in the parser's buffer.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func bufferedType() -> RawSpan { values.type.span }

    /// The text of a comment that is split by a chunk boundary.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func bufferedComment() -> RawSpan { line.text.span }
}
