/// A message of the Messages API, complete or as far as it was received.
public struct Message: Sendable, Hashable {
    /// The ID of the message; empty if none was received.
    public var id: String
    /// The role, `assistant`.
    public var role: String
    /// The model that generated the message.
    public var model: String
    /// The blocks, in the order of their index.
    public var content: [ContentBlock]
    /// The reason why the message ended; `nil` until it is received.
    public var stopReason: StopReason?
    /// The stop sequence of the request that ended the message, if one did.
    public var stopSequence: String?
    /// Details about the stop, as received.
    public var stopDetails: RawJSON?
    /// The token counts.
    public var usage: Usage
    /// The container that tools ran in, as received.
    public var container: RawJSON?
    /// Members without a property of their own.
    public var additionalMembers: [JSONMember]

    /// Creates a message.
    public init(
        id: String,
        role: String = "assistant",
        model: String,
        content: [ContentBlock] = [],
        stopReason: StopReason? = nil,
        stopSequence: String? = nil,
        stopDetails: RawJSON? = nil,
        usage: Usage = Usage(),
        container: RawJSON? = nil,
        additionalMembers: [JSONMember] = []
    ) {
        self.id = id
        self.role = role
        self.model = model
        self.content = content
        self.stopReason = stopReason
        self.stopSequence = stopSequence
        self.stopDetails = stopDetails
        self.usage = usage
        self.container = container
        self.additionalMembers = additionalMembers
    }

    /// The text of all text blocks, joined.
    ///
    /// - Complexity: O(length of the text).
    public var text: String {
        content.reduce(into: "") { text, block in text += block.text ?? "" }
    }

    /// The model's reasoning: the text of all thinking blocks, joined.
    ///
    /// - Complexity: O(length of the reasoning).
    public var thinking: String {
        content.reduce(into: "") { text, block in
            if case .thinking(let thinking, _) = block.content { text += thinking }
        }
    }

    /// The tools that the caller is asked to run. Check the ``ContentBlock/ToolUse/input`` of each one first: it may be
    /// truncated.
    public var toolUses: [ContentBlock.ToolUse] {
        content.compactMap { block in
            if case .toolUse(let use) = block.content { use } else { nil }
        }
    }
}
