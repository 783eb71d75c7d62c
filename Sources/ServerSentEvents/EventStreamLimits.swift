/// Limits on what an ``EventStreamParser`` accepts, and therefore on its memory use.
///
/// The standard sets no limits; a parser that reads from a network needs them.
public struct EventStreamLimits: Sendable, Hashable {
    /// The maximum length of a line in bytes, without its line end. Default: 16 MiB.
    public var lineBytes: Int
    /// The maximum size of an event in bytes, including its lines and line ends but not its comments. Default: 64 MiB.
    public var eventBytes: Int

    /// Creates limits. Values below 1 become 1.
    public init(lineBytes: Int = 16 << 20, eventBytes: Int = 64 << 20) {
        self.lineBytes = max(1, lineBytes)
        self.eventBytes = max(1, eventBytes)
    }
}
