/// Puts a message together from its events, and judges their order.
///
/// Which order is a violation and which a diagnostic is told at ``MessageStreamDecoder``.
///
/// Without ``keepsContent`` a block is only what judging its deltas needs, and a stopped one only its index.
struct MessageAccumulator: Sendable {
    /// A block in progress. What its deltas bring is kept apart from what it began with, so that appending is in place.
    fileprivate struct Block: Sendable {
        var index: Int
        var start: ContentBlock
        var kind: BlockKind
        /// The text, the reasoning or the JSON text of the input.
        var text: String
        var signature: String?
        var citations: [Citation]?
        var isOpen = true
        /// Set when the block is stopped.
        var input: ToolInput?
        /// Whether a block of an unknown type got pieces of an input.
        var hasInputDeltas = false
    }

    /// What a delta needs to go on with a block.
    private struct Going: Sendable {
        var index: Int
        var kind: BlockKind

        /// No delta is of an unknown kind.
        static var none: Going { Going(index: -1, kind: .unknown) }
    }

    /// Whether blocks are kept, with what their deltas bring.
    private let keepsContent: Bool
    /// The message as it began; nil before that.
    private var message: Message?
    /// The blocks in the order of their indices; without `keepsContent`, the open ones.
    private var blocks: [Block] = []
    /// The block with which a delta goes on, if nothing is odd about that: the last one, if it is open and the reason for
    /// the message's end has not come. It says what `blocks` says, apart, so that a delta has to look at no array.
    private var going = Going.none
    /// The end of the text of the last block, which is yet to be appended to it.
    private var pending = PendingText()
    /// The indices of stopped blocks that are not in `blocks`.
    private var stopped = BlockIndices()
    /// Whether anything was received that a consumer may have shown.
    private(set) var hasContent = false
    /// Whether tools on the service's side were used.
    private(set) var hasServerTool = false
    /// Whether the reason for the message's end was received.
    private(set) var hasStopReason = false
    /// Whether `message_stop` was received.
    private(set) var isComplete = false
    /// Whether nothing but pings and unknown events came after `message_start`.
    private var hasOnlyBegun = false

    init(keepsContent: Bool) {
        self.keepsContent = keepsContent
    }

    var hasBegun: Bool { message != nil }

    /// Takes an event.
    ///
    /// - Parameter note: Called for what is odd.
    /// - Returns: whether the event is to be handed out; a repeated one is not.
    mutating func apply(
        _ event: MessageStreamEvent,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) -> Bool {
        // The last block may be another one, or its text may be asked for, from here on.
        if !pending.isEmpty { pending.move(to: &blocks[blocks.count - 1].text) }
        defer { noteGoing() }
        switch event {
        case .ping, .unknown:
            return true
        case .messageStart(let start):
            if let message {
                // Some gateways send the same beginning twice: nothing of the message is lost or doubled by that.
                let isRepeated = hasOnlyBegun && !start.id.isEmpty && start.id.utf8.elementsEqual(message.id.utf8)
                guard isRepeated else { throw .secondMessageStart }
                note(.repeatedMessageStart, start.id)
                return false
            }
            begin(start)
            hasOnlyBegun = true
            return true
        default:
            guard message != nil else { throw .eventBeforeMessageStart(name: event.name) }
            hasOnlyBegun = false
        }
        switch event {
        case .contentBlockStart(let index, let block):
            try begin(block, at: index, note: note)
        case .contentBlockStop(let index):
            stop(at: index, note: note)
        case .messageDelta(let delta):
            apply(delta)
        case .messageStop:
            for block in blocks where block.isOpen { note(.openBlockAtStop, "block \(block.index)") }
            if message?.stopReason == nil { note(.noStopReason, "") }
            if let doubts = doubtsAboutEnd { note(.doubtfulCompletion, doubts) }
            isComplete = true
        case .contentBlockDelta(let delta):
            try apply(delta, note: note)
        case .messageStart, .ping, .unknown:
            break
        }
        return true
    }

