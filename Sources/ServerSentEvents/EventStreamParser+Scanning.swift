extension EventStreamParser {
    /// Where a value of the event in progress lies.
    @usableFromInline
    enum Place: UInt8, Sendable {
        /// There is none: the field has not been seen in this frame.
        case none
        /// In the chunk in hand, at the range beside. Never between chunks.
        case chunk
        /// In the parser's own buffer.
        case gathered
    }

    /// The frame in progress, and what its lines contributed so far. Positions are offsets in the chunk.
    @usableFromInline
    struct Frame: Sendable {
        /// The frame's first byte; negative if it lies in an earlier chunk.
        @usableFromInline var start: Int
        /// The frame's last byte, once it is complete.
        @usableFromInline var end = 0
        /// The standard's "data buffer"; ``Place/none`` stands for an empty one, which dispatches no event.
        @usableFromInline var data = Place.none
        /// The standard's "event type buffer".
        @usableFromInline var type = Place.none
        /// The range of the data, while `data == .chunk`.
        @usableFromInline var dataStart = 0
        @usableFromInline var dataEnd = 0
        /// The range of the type, while `type == .chunk`.
        @usableFromInline var typeStart = 0
        @usableFromInline var typeEnd = 0
        /// The last valid `retry` of this frame, or -1.
        @usableFromInline var retry = -1
        /// How many bytes of lines this event may still take; -1 if the last line end took it over by one.
        @usableFromInline var room: Int

        @inlinable @inline(__always)
        init(start: Int, room: Int) {
            self.start = start
            self.room = room
        }
    }

    /// What the parser came upon.
    @usableFromInline
    enum Outcome: Sendable {
        /// Nothing yet: a new frame begins at `lineStart`.
        case frameStart
        /// `frame` is complete and is an event.
        case event
        /// A comment is complete, in the midst of the frame, and comments are wanted: it lies at `comment`.
        case comment
        /// A comment is complete, and `scratch` holds it.
        case gatheredComment
        /// A line is complete that the standard ignores, in the midst of the frame: it lies at `comment`.
        case ignoredLine
        /// A line is complete that the standard ignores, and `scratch` holds it.
        case gatheredIgnoredLine
        /// `frame` is complete and has a type but no data; what comes next begins at `lineStart`.
        case eventWithoutData
        /// The chunk is used up; all that matters of it is saved.
        case needsBytes

        /// Whether it is of no interest to a reader of events and comments.
        @inlinable var isIgnored: Bool {
            self == .ignoredLine || self == .gatheredIgnoredLine || endsFrame
        }

        /// Whether a new frame begins after it, and it is no event.
        @inlinable var endsFrame: Bool { self == .frameStart || self == .eventWithoutData }
    }

    /// What the beginning of a chunk completes of what an earlier chunk began.
    @inlinable @inline(__always)
    mutating func firstOutcome(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        // If a caller stopped in mid-chunk, and this is the rest, right where it was in memory, its line ends are known.
        if restCount == chunk.byteCount, restEnd == chunk.endAddress {
            maps.start &-= consumed &- chunkStart
            maps.end &-= consumed &- chunkStart
        } else {
            maps.forget()
        }
        chunkStart = consumed
        if needsResume { return try resume(chunk) }
        lineStart = 0
        return .frameStart
    }

    /// Reads the frame that begins at `frame.start`, if it has the shape that nearly all have: at most one `event`
    /// field, one `data` field, a blank line.
    ///
    /// This is the hot path, a short cut past the rules that stand in ``scan(_:lineEnd:)``. Whatever else it meets
    /// is left to that function, together with what was found so far. So is a line that may exceed a limit: one that
    /// does not end within `shortestLimit` of the frame's start.
    ///
    /// - Parameters:
    ///   - frame: A new frame; afterwards, what was found.
    ///   - lineStart: Afterwards, the offset of the line that comes next.
    ///   - lineEnd: Afterwards, if the answer is false: the end of that line, or -1 if it is not in the chunk.
    /// - Returns: whether the frame is complete and is an event.
    @inlinable @inline(__always)
    mutating func readPlainFrame(
        _ chunk: RawSpan,
        _ frame: inout Frame,
        _ lineStart: inout Int,
        _ lineEnd: inout Int
    ) -> Bool {
        var start = frame.start
        var end = maps.firstLineEnd(chunk, from: start)
        if end &- start > 6, end &- frame.start <= shortestLimit, chunk.word(at: start) == Name.even,
            chunk.halfWord(at: start &+ 4) == Name.tColon
        {
            frame.type = .chunk
            frame.typeStart = chunk.valueStart(after: start &+ 5, end)
            frame.typeEnd = end
            frame.room &-= end &- start &+ 1
            start = endLine(chunk, at: end)
            end = maps.firstLineEnd(chunk, from: start)
        }
        if end &- start > 5, end &- frame.start <= shortestLimit, chunk.word(at: start) == Name.data,
            chunk.byte(at: start &+ 4) == UInt8(ascii: ":")
        {
            frame.data = .chunk
            frame.dataStart = chunk.valueStart(after: start &+ 4, end)
            frame.dataEnd = end
            frame.room &-= end &- start &+ 1
            start = endLine(chunk, at: end)
            if start < chunk.byteCount, chunk.isLineEnd(at: start) {
                frame.end = start
                lineStart = endLine(chunk, at: start)
                return true
            }
            end = maps.firstLineEnd(chunk, from: start)
        }
        lineStart = start
        lineEnd = end
        return false
    }

    /// What comes after a complete frame.
    @inlinable @inline(__always)
    mutating func nextOutcome(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        var plain = Frame(start: lineStart, room: limits.eventBytes)
        var next = 0
        var lineEnd = 0
        let isEvent = readPlainFrame(chunk, &plain, &next, &lineEnd)
        frame = plain
        lineStart = next
        return isEvent ? .event : try scan(chunk, lineEnd: lineEnd)
    }

    /// The offset of the line that follows the line end at `end`: behind both bytes of a CRLF, if the LF is here.
    @inlinable @inline(__always)
    mutating func endLine(_ chunk: RawSpan, at end: Int) -> Int {
        if chunk.byte(at: end) == UInt8(ascii: "\r") {
            if end &+ 1 == chunk.byteCount {
                // The CR has ended its line at once; an LF at the start of the next chunk will end nothing.
                expectLineFeed()
            } else if chunk.byte(at: end &+ 1) == UInt8(ascii: "\n") {
                return end &+ 2
            }
        }
        return end &+ 1
    }

    /// The event that `frame` is. The view is good until the next call on `self`.
    @inlinable @inline(__always)
    @_lifetime(copy chunk)
    mutating func view(_ chunk: RawSpan, _ frame: Frame) -> EventView {
        // The buffers do not change before the next call on `self`: callers hand the view out with that lifetime.
        // `details` lives as long as `self`.
        unsafe details.pointee.length = frame.end &+ 1 &- frame.start
        unsafe details.pointee.retry = frame.retry
        return unsafe EventView(
            data: frame.data == .chunk
                ? chunk.bytes(from: frame.dataStart, to: frame.dataEnd)
                : _overrideLifetime(gatheredData(), copying: chunk),
            eventField: frame.type == .chunk
                ? chunk.bytes(from: frame.typeStart, to: frame.typeEnd)
                : frame.type == .none ? RawSpan() : _overrideLifetime(gatheredType(), copying: chunk),
            offset: chunkStart &+ frame.start,
            details: UnsafePointer(details)
        )
    }

    /// Whether what the standard ignores is handed out.
    @usableFromInline var handsOutIgnored: Bool { ignoredLineLimit > 0 }

    /// Saves that `chunk` is consumed up to `lineStart`, after what the standard ignores; returns `lineStart`.
    @usableFromInline @inline(never)
    mutating func leaveIgnored(_ chunk: RawSpan, _ outcome: Outcome) -> Int {
        pendingIgnored = outcome
        return outcome.endsFrame ? leave(chunk) : chunk.byteCount - leaveFrame(chunk).byteCount
    }

    /// What ``consume(_:while:)`` stopped after, if the standard ignores it: nil if it stopped for another reason.
    ///
    /// - Parameter chunk: The chunk that was consumed last.
    @_lifetime(&self, copy chunk)
    package mutating func takeIgnored(in chunk: RawSpan) -> IgnoredElement? {
        guard let outcome = pendingIgnored.take() else { return nil }
        return unsafe _overrideLifetime(ignoredElement(chunk, outcome), mutating: &self)
    }

    /// What was just completed and is ignored by the standard, as a view that is good until the next call on `self`.
    @_lifetime(copy chunk)
    private mutating func ignoredElement(_ chunk: RawSpan, _ outcome: Outcome) -> IgnoredElement {
        // The buffers do not change before the next call on `self`: callers hand the view out with that lifetime.
        switch outcome {
        case .comment:
            return .comment(
                chunk.bytes(from: comment.lowerBound, to: comment.upperBound),
                frameOffset: chunkStart &+ frame.start
            )
        case .ignoredLine:
            let end = min(comment.upperBound, comment.lowerBound + ignoredLineLimit)
            return .line(
                chunk.bytes(from: comment.lowerBound, to: end),
                offset: ignoredLine.offset,
                followsAnother: ignoredLine.followsAnother
            )
        case .gatheredIgnoredLine:
            return .line(
                unsafe _overrideLifetime(gatheredComment(), copying: chunk),
                offset: ignoredLine.offset,
                followsAnother: ignoredLine.followsAnother
            )
        case .eventWithoutData:
            return .eventWithoutData(
                type: frame.type == .chunk
                    ? chunk.bytes(from: frame.typeStart, to: frame.typeEnd)
                    : unsafe _overrideLifetime(gatheredType(), copying: chunk),
                frameOffset: chunkStart &+ frame.start
            )
        default:
            return .comment(
                unsafe _overrideLifetime(gatheredComment(), copying: chunk),
                frameOffset: chunkStart &+ frame.start
            )
        }
    }

    /// Saves that `chunk` is consumed up to `lineStart`, where a new frame begins; returns `lineStart`.
    @inlinable @inline(__always)
    mutating func leave(_ chunk: RawSpan) -> Int {
        consumed &+= lineStart
        frameOffset = consumed
        noteRest(of: chunk)
        return lineStart
    }

    /// Remembers the rest of `chunk`, so that its line ends are not searched for again.
    @inlinable @inline(__always)
    mutating func noteRest(of chunk: RawSpan) {
        restEnd = chunk.endAddress
        restCount = chunk.byteCount &- lineStart
    }
}

