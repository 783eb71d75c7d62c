/// What happens at the ends of chunks: frames and lines that are cut there.
extension EventStreamParser {
    // MARK: The end of a chunk

    /// Saves what matters of `chunk`, all of which is consumed.
    mutating func suspend(_ chunk: RawSpan) throws(EventStreamError) {
        save(chunk)
        restCount = -1
        if lineStart < chunk.byteCount {
            line.begin(at: consumed &+ lineStart)
            try continueLine(chunk, lineStart, chunk.byteCount)
        }
        consumed &+= chunk.byteCount
    }

    /// Saves that `chunk` is consumed up to `lineStart`, in the midst of a frame; returns the rest.
    @usableFromInline @inline(never)
    @_lifetime(copy chunk)
    mutating func leaveFrame(_ chunk: RawSpan) -> RawSpan {
        save(chunk)
        consumed &+= lineStart
        noteRest(of: chunk)
        return chunk.bytes(from: lineStart, to: chunk.byteCount)
    }

    /// Saves the frame in progress: what it has in `chunk` moves to the parser's buffers.
    @inline(__always)
    private mutating func save(_ chunk: RawSpan) {
        if frame.data == .chunk { gatherData(chunk) }
        if frame.type == .chunk {
            type.removeAll()
            type.append(chunk, from: frame.typeStart, to: frame.typeEnd, limit: limits.lineBytes)
            frame.type = .gathered
        }
        frameOffset = consumed &+ frame.start
        needsResume = true
    }

    /// Moves the value of the frame's first `data` field to the parser's buffer.
    mutating func gatherData(_ chunk: RawSpan) {
        data.removeAll()
        data.append(chunk.bytes(from: frame.dataStart, to: frame.dataEnd), limit: limits.eventBytes)
        frame.data = .gathered
    }

    /// Notes that a CR was the last byte of the chunk.
    @usableFromInline @inline(never)
    mutating func expectLineFeed() {
        opening = .lineFeed
        needsResume = true
    }

    // MARK: The start of a chunk

    /// Goes on where the last chunk ended: at the start of the stream, behind a CR, in a frame or in a line.
    @usableFromInline @inline(never)
    mutating func resume(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        if line.isInData { return try resumeData(chunk) }
        if let failure { throw failure }
        frame.start = frameOffset &- consumed
        guard chunk.byteCount > 0 else { return .needsBytes }
        needsResume = false
        lineStart = 0
        switch opening {
        case .line: break
        case .lineFeed:
            opening = .line
            if chunk.byte(at: 0) == UInt8(ascii: "\n") {
                // The LF belongs to the line before; a frame that would begin with it begins behind it.
                lineStart = 1
                if frame.start == 0 { frame.start = 1 }
            }
        case .byteOrderMark(let matched):
            guard try skipByteOrderMark(chunk, matched) else { return .needsBytes }
        }
        if line.length > 0 {
            let end = maps.firstLineEnd(chunk, from: 0)
            guard end >= 0 else {
                // All of the chunk is more of the same line.
                needsResume = true
                try continueLine(chunk, 0, chunk.byteCount)
                consumed &+= chunk.byteCount
                return .needsBytes
            }
            try continueLine(chunk, 0, end)
            lineStart = endLine(chunk, at: end)
            switch finishLine() {
            case .comment: return .gatheredComment
            case .ignoredLine: return .gatheredIgnoredLine
            case .field: break
            }
        }
        return frame.start == lineStart ? .frameStart : try goOn(chunk)
    }

    /// ``resume(_:)`` in the midst of the value of a `data` field, where nearly all chunks end.
    @inline(__always)
    private mutating func resumeData(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        let end = maps.firstLineEnd(chunk, from: 0)
        let count = end < 0 ? chunk.byteCount : end
        line.length &+= count
        try checkLimits(length: line.length, offset: line.offset, isComment: false, frame.room)
        data.append(chunk, from: 0, to: count, limit: limits.eventBytes)
        guard end >= 0 else {
            consumed &+= count
            return .needsBytes
        }
        frame.room &-= line.length &+ 1
        frame.start = frameOffset &- consumed
        line.length = 0
        line.isInData = false
        needsResume = false
        lineStart = endLine(chunk, at: end)
        // The usual: the blank line that follows dispatches the event.
        if !hasPendingID, lineStart < chunk.byteCount, chunk.isLineEnd(at: lineStart) {
            frame.end = lineStart
            lineStart = endLine(chunk, at: lineStart)
            return .event
        }
        return try goOn(chunk)
    }

