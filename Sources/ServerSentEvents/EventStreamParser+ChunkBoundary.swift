/// The state of a line and a frame at a chunk boundary, and how the next chunk resumes them.
extension EventStreamParser {
    // MARK: The end of a chunk

    /// Saves the parts of `chunk` that the next chunk needs. Consumes `chunk` to its end.
    mutating func suspend(_ chunk: RawSpan) throws(EventStreamError) {
        bufferFrame(chunk)
        if cursor.lineStart < chunk.byteCount {
            state = .line
            line.begin(at: cursor.consumed &+ cursor.lineStart)
            try continueLine(chunk, cursor.lineStart, chunk.byteCount)
        }
        cursor.endChunk(chunk)
    }

    /// Records that the caller stops at the cursor's `lineStart`, where a new frame begins. Returns the number of bytes
    /// of `chunk` consumed.
    @inlinable @inline(__always)
    mutating func stopAfterFrame(_ chunk: RawSpan) -> Int {
        cursor.stop(in: chunk)
        cursor.frameOffset = cursor.consumed
        return cursor.lineStart
    }

    /// Records that the caller stops at the cursor's `lineStart`, between two lines of a frame. Returns the number of
    /// bytes of `chunk` consumed.
    @usableFromInline @inline(never)
    mutating func stopInFrame(_ chunk: RawSpan) -> Int {
        bufferFrame(chunk)
        cursor.stop(in: chunk)
        return cursor.lineStart
    }

    /// Saves the frame in progress: moves its parts in `chunk` to the parser's buffers.
    @inline(__always)
    private mutating func bufferFrame(_ chunk: RawSpan) {
        if frame.data == .chunk { bufferData(chunk) }
        if frame.type == .chunk {
            values.type.removeAll()
            // In bounds: the ranges of the frame are in the chunk.
            unsafe values.type.appendUnchecked(
                chunk,
                from: frame.typeStart,
                to: frame.typeEnd,
                limit: limits.lineBytes
            )
            frame.type = .buffer
        }
        cursor.frameOffset = cursor.consumed &+ frame.start
        if state == .afterCarriageReturn { return }
        state = frame.start == cursor.lineStart ? .frameStart : .lineStart
    }

    /// Moves the value of the frame's first `data` field to the parser's buffer.
    mutating func bufferData(_ chunk: RawSpan) {
        values.data.removeAll()
        values.data.append(chunk.bytes(from: frame.dataStart, to: frame.dataEnd), limit: limits.eventBytes)
        frame.data = .buffer
    }

    /// Records that the last byte of the chunk is a CR.
    @usableFromInline @inline(never)
    mutating func expectLineFeed() {
        state = .afterCarriageReturn
    }

    // MARK: The start of a chunk

    /// Resumes the line or frame in which the last chunk ended, in any state except `frameStart`.
    @usableFromInline @inline(never)
    mutating func resume(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        if state == .dataValue { return try resumeDataValue(chunk) }
        if let failure { throw failure }
        frame.start = cursor.frameOffset &- cursor.consumed
        guard chunk.byteCount > 0 else { return .needsBytes }
        cursor.lineStart = 0
        switch state {
        case .streamStart: guard try skipByteOrderMark(chunk) else { return .needsBytes }
        case .afterCarriageReturn: skipLineFeed(chunk)
        default: break
        }
        if state == .line { return try resumeLine(chunk) }
        state = .frameStart
        return frame.start == cursor.lineStart ? .frameStart : try continueFrame(chunk)
    }

