/// Bounds on what an ``EventStreamParser`` accepts, and so on what it holds in memory.
///
/// The standard sets no bounds; a parser that faces a network needs them.
public struct EventStreamLimits: Sendable, Hashable {
    /// The longest line, in bytes without its line end. Default: 16 MiB.
    public var lineBytes: Int
    /// The longest event, in bytes of its lines and line ends, comments not counted. Default: 64 MiB.
    public var eventBytes: Int

    /// Creates limits; a value below 1 counts as 1.
    public init(lineBytes: Int = 16 << 20, eventBytes: Int = 64 << 20) {
        self.lineBytes = max(1, lineBytes)
        self.eventBytes = max(1, eventBytes)
    }
}