    /// Goes on with the line at `lineStart`, in the midst of a frame.
    @usableFromInline @inline(never)
    mutating func goOn(_ chunk: RawSpan) throws(EventStreamError) -> Outcome {
        let end = maps.firstLineEnd(chunk, from: lineStart)
        return try scan(chunk, lineEnd: end)
    }

    /// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
    ///
    /// - Returns: whether it is decided if there is one; else all of `chunk` is consumed.
    private mutating func skipByteOrderMark(
        _ chunk: RawSpan,
        _ matchedBefore: Int
    ) throws(EventStreamError) -> Bool {
        var matched = matchedBefore
        var index = 0
        while index < chunk.byteCount, matched < 3, chunk.byte(at: index) == Self.byteOrderMark(matched) {
            index += 1
            matched += 1
        }
        if matched == 3 {
            // The mark belongs to the stream, not to its first frame.
            opening = .line
            lineStart = index
            frame.start = index
            return true
        }
        if index == chunk.byteCount {
            opening = .byteOrderMark(matched: matched)
            consumed &+= index
            needsResume = true
            return false
        }
        // What looked like one begins the first line, as a name that means nothing.
        opening = .line
        if matchedBefore > 0 {
            line.begin(at: 0)
            beginIgnoredLine(with: RawSpan("\u{FEFF}").extracting(first: matchedBefore))
            line.length = matchedBefore
            try checkLimits(length: matchedBefore, offset: 0, isComment: false, frame.room)
        }
        return true
    }

    private static func byteOrderMark(_ index: Int) -> UInt8 {
        index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF
    }

    // MARK: A cut line

    /// Takes more bytes of the cut line, if there are any; its line end is not among them.
    private mutating func continueLine(_ chunk: RawSpan, _ start: Int, _ end: Int) throws(EventStreamError) {
        guard start < end else { return }
        if line.length == 0, end &- start > 6, chunk.word(at: start) == Name.data,
            chunk.byte(at: start &+ 4) == UInt8(ascii: ":")
        {
            // The usual: a data line begins, and its name is here as a whole.
            line.length = end &- start
            try checkLimits(length: line.length, offset: line.offset, isComment: false, frame.room)
            beginValue(.data)
            line.isInData = true
            data.append(
                chunk.bytes(from: chunk.valueStart(after: start &+ 4, end), to: end),
                limit: limits.eventBytes
            )
            return
        }
        var index = start
        if case .start = line.state {
            if chunk.byte(at: start) == UInt8(ascii: ":") {
                line.state = .comment
                scratch.removeAll()
                index += 1
            } else {
                line.state = .name
                line.name = 0
                line.nameLength = 0
            }
        }
        line.length &+= end &- start
        try checkLimits(length: line.length, offset: line.offset, isComment: line.isComment, frame.room)
        if case .name = line.state {
            index = continueName(chunk, index, end)
        }
        guard index < end else { return }
        if line.isAtValueStart {
            line.isAtValueStart = false
            if chunk.byte(at: index) == UInt8(ascii: " ") { index += 1 }
        }
        let value = chunk.bytes(from: index, to: end)
        switch line.state {
        case .value(.data):
            data.append(value, limit: limits.eventBytes)
            line.isInData = true
        case .value(.event): type.append(value, limit: limits.lineBytes)
        case .value(.id): scratch.append(value, limit: limits.lineBytes)
        case .value(.retry): line.number.append(value)
        case .comment: if keepsComments { scratch.append(value, limit: limits.lineBytes) }
        case .ignored: appendIgnored(value)
        case .value(.unknown), .start, .name: break
        }
    }

    /// The cut line is no field that the standard knows.
    ///
    /// - Parameter beginning: What came of the line.
    private mutating func beginIgnoredLine(with beginning: RawSpan) {
        guard handsOutIgnored else {
            line.state = .value(.unknown)
            return
        }
        line.state = .ignored
        scratch.removeAll()
        appendIgnored(beginning)
    }

