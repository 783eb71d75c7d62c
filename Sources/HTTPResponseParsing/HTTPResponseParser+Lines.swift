// The bytes and lines of a response: how they are consumed, and what each line changes.

// MARK: Bytes and lines

extension HTTPResponseParser {
    /// Removes and returns the first `count` bytes of `chunk`.
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    mutating func consume(_ count: Int, of chunk: inout RawSpan) -> RawSpan {
        position &+= count
        return chunk.removeFirst(count)
    }

    /// Removes and returns up to `limit` body bytes from `chunk`, or `nil` if `chunk` is empty.
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    mutating func consumeData(of chunk: inout RawSpan, atMost limit: Int) -> RawSpan? {
        chunk.isEmpty ? nil : consume(min(limit, chunk.byteCount), of: &chunk)
    }

    /// Consumes the `HTTP/` at the start of a status line.
    ///
    /// Each byte is checked on arrival, to reject non-HTTP input at its first wrong byte; such input may contain no LF.
    /// Leading empty lines are an error: only servers may skip them (RFC 9112, section 2.2).
    ///
    /// - Returns: Whether all of `HTTP/` was consumed.
    mutating func readBeginning(in chunk: inout RawSpan) throws(HTTPResponseError) -> Bool {
        while line.count < StatusLine.beginning.count {
            guard !chunk.isEmpty else { return false }
            if position &- sectionStart >= limits.headBytes { throw HTTPResponseError(.headTooLong, at: position) }
            let byte = chunk.byte(at: 0)
            // "HTTP-version is case-sensitive" (RFC 9112, section 2.3).
            guard byte == StatusLine.beginning[line.count] else {
                throw HTTPResponseError(.notHTTP, at: position, excerpt: line + [byte])
            }
            line.append(byte)
            _ = consume(1, of: &chunk)
        }
        return true
    }

    /// Appends bytes to ``line`` up to an LF, and consumes the LF.
    ///
    /// - Parameters:
    ///   - chunk: The available bytes.
    ///   - limit: The maximum number of bytes from ``sectionStart`` through the LF.
    ///   - reason: The error to throw beyond that limit.
    /// - Returns: The offset of the line in the response, or `nil` if the line is not complete yet.
    mutating func bufferLine(
        in chunk: inout RawSpan,
        limit: Int,
        _ reason: HTTPResponseError.Reason
    ) throws(HTTPResponseError) -> Int? {
        let available = min(chunk.byteCount, limit - (position &- sectionStart))
        var count = 0
        var isComplete = false
        while count < available, !isComplete {
            let byte = chunk.byte(at: count)
            count += 1
            isComplete = byte == .lineFeed
            if !isComplete { line.append(byte) }
        }
        _ = consume(count, of: &chunk)
        if isComplete { return position &- 1 &- line.count }
        if !chunk.isEmpty { throw HTTPResponseError(reason, at: position) }
        return nil
    }

    /// Clears the line buffer. Call this only when no slice of the line is alive; otherwise, clearing the buffer copies
    /// it.
    mutating func endLine() {
        line.removeAll(keepingCapacity: true)
    }

    /// Removes the CR at the end of the line: "a recipient MAY recognize a single LF as a line terminator and ignore
    /// any preceding CR" in the status line and in fields (RFC 9112, section 2.2).
    private mutating func dropCarriageReturn() {
        if line.last == .carriageReturn { line.removeLast() }
    }
}

// MARK: What a line changes

extension HTTPResponseParser {
    mutating func readStatusLine(at start: Int) throws(HTTPResponseError) {
        dropCarriageReturn()
        let statusLine = try StatusLine(line, at: start, isRecorded: isTransferDecoded)
        // "101 (Switching Protocols)": the following bytes belong to the protocol in the `Upgrade` field (RFC 9110,
        // section 15.2.2).
        if statusLine.status == 101 { throw HTTPResponseError(.switchingProtocols, at: start, excerpt: line) }
        self.statusLine = statusLine
    }

    mutating func readHeaderField(at start: Int) throws(HTTPResponseError) {
        guard let statusLine else { return }
        dropCarriageReturn()
        if line.isEmpty { return endHead(statusLine) }
        let field = try addField(at: start)
        if BodyFraming.hasBody(status: statusLine.status) {
            try framing.add(
                field,
                at: start,
                isHTTP10: statusLine.major == 1 && statusLine.minor == 0,
                isTransferDecoded: isTransferDecoded
            )
        }
    }

    /// Ends the head at "an empty line indicating the end of the header section" (RFC 9112, section 2.1).
    private mutating func endHead(_ statusLine: StatusLine) {
        let head = ResponseHead(status: statusLine.status, reason: statusLine.reason, fields: fields)
        fields = ResponseFields()
        if head.status < 200 {
            // "A client MUST be able to parse one or more 1xx responses received prior to a final response, even if the
            // client does not expect one" (RFC 9110, section 15.2).
            interimHead = head
            interimCount += 1
            state = .beginning
        } else {
            self.head = head
            state = .headComplete
        }
    }

    mutating func readChunkSize(at start: Int) throws(HTTPResponseError) {
        let size = try ChunkSizeLine.size(line, at: start)
        if size > 0 {
            state = .chunk(remaining: size)
        } else {
            // "last-chunk = 1*("0") [ chunk-ext ] CRLF" (RFC 9112, section 7.1).
            sectionStart = position
            state = .trailers
        }
    }

    /// "chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF" (RFC 9112, section 7.1). A bare LF is rejected here, as
    /// it is after the size.
    mutating func readChunkEnd(_ byte: UInt8, hasCarriageReturn: Bool) throws(HTTPResponseError) {
        guard byte == (hasCarriageReturn ? .lineFeed : .carriageReturn) else {
            throw HTTPResponseError(.invalidChunkEnd, at: position, excerpt: CollectionOfOne(byte))
        }
        state = hasCarriageReturn ? .chunkSize : .chunkEnd(hasCarriageReturn: true)
    }

    /// "trailer-section = *( field-line CRLF )", followed by the empty line that ends the body (RFC 9112, sections 7.1,
    /// 7.1.2).
    mutating func readTrailer(at start: Int) throws(HTTPResponseError) {
        dropCarriageReturn()
        if line.isEmpty {
            state = .ending
        } else {
            _ = try addField(at: start)
        }
    }

    /// Parses the line as a field and appends it to the head or the trailers.
    private mutating func addField(at start: Int) throws(HTTPResponseError) -> FieldLine {
        if fields.count >= limits.fieldCount { throw HTTPResponseError(.tooManyFields, at: start) }
        let field = try FieldLine(line, at: start)
        fields.append(field.field)
        return field
    }
}
