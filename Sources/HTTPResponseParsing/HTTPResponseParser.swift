/// An incremental parser for one HTTP/1.1 response (RFC 9112).
///
/// ## Theory of operation
///
/// The parser buffers each line (the status line, a field line, a chunk-size line) up to its LF and parses the complete
/// line with `StatusLine`, `FieldLine` or `ChunkSizeLine`, which never see a partial line. It never copies body bytes:
/// it returns them as slices of the input chunk.
///
/// The parser performs no I/O and never blocks. Input can be split into chunks of any size, at any byte. The parts
/// (except for the number of body pieces), the errors and the position do not depend on the split. The parser throws on
/// the first invalid byte or line, without looking further.
///
///     var parser = HTTPResponseParser()
///     let bytes = chunk[...]  // `Array.span` requires macOS 26.
///     var rest = bytes.span.bytes
///     while let part = try parser.next(in: &rest) { … }
///
/// - Memory: the fields, at most `limits.headBytes` and `limits.trailerBytes`, plus one line.
/// - Note: The parser does not know the request. The response to a HEAD request has no body, regardless of its head
///   (RFC 9112, section 6.3): after sending a HEAD request, stop parsing after the head.
public struct HTTPResponseParser: ~Copyable, Sendable {
    /// The limits that this parser enforces.
    public let limits: HTTPResponseLimits
    /// Whether the transfer coding of the body has already been removed.
    public let isTransferDecoded: Bool

    /// The number of bytes consumed so far, which is the offset of the next byte in the response. Once ``isComplete``
    /// is true, it is the length of the response. On a 32-bit platform it wraps around at 2 GiB, which does not affect
    /// limits and lengths.
    public internal(set) var position = 0
    /// The head of the final response, or `nil` until it is complete.
    public internal(set) var head: ResponseHead?
    /// The head of the last interim response (1xx) before the final one, if any.
    public internal(set) var interimHead: ResponseHead?
    /// The number of interim responses (1xx).
    public internal(set) var interimCount = 0
    /// The error that parsing stopped at, if any.
    public private(set) var failure: HTTPResponseError?

    var state = State.beginning
    /// The bytes of the current line. Empty between lines.
    var line: [UInt8] = []
    /// The offset in the response of the first byte that counts toward the limit of the current section.
    var sectionStart = 0
    /// The fields of the current head or trailer section.
    var fields = ResponseFields()
    /// The status line of the current head.
    var statusLine: StatusLine?
    var framing = BodyFraming()

    /// The position of the next byte in the response.
    enum State {
        /// In `HTTP/`, the first bytes of a status line. → `statusLine`.
        case beginning
        /// In the rest of the status line. → `fields`.
        case statusLine
        /// In the header fields. → `beginning` after an interim response, otherwise `headComplete`.
        case fields
        /// After the blank line; the head has not been returned yet. Invariant: `head` is not `nil`. → `body`,
        /// `bodyUntilClose`, `chunkSize` or `ending`; see `stateAfterHead`.
        case headComplete
        /// In a body with `remaining` bytes left. → `ending` at 0.
        case body(remaining: Int)
        /// In a body that lasts until the connection closes.
        case bodyUntilClose
        /// In a chunk-size line. → `chunk`, or `trailers` after the last chunk.
        case chunkSize
        /// In the data of a chunk. Invariant: `remaining > 0`. → `chunkEnd`.
        case chunk(remaining: Int)
        /// In the CRLF after the data of a chunk. → `chunkSize`.
        case chunkEnd(hasCarriageReturn: Bool)
        /// In the trailers. → `ending`.
        case trailers
        /// After the response; its end has not been returned yet. → `ended`.
        case ending
        /// After the response. Consumes nothing more.
        case ended
    }

    /// Creates a parser at the start of a response.
    ///
    /// - Parameters:
    ///   - limits: Limits on the head and on the framing of the body.
    ///   - isTransferDecoded: Whether the bytes are a recording with the transfer coding already removed, as written by
    ///     `curl -i`: the head says `chunked`, but the body is plain. The parser then ignores `Transfer-Encoding`,
    ///     reads a body without `Content-Length` until the end, and accepts status lines such as `HTTP/2 200`.
    public init(limits: HTTPResponseLimits = HTTPResponseLimits(), isTransferDecoded: Bool = false) {
        // Clamp again: the properties may have been set to any value after initialization.
        self.limits = HTTPResponseLimits(
            headBytes: limits.headBytes,
            fieldCount: limits.fieldCount,
            trailerBytes: limits.trailerBytes,
            chunkLineBytes: limits.chunkLineBytes
        )
        self.isTransferDecoded = isTransferDecoded
    }

    /// Whether the response is complete according to its own framing. Its `end` part may not have been returned yet.
    public var isComplete: Bool {
        switch stateAfterHead {
        case .ending, .ended, .body(remaining: 0): true
        default: false
        }
    }

