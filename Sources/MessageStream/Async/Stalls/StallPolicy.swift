/// How long a stream may be waited for.
///
/// Both clocks run only while the consumer waits for the base: a slow consumer is no stall. Neither is on by default.
public struct StallPolicy: Sendable, Hashable {
    /// How long no byte may come; nil for ever. Pings and comments are bytes.
    public var silence: Duration?
    /// How long no event of the message may come; nil for ever. Pings, comments and unknown events are none.
    public var noContent: Duration?

    /// Creates a policy; by default a stream may be waited for without end.
    public init(silence: Duration? = nil, noContent: Duration? = nil) {
        self.silence = silence
        self.noContent = noContent
    }

    /// What suits a connection to the service: a minute of silence, five minutes without content.
    public static let standard = StallPolicy(silence: .seconds(60), noContent: .seconds(300))
}
