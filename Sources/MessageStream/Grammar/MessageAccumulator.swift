import ServerSentEvents

/// Assembles a message from its events, and checks their order.
///
/// The table of ``MessageStreamDecoder`` lists which orders are violations and which are diagnostics.
///
/// Without ``keepsContent``, an open block keeps only what its deltas are checked against, and a stopped block only its
/// index.
struct MessageAccumulator: Sendable {
    /// The values that a delta must match to continue a block.
    private struct ActiveBlock: Sendable {
        var index: Int
        var kind: BlockKind
        var position: Int

        /// Matches no delta, because no delta is of an unknown kind.
        static var none: ActiveBlock { ActiveBlock(index: -1, kind: .unknown, position: -1) }

        @inline(__always)
        func matches(_ delta: StringDelta) -> Bool { delta.index == index && delta.kind == kind }
    }

    /// Whether blocks are kept, with the content of their deltas.
    private let keepsContent: Bool
    /// The message without its content and its unknown members; `nil` before `message_start`.
    private var message: Message?
    /// The unknown members of the message and of its usage. They are found by name, so that many events with new
    /// members cost no more than one event with all of them.
    private var members = MembersByName<RawJSON>()
    private var usageMembers = MembersByName<RawJSON>()
    /// The blocks in the order of their starts, nearly always that of their indices. Without `keepsContent`, only the
    /// open blocks, in any order.
    private var blocks: [Block] = []
    /// The positions of the blocks in `blocks`, by index.
    private var positions: [Int: Int] = [:]
    /// The position of the block that deltas are expected for: the block of the last delta, or one that was started
    /// after it. It may have been stopped.
    private var current: Int?
    /// The block that the next delta is expected to continue: the current one, if it is open and no stop reason was
    /// received. This duplicates information in `blocks`, so that a delta accesses no array.
    private var activeBlock = ActiveBlock.none
    /// The block that was active before the last delta for another block: two blocks may alternate.
    private var otherActiveBlock = ActiveBlock.none
    /// The last part of the current block's text, not yet appended to it. Invariant: empty if there is no current
    /// block.
    private var pending = PendingText()
    /// The indices of stopped blocks that are not in `blocks`.
    private var stopped = BlockIndices()
    /// The greatest index of a block so far.
    private var greatestIndex: Int?
    /// Whether `blocks` are in the order of their indices.
    private var isSorted = true
    /// How much of the message was received.
    private(set) var progress = MessageProgress()
    /// Whether `message_stop` was received.
    private(set) var isComplete = false
    /// Whether only pings and unknown events followed `message_start`.
    private var hasOnlyStarted = false
    /// The memory budget of the message.
    private var budget: MessageBudget
    /// Whether the last event exceeded the limit. It was not applied.
    private(set) var isFull = false

    /// - Parameter limit: The maximum number of bytes to keep; `nil` for no limit.
    init(keepsContent: Bool, limit: Int?) {
        self.keepsContent = keepsContent
        budget = MessageBudget(limit: limit)
    }

    /// The number of bytes kept of the message, as counted by ``MessageStreamLimits/messageBytes``.
    var byteCount: Int { budget.reserved }

    /// Receives an event.
    ///
    /// - Parameters:
    ///   - dataBytes: The length of the event's data.
    ///   - note: Called for each diagnostic.
    /// - Returns: Whether to deliver the event: false if it is a repetition, or exceeds the limit.
    mutating func apply(
        _ event: MessageStreamEvent,
        dataBytes: Int,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) -> Bool {
        // The event may change the current block.
        if !pending.isEmpty, let current { pending.move(to: &blocks[current].text) }
        defer { updateActiveBlock() }
        switch event {
        case .ping, .unknown:
            return true
        case .messageStart(let start):
            if let message {
                // Some gateways send the start twice; nothing is lost or duplicated.
                let isRepeated = hasOnlyStarted && !start.id.isEmpty && start.id.utf8.elementsEqual(message.id.utf8)
                guard isRepeated else { throw .secondMessageStart }
                note(.repeatedMessageStart, start.id)
                return false
            }
            guard reserve(for: start, dataBytes) else { return false }
            begin(start)
            if event.contribution == .content { progress.hasContent = true }
            hasOnlyStarted = true
            return true
        default:
            guard message != nil else { throw .eventBeforeMessageStart(name: event.name) }
            hasOnlyStarted = false
        }
        switch event {
        case .contentBlockStart(let index, let block):
            let cost = MessageBudget.cost(ofBlockWith: dataBytes)
            guard reserve(cost) else { return false }
            try begin(block, at: index, cost: cost, note: note)
        case .contentBlockStop(let index):
            stop(at: index, note: note)
        case .messageDelta(let delta):
            guard reserve(MessageBudget.cost(of: delta)) else { return false }
            apply(delta)
        case .messageStop:
            let open = blocks.lazy.filter(\.isOpen).map(\.index)
            for index in open.sorted() { note(.openBlockAtStop, "block \(index)") }
            if message?.stopReason == nil { note(.noStopReason, "") }
            if let doubts = completionDoubts { note(.doubtfulCompletion, doubts) }
            isComplete = true
        case .contentBlockDelta(let delta):
            guard !keepsContent || reserve(MessageBudget.cost(of: delta.delta, dataBytes)) else { return false }
            try apply(delta, note: note)
        case .messageStart, .ping, .unknown:
            break
        }
        if !progress.hasContent, event.contribution == .content { progress.hasContent = true }
        return true
    }