/// Pieces of field names as they load from memory.
@usableFromInline
enum Name {
    /// `data`
    @inlinable @inline(__always) static var data: UInt32 { UInt32(littleEndian: 0x6174_6164) }
    /// `even`
    @inlinable @inline(__always) static var even: UInt32 { UInt32(littleEndian: 0x6E65_7665) }
    /// `t:`
    @inlinable @inline(__always) static var tColon: UInt16 { UInt16(littleEndian: 0x3A74) }
}

extension RawSpan {
    /// The address of the end, which only serves to be compared.
    @inlinable @inline(__always)
    var endAddress: UInt {
        // Nothing is read.
        unsafe withUnsafeBytes { UInt(bitPattern: $0.baseAddress) &+ UInt(bitPattern: $0.count) }
    }

    /// The four bytes from `offset` on, which the caller knows to be in bounds.
    @inlinable @inline(__always)
    func word(at offset: Int) -> UInt32 {
        // The caller's precondition: offset + 4 <= byteCount.
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }

    /// The two bytes from `offset` on, which the caller knows to be in bounds.
    @inlinable @inline(__always)
    func halfWord(at offset: Int) -> UInt16 {
        // The caller's precondition: offset + 2 <= byteCount.
        unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
    }

    /// Whether the byte at `offset`, which the caller knows to be in bounds, is LF or CR.
    @inlinable @inline(__always)
    func isLineEnd(at offset: Int) -> Bool {
        let byte = byte(at: offset)
        return byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Where a field's value begins: "If value starts with a U+0020 SPACE character, remove it from value."
    @inlinable @inline(__always)
    func valueStart(after colon: Int, _ end: Int) -> Int {
        let start = colon &+ 1
        return start < end && byte(at: start) == UInt8(ascii: " ") ? start &+ 1 : start
    }
}
