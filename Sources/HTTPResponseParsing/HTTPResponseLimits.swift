/// Limits on what an ``HTTPResponseParser`` accepts, and therefore on its memory use.
///
/// "A client MAY discard or truncate received field lines that are larger than the client wishes to process" (RFC 9110,
/// section 5.4); this parser fails instead. The body is not limited, because the parser does not buffer it.
public struct HTTPResponseLimits: Sendable, Hashable {
    /// The maximum size of the head in bytes, through the blank line and including any interim responses before it.
    /// Default: 64 KiB.
    public var headBytes: Int
    /// The maximum number of fields in the head, and in the trailers. Default: 256.
    public var fieldCount: Int
    /// The maximum size of the trailers in bytes, through the blank line. Default: 16 KiB.
    public var trailerBytes: Int
    /// The maximum length of a chunk-size line in bytes, including its line terminator. Default: 4 KiB.
    public var chunkLineBytes: Int

    /// Creates limits. Byte limits below 1 become 1, and a negative field count becomes 0.
    public init(
        headBytes: Int = 64 << 10,
        fieldCount: Int = 256,
        trailerBytes: Int = 16 << 10,
        chunkLineBytes: Int = 4 << 10
    ) {
        self.headBytes = max(1, headBytes)
        self.fieldCount = max(0, fieldCount)
        self.trailerBytes = max(1, trailerBytes)
        self.chunkLineBytes = max(1, chunkLineBytes)
    }
}
