/// The error that a parser throws if an event stream exceeds one of its ``EventStreamLimits``.
///
/// This is the only error in an event stream, because the standard gives every sequence of bytes a meaning. After
/// throwing this error, a parser throws the same error again.
public struct EventStreamError: Error, Sendable, Hashable {
    /// The limits that can be exceeded.
    @nonexhaustive
    public enum Limit: String, Sendable, Hashable {
        /// ``EventStreamLimits/lineBytes``.
        case lineBytes
        /// ``EventStreamLimits/eventBytes``.
        case eventBytes
    }

    /// The limit that was exceeded.
    public let limit: Limit
    /// The value of the limit, in bytes.
    public let allowed: Int
    /// The offset in the stream, in bytes, of the first byte beyond the limit.
    ///
    /// The offset does not depend on how the stream was split into chunks.
    public let offset: Int

    @usableFromInline
    init(limit: Limit, allowed: Int, offset: Int) {
        self.limit = limit
        self.allowed = allowed
        self.offset = offset
    }
}

extension EventStreamError: CustomStringConvertible {
    /// A one-line description: the limit, its value and the offset.
    public var description: String {
        switch limit {
        case .lineBytes: "event stream: a line is longer than \(allowed) bytes, at byte \(offset)"
        case .eventBytes: "event stream: an event is longer than \(allowed) bytes, at byte \(offset)"
        }
    }
}
