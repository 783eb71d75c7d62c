/// A block of a message's content.
public struct ContentBlock: Sendable, Hashable {
    /// What the block is.
    public var content: Content
    /// Whether all of it was received: the block was stopped, and the input of a tool is a whole JSON object.
    public var isComplete: Bool
    /// The deltas whose meaning for this block is not known, in order, as they came: those of an unknown type, and all
    /// deltas of a block of an unknown type.
    ///
    /// Only the `compaction_delta` of a `compaction` block is not among them: its `content` becomes the block's.
    public var unknownDeltas: [RawJSON]
    /// What has no property of its own.
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

    /// What a block can be. More may come at any time: they are ``other(type:)``, with all their members in
    /// ``ContentBlock/additionalMembers``.
    @nonexhaustive
    public enum Content: Sendable, Hashable {
        /// Text, with the sources that it cites; nil if the wire names no `citations` at all.
        case text(String, citations: [Citation]?)
        /// The model's reasoning. The signature lets the service recognise it when it is sent back.
        case thinking(String, signature: String?)
        /// Reasoning that is encrypted.
        case redactedThinking(data: String)
        /// A tool that the caller is to use.
        case toolUse(ToolUse)
        /// A tool that the service uses on its side.
        case serverToolUse(ToolUse)
        /// A tool of an MCP server, which the service uses on its side.
        case mcpToolUse(ToolUse, serverName: String)
        /// What a tool on the service's side gave; `type` says which tool, such as `web_search_tool_result`.
        case toolResult(type: String, toolUseID: String, content: RawJSON?)
        /// A file that was put into the container.
        case containerUpload(fileID: String)
        /// Anything else.
        case other(type: String)
    }

    /// The use of a tool.
    public struct ToolUse: Sendable, Hashable {
        /// The id by which the result refers to the use.
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

    /// The block's text, if it is a text block.
    public var text: String? {
        if case .text(let text, _) = content { text } else { nil }
    }

    /// The tool use, on the caller's or the service's side, if the block is one.
    public var anyToolUse: ToolUse? {
        switch content {
        case .toolUse(let use), .serverToolUse(let use), .mcpToolUse(let use, _): use
        default: nil
        }
    }

    /// Whether the service did something with this block that a repeat of the request would do again.
    public var isServerTool: Bool {
        switch content {
        case .serverToolUse, .mcpToolUse, .toolResult: true
        // A type that is not documented yet may be the result of a tool on the service's side too.
        case .other(let type): type.hasSuffix("_tool_result")
        default: false
        }
    }

    /// Whether the block shows anything, as it is.
    ///
    /// An empty text or thinking block, as a stream begins them with, shows nothing.
    public var hasContent: Bool {
        switch content {
        case .text(let text, let citations): !text.isEmpty || !(citations ?? []).isEmpty
        case .thinking(let thinking, let signature): !thinking.isEmpty || !(signature ?? "").isEmpty
        default: true
        }
    }
}

/// A source that a text cites.
public struct Citation: Sendable, Hashable {
    /// What kind of place it names, such as `web_search_result_location`.
    public var type: String
    /// The words that are cited, if the wire gives them.
    public var citedText: String?
    /// The citation as it came; the rest of it differs by type.
    public var json: RawJSON

    /// Creates a citation.
    public init(type: String, citedText: String?, json: RawJSON) {
        self.type = type
        self.citedText = citedText
        self.json = json
    }
}
