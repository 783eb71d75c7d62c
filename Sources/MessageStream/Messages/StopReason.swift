/// The reason why a message ended: the `stop_reason` of the Messages API.
///
/// A structure rather than an enumeration, because the service may send reasons that are not listed here.
public struct StopReason: RawRepresentable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The name on the wire.
    public let rawValue: String

    /// The stop reason named `rawValue`, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The stop reason named by a literal, known or not.
    public init(stringLiteral value: String) { rawValue = value }

    /// The name on the wire.
    public var description: String { rawValue }

    /// The model reached a natural end.
    public static let endTurn: Self = "end_turn"
    /// The request's `max_tokens` limit was reached; the last block may be truncated.
    public static let maxTokens: Self = "max_tokens"
    /// One of the request's stop sequences was generated: see ``Message/stopSequence``.
    public static let stopSequence: Self = "stop_sequence"
    /// The model asks for tools to be run.
    public static let toolUse: Self = "tool_use"
    /// A long turn was paused; send the message back to let the model continue.
    public static let pauseTurn: Self = "pause_turn"
    /// The model or a classifier refused.
    public static let refusal: Self = "refusal"
    /// The model's context window is full.
    public static let modelContextWindowExceeded: Self = "model_context_window_exceeded"
    /// The context was compacted.
    public static let compaction: Self = "compaction"
}