    private mutating func reserve(for start: Message, _ dataBytes: Int) -> Bool {
        reserve(MessageBudget.cost(of: start) + (start.content.isEmpty ? 0 : dataBytes))
    }

    private mutating func reserve(_ bytes: Int) -> Bool {
        isFull = !budget.reserve(bytes)
        return !isFull
    }

    /// The reasons to doubt that the message is complete in spite of its `message_stop`; `nil` without such a reason.
    ///
    /// A gateway that loses its upstream may close the message itself, with an end that the model never generated.
    private var completionDoubts: String? {
        var doubts: [String] = []
        let last = blocks.max { $0.index < $1.index }
        if message?.stopReason == .endTurn, let last, last.kind == .toolUse, last.hasTruncatedInput {
            doubts.append("the stop reason is end_turn, but the input of the last block, a tool call, is cut")
        }
        if progress.hasContent, (message?.usage.outputTokens ?? 0) <= 0 {
            let tokens = message?.usage.outputTokens.map { "\($0) output tokens" } ?? "no output tokens"
            doubts.append("there is content, but the usage counts \(tokens)")
        }
        return doubts.isEmpty ? nil : doubts.joined(separator: "; ")
    }

    /// Appends a delta that continues the text of an open block without a diagnostic: the hot path.
    ///
    /// - Returns: Whether the delta was appended; if not, call ``apply(_:dataBytes:note:)``.
    @inline(__always)
    mutating func append(_ delta: StringDelta) -> Bool {
        guard activeBlock.matches(delta) || activateBlock(of: delta) else { return false }
        if keepsContent {
            // If the budget is exhausted, `apply` handles it.
            guard budget.reserve(delta.text.utf8.count) else { return false }
            if !pending.append(delta.text), let current {
                pending.move(to: &blocks[current].text)
                blocks[current].text += delta.text
            }
        }
        // Same as `contribution` of the event.
        if !progress.hasContent { progress.hasContent = !delta.text.isEmpty }
        return true
    }

    private mutating func updateActiveBlock() {
        activeBlock = .none
        otherActiveBlock = .none
        guard let current, blocks[current].isOpen, !progress.hasStopReason else { return }
        activeBlock = activeBlock(at: current)
    }

    private func activeBlock(at position: Int) -> ActiveBlock {
        ActiveBlock(index: blocks[position].index, kind: blocks[position].kind, position: position)
    }

    /// Makes the block that a delta continues the current one.
    ///
    /// - Returns: Whether there is such a block that is open and accepts deltas of this kind.
    @inline(never)
    private mutating func activateBlock(of delta: StringDelta) -> Bool {
        guard let last = current, activeBlock.position == last else { return false }
        if !otherActiveBlock.matches(delta) {
            guard let position = positions[delta.index], blocks[position].isOpen else { return false }
            otherActiveBlock = activeBlock(at: position)
            guard otherActiveBlock.matches(delta) else { return false }
        }
        if !pending.isEmpty { pending.move(to: &blocks[last].text) }
        swap(&activeBlock, &otherActiveBlock)
        current = activeBlock.position
        return true
    }

    private mutating func begin(_ start: Message) {
        message = start
        progress.hasStarted = true
        members = MembersByName(start.additionalMembers)
        usageMembers = MembersByName(start.usage.additionalMembers)
        for block in start.content { adoptModel(of: block) }
        for (index, block) in start.content.enumerated() {
            // Content that is part of the start is complete.
            if keepsContent {
                var complete = Block(starting: block, at: index)
                complete.isOpen = false
                complete.input = block.anyToolUse?.input
                append(complete)
            } else {
                _ = stopped.insert(index)
            }
            greatestIndex = index
            progress.hasServerTool = progress.hasServerTool || block.isServerTool
        }
        message?.content = []
        message?.additionalMembers = []
        message?.usage.additionalMembers = []
    }

    private mutating func begin(
        _ block: ContentBlock,
        at index: Int,
        cost: Int,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) {
        guard positions[index] == nil, !stopped.contains(index) else { throw .secondBlock(index: index) }
        let last = greatestIndex ?? -1
        if index != last &+ 1 { note(.indexGap, "block \(index)") }
        if progress.hasStopReason { note(.contentAfterStopReason, "block \(index)") }
        adoptModel(of: block)
        var started = Block(starting: block, at: index)
        started.cost = cost
        append(started)
        if let greatestIndex, index < greatestIndex { isSorted = false }
        greatestIndex = max(index, greatestIndex ?? index)
        progress.hasServerTool = progress.hasServerTool || block.isServerTool
    }

