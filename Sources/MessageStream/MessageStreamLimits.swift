public import HTTPResponseParsing
public import ServerSentEvents

/// The most that a ``MessageStreamDecoder`` keeps in memory.
public struct MessageStreamLimits: Sendable, Hashable {
    /// Bounds on the lines and events of the event stream.
    public var eventStream: EventStreamLimits
    /// Bounds on the head of the response.
    public var head: HTTPResponseLimits
    /// How many bytes of a body are kept that is not an event stream, to find the error in it. Of a longer body only
    /// the status and the beginning are known. Default: 1 MiB.
    public var errorBodyBytes: Int
    /// The most bytes of a message that are kept; nil for no limit. Default: 256 MiB. A longer message fails with
    /// ``MessageStreamFailure/StreamLimit/messageBytes(_:)``. A negative limit counts as 0.
    ///
    /// Text, reasoning and tool input count their UTF-8. A block counts the data of its `content_block_start` and its own
    /// size in memory; a delta of any other type counts its data. Unknown members of the message and of its usage count
    /// their names and values. With `keepsContent: false` only open blocks and unknown members are kept, and count.
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
