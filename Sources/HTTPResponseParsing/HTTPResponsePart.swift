/// A part of a response. In order, a response has one head, any number of body pieces and one end.
@nonexhaustive
public enum HTTPResponsePart: ~Escapable {
    /// The head of the final response.
    case head(ResponseHead)
    /// The next bytes of the body, with the transfer coding removed. They are a slice of the input chunk, never empty.
    case body(RawSpan)
    /// The response is complete according to its own framing. Only a chunked body can have trailers, and few do.
    case end(trailers: ResponseFields)
}

/// How a response ends when its connection closes.
///
/// A response is complete or not, so there will be no other cases.
public enum HTTPResponseEnding: Sendable, Hashable {
    /// The response is complete.
    case complete
    /// The connection ended too early, and the response is incomplete (RFC 9112, section 8).
    case truncated(in: Place)

    /// The part of a response in which it was cut off.
    @nonexhaustive
    public enum Place: Sendable, Hashable {
        /// Before the first byte.
        case start
        /// In the status line, or between an interim response and the final one.
        case statusLine
        /// In the header fields, before the blank line that ends them.
        case fields
        /// In or before a body of known length.
        case body(missingBytes: Int)
        /// In the data of a chunk that lacks `missingBytes` bytes.
        case chunk(missingBytes: Int)
        /// Between the data of two chunks, or before the last chunk.
        case chunkFraming
        /// In the trailers, before the blank line that ends them.
        case trailers
    }
}
