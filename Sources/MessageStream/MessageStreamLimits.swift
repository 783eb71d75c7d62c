public import HTTPResponseParsing
public import ServerSentEvents

/// Limits on the memory that a ``MessageStreamDecoder`` uses.
public struct MessageStreamLimits: Sendable, Hashable {
    /// Limits on the lines and events of the event stream.
    public var eventStream: EventStreamLimits
    /// Limits on the head of the response.
    public var head: HTTPResponseLimits
    /// The maximum number of bytes to keep of a body that is not an event stream, to find the error in it. For a longer
    /// body, only the status and the beginning are reported. Default: 1 MiB.
    public var errorBodyBytes: Int
    /// The maximum number of bytes to keep of a message; `nil` for no limit. Default: 256 MiB. A longer message fails
    /// with ``MessageStreamFailure/StreamLimit/messageBytes(_:)``. A negative limit counts as 0.
    ///
    /// Text, reasoning and tool input count as UTF-8. A block counts the data of its `content_block_start` and its own
    /// size in memory; a delta of any other type counts its data. Unknown members of the message and of its usage count
    /// their names and values. With `keepsContent: false`, only open blocks and unknown members are kept and counted.
    public var messageBytes: Int?

    /// Creates limits. An ``errorBodyBytes`` below 1 is raised to 1.
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