    /// Consumes `chunk` through the next part of the response and returns that part.
    ///
    /// On return, `chunk` holds the bytes not yet examined: pass them again to get the next part. Some parts consume no
    /// bytes, so call this method until it returns `nil`. It consumes nothing after the `end`. Any bytes left then
    /// belong to the next response if there was another request; otherwise "A client MUST NOT process, cache, or
    /// forward such extra data as a separate response" (RFC 9112, section 6.3).
    ///
    /// - Parameter chunk: The next bytes of the connection.
    /// - Returns: The next part, or `nil` if `chunk` is used up or the response has ended.
    /// - Throws: ``HTTPResponseError``, and the same error on every later call.
    /// - Complexity: O(bytes consumed), not counting those of the body.
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

    /// Returns how the response ends if the connection closes after the bytes fed so far.
    ///
    /// - Returns: Whether the response is complete and, if not, where it was cut off. After an error, this is the
    ///   position of the error.
    public func finish() -> HTTPResponseEnding {
        // "A client that receives an incomplete response message […] MUST record the message as incomplete" (RFC 9112,
        // section 8).
        switch stateAfterHead {
        case .beginning where position == 0:
            .truncated(in: .start)
        case .beginning, .statusLine:
            .truncated(in: .statusLine)
        case .fields, .headComplete:
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
    /// The status of a final response whose status line is complete but whose head is not.
    package var unfinishedHeadStatus: Int? {
        guard head == nil, let status = statusLine?.status, status >= 200 else { return nil }
        return status
    }

    /// Ignores `Content-Length` and reads the body until the connection closes.
    ///
    /// `Content-Length` counts the bytes of the encoded body (RFC 9110, section 8.6), so it does not apply to a
    /// recording whose content coding was removed. Call this immediately after the head is returned.
    package mutating func readUntilClose() {
        if case .body(let remaining) = state, remaining > 0 { state = .bodyUntilClose }
    }
}

// MARK: - State transitions

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
                guard let start = try bufferLine(in: &chunk, limit: limits.headBytes, .headTooLong) else { return nil }
                try readStatusLine(at: start)
                endLine()
                state = .fields
            case .fields:
                guard let start = try bufferLine(in: &chunk, limit: limits.headBytes, .headTooLong) else { return nil }
                try readHeaderField(at: start)
                endLine()
            case .headComplete:
                state = stateAfterHead
                sectionStart = position
                line = []
                if let head { return .head(head) }
            case .body(remaining: 0):
                state = .ending
            case .body(let remaining):
                guard let piece = consumeData(of: &chunk, atMost: remaining) else { return nil }
                state = .body(remaining: remaining - piece.byteCount)
                return .body(piece)
            case .bodyUntilClose:
                guard let piece = consumeData(of: &chunk, atMost: .max) else { return nil }
                return .body(piece)
            case .chunkSize:
                guard let start = try bufferLine(in: &chunk, limit: limits.chunkLineBytes, .chunkLineTooLong) else {
                    return nil
                }
                try readChunkSize(at: start)
                endLine()
            case .chunk(let remaining):
                guard let piece = consumeData(of: &chunk, atMost: remaining) else { return nil }
                let rest = remaining - piece.byteCount
                state = rest == 0 ? .chunkEnd(hasCarriageReturn: false) : .chunk(remaining: rest)
                return .body(piece)
            case .chunkEnd(let hasCarriageReturn):
                guard !chunk.isEmpty else { return nil }
                try readChunkEnd(chunk.byte(at: 0), hasCarriageReturn: hasCarriageReturn)
                _ = consume(1, of: &chunk)
                sectionStart = position
            case .trailers:
                guard let start = try bufferLine(in: &chunk, limit: limits.trailerBytes, .trailersTooLong) else {
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

    /// The current state, with `headComplete` replaced by its successor: the rules of RFC 9112, section 6.3, in order.
    private var stateAfterHead: State {
        guard case .headComplete = state else { return state }
        // 1. No body, regardless of the fields. (Rule 2 concerns CONNECT, which users of this parser do not send.)
        if let head, !BodyFraming.hasBody(status: head.status) { return .ending }
        // 4. "If a Transfer-Encoding header field is present and the chunked transfer coding is the final encoding, the
        //    message body length is determined by reading and decoding the chunked data". (Rule 3 has already thrown.)
        if framing.isChunked { return .chunkSize }
        // 6. "If a valid Content-Length header field is present without Transfer-Encoding, its decimal value defines
        //    the expected message body length in octets". (Rule 5 has already thrown.)
        if let length = framing.contentLength { return .body(remaining: length) }
        // 8. "Otherwise, this is a response message without a declared message body length, so the message body length
        //    is determined by the number of octets received prior to the server closing the connection." (Rule 7
        //    concerns requests.)
        return .bodyUntilClose
    }
}
