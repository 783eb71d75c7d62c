/// An event stream exceeded one of its parser's ``EventStreamLimits``.
///
/// Nothing else in an event stream is an error, since the standard gives every sequence of bytes a meaning. A parser
/// that has thrown this error throws the same one again.
public struct EventStreamError: Error, Sendable, Hashable {
    /// Which limit was exceeded.
    @nonexhaustive
    public enum Limit: String, Sendable, Hashable {
        /// ``EventStreamLimits/lineBytes``.
        case lineBytes
        /// ``EventStreamLimits/eventBytes``.
        case eventBytes
    }

    /// The limit that was exceeded.
    public let limit: Limit
    /// Its value in bytes.
    public let allowed: Int
    /// The offset in the stream, in bytes, of the first byte beyond the limit.
    ///
    /// It depends on the stream alone, not on how the stream was cut into chunks.
    public let offset: Int

    @usableFromInline
    init(limit: Limit, allowed: Int, offset: Int) {
        self.limit = limit
        self.allowed = allowed
        self.offset = offset
    }
}

extension EventStreamError: CustomStringConvertible {
    /// One line: the limit, its value, the offset.
    public var description: String {
        switch limit {
        case .lineBytes: "event stream: a line is longer than \(allowed) bytes, at byte \(offset)"
        case .eventBytes: "event stream: an event is longer than \(allowed) bytes, at byte \(offset)"
        }
    }
}
