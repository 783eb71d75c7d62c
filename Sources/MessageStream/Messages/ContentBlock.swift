/// A block of the content of a message.
public struct ContentBlock: Sendable, Hashable {
    /// The type of the block, with its data.
    public var content: Content
    /// Whether the block was received completely: it was stopped and, for a tool use, its input is a complete JSON
    /// object.
    public var isComplete: Bool
    /// The deltas without a known meaning for this block, in order and as received: those of an unknown type, and all
    /// deltas of a block of an unknown type.
    ///
    /// The exception is the `compaction_delta` of a `compaction` block: its `content` becomes that of the block.
    public var unknownDeltas: [RawJSON]
    /// Members without a property of their own.
    public var additionalMembers: [JSONMember]

    /// Creates a block.
    public init(
        _ content: Content,
        isComplete: Bool,
        unknownDeltas: [RawJSON] = [],
        additionalMembers: [JSONMember] = []
    ) {
        self.content = content
        self.isComplete = isComplete
        self.unknownDeltas = unknownDeltas
        self.additionalMembers = additionalMembers
    }

    /// The types of blocks. A block of a type not listed here is ``other(type:)``, with all its members in
    /// ``ContentBlock/additionalMembers``.
    @nonexhaustive
    public enum Content: Sendable, Hashable {
        /// Text, with the sources that it cites; `nil` if the JSON has no `citations` member.
        case text(String, citations: [Citation]?)
        /// The model's reasoning. The signature lets the service verify the reasoning when it is sent back.
        case thinking(String, signature: String?)
        /// Encrypted reasoning.
        case redactedThinking(data: String)
        /// The use of a client tool, which the caller runs.
        case toolUse(ToolUse)
        /// The use of a server tool, which the service runs.
        case serverToolUse(ToolUse)
        /// The use of a tool of an MCP server, which the service runs.
        case mcpToolUse(ToolUse, serverName: String)
        /// The result of a server tool. `type` identifies the tool, such as `web_search_tool_result`.
        case toolResult(type: String, toolUseID: String, content: RawJSON?)
        /// A file uploaded to the container.
        case containerUpload(fileID: String)
        /// A block of another type.
        case other(type: String)
    }

    /// The use of a tool.
    public struct ToolUse: Sendable, Hashable {
        /// The ID by which the result refers to the use.
        public var id: String
        /// The name of the tool.
        public var name: String
        /// The arguments.
        public var input: ToolInput

        /// Creates a tool use.
        public init(id: String, name: String, input: ToolInput) {
            self.id = id
            self.name = name
            self.input = input
        }
    }

    /// The block's `type` on the wire.
    public var type: String {
        switch content {
        case .text: "text"
        case .thinking: "thinking"
        case .redactedThinking: "redacted_thinking"
        case .toolUse: "tool_use"
        case .serverToolUse: "server_tool_use"
        case .mcpToolUse: "mcp_tool_use"
        case .toolResult(let type, _, _): type
        case .containerUpload: "container_upload"
        case .other(let type): type
        }
    }

    /// The text, if the block is a text block.
    public var text: String? {
        if case .text(let text, _) = content { text } else { nil }
    }

    /// The tool use, on the client's or the service's side, if the block is one.
    public var anyToolUse: ToolUse? {
        switch content {
        case .toolUse(let use), .serverToolUse(let use), .mcpToolUse(let use, _): use
        default: nil
        }
    }

    /// Whether the block shows an action of the service that a retry of the request would repeat.
    public var isServerTool: Bool {
        switch content {
        case .serverToolUse, .mcpToolUse, .toolResult: true
        // An undocumented type may also be the result of a server tool.
        case .other(let type): type.hasSuffix("_tool_result")
        default: false
        }
    }

    /// Whether the block has any content to show.
    ///
    /// The empty text and thinking blocks with which a stream starts have none.
    public var hasContent: Bool {
        switch content {
        case .text(let text, let citations): !text.isEmpty || !(citations ?? []).isEmpty
        case .thinking(let thinking, let signature): !thinking.isEmpty || !(signature ?? "").isEmpty
        default: true
        }
    }
}

/// A source cited by a text.
public struct Citation: Sendable, Hashable {
    /// The type of location, such as `web_search_result_location`.
    public var type: String
    /// The quoted text, if the JSON contains it.
    public var citedText: String?
    /// The citation as received. Its other members depend on the type.
    public var json: RawJSON

    /// Creates a citation.
    public init(type: String, citedText: String?, json: RawJSON) {
        self.type = type
        self.citedText = citedText
        self.json = json
    }
}
