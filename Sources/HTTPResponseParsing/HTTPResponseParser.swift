/// A parser of one HTTP/1.1 response (RFC 9112), fed with the bytes of a connection in chunks.
///
/// ## Theory of operation
///
/// Lines (the status line, fields, the sizes of chunks) are gathered in a buffer of the parser's own up to their LF,
/// and read once they are whole: what a line means is told by ``StatusLine``, ``FieldLine`` and ``ChunkSizeLine``,
/// which know nothing of chunks. Bytes of the body are never copied: they are handed out as pieces of the chunk that
/// was fed.
///
/// The parser never waits and does no input. It copes with chunks of any size, cut anywhere; parts (but for the number
/// of pieces of the body), errors and the position do not depend on the cuts. An error is thrown on the byte or the
/// line that is wrong, without looking further.
///
///     var parser = HTTPResponseParser()
///     let bytes = chunk[...]  // An array has a span only from macOS 26 on.
///     var rest = bytes.span.bytes
///     while let part = try parser.next(in: &rest) { … }
///
/// - Memory: the fields, of at most `limits.headBytes` and `limits.trailerBytes`, and one line of them.
/// - Note: The parser knows nothing of the request. The response to a HEAD request has no body, whatever its head says
///   (RFC 9112, section 6.3): who sends one needs the head only.
public struct HTTPResponseParser: ~Copyable, Sendable {
    /// The bounds that this parser keeps.
    public let limits: HTTPResponseLimits
    /// Whether the transfer coding of the body is already undone.
    public let isTransferDecoded: Bool

    /// The number of bytes consumed so far, which is the offset in the response of the next byte to be fed. Once
    /// ``isComplete`` it is the length of the response. Where `Int` has 32 bits it wraps around at 2 GiB; limits and lengths
    /// do not depend on that.
    public private(set) var position = 0
    /// The head of the final response, once it came.
    public private(set) var head: ResponseHead?
    /// The head of the last interim response (1xx), if any came before the final one.
    public private(set) var interimHead: ResponseHead?
    /// The number of interim responses (1xx).
    public private(set) var interimCount = 0
    /// The error that ended this response, if one did.
    public private(set) var failure: HTTPResponseError?

    private var state = State.beginning
    /// The bytes of the line in progress. Empty between lines.
    private var line: [UInt8] = []
    /// The offset in the response of the first byte that counts for the limit of the section in progress.
    private var sectionStart = 0
    /// The head, or the trailers, in progress.
    private var fields = ResponseFields()
    /// The status line of the head in progress.
    private var statusLine: StatusLine?
    private var framing = BodyFraming()

    /// Where in the response the next byte lies.
    private enum State {
        /// In the first bytes of a status line, `HTTP/`. → `statusLine`.
        case beginning
        /// In what follows these. → `fields`.
        case statusLine
        /// Among the header fields. → `beginning` after an interim response, else `headed`.
        case fields
        /// After the blank line; the head was not handed out yet. Invariant: `head` is there. → `body`,
        /// `bodyUntilClose`, `chunkSize` or `ending`; see `stateAfterHead`.
        case headed
        /// In a body of which `remaining` bytes are to come. → `ending`, when none is.
        case body(remaining: Int)
        /// In a body that lasts until the connection is closed.
        case bodyUntilClose
        /// In the line that gives the size of a chunk. → `chunk`, or `trailers` after the last chunk.
        case chunkSize
        /// In the data of a chunk. Invariant: `remaining > 0`. → `chunkEnd`.
        case chunk(remaining: Int)
        /// In the CRLF after the data of a chunk. → `chunkSize`.
        case chunkEnd(hasCarriageReturn: Bool)
        /// Among the trailers. → `ending`.
        case trailers
        /// After the response; its end was not handed out yet. → `ended`.
        case ending
        /// After the response. Nothing more is consumed.
        case ended
    }