    /// Keeps bytes of an ignored line, as long as the limit allows.
    private mutating func appendIgnored(_ bytes: RawSpan) {
        scratch.append(
            bytes.bytes(from: 0, to: min(bytes.byteCount, ignoredLineLimit - scratch.count)),
            limit: ignoredLineLimit
        )
    }

    /// The cut line is no field that the standard knows: its name is all that came of it.
    private mutating func beginIgnoredLine() {
        guard handsOutIgnored else {
            line.state = .value(.unknown)
            return
        }
        line.state = .ignored
        scratch.removeAll()
        for index in 0..<min(line.nameLength, ignoredLineLimit) {
            scratch.append(UInt8(truncatingIfNeeded: line.name >> UInt64(8 * index)), limit: ignoredLineLimit)
        }
    }

    /// Takes bytes of the cut line's name, up to and including the colon; returns where the value goes on.
    private mutating func continueName(_ chunk: RawSpan, _ start: Int, _ end: Int) -> Int {
        if line.nameLength == 0, end &- start > 6, chunk.word(at: start) == Name.even,
            chunk.halfWord(at: start &+ 4) == Name.tColon
        {
            // The usual: the name is here as a whole.
            beginValue(.event)
            return start + 6
        }
        var index = start
        while index < end {
            let byte = chunk.byte(at: index)
            let field = Field(letters: line.name, count: line.nameLength)
            if byte == UInt8(ascii: ":"), field != .unknown {
                beginValue(field)
                index += 1
                break
            }
            if byte == UInt8(ascii: ":") || line.nameLength == Field.longestName {
                beginIgnoredLine()
                break
            }
            index += 1
            line.name |= UInt64(byte) << UInt64(8 * line.nameLength)
            line.nameLength += 1
        }
        return index
    }

    /// The cut line's name is complete: prepares for its value, by the rules of ``processField(_:_:_:_:)``.
    private mutating func beginValue(_ field: Field) {
        line.state = .value(field)
        line.isAtValueStart = true
        ignoredLine.isLast = false
        switch field {
        case .data:
            if frame.data == .none {
                data.removeAll()
                frame.data = .gathered
            } else {
                data.append(UInt8(ascii: "\n"), limit: limits.eventBytes)
            }
        case .event:
            type.removeAll()
            frame.type = .gathered
        case .id:
            scratch.removeAll()
        case .retry:
            line.number = DecimalNumber()
        case .unknown:
            break
        }
    }

    /// What a cut line is, once it is complete.
    private enum FinishedLine {
        /// A field, or what is not to be handed out.
        case field
        /// A comment that is to be handed out; `scratch` holds it.
        case comment
        /// A line that the standard ignores and that is to be handed out; `scratch` holds it.
        case ignoredLine
    }

    /// The cut line is complete.
    private mutating func finishLine() -> FinishedLine {
        // A line without a colon is a name, with an empty value.
        if case .name = line.state {
            let field = Field(letters: line.name, count: line.nameLength)
            if field == .unknown { beginIgnoredLine() } else { beginValue(field) }
        }
        switch line.state {
        case .value(.id):
            if !scratch.span.containsNull {
                swap(&pendingID, &scratch)
                hasPendingID = true
            }
        case .value(.retry):
            if let time = line.number.value {
                frame.retry = time
                reconnectionTime = time
            }
        case .value(.data), .value(.event), .value(.unknown), .comment, .ignored, .start, .name: break
        }
        let isComment = line.isComment
        if !isComment { frame.room &-= line.length &+ 1 }
        line.length = 0
        line.isInData = false
        if case .ignored = line.state {
            ignoredLine.receive(at: line.offset)
            return .ignoredLine
        }
        ignoredLine.isLast = false
        return isComment && keepsComments ? .comment : .field
    }

    // MARK: What was gathered

    // These are `mutating` so that `self` is passed by address: for a borrowing getter the optimizer copies it.

    /// The gathered value of the `data` fields.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func gatheredData() -> RawSpan { data.span }

    /// The gathered value of the `event` field.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func gatheredType() -> RawSpan { type.span }

    /// The text of a comment that was cut.
    @usableFromInline @inline(never)
    @_lifetime(&self)
    mutating func gatheredComment() -> RawSpan { scratch.span }
}