    /// Why the message may not be as whole as `message_stop` says; nil if nothing speaks against it.
    ///
    /// A gateway that loses its upstream may close the message by itself, with an end that the model never gave.
    private var doubtsAboutEnd: String? {
        var doubts: [String] = []
        if message?.stopReason == .endTurn, let last = blocks.last, last.kind == .toolUse, last.hasCutInput {
            doubts.append("the stop reason is end_turn, but the input of the last block, a tool call, is cut")
        }
        if hasContent, (message?.usage.outputTokens ?? 0) <= 0 {
            let tokens = message?.usage.outputTokens.map { "\($0) output tokens" } ?? "no output tokens"
            doubts.append("there is content, but the usage counts \(tokens)")
        }
        return doubts.isEmpty ? nil : doubts.joined(separator: "; ")
    }

    /// Takes a delta if it goes on with the text of the last block, and nothing is odd about that: the hot path.
    ///
    /// - Returns: whether it did; if not, ``apply(_:note:)-(MessageStreamEvent,_)`` has to take it.
    @inline(__always)
    mutating func append(_ delta: UsualDelta) -> Bool {
        guard delta.index == going.index, delta.kind == going.kind else { return false }
        if keepsContent, !pending.append(delta.text) {
            pending.move(to: &blocks[blocks.count - 1].text)
            blocks[blocks.count - 1].text += delta.text
        }
        if !hasContent { hasContent = !delta.text.isEmpty }
        return true
    }

    private mutating func noteGoing() {
        going = .none
        if let last = blocks.last, last.isOpen, !hasStopReason { going = Going(index: last.index, kind: last.kind) }
    }

    private mutating func begin(_ start: Message) {
        message = start
        for block in start.content { adoptModel(of: block) }
        for (index, block) in start.content.enumerated() {
            // Content that comes with the start is whole.
            if keepsContent {
                var whole = Block(starting: block, at: index)
                whole.isOpen = false
                whole.input = block.anyToolUse?.input
                blocks.append(whole)
            } else {
                stopped.insert(index)
            }
            hasContent = hasContent || block.hasContent
            hasServerTool = hasServerTool || block.isServerTool
        }
        message?.content = []
    }

    private mutating func begin(
        _ block: ContentBlock,
        at index: Int,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) {
        guard position(of: index) == nil, !stopped.contains(index) else { throw .secondBlock(index: index) }
        let last = [blocks.last?.index, stopped.last].compactMap(\.self).max() ?? -1
        if index != last &+ 1 { note(.indexGap, "block \(index)") }
        if hasStopReason { note(.contentAfterStopReason, "block \(index)") }
        adoptModel(of: block)
        // Blocks stand in the order of their indices, which nearly always is that of their coming.
        let position = blocks.lastIndex { $0.index < index }.map { $0 + 1 } ?? 0
        blocks.insert(Block(starting: block, at: index), at: position)
        hasContent = hasContent || block.hasContent
        hasServerTool = hasServerTool || block.isServerTool
    }

    /// A `fallback` block names the model that answers from here on, `to.model`.
    private mutating func adoptModel(of block: ContentBlock) {
        guard block.type.utf8.elementsEqual("fallback".utf8),
            let to = block.additionalMembers.first(where: { $0.name.utf8.elementsEqual("to".utf8) })?.value,
            to.isObject, var members = try? JSONObjectMembers(to, except: ""),
            let model = try? members.takeString("model"), !model.isEmpty
        else { return }
        message?.model = model
    }

    private mutating func apply(
        _ event: ContentBlockDelta,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) {
        guard let position = position(of: event.index) else {
            guard stopped.contains(event.index) else { throw .deltaOfUnknownBlock(index: event.index) }
            throw .deltaOfClosedBlock(index: event.index)
        }
        guard blocks[position].isOpen else { throw .deltaOfClosedBlock(index: event.index) }
        if hasStopReason { note(.contentAfterStopReason, "block \(event.index)") }
        switch (event.delta, blocks[position].kind) {
        case (.text(let text), .text), (.thinking(let text), .thinking), (.inputJSON(let text), .toolUse):
            if keepsContent { blocks[position].text += text }
            hasContent = hasContent || !text.isEmpty
        case (.signature(let signature), .thinking):
            if keepsContent { blocks[position].signature = signature }
            hasContent = true
        case (.citation(let citation), .text):
            if keepsContent { blocks[position].citations = (blocks[position].citations ?? []) + [citation] }
            hasContent = true
        case (.other, _), (_, .unknown):
            // A block of a type that is not known may have deltas of a type that is.
            if keepsContent { blocks[position].keepUnknown(event.delta) }
            hasContent = true
        default:
            throw .deltaMismatch(index: event.index, blockType: blocks[position].start.type)
        }
    }

