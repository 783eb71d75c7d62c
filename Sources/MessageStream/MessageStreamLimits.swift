public import HTTPResponse
public import ServerSentEvents

/// Bounds on what a ``MessageStreamDecoder`` holds in memory.
public struct MessageStreamLimits: Sendable, Hashable {
    /// Bounds on the lines and events of the event stream.
    public var eventStream: EventStreamLimits
    /// Bounds on the head of the response.
    public var head: HTTPResponseLimits
    /// How many bytes of a body are kept that is not an event stream, to find the error in it. Of a longer body only
    /// the status and the beginning are known. Default: 1 MiB.
    public var errorBodyBytes: Int
    /// How many bytes of a message are kept; nil for no limit. Default: 256 MiB. A message that brings more fails with
    /// ``MessageStreamFailure/StreamLimit/messageBytes(_:)``.
    ///
    /// Text, reasoning and tool input count with their UTF-8. A block, and a delta of any other type, counts with the
    /// JSON of its event, and a block with the memory that it takes by itself as well. Members of an unknown name of the
    /// message and of its usage count with their names and their JSON. Without its content (`keepsContent: false`) a
    /// message keeps its open blocks and these members, so that only they count.
    public var messageBytes: Int?

    /// Creates limits; ``errorBodyBytes`` is raised to 1 where it is lower.
    public init(
        eventStream: EventStreamLimits = EventStreamLimits(),
        head: HTTPResponseLimits = HTTPResponseLimits(),
        errorBodyBytes: Int = 1 << 20,
        messageBytes: Int? = 256 << 20
    ) {
        self.eventStream = eventStream
        self.head = head
        self.errorBodyBytes = max(1, errorBodyBytes)
        self.messageBytes = messageBytes
    }
}
