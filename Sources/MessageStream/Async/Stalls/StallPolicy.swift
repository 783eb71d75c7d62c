/// The time limits for a stream that makes no progress.
///
/// Both clocks run only while the consumer waits for the base: a slow consumer is not a stall. By default, both are
/// disabled.
public struct StallPolicy: Sendable, Hashable {
    /// The longest time without a byte; `nil` disables the limit. Pings and comments are bytes.
    public var silence: Duration?
    /// The longest time without an event of the message; `nil` disables the limit. Pings, comments and unknown events
    /// do not count.
    public var noContent: Duration?

    /// Creates a policy; by default without limits.
    public init(silence: Duration? = nil, noContent: Duration? = nil) {
        self.silence = silence
        self.noContent = noContent
    }

    /// Limits for a connection to the service: a minute of silence, five minutes without content.
    public static let standard = StallPolicy(silence: .seconds(60), noContent: .seconds(300))
}
