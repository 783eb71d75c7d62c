import ServerSentEvents

/// Puts a message together from its events, and judges their order.
///
/// The table at ``MessageStreamDecoder`` says which order is a violation and which a diagnostic.
///
/// Without ``keepsContent``, an open block keeps only what its deltas are checked against, and a stopped one its index.
struct MessageAccumulator: Sendable {
    /// What a delta has to match to continue a block.
    private struct ActiveBlock: Sendable {
        var index: Int
        var kind: BlockKind
        var position: Int

        /// No delta is of an unknown kind.
        static var none: ActiveBlock { ActiveBlock(index: -1, kind: .unknown, position: -1) }

        @inline(__always)
        func matches(_ delta: StringDelta) -> Bool { delta.index == index && delta.kind == kind }
    }

    /// Whether blocks are kept, with what their deltas bring.
    private let keepsContent: Bool
    /// The message without its content and its unknown members; nil before `message_start`.
    private var message: Message?
    /// The unknown members of the message and of its usage. They are found by name, so that many events with new members
    /// cost no more than one event with as many.
    private var members = MembersByName<RawJSON>()
    private var usageMembers = MembersByName<RawJSON>()
    /// The blocks in the order in which they began, nearly always that of their indices. Without `keepsContent`, the open
    /// blocks in any order.
    private var blocks: [Block] = []
    /// Where in `blocks` the block of an index is.
    private var positions: [Int: Int] = [:]
    /// The position of the block that deltas are expected for: the one that a delta continued last, or one that began
    /// after it. It may be stopped itself.
    private var current: Int?
    /// The block that the next delta is expected to continue: the current one, if it is open and no stop reason was
    /// received. It repeats what `blocks` says, so that a delta reads no array.
    private var activeBlock = ActiveBlock.none
    /// The block that was active before the last delta for another block: two blocks may take turns.
    private var otherActiveBlock = ActiveBlock.none
    /// The last part of the current block's text, not yet appended to it. Invariant: empty if there is no current block.
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
    /// Whether only pings and unknown events were received after `message_start`.
    private var hasOnlyBegun = false
    /// The remaining room in memory.
    private var room: MessageRoom
    /// Whether the last event exceeded the limit. It was not applied.
    private(set) var isFull = false

    /// - Parameter limit: The most bytes to keep; nil for no limit.
    init(keepsContent: Bool, limit: Int?) {
        self.keepsContent = keepsContent
        room = MessageRoom(limit: limit)
    }

    /// How many bytes of the message are kept, as ``MessageStreamLimits/messageBytes`` counts them.
    var byteCount: Int { room.reserved }

