public import HTTPResponse
public import ServerSentEvents

/// Bounds on what a ``MessageStreamDecoder`` holds in memory beside the message.
public struct MessageStreamLimits: Sendable, Hashable {
    /// Bounds on the lines and events of the event stream.
    public var eventStream: EventStreamLimits
    /// Bounds on the head of the response.
    public var head: HTTPResponseLimits
    /// How many bytes of a body are kept that is not an event stream, to find the error in it. Of a longer body only
    /// the status and the beginning are known. Default: 1 MiB.
    public var errorBodyBytes: Int

    /// Creates limits; ``errorBodyBytes`` is raised to 1 where it is lower.
    public init(
        eventStream: EventStreamLimits = EventStreamLimits(),
        head: HTTPResponseLimits = HTTPResponseLimits(),
        errorBodyBytes: Int = 1 << 20
    ) {
        self.eventStream = eventStream
        self.head = head
        self.errorBodyBytes = max(1, errorBodyBytes)
    }
}