    private mutating func append(_ block: Block) {
        Work.note(1)
        let position = blocks.count
        blocks.append(block)
        positions[block.index] = position
        if let current, blocks[current].index > block.index { return }
        current = position
    }

    /// Removes a block; the last one moves to its position.
    private mutating func removeBlock(at position: Int) {
        Work.note(1)
        positions[blocks[position].index] = nil
        if current == position { current = nil }
        let last = blocks.removeLast()
        guard position < blocks.count else { return }
        if current == blocks.count { current = position }
        positions[last.index] = position
        blocks[position] = last
    }

    /// Adopts the model of a `fallback` block, which names the model that responds from then on: `to.model`.
    private mutating func adoptModel(of block: ContentBlock) {
        guard block.type.utf8.elementsEqual("fallback".utf8),
            let to = block.additionalMembers.first(where: { $0.name.utf8.elementsEqual("to".utf8) })?.value,
            to.isObject, var members = try? JSONObjectMembers(to, only: ["model"]),
            let model = try? members.removeString("model"), !model.isEmpty
        else { return }
        message?.model = model
    }

    private mutating func apply(
        _ event: ContentBlockDelta,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) {
        guard let position = positions[event.index] else {
            guard stopped.contains(event.index) else { throw .deltaOfUnknownBlock(index: event.index) }
            throw .deltaOfClosedBlock(index: event.index)
        }
        guard blocks[position].isOpen else { throw .deltaOfClosedBlock(index: event.index) }
        if progress.hasStopReason { note(.contentAfterStopReason, "block \(event.index)") }
        if current.map({ !blocks[$0].isOpen }) ?? true { current = position }
        switch (event.delta, blocks[position].kind) {
        case (.text(let text), .text), (.thinking(let text), .thinking), (.inputJSON(let text), .toolUse):
            if keepsContent { blocks[position].text += text }
        case (.signature(let signature), .thinking):
            if keepsContent { blocks[position].signature = signature }
        case (.citation(let citation), .text):
            if keepsContent { blocks[position].append(citation) }
        case (.other, _), (_, .unknown):
            // A block of an unknown type may have deltas of a known type.
            if keepsContent { blocks[position].keepUnknown(event.delta) }
        default:
            throw .deltaMismatch(index: event.index, blockType: blocks[position].start.type)
        }
    }

    private mutating func stop(at index: Int, note: (Diagnostic.Kind, String) -> Void) {
        guard let position = positions[index], blocks[position].isOpen else {
            note(.stopOfClosedBlock, "block \(index)")
            return
        }
        if progress.hasStopReason { note(.contentAfterStopReason, "block \(index)") }
        guard keepsContent else {
            budget.release(blocks[position].cost)
            removeBlock(at: position)
            if stopped.insert(index) { isFull = !budget.reserve(BlockIndices.cost) }
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
        // Modify each part in place: a copy of the message would copy its members for each event.
        if let reason = delta.stopReason { message?.stopReason = reason }
        if let sequence = delta.stopSequence { message?.stopSequence = sequence }
        if let details = delta.stopDetails { message?.stopDetails = details }
        if let container = delta.container { message?.container = container }
        members.merge(delta.additionalMembers)
        members.merge(delta.additionalEventMembers)
        if var usage = delta.usage {
            usageMembers.merge(usage.additionalMembers)
            usage.additionalMembers = []
            message?.usage.merge(usage)
        }
        progress.hasStopReason = message?.stopReason != nil
    }

    // MARK: Text stored elsewhere

    /// Removes the text and the reasoning of all blocks, and calls a closure with each.
    ///
    /// - Parameter body: A closure called for each block that has text, with its index and the text since the last
    ///   call.
    /// - Complexity: O(number of blocks + length of the text).
    mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) {
        if !pending.isEmpty, let current { pending.move(to: &blocks[current].text) }
        for position in blocks.indices where blocks[position].kind == .text || blocks[position].kind == .thinking {
            guard !blocks[position].text.isEmpty else { continue }
            body(blocks[position].index, blocks[position].text)
            budget.release(blocks[position].text.utf8.count)
            blocks[position].text = ""
        }
    }

    /// The indices of the blocks of ``partial``, in the same order.
    var blockIndices: [Int] {
        let indices = blocks.map(\.index)
        return isSorted ? indices : indices.sorted()
    }

    // MARK: The message so far

    /// The message so far, or `nil` before `message_start`.
    ///
    /// - Complexity: O(number of blocks and members), plus the length of the current block's text; strings are shared.
    ///   O(*n* log *n*) in the number of blocks if they were not received in the order of their indices.
    var partial: Message? {
        guard var message else { return nil }
        message.additionalMembers = members.members
        message.usage.additionalMembers = usageMembers.members
        guard keepsContent else { return message }
        var blocks = blocks
        if !pending.isEmpty, let current { blocks[current].text += pending.text }
        if !isSorted { blocks.sort { $0.index < $1.index } }
        message.content = blocks.map(\.received)
        return message
    }
}
