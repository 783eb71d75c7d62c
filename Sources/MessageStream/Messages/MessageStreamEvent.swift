/// An event of a Messages stream.
///
/// The order is `messageStart`; then content blocks, each with a `contentBlockStart`, its deltas and a
/// `contentBlockStop`; then at least one `messageDelta`; then `messageStop`. `ping` and `unknown` may occur anywhere.
/// An `error` event is not delivered: it ends the stream with a ``MessageStreamFailure``.
@nonexhaustive
public enum MessageStreamEvent: Sendable, Hashable {
    // Large and rare payloads are boxed, so that an event is a few words and a text delta needs no allocation.

    /// `message_start`: the message without its content.
    indirect case messageStart(Message)
    /// `content_block_start`: the block at `index` starts.
    indirect case contentBlockStart(index: Int, ContentBlock)
    /// `content_block_delta`: the next part of the block at an index.
    case contentBlockDelta(ContentBlockDelta)
    /// `content_block_stop`: the block at `index` is complete.
    case contentBlockStop(index: Int)
    /// `message_delta`: the stop reason and the final usage.
    indirect case messageDelta(MessageDelta)
    /// `message_stop`: the message is complete.
    case messageStop
    /// `ping`: a keep-alive without content.
    case ping
    /// An event with another name.
    indirect case unknown(UnknownEvent)

    /// The event's name on the wire.
    public var name: String {
        switch self {
        case .messageStart: "message_start"
        case .contentBlockStart: "content_block_start"
        case .contentBlockDelta: "content_block_delta"
        case .contentBlockStop: "content_block_stop"
        case .messageDelta: "message_delta"
        case .messageStop: "message_stop"
        case .ping: "ping"
        case .unknown(let event): event.name
        }
    }

    /// The text, if the event is a `text_delta`.
    @inlinable
    public var textDelta: String? {
        if case .contentBlockDelta(let delta) = self { delta.text } else { nil }
    }
}

/// A delta of the block at an index.
public struct ContentBlockDelta: Sendable, Hashable {
    /// The index of the block.
    public var index: Int
    /// The next part of the block.
    public var delta: ContentDelta

    /// Creates a delta.
    public init(index: Int, delta: ContentDelta) {
        self.index = index
        self.delta = delta
    }

    /// The text, if the delta is a `text_delta`.
    @inlinable
    public var text: String? {
        if case .text(let text) = delta { text } else { nil }
    }

    /// The reasoning, if the delta is a `thinking_delta`.
    public var thinking: String? {
        if case .thinking(let text) = delta { text } else { nil }
    }

    /// The partial JSON of a tool's input, if the delta is an `input_json_delta`.
    public var partialJSON: String? {
        if case .inputJSON(let text) = delta { text } else { nil }
    }
}

/// The next part of a content block.
@nonexhaustive
public enum ContentDelta: Sendable, Hashable {
    /// `text_delta`: additional text.
    case text(String)
    /// `input_json_delta`: additional JSON text of a tool's input.
    case inputJSON(String)
    /// `thinking_delta`: additional reasoning.
    case thinking(String)
    /// `signature_delta`: the signature of the reasoning. It replaces an earlier one.
    case signature(String)
    /// `citations_delta`: another cited source.
    indirect case citation(Citation)
    /// A delta of another type, as received: `compaction_delta`, and types not known yet.
    indirect case other(type: String, RawJSON)
}

/// The end of a message: the members of a `message_delta`.
public struct MessageDelta: Sendable, Hashable {
    /// The reason why the message ended.
    public var stopReason: StopReason?
    /// The stop sequence that ended the message.
    public var stopSequence: String?
    /// Details about the stop, as received.
    public var stopDetails: RawJSON?
    /// The container that tools ran in, as received.
    public var container: RawJSON?
    /// The token counts so far; some gateways omit them.
    public var usage: Usage?
    /// Other members of the `delta`.
    public var additionalMembers: [JSONMember] = []
    /// Members of the event other than `delta` and `usage`, such as `context_management`.
    public var additionalEventMembers: [JSONMember] = []

    /// Creates an empty delta.
    public init() {}
}

/// An event with an unknown name.
public struct UnknownEvent: Sendable, Hashable {
    /// The `type` of the data, else the event name of the event stream, else `message`.
    public var name: String
    /// The data, decoded as UTF-8 with replacement.
    public var data: String

    /// Creates an event.
    public init(name: String, data: String) {
        self.name = name
        self.data = data
    }

    /// The data as JSON, if it is JSON.
    ///
    /// - Complexity: O(length of the data).
    public var json: RawJSON? { try? RawJSON(validating: data) }
}
