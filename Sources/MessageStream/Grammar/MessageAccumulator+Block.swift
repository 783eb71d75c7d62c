extension MessageAccumulator {
    /// A block in progress. The content of its deltas is stored separately from that of its start, so that appending is
    /// in place.
    struct Block: Sendable {
        var index: Int
        var start: ContentBlock
        var kind: BlockKind
        /// The text, the reasoning, or the JSON text of the input.
        var text: String
        var signature: String?
        var citations: [Citation]?
        var isOpen = true
        /// The cost of the block's start, which its end may release.
        var cost = 0
        /// Set when the block is stopped.
        var input: ToolInput?
        /// Whether a block of an unknown type received partial input.
        var hasInputDeltas = false
        /// The members of a block whose deltas add members; `nil` until one does.
        var members: MembersByName<RawJSON>?
    }
}

extension MessageAccumulator.Block {
    init(starting block: ContentBlock, at index: Int) {
        self.index = index
        start = block
        switch block.content {
        case .text(let text, let citations):
            kind = .text
            self.text = text
            self.citations = citations
        case .thinking(let thinking, let signature):
            kind = .thinking
            text = thinking
            self.signature = signature
        case .toolUse, .serverToolUse, .mcpToolUse:
            kind = .toolUse
            text = ""
        case .redactedThinking, .toolResult, .containerUpload:
            kind = .withoutDeltas
            text = ""
        case .other:
            kind = .unknown
            text = ""
        }
    }

    /// Whether the input of a tool is truncated inside its JSON.
    var hasTruncatedInput: Bool {
        if case .incomplete(let text) = input ?? ToolInput(text: inputText) { !text.isEmpty } else { false }
    }

    /// Keeps a delta of an unknown type, or for a block of an unknown type.
    mutating func keepUnknown(_ delta: ContentDelta) {
        if case .inputJSON = delta { hasInputDeltas = true }
        if case .other("compaction_delta", let json) = delta, start.type == "compaction",
            var members = try? JSONObjectMembers(json)
        {
            members.discard("type")
            // The only such delta with a documented meaning: its `content` becomes that of the block.
            if self.members == nil { self.members = MembersByName(start.additionalMembers) }
            self.members?.merge(members.rest)
        } else {
            start.unknownDeltas.append(delta.json)
        }
    }

    mutating func append(_ citation: Citation) {
        if citations == nil { citations = [] }
        citations?.append(citation)
    }

    /// The text of a tool's input: the pieces received or, without any, the input in the block's start.
    var inputText: String {
        text.isEmpty ? start.anyToolUse?.input.text ?? "" : text
    }

    /// The block, including the content of its deltas.
    var received: ContentBlock {
        var block = start
        if let members { block.additionalMembers = members.members }
        let input = self.input ?? .incomplete(inputText)
        switch block.content {
        case .text: block.content = .text(text, citations: citations)
        case .thinking: block.content = .thinking(text, signature: signature)
        case .toolUse(var use):
            use.input = input
            block.content = .toolUse(use)
        case .serverToolUse(var use):
            use.input = input
            block.content = .serverToolUse(use)
        case .mcpToolUse(var use, let serverName):
            use.input = input
            block.content = .mcpToolUse(use, serverName: serverName)
        case .other where isOpen || hasInputDeltas:
            // An empty input is a placeholder for the pieces that follow, not the input itself.
            block.additionalMembers.removeAll { $0.name.utf8.elementsEqual("input".utf8) && $0.value.isEmptyObject }
        default: break
        }
        let isUsable = block.anyToolUse.map { $0.input.json != nil } ?? true
        block.isComplete = !isOpen && isUsable
        return block
    }
}