    /// Receives an event.
    ///
    /// - Parameters:
    ///   - dataBytes: The length of the event's data.
    ///   - note: Called for each diagnostic.
    /// - Returns: whether to hand the event out; not if it is a repetition, or exceeds the limit.
    mutating func apply(
        _ event: MessageStreamEvent,
        dataBytes: Int,
        note: (Diagnostic.Kind, String) -> Void
    ) throws(ProtocolViolation) -> Bool {
        // The current block may be another one from here on.
        if !pending.isEmpty, let current { pending.move(to: &blocks[current].text) }
        defer { updateActiveBlock() }
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
            guard makeRoom(for: start, dataBytes) else { return false }
            begin(start)
            if event.contribution == .content { progress.hasContent = true }
            hasOnlyBegun = true
            return true
        default:
            guard message != nil else { throw .eventBeforeMessageStart(name: event.name) }
            hasOnlyBegun = false
        }
        switch event {
        case .contentBlockStart(let index, let block):
            let cost = MessageRoom.cost(ofBlockWith: dataBytes)
            guard makeRoom(cost) else { return false }
            try begin(block, at: index, cost: cost, note: note)
        case .contentBlockStop(let index):
            stop(at: index, note: note)
        case .messageDelta(let delta):
            guard makeRoom(MessageRoom.cost(of: delta)) else { return false }
            apply(delta)
        case .messageStop:
            let open = blocks.lazy.filter(\.isOpen).map(\.index)
            for index in open.sorted() { note(.openBlockAtStop, "block \(index)") }
            if message?.stopReason == nil { note(.noStopReason, "") }
            if let doubts = doubtsAboutEnd { note(.doubtfulCompletion, doubts) }
            isComplete = true
        case .contentBlockDelta(let delta):
            guard !keepsContent || makeRoom(MessageRoom.cost(of: delta.delta, dataBytes)) else { return false }
            try apply(delta, note: note)
        case .messageStart, .ping, .unknown:
            break
        }
        if !progress.hasContent, event.contribution == .content { progress.hasContent = true }
        return true
    }

    private mutating func makeRoom(for start: Message, _ dataBytes: Int) -> Bool {
        makeRoom(MessageRoom.cost(of: start) + (start.content.isEmpty ? 0 : dataBytes))
    }

    private mutating func makeRoom(_ bytes: Int) -> Bool {
        isFull = !room.reserve(bytes)
        return !isFull
    }

    /// Why the message may not be as whole as `message_stop` says; nil if nothing speaks against it.
    ///
    /// A gateway that loses its upstream may close the message by itself, with an end that the model never gave.
    private var doubtsAboutEnd: String? {
        var doubts: [String] = []
        let last = blocks.max { $0.index < $1.index }
        if message?.stopReason == .endTurn, let last, last.kind == .toolUse, last.hasCutInput {
            doubts.append("the stop reason is end_turn, but the input of the last block, a tool call, is cut")
        }
        if progress.hasContent, (message?.usage.outputTokens ?? 0) <= 0 {
            let tokens = message?.usage.outputTokens.map { "\($0) output tokens" } ?? "no output tokens"
            doubts.append("there is content, but the usage counts \(tokens)")
        }
        return doubts.isEmpty ? nil : doubts.joined(separator: "; ")
    }

    /// Appends a delta that continues the text of the current block without a diagnostic: the hot path.
    ///
    /// - Returns: whether it did; if not, call ``apply(_:dataBytes:note:)``.
    @inline(__always)
    mutating func append(_ delta: StringDelta) -> Bool {
        guard activeBlock.matches(delta) || activateBlock(of: delta) else { return false }
        if keepsContent {
            // If there is no room, the other way tells.
            guard room.reserve(delta.text.utf8.count) else { return false }
            if !pending.append(delta.text), let current {
                pending.move(to: &blocks[current].text)
                blocks[current].text += delta.text
            }
        }
        // As `contribution` says of the event.
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
    /// - Returns: whether there is such a block, which is open and has deltas of this kind.
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
            // Content that comes with the start is whole.
            if keepsContent {
                var whole = Block(starting: block, at: index)
                whole.isOpen = false
                whole.input = block.anyToolUse?.input
                append(whole)
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

    /// Removes a block; the last one takes its place.
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

    /// A `fallback` block names the model that answers from here on, `to.model`.
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
            // A block of a type that is not known may have deltas of a type that is.
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
            room.release(blocks[position].cost)
            removeBlock(at: position)
            if stopped.insert(index) { isFull = !room.reserve(BlockIndices.cost) }
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
        // Each part where it lies: a copy of the message would copy its members with each event.
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

    // MARK: Text that is kept elsewhere

    /// Removes the text and the reasoning of all blocks, and hands it out.
    ///
    /// - Parameter body: Called for each block that has text, with its index and the text since the last call.
    /// - Complexity: O(number of blocks + length of the text).
    mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) {
        if !pending.isEmpty, let current { pending.move(to: &blocks[current].text) }
        for position in blocks.indices where blocks[position].kind == .text || blocks[position].kind == .thinking {
            guard !blocks[position].text.isEmpty else { continue }
            body(blocks[position].index, blocks[position].text)
            room.release(blocks[position].text.utf8.count)
            blocks[position].text = ""
        }
    }

    /// The indices of the blocks of ``partial``, in their order there.
    var blockIndices: [Int] {
        let indices = blocks.map(\.index)
        return isSorted ? indices : indices.sorted()
    }

    // MARK: The message so far

    /// The message so far, or nil before it began.
    ///
    /// - Complexity: O(number of blocks and members), and once more the length of the current block's text; strings are
    ///   shared. O(*n* log *n*) in the number of blocks if they did not come in the order of their indices.
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