    /// Creates a parser at the start of a response.
    ///
    /// - Parameters:
    ///   - limits: Bounds on the head and on what frames the body.
    ///   - isTransferDecoded: Whether the bytes are a recording in which the transfer coding is already undone, as
    ///     `curl -i` writes it: the head says `chunked`, but the body is plain. `Transfer-Encoding` then says nothing, a
    ///     body without `Content-Length` lasts until the end, and status lines such as `HTTP/2 200` are accepted.
    public init(limits: HTTPResponseLimits = HTTPResponseLimits(), isTransferDecoded: Bool = false) {
        // Again through the initializer: the properties may have been set to anything since.
        self.limits = HTTPResponseLimits(
            headBytes: limits.headBytes,
            fieldCount: limits.fieldCount,
            trailerBytes: limits.trailerBytes,
            chunkLineBytes: limits.chunkLineBytes
        )
        self.isTransferDecoded = isTransferDecoded
    }

    /// Whether the response has ended by its own framing. Its `end` may still have to be handed out.
    public var isComplete: Bool {
        switch stateAfterHead {
        case .ending, .ended, .body(remaining: 0): true
        default: false
        }
    }

    /// Consumes `chunk` up to and including the next part of the response, and hands that part out.
    ///
    /// What remains of `chunk` are the bytes not looked at yet: pass them again for the next part. Some parts take no
    /// bytes: call until there is none. After the `end` nothing is consumed: what remains then is not of this response.
    /// It is of the next, if there was another request; else "A client MUST NOT process, cache, or forward such extra
    /// data as a separate response" (RFC 9112, section 6.3).
    ///
    /// - Parameter chunk: The next bytes of the connection, of any number.
    /// - Returns: the next part, or `nil` when all of `chunk` is consumed without one, or the response has ended.
    /// - Throws: ``HTTPResponseError``, now and ever after.
    /// - Complexity: O(bytes consumed), without those of the body.
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func next(in chunk: inout RawSpan) throws(HTTPResponseError) -> HTTPResponsePart? {
        if let failure { throw failure }
        do throws(HTTPResponseError) {
            return try nextPart(in: &chunk)
        } catch {
            failure = error
            line = []
            throw error
        }
    }

    /// Tells what it means that the connection was closed after the bytes fed so far.
    ///
    /// - Returns: whether the response is complete, and if not, in which part of it something is missing. After an error
    ///   it is the place of that.
    public func finish() -> HTTPResponseEnding {
        // "A client that receives an incomplete response message […] MUST record the message as incomplete" (RFC 9112,
        // section 8).
        switch stateAfterHead {
        case .beginning where position == 0:
            .truncated(in: .start)
        case .beginning, .statusLine:
            .truncated(in: .statusLine)
        case .fields, .headed:
            .truncated(in: .fields)
        case .body(remaining: 0), .ending, .ended:
            .complete
        case .bodyUntilClose:
            // "A response that has neither chunked transfer coding nor Content-Length is terminated by closure of the
            // connection and, if the header section was received intact, is considered complete".
            .complete
        case .body(let remaining):
            // "A message that uses a valid Content-Length is incomplete if the size of the message body received (in
            // octets) is less than the value given by Content-Length."
            .truncated(in: .body(missingBytes: remaining))
        case .chunkSize, .chunkEnd:
            // "A message body that uses the chunked transfer coding is incomplete if the zero-sized chunk that
            // terminates the encoding has not been received."
            .truncated(in: .chunkFraming)
        case .chunk(let remaining):
            .truncated(in: .chunk(missingBytes: remaining))
        case .trailers:
            .truncated(in: .trailers)
        }
    }
}

extension HTTPResponseParser {
    /// The status of a final response whose head is not whole, once its status line came.
    package var unfinishedHeadStatus: Int? {
        guard head == nil, let status = statusLine?.status, status >= 200 else { return nil }
        return status
    }

    /// Lets the body last until the connection is closed, whatever `Content-Length` says.
    ///
    /// `Content-Length` counts the bytes of the coded body (RFC 9110, section 8.6). Of a recording whose content coding was
    /// undone it says nothing. Call this right after the head was handed out.
    package mutating func readUntilClose() {
        if case .body(let remaining) = state, remaining > 0 { state = .bodyUntilClose }
    }
}

// MARK: - From state to state

