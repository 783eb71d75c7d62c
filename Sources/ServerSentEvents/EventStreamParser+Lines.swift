/// The rules of section 9.2.6, "Interpreting an event stream", line by line. They stand here, and for a line that is
/// cut by the end of a chunk in `EventStreamParser+Gathering.swift`; the hot path is a short cut past them.
extension EventStreamParser {
    /// Goes from line to line until the frame is complete and is an event, or the chunk is used up.
    ///
    /// "The stream must then be parsed by reading everything line by line, with a U+000D CARRIAGE RETURN U+000A LINE
    /// FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not preceded by a U+000D CARRIAGE RETURN
    /// (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not followed by a U+000A LINE FEED (LF)
    /// character being the ways in which a line can end."
    ///
    /// - Parameter lineEnd: The end of the line at `lineStart`, or -1 if that is not in the chunk.
    @usableFromInline @inline(never)
    mutating func scan(_ chunk: RawSpan, lineEnd: Int) throws(EventStreamError) -> Outcome {
        var end = lineEnd
        while end >= 0 {
            let start = lineStart
            lineStart = endLine(chunk, at: end)
            if start == end {
                // "If the line is empty (a blank line): Dispatch the event, as defined below."
                // 1. "Set the last event ID string of the event source to the value of the last event ID buffer."
                if hasPendingID { commitID() }
                // 2. "If the data buffer is an empty string, set the data buffer and the event type buffer to the
                //    empty string and return."
                ignoredLine.isLast = false
                guard frame.data == .none else {
                    frame.end = end
                    return .event
                }
                if handsOutIgnored, frame.type != .none {
                    frame.end = end
                    return .eventWithoutData
                }
                frame = Frame(start: lineStart, room: limits.eventBytes)
            } else if chunk.byte(at: start) == UInt8(ascii: ":") {
                // "If the line starts with a U+003A COLON character (:): Ignore the line."
                try checkLimits(length: end - start, offset: consumed &+ start, isComment: true, frame.room)
                ignoredLine.isLast = false
                if keepsComments {
                    comment = (start + 1)..<end
                    return .comment
                }
            } else {
                try checkLimits(length: end - start, offset: consumed &+ start, isComment: false, frame.room)
                frame.room &-= end &- start &+ 1
                if !processField(chunk, start, end) {
                    ignoredLine.receive(at: consumed &+ start)
                    if handsOutIgnored {
                        comment = start..<end
                        return .ignoredLine
                    }
                } else {
                    ignoredLine.isLast = false
                }
            }
            end = maps.firstLineEnd(chunk, from: lineStart)
        }
        try suspend(chunk)
        return .needsBytes
    }

    /// Processes a line that is neither empty nor a comment.
    ///
    /// - Returns: whether the standard knows a field of that name.
    private mutating func processField(_ chunk: RawSpan, _ start: Int, _ end: Int) -> Bool {
        // "If the line contains a U+003A COLON character (:): Collect the characters on the line before the first
        // U+003A COLON character (:), and let field be that string. Collect the characters on the line after the first
        // U+003A COLON character (:), and let value be that string." Otherwise: "Process the field […] using the
        // whole line as the field name, and the empty string as the field value."
        let colon = chunk.colon(from: start, to: min(end, start + Field.longestName + 1))
        let hasColon = colon < end && chunk.byte(at: colon) == UInt8(ascii: ":")
        let valueStart = hasColon ? chunk.valueStart(after: colon, end) : end
        guard hasColon || colon == end else { return false }
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
            if frame.data == .chunk {
                gatherData(chunk)
                frame.data = .gathered
            }
            data.append(UInt8(ascii: "\n"), limit: limits.eventBytes)
            data.append(chunk.bytes(from: valueStart, to: end), limit: limits.eventBytes)
        case .id:
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
            // Otherwise, ignore the field."
            let value = chunk.bytes(from: valueStart, to: end)
            if !value.containsNull {
                pendingID.removeAll()
                pendingID.append(value, limit: limits.lineBytes)
                hasPendingID = true
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
    private mutating func commitID() {
        swap(&committedID, &pendingID)
        hasPendingID = false
        // `details` lives as long as `self`, and the bytes of `committedID` until the next call of this function.
        unsafe details.pointee.idCount = committedID.count
        unsafe committedID.span.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { unsafe details.pointee.idStart = start }
        }
    }

    /// Ends the stream at the first byte over a limit, which does not depend on how much of the line is here.
    ///
    /// - Parameters:
    ///   - length: The bytes of the line that are here.
    ///   - offset: The offset of the line's first byte in the stream.
    ///   - room: The bytes that the event may still take.
    @inline(__always)
    mutating func checkLimits(length: Int, offset: Int, isComment: Bool, _ room: Int) throws(EventStreamError) {
        let allowed = isComment ? limits.lineBytes : min(limits.lineBytes, room)
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
        failure = error
        needsResume = true
        line.isInData = false
        return error
    }
}

/// The fields that mean something.
enum Field {
    case event, data, id, retry, unknown

    /// The length of the longest name.
    static let longestName = 5

    /// "Field names must be compared literally, with no case folding performed."
    init(_ name: RawSpan) {
        var letters: UInt64 = 0
        guard name.byteCount <= Self.longestName else {
            self = .unknown
            return
        }
        for index in 0..<name.byteCount {
            letters |= UInt64(name.byte(at: index)) << UInt64(8 * index)
        }
        self.init(letters: letters, count: name.byteCount)
    }

    /// - Parameters:
    ///   - letters: The name, its first byte lowest.
    ///   - count: The number of its bytes: a name may end in NUL.
    init(letters: UInt64, count: Int) {
        switch (letters, count) {
        case (0x74_6E65_7665, 5): self = .event
        case (0x6174_6164, 4): self = .data
        case (0x6469, 2): self = .id
        case (0x79_7274_6572, 5): self = .retry
        default: self = .unknown
        }
    }
}

extension Field {
    /// The field whose name begins with these letters, or one of them.
    ///
    /// - Parameters:
    ///   - letters: The beginning of the name, its first byte lowest.
    ///   - count: The number of its bytes, at least 1.
    init(prefix letters: UInt64, count: Int) {
        let names: [(Field, UInt64, Int)] = [
            (.event, 0x74_6E65_7665, 5), (.data, 0x6174_6164, 4), (.id, 0x6469, 2), (.retry, 0x79_7274_6572, 5),
        ]
        let mask = UInt64.max >> UInt64(64 - 8 * count)
        self = names.first { $0.2 >= count && $0.1 & mask == letters }?.0 ?? .unknown
    }
}

/// An integer in base ten that is given in pieces; an empty value is none.
struct DecimalNumber {
    /// The value so far, `Int.max` for anything above; nil if there was anything but ASCII digits, or nothing.
    private(set) var value: Int?
    private var isInvalid = false

    /// Appends digits. - Complexity: O(`bytes.byteCount`).
    mutating func append(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount where !isInvalid {
            let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else {
                isInvalid = true
                value = nil
                return
            }
            let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit))
            value = overflow || carry ? Int.max : sum
        }
    }
}

extension RawSpan {
    /// Whether any byte is NUL.
    var containsNull: Bool {
        for index in 0..<byteCount where byte(at: index) == 0 { return true }
        return false
    }

    /// The offset of the first colon of `start ..< end`, or `end`.
    func colon(from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, byte(at: index) != UInt8(ascii: ":") { index += 1 }
        return index
    }
}
