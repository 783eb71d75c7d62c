/// An event of a Messages stream.
///
/// The order is `messageStart`, then blocks, each from `contentBlockStart` over its deltas to `contentBlockStop`, then at
/// least one `messageDelta`, then `messageStop`; `ping` and `unknown` may stand anywhere. An `error` event is no event: it
/// ends the stream with a ``MessageStreamFailure``.
@nonexhaustive
public enum MessageStreamEvent: Sendable, Hashable {
    // The large and rare payloads are boxed, so that an event is a few words and a text delta needs no memory.

    /// `message_start`: the message without its content.
    indirect case messageStart(Message)
    /// `content_block_start`: the block at `index` begins.
    indirect case contentBlockStart(index: Int, ContentBlock)
    /// `content_block_delta`: more of the block at an index.
    case contentBlockDelta(ContentBlockDelta)
    /// `content_block_stop`: the block at `index` is complete.
    case contentBlockStop(index: Int)
    /// `message_delta`: how the message ends.
    indirect case messageDelta(MessageDelta)
    /// `message_stop`: the message is complete.
    case messageStop
    /// `ping`: nothing.
    case ping
    /// An event of another name, of this or another service.
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

/// A piece of a block.
public struct ContentBlockDelta: Sendable, Hashable {
    /// The index of the block.
    public var index: Int
    /// The next piece of the block.
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

    /// The piece of a tool's input, if the delta is an `input_json_delta`.
    public var partialJSON: String? {
        if case .inputJSON(let text) = delta { text } else { nil }
    }
}

/// A piece of a content block.
@nonexhaustive
public enum ContentDelta: Sendable, Hashable {
    /// `text_delta`: more text.
    case text(String)
    /// `input_json_delta`: more of the JSON text of a tool's input.
    case inputJSON(String)
    /// `thinking_delta`: more reasoning.
    case thinking(String)
    /// `signature_delta`: the signature of the reasoning. It replaces an earlier one.
    case signature(String)
    /// `citations_delta`: another source that the text cites.
    indirect case citation(Citation)
    /// A delta of another type, as it came: `compaction_delta`, and those that are still to come.
    indirect case other(type: String, RawJSON)
}

/// How a message ends: the members of a `message_delta`.
public struct MessageDelta: Sendable, Hashable {
    /// Why the message ended.
    public var stopReason: StopReason?
    /// Which stop sequence ended it.
    public var stopSequence: String?
    /// More about the stop, as it came.
    public var stopDetails: RawJSON?
    /// The container that tools ran in, as it came.
    public var container: RawJSON?
    /// The tokens so far; some gateways leave it out.
    public var usage: Usage?
    /// Other members of the `delta`.
    public var additionalMembers: [JSONMember] = []
    /// Members of the event beside `delta` and `usage`, such as `context_management`.
    public var additionalEventMembers: [JSONMember] = []

    /// Creates a delta that says nothing.
    public init() {}
}

/// An event whose name means nothing here.
public struct UnknownEvent: Sendable, Hashable {
    /// The `type` of the data, else the name that the event stream gave, else `message`.
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