extension HTTPResponseParser {
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    private mutating func nextPart(in chunk: inout RawSpan) throws(HTTPResponseError) -> HTTPResponsePart? {
        while true {
            switch state {
            case .beginning:
                guard try readBeginning(in: &chunk) else { return nil }
                state = .statusLine
            case .statusLine:
                guard let start = try gatherLine(in: &chunk, limit: limits.headBytes, .headTooLong) else { return nil }
                try readStatusLine(at: start)
                endLine()
                state = .fields
            case .fields:
                guard let start = try gatherLine(in: &chunk, limit: limits.headBytes, .headTooLong) else { return nil }
                try readHeaderField(at: start)
                endLine()
            case .headed:
                state = stateAfterHead
                sectionStart = position
                line = []
                if let head { return .head(head) }
            case .body(remaining: 0):
                state = .ending
            case .body(let remaining):
                guard let piece = takeData(of: &chunk, remaining) else { return nil }
                state = .body(remaining: remaining - piece.byteCount)
                return .body(piece)
            case .bodyUntilClose:
                guard let piece = takeData(of: &chunk, .max) else { return nil }
                return .body(piece)
            case .chunkSize:
                guard let start = try gatherLine(in: &chunk, limit: limits.chunkLineBytes, .chunkLineTooLong) else {
                    return nil
                }
                try readChunkSize(at: start)
                endLine()
            case .chunk(let remaining):
                guard let piece = takeData(of: &chunk, remaining) else { return nil }
                let rest = remaining - piece.byteCount
                state = rest == 0 ? .chunkEnd(hasCarriageReturn: false) : .chunk(remaining: rest)
                return .body(piece)
            case .chunkEnd(let hasCarriageReturn):
                guard !chunk.isEmpty else { return nil }
                try readChunkEnd(chunk.byte(at: 0), hasCarriageReturn: hasCarriageReturn)
                _ = take(1, of: &chunk)
                sectionStart = position
            case .trailers:
                guard let start = try gatherLine(in: &chunk, limit: limits.trailerBytes, .trailersTooLong) else {
                    return nil
                }
                try readTrailer(at: start)
                endLine()
            case .ending:
                state = .ended
                line = []
                return .end(trailers: fields)
            case .ended:
                return nil
            }
        }
    }

    /// The state; after the head that which follows, by the rules of RFC 9112, section 6.3, in their order.
    private var stateAfterHead: State {
        guard case .headed = state else { return state }
        // 1. No body, whatever the fields say. (2. concerns CONNECT, which this parser's users do not send.)
        if let head, !BodyFraming.hasBody(status: head.status) { return .ending }
        // 4. "If a Transfer-Encoding header field is present and the chunked transfer coding is the final encoding, the
        //    message body length is determined by reading and decoding the chunked data". (3. is an error by now.)
        if framing.isChunked { return .chunkSize }
        // 6. "If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines the
        //    expected message body length in octets". (5. is an error by now.)
        if let length = framing.contentLength { return .body(remaining: length) }
        // 8. "Otherwise, this is a response message without a declared message body length, so the message body length
        //    is determined by the number of octets received prior to the server closing the connection." (7. concerns
        //    requests.)
        return .bodyUntilClose
    }
}

// MARK: - Bytes and lines

extension HTTPResponseParser {
    /// Takes the first `count` bytes of `chunk`.
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    private mutating func take(_ count: Int, of chunk: inout RawSpan) -> RawSpan {
        position &+= count
        return chunk.removeFirst(count)
    }

    /// Takes as many bytes of the body as are here, up to `most`, or nil if there is none.
    @_lifetime(copy chunk)
    @_lifetime(chunk: copy chunk)
    private mutating func takeData(of chunk: inout RawSpan, _ most: Int) -> RawSpan? {
        chunk.isEmpty ? nil : take(min(most, chunk.byteCount), of: &chunk)
    }

    /// Takes the bytes that every status line begins with, each as soon as it is here: what is not HTTP at all need not
    /// have lines. No line may come before: the leave to ignore empty lines is given to servers (RFC 9112, section
    /// 2.2).
    ///
    /// - Returns: whether they are complete.
    private mutating func readBeginning(in chunk: inout RawSpan) throws(HTTPResponseError) -> Bool {
        while line.count < StatusLine.beginning.count {
            guard !chunk.isEmpty else { return false }
            if position &- sectionStart >= limits.headBytes { throw HTTPResponseError(.headTooLong, at: position) }
            let byte = chunk.byte(at: 0)
            // "HTTP-version is case-sensitive" (RFC 9112, section 2.3).
            guard byte == StatusLine.beginning[line.count] else {
                throw HTTPResponseError(.notHTTP, at: position, excerpt: line + [byte])
            }
            line.append(byte)
            _ = take(1, of: &chunk)
        }
        return true
    }

