/// What a response consists of, in order: one head, any number of pieces of the body, one end.
@nonexhaustive
public enum HTTPResponsePart: ~Escapable {
    /// The head of the final response.
    case head(ResponseHead)
    /// The next bytes of the body, the transfer coding undone: a piece of the chunk that was fed, never empty.
    case body(RawSpan)
    /// The response has ended by its own framing. Trailers come after a chunked body only, and rarely.
    case end(trailers: ResponseFields)
}

/// What the end of the connection means for the response.
public enum HTTPResponseEnding: Sendable, Hashable {
    /// The response came as a whole.
    case complete
    /// The response is incomplete (RFC 9112, section 8): the connection ended too early.
    case truncated(in: Place)

    /// A place in a response.
    @nonexhaustive
    public enum Place: Sendable, Hashable {
        /// Before the first byte: nothing came at all.
        case start
        /// In the status line, or between an interim response and the final one.
        case statusLine
        /// Among the header fields, before the blank line that ends them.
        case fields
        /// In a body of a known length, or before it.
        case body(missingBytes: Int)
        /// In the data of a chunk, of which so many bytes are missing.
        case chunk(missingBytes: Int)
        /// Between the data of one chunk and that of the next, or before the last chunk.
        case chunkFraming
        /// Among the trailers, or before the blank line that ends them.
        case trailers
    }
}
