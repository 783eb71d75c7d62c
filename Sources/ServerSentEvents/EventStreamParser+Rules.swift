/// The rules of section 9.2.6, "Interpreting an event stream", line by line.
///
/// A line split by a chunk boundary follows the same rules, in `EventStreamParser+ChunkBoundary.swift`. The hot path,
/// in `EventStreamParser+FastPath.swift`, is a shortcut for them.
extension EventStreamParser {
    /// Reads lines until the frame is complete and is an event, or the chunk ends.
    ///
    /// "The stream must then be parsed by reading everything line by line, with a U+000D CARRIAGE RETURN U+000A LINE
    /// FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded by a U+000D CARRIAGE RETURN
    /// (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF)
    /// character being the ways in which a line can end."
    ///
    /// - Parameter lineEnd: The end of the line at the cursor's `lineStart`, or -1 if it is not in the chunk.
    @usableFromInline @inline(never)
    mutating func readLines(_ chunk: RawSpan, lineEnd: Int) throws(EventStreamError) -> Outcome {
        var end = lineEnd
        while end >= 0 {
            let start = cursor.lineStart
            // `end` is a line end of the chunk.
            cursor.lineStart = unsafe uncheckedLineStart(in: chunk, after: end)
            if start == end {
                // "If the line is empty (a blank line): Dispatch the event, as defined below."
                // 1. "Set the last event ID string of the event source to the value of the last event ID buffer."
                if lastEventIDs.isBufferChanged { commitLastEventID() }
                // 2. "If the data buffer is an empty string, set the data buffer and the event type buffer to the
                //    empty string and return."
                guard frame.data == .none else {
                    frame.end = end
                    return .event
                }
                if ignored.isRequested, frame.type != .none {
                    frame.end = end
                    return .eventWithoutData
                }
                frame = Frame(start: cursor.lineStart, limit: limits.eventBytes)
            } else if chunk.byte(at: start) == UInt8(ascii: ":") {
                // "If the line starts with a U+003A COLON character (:): Ignore the line."
                try checkLimits(length: end - start, offset: cursor.consumed &+ start, isComment: true)
                if keepsComments {
                    cursor.text = (start + 1)..<end
                    return .comment
                }
            } else {
                try checkLimits(length: end - start, offset: cursor.consumed &+ start, isComment: false)
                frame.remainingBytes &-= end &- start &+ 1
                if !processField(chunk, start, end), ignored.isRequested {
                    cursor.text = start..<end
                    ignored.endLine(
                        at: cursor.consumed &+ start,
                        nextLineOffset: cursor.consumed &+ cursor.lineStart
                    )
                    return .ignoredLine
                }
            }
            // The map begins at or before the line.
            end = unsafe cursor.lineEnds.uncheckedFirstLineEnd(in: chunk, from: cursor.lineStart)
        }
        try suspend(chunk)
        return .needsBytes
    }

    /// Processes a line that is neither blank nor a comment.
    ///
    /// - Returns: Whether the standard defines a field with that name.
    private mutating func processField(_ chunk: RawSpan, _ start: Int, _ end: Int) -> Bool {
        // "If the line contains a U+003A COLON character (:): Collect the characters on the line before the first
        // U+003A COLON character (:), and let field be that string. Collect the characters on the line after the first
        // U+003A COLON character (:), and let value be that string." Otherwise: "Process the field […] using the
        // whole line as the field name, and the empty string as the field value."
        let colon = chunk.colon(from: start, to: min(end, start + Field.longestName + 1))
        let hasColon = colon < end && chunk.byte(at: colon) == UInt8(ascii: ":")
        guard hasColon || colon == end else { return false }
        // In bounds: colon < end, and `end` is a line end of the chunk.
        let valueStart = hasColon ? unsafe chunk.uncheckedValueStart(after: colon, to: end) : end
        switch Field(chunk.bytes(from: start, to: colon)) {
        case .event:
            // "Set the event type buffer to field value."
            frame.type = .chunk
            frame.typeStart = valueStart
            frame.typeEnd = end
        case .data:
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to
            // the data buffer." The last LF, which dispatch would remove again, is never written.
            if frame.data == .none {
                frame.data = .chunk
                frame.dataStart = valueStart
                frame.dataEnd = end
                return true
            }
            if frame.data == .chunk { bufferData(chunk) }
            values.data.append(UInt8(ascii: "\n"), limit: limits.eventBytes)
            values.data.append(chunk.bytes(from: valueStart, to: end), limit: limits.eventBytes)
        case .id:
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
            // Otherwise, ignore the field."
            let value = chunk.bytes(from: valueStart, to: end)
            if !value.containsNull {
                lastEventIDs.buffer.removeAll()
                lastEventIDs.buffer.append(value, limit: limits.lineBytes)
                lastEventIDs.isBufferChanged = true
            }
        case .retry:
            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base
            // ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the field."
            var number = DecimalNumber()
            number.append(chunk.bytes(from: valueStart, to: end))
            if let time = number.value {
                frame.retry = time
                reconnectionTime = time
            }
        case .unknown:
            // "Otherwise: The field is ignored."
            return false
        }
        return true
    }

    /// "Set the last event ID string of the event source to the value of the last event ID buffer."
    private mutating func commitLastEventID() {
        lastEventIDs.commit()
        // `details` lives as long as `self`, and the committed bytes stay until the next call of this function.
        unsafe details.pointee.idCount = lastEventIDs.committed.count
        unsafe lastEventIDs.committed.span.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { unsafe details.pointee.idStart = start }
        }
    }

    /// Throws at the first byte beyond a limit, regardless of how the line is split.
    ///
    /// - Parameters:
    ///   - length: The number of bytes of the line received.
    ///   - offset: The offset of the line in the stream.
    ///   - isComment: Whether the line is a comment, which does not count toward the size of the event.
    @inline(__always)
    mutating func checkLimits(length: Int, offset: Int, isComment: Bool) throws(EventStreamError) {
        let allowed = isComment ? limits.lineBytes : min(limits.lineBytes, frame.remainingBytes)
        if length > allowed { throw fail(offset: offset, allowed: allowed) }
    }

    @inline(never)
    private mutating func fail(offset: Int, allowed: Int) -> EventStreamError {
        let isLine = allowed == limits.lineBytes
        let error = EventStreamError(
            limit: isLine ? .lineBytes : .eventBytes,
            allowed: isLine ? limits.lineBytes : limits.eventBytes,
            offset: offset &+ max(0, allowed)
        )
        state = .failed
        failure = error
        return error
    }
}