    /// Gathers bytes up to and including an LF, which ends ``line`` and is not a part of it.
    ///
    /// - Parameters:
    ///   - chunk: The bytes here.
    ///   - limit: The most bytes from ``sectionStart`` on, the LF included.
    ///   - reason: What is wrong if they are more.
    /// - Returns: the offset of the line in the response, or nil if its end is not here.
    private mutating func gatherLine(
        in chunk: inout RawSpan,
        limit: Int,
        _ reason: HTTPResponseError.Reason
    ) throws(HTTPResponseError) -> Int? {
        let room = min(chunk.byteCount, limit - (position &- sectionStart))
        var count = 0
        var isWhole = false
        while count < room, !isWhole {
            let byte = chunk.byte(at: count)
            count += 1
            isWhole = byte == .lineFeed
            if !isWhole { line.append(byte) }
        }
        _ = take(count, of: &chunk)
        if isWhole { return position &- 1 &- line.count }
        if !chunk.isEmpty { throw HTTPResponseError(reason, at: position) }
        return nil
    }

    /// Forgets the gathered line, once no slice of it is held any more: it would be copied for that.
    private mutating func endLine() {
        line.removeAll(keepingCapacity: true)
    }

    /// Removes the CR at the end of a gathered line: "a recipient MAY recognize a single LF as a line terminator and
    /// ignore any preceding CR" in the status line and in fields (RFC 9112, section 2.2).
    private mutating func dropCarriageReturn() {
        if line.last == .carriageReturn { line.removeLast() }
    }
}

// MARK: - What lines do

extension HTTPResponseParser {
    private mutating func readStatusLine(at start: Int) throws(HTTPResponseError) {
        dropCarriageReturn()
        let statusLine = try StatusLine(line, at: start, isRecorded: isTransferDecoded)
        // "101 (Switching Protocols)": the bytes that follow are of the protocol of the `Upgrade` field (RFC 9110,
        // section 15.2.2).
        if statusLine.status == 101 { throw HTTPResponseError(.switchingProtocols, at: start, excerpt: line) }
        self.statusLine = statusLine
    }

    private mutating func readHeaderField(at start: Int) throws(HTTPResponseError) {
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
            state = .headed
        }
    }

    private mutating func readChunkSize(at start: Int) throws(HTTPResponseError) {
        let size = try ChunkSizeLine.size(line, at: start)
        if size > 0 {
            state = .chunk(remaining: size)
        } else {
            // "last-chunk = 1*("0") [ chunk-ext ] CRLF" (RFC 9112, section 7.1).
            sectionStart = position
            state = .trailers
        }
    }

    /// "chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF" (RFC 9112, section 7.1). A single LF is refused here as
    /// it is after the size.
    private mutating func readChunkEnd(_ byte: UInt8, hasCarriageReturn: Bool) throws(HTTPResponseError) {
        guard byte == (hasCarriageReturn ? .lineFeed : .carriageReturn) else {
            throw HTTPResponseError(.invalidChunkEnd, at: position, excerpt: CollectionOfOne(byte))
        }
        state = hasCarriageReturn ? .chunkSize : .chunkEnd(hasCarriageReturn: true)
    }

    /// "trailer-section = *( field-line CRLF )", after which an empty line ends the body (RFC 9112, sections 7.1,
    /// 7.1.2).
    private mutating func readTrailer(at start: Int) throws(HTTPResponseError) {
        dropCarriageReturn()
        if line.isEmpty {
            state = .ending
        } else {
            _ = try addField(at: start)
        }
    }

    /// Reads the gathered line as a field, and adds that to the head or to the trailers.
    private mutating func addField(at start: Int) throws(HTTPResponseError) -> FieldLine {
        if fields.count >= limits.fieldCount { throw HTTPResponseError(.tooManyFields, at: start) }
        let field = try FieldLine(line, at: start)
        fields.append(field.field)
        return field
    }
}