    private mutating func stop(at index: Int, note: (Diagnostic.Kind, String) -> Void) {
        guard let position = position(of: index), blocks[position].isOpen else {
            note(.stopOfClosedBlock, "block \(index)")
            return
        }
        if hasStopReason { note(.contentAfterStopReason, "block \(index)") }
        guard keepsContent else {
            blocks.remove(at: position)
            stopped.insert(index)
            return
        }
        blocks[position].isOpen = false
        if blocks[position].start.anyToolUse != nil {
            let input = ToolInput(text: blocks[position].inputText)
            if input.json == nil { note(.unusableToolInput, "block \(index)") }
            blocks[position].input = input
        }
    }

    private mutating func apply(_ delta: MessageDelta) {
        guard var message else { return }
        message.stopReason = delta.stopReason ?? message.stopReason
        message.stopSequence = delta.stopSequence ?? message.stopSequence
        message.stopDetails = delta.stopDetails ?? message.stopDetails
        message.container = delta.container ?? message.container
        message.additionalMembers.merge(delta.additionalMembers)
        message.additionalMembers.merge(delta.additionalEventMembers)
        if let usage = delta.usage { message.usage.merge(usage) }
        hasStopReason = message.stopReason != nil
        self.message = message
    }

    /// The position in `blocks` of the block at an index of the wire.
    private func position(of index: Int) -> Int? {
        blocks.lastIndex { $0.index == index }
    }

    // MARK: What was received

    /// The message so far, or nil before it began.
    ///
    /// - Complexity: O(number of blocks), and once more the length of the last one's text; strings are shared.
    var partial: Message? {
        guard var message else { return nil }
        guard keepsContent else { return message }
        var blocks = blocks
        if !pending.isEmpty { blocks[blocks.count - 1].text += pending.text }
        message.content = blocks.map(\.received)
        return message
    }
}

extension MessageAccumulator.Block {
    fileprivate init(starting block: ContentBlock, at index: Int) {
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
            kind = .whole
            text = ""
        case .other:
            kind = .unknown
            text = ""
        }
    }

    /// Whether the input of a tool ends inside its JSON.
    fileprivate var hasCutInput: Bool {
        if case .incomplete(let text) = input ?? ToolInput(text: inputText) { !text.isEmpty } else { false }
    }

    /// Takes a delta of which only its type is known, or that belongs to a block of which only that is known.
    fileprivate mutating func keepUnknown(_ delta: ContentDelta) {
        if case .inputJSON = delta { hasInputDeltas = true }
        if case .other("compaction_delta", let json) = delta, start.type == "compaction",
            let members = try? JSONObjectMembers(json, except: "type")
        {
            // The one such delta whose meaning is documented: its `content` is that of the block.
            start.additionalMembers.merge(members.rest)
        } else {
            start.unknownDeltas.append(delta.json)
        }
    }

    /// The text of a tool's input: the pieces that came, or without any what the block began with.
    fileprivate var inputText: String {
        text.isEmpty ? start.anyToolUse?.input.text ?? "" : text
    }

    /// The block with what its deltas brought.
    fileprivate var received: ContentBlock {
        var block = start
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
            // An empty input is where the pieces of one begin. It is not the input.
            block.additionalMembers.removeAll { $0.name.utf8.elementsEqual("input".utf8) && $0.value.isEmptyObject }
        default: break
        }
        let isUsable = block.anyToolUse.map { $0.input.json != nil } ?? true
        block.isComplete = !isOpen && isUsable
        return block
    }
}

/// Which deltas a block has. A `whole` block is of a known type that has none.
enum BlockKind { case text, thinking, toolUse, whole, unknown }

extension ProtocolViolation: Error {}
