/// A message of the Messages API, whole or as much of it as was received.
public struct Message: Sendable, Hashable {
    /// The message's id; empty if the wire gave none.
    public var id: String
    /// The role, `assistant`.
    public var role: String
    /// The model that wrote it.
    public var model: String
    /// The blocks, in the order of their index.
    public var content: [ContentBlock]
    /// Why it ended; nil until that was received.
    public var stopReason: StopReason?
    /// Which of the request's stop sequences ended it, if one did.
    public var stopSequence: String?
    /// More about the stop, as it came.
    public var stopDetails: RawJSON?
    /// The tokens that it took.
    public var usage: Usage
    /// The container that tools ran in, as it came.
    public var container: RawJSON?
    /// What has no property of its own.
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

    /// The model's reasoning: that of all thinking blocks, joined.
    ///
    /// - Complexity: O(length of the reasoning).
    public var thinking: String {
        content.reduce(into: "") { text, block in
            if case .thinking(let thinking, _) = block.content { text += thinking }
        }
    }

    /// The tools that the caller is to use. Look at each one's ``ContentBlock/ToolUse/input`` before running it: it may
    /// be cut.
    public var toolUses: [ContentBlock.ToolUse] {
        content.compactMap { block in
            if case .toolUse(let use) = block.content { use } else { nil }
        }
    }
}
