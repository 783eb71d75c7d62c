/// Bounds on what an ``HTTPResponseParser`` accepts, and so on what it may hold in memory.
///
/// "A client MAY discard or truncate received field lines that are larger than the client wishes to process" (RFC 9110,
/// section 5.4); this parser fails instead. The body has no bound, since none of it is held.
public struct HTTPResponseLimits: Sendable, Hashable {
    /// The longest head section, in bytes from the first byte to the blank line, with interim responses before it.
    /// Default: 64 KiB.
    public var headBytes: Int
    /// The most fields in a head, and the most in the trailers. Default: 256.
    public var fieldCount: Int
    /// The longest trailer section, in bytes up to the blank line. Default: 16 KiB.
    public var trailerBytes: Int
    /// The longest line that gives the size of a chunk, in bytes with its line end. Default: 4 KiB.
    public var chunkLineBytes: Int

    /// Creates limits; those of bytes are raised to 1, and that of fields to 0, where they are lower.
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