    /// Resumes a line whose end may be in `chunk`.
    @inline(__always)
    private mutating func resumeLine(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        // At the start of a chunk, the map begins no later than the chunk.
        let end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: 0)
        guard end >= 0 else {
            try continueLine(chunk, 0, chunk.byteCount)
            cursor.consumed &+= chunk.byteCount
            return .needsBytes
        }
        try continueLine(chunk, 0, end)
        state = .frameStart
        // `end` is a line end of the chunk.
        cursor.lineStart = unsafe uncheckedLineStart(in: chunk, after: end)
        switch finishLine() {
        case .comment: return .bufferedComment
        case .ignoredLine: return .bufferedIgnoredLine
        case .field: return try continueFrame(chunk)
        }
    }

    /// Resumes the value of a `data` field, the position where nearly all chunks end.
    @inline(__always)
    private mutating func resumeDataValue(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        // At the start of a chunk, the map begins no later than the chunk.
        let end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: 0)
        let count = end < 0 ? chunk.byteCount : end
        line.length &+= count
        try checkLimits(length: line.length, offset: line.offset, isComment: false)
        // In bounds: `end`, unless negative, is a line end of the chunk.
        unsafe values.data.appendUnchecked(chunk, from: 0, to: count, limit: limits.eventBytes)
        guard end >= 0 else {
            cursor.consumed &+= chunk.byteCount
            return .needsBytes
        }
        frame.remainingBytes &-= line.length &+ 1
        frame.start = cursor.frameOffset &- cursor.consumed
        state = .frameStart
        let lineStart = unsafe uncheckedLineStart(in: chunk, after: end)
        cursor.lineStart = lineStart
        // Usually a blank line follows, which dispatches the event. In bounds: lineStart < chunk.byteCount.
        if !lastEventIDs.isBufferChanged, lineStart < chunk.byteCount,
            unsafe chunk.uncheckedByte(at: lineStart).isLineEnd
        {
            frame.end = lineStart
            cursor.lineStart = unsafe uncheckedLineStart(in: chunk, after: lineStart)
            return .event
        }
        return try continueFrame(chunk)
    }

    /// Continues with the line at the cursor's `lineStart`, in a frame.
    @usableFromInline @inline(never)
    mutating func continueFrame(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        // The map begins at or before the line.
        let end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: cursor.lineStart)
        return try readLines(chunk, lineEnd: end)
    }

    /// Skips the LF of a CRLF that is split by the chunk boundary.
    private mutating func skipLineFeed(_ chunk: RawSpan) {
        guard chunk.byte(at: 0) == UInt8(ascii: "\n") else { return }
        // The LF belongs to the previous line. A frame that would begin with it begins after it.
        cursor.lineStart = 1
        if frame.start == 0 { frame.start = 1 }
        ignored.skipLineFeed(at: cursor.consumed)
    }

    /// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
    ///
    /// - Returns: Whether the presence of a mark is decided. If not, all of `chunk` is consumed.
    private mutating func skipByteOrderMark(_ chunk: RawSpan) throws(EventStreamError) -> Bool {
        // The invariant of the state: all bytes so far belong to the mark.
        let matchedBefore = cursor.consumed
        var matched = matchedBefore
        var index = 0
        while index < chunk.byteCount, matched < 3, chunk.byte(at: index) == Self.byteOrderMark(matched) {
            index += 1
            matched += 1
        }
        if matched == 3 {
            // The mark belongs to the stream, not to its first frame.
            state = .frameStart
            cursor.lineStart = index
            frame.start = index
            return true
        }
        if index == chunk.byteCount {
            cursor.endChunk(chunk)
            return false
        }
        state = .frameStart
        if matchedBefore > 0 {
            // The bytes of an incomplete mark begin the first line, with a name that the standard does not define.
            state = .line
            line.begin(withBytesOfMark: matchedBefore)
            try checkLimits(length: matchedBefore, offset: 0, isComment: false)
        }
        return true
    }

    /// The bytes of a byte order mark.
    static func byteOrderMark(_ index: Int) -> UInt8 {
        index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF
    }

    // MARK: A split line

    /// Receives more bytes of the split line, if any, not including its line end.
    private mutating func continueLine(_ chunk: RawSpan, _ start: Int, _ end: Int) throws(EventStreamError) {
        guard start < end else { return }
        // Here and below: `start` and `end` are in bounds, and so are the first bytes of a line that has more than six.
        if line.length == 0, end &- start > 6, unsafe chunk.uncheckedWord(at: start) == Name.data,
            unsafe chunk.uncheckedByte(at: start &+ 4) == UInt8(ascii: ":")
        {
            // The common case: a data line begins, and the chunk has its full name.
            line.length = end &- start
            try checkLimits(length: line.length, offset: line.offset, isComment: false)
            beginValue(.data)
            state = .dataValue
            let valueStart = unsafe chunk.uncheckedValueStart(after: start &+ 4, to: end)
            unsafe values.data.append(chunk.uncheckedBytes(from: valueStart, to: end), limit: limits.eventBytes)
            return
        }
        var index = start
        if case .start = line.part {
            if unsafe chunk.uncheckedByte(at: start) == UInt8(ascii: ":") {
                line.part = .comment
                line.text.removeAll()
                index += 1
            } else {
                line.beginName()
            }
        }
        line.length &+= end &- start
        try checkLimits(length: line.length, offset: line.offset, isComment: line.isComment)
        if case .name = line.part {
            index = continueName(chunk, index, end)
        }
        guard index < end else { return }
        if line.isAtValueStart {
            line.isAtValueStart = false
            if unsafe chunk.uncheckedByte(at: index) == UInt8(ascii: " ") { index += 1 }
        }
        let value = unsafe chunk.uncheckedBytes(from: index, to: end)
        switch line.part {
        case .value(.data):
            values.data.append(value, limit: limits.eventBytes)
            state = .dataValue
        case .value(.event): values.type.append(value, limit: limits.lineBytes)
        case .value(.id): line.text.append(value, limit: limits.lineBytes)
        case .value(.retry): line.number.append(value)
        case .comment: if keepsComments { line.text.append(value, limit: limits.lineBytes) }
        case .ignored: ignored.append(value)
        case .value(.unknown), .start, .name: break
        }
    }

    /// Receives bytes of the split line's name, through the colon. Returns the start of the next part.
    private mutating func continueName(_ chunk: RawSpan, _ start: Int, _ end: Int) -> Int {
        // In bounds: the line has at least seven bytes starting at `start`.
        if line.nameLength == 0, end &- start > 6, unsafe chunk.uncheckedWord(at: start) == Name.even,
            unsafe chunk.uncheckedHalfWord(at: start &+ 4) == Name.tColon
        {
            // The common case: the chunk has the full name.
            beginValue(.event)
            return start + 6
        }
        var index = start
        while index < end {
            // In bounds: start <= index < end.
            let byte = unsafe chunk.uncheckedByte(at: index)
            let field = Field(letters: line.name, count: line.nameLength)
            if byte == UInt8(ascii: ":"), field != .unknown {
                beginValue(field)
                index += 1
                break
            }
            if byte == UInt8(ascii: ":") || line.nameLength == Field.longestName {
                ignoreLine()
                break
            }
            index += 1
            line.append(toName: byte)
        }
        return index
    }

    /// Receives the name of a field that the standard does not define. The name is all of the split line so far.
    private mutating func ignoreLine() {
        guard ignored.isRequested else {
            line.part = .value(.unknown)
            return
        }
        line.part = .ignored
        ignored.beginLine(name: line.name, count: line.nameLength)
    }

    /// Prepares for the value of the split line after its name, by the rules of ``processField(_:_:_:)``.
    private mutating func beginValue(_ field: Field) {
        line.part = .value(field)
        line.isAtValueStart = true
        switch field {
        case .data:
            if frame.data == .none {
                values.data.removeAll()
                frame.data = .buffer
            } else {
                values.data.append(UInt8(ascii: "\n"), limit: limits.eventBytes)
            }
        case .event:
            values.type.removeAll()
            frame.type = .buffer
        case .id:
            line.text.removeAll()
        case .retry:
            line.number = DecimalNumber()
        case .unknown:
            break
        }
    }

    /// Receives the end of the split line. The cursor's `lineStart` is after it.
    private mutating func finishLine() -> PartialLine.Completion {
        // A line without a colon is a name, with an empty value.
        if case .name = line.part {
            let field = Field(letters: line.name, count: line.nameLength)
            if field == .unknown { ignoreLine() } else { beginValue(field) }
        }
        if !line.isComment { frame.remainingBytes &-= line.length &+ 1 }
        switch line.part {
        case .value(.id):
            if !line.text.span.containsNull {
                swap(&lastEventIDs.buffer, &line.text)
                lastEventIDs.isBufferChanged = true
            }
        case .value(.retry):
            if let time = line.number.value {
                frame.retry = time
                reconnectionTime = time
            }
        case .comment:
            if keepsComments { return .comment }
        case .ignored:
            ignored.endLine(at: line.offset, nextLineOffset: cursor.consumed &+ cursor.lineStart)
            return .ignoredLine
        case .value(.data), .value(.event), .value(.unknown), .start, .name:
            break
        }
        return .field
    }
}
