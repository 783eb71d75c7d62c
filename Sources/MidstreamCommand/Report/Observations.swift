import MessageStream
import ServerSentEvents
import StreamReplay

/// The facts about a response besides its verdict, collected during decoding.
struct Observations {
    private(set) var times = ArrivalTimes()
    /// Over time in microseconds; `nil` if no time was recorded.
    private(set) var timeline: Timeline?
    /// Over the offset in the body.
    private(set) var offsets = Timeline()
    private(set) var finder = FaultFinder()
    private(set) var eventCount = 0
    /// The number of events with content.
    private(set) var contentCount = 0
    var failureTime: Duration?
    /// The blocks, by their index.
    private var blocks: [Int: ResponseReport.Block] = [:]
    /// The end of the last event in the body.
    private var eventEnd: Int?

    /// The maximum number of blocks to report on.
    static let blockLimit = 200

    // MARK: Inputs

    /// Receives an event of the response.
    mutating func receive(_ event: MessageStreamEvent, _ frame: EventView, at time: Duration?) {
        eventCount += 1
        let range = frame.byteRange
        eventEnd = range.upperBound
        count(event, at: range.lowerBound, time)
        switch event {
        case .contentBlockStart(let index, let block):
            guard blocks.count < Self.blockLimit else { return }
            blocks[index] = ResponseReport.Block(block, index: index)
            update(index, range, time)
        case .contentBlockDelta(let delta):
            update(delta.index, range, time)
            blocks[delta.index]?.deltaCount += 1
            switch delta.delta {
            case .text(let text), .thinking(let text), .inputJSON(let text): blocks[delta.index]?.text.append(text)
            default: break
            }
        case .contentBlockStop(let index): update(index, range, time)
        default: break
        }
    }

    private mutating func update(_ index: Int, _ range: Range<Int>, _ time: Duration?) {
        guard var block = blocks.removeValue(forKey: index) else { return }
        block.bytes = (block.bytes?.lowerBound ?? range.lowerBound)..<range.upperBound
        block.firstTime = block.firstTime ?? time
        block.lastTime = time
        blocks[index] = block
    }

    private mutating func count(_ event: MessageStreamEvent, at offset: Int, _ time: Duration?) {
        let change: (inout Timeline.Bin) -> Void
        switch event.contribution {
        case .content:
            contentCount += 1
            change = { $0.content += 1 }
        case .structure, .ending: change = { $0.structure += 1 }
        case .nothing:
            if case .ping = event { change = { $0.pings += 1 } } else { change = { $0.unknown += 1 } }
        }
        offsets.add(at: offset, change)
        if let time { add(at: time, change) }
    }

    private mutating func add(at time: Duration, _ change: (inout Timeline.Bin) -> Void) {
        var timeline = self.timeline.take() ?? Timeline()
        timeline.add(at: time.microseconds, change)
        self.timeline = timeline
    }

    /// Receives the body bytes of a chunk, after its events.
    mutating func receive(_ body: [UInt8], at time: Duration?, deliversContent: Bool) {
        times.receive(body.count, at: time, deliversContent: deliversContent)
        finder.receive(body, eventEnd: eventEnd)
        eventEnd = nil
        if let time { add(at: time) { $0.bytes += body.count } }
        if finder.count > 0 { offsets.extend(to: finder.count - 1) }
    }

    // MARK: Blocks

    /// The blocks of a message, and the number of those beyond the limit.
    ///
    /// - Parameter indices: The index of each block of the message.
    func blocks(of message: Message?, indices: [Int]) -> (blocks: [ResponseReport.Block], omitted: Int) {
        let content = message?.content ?? []
        let reports = content.prefix(Self.blockLimit).enumerated().map { position, block in
            let index = position < indices.count ? indices[position] : position
            var report = blocks[index] ?? ResponseReport.Block(block, index: index)
            report.isComplete = block.isComplete
            report.problem = Self.problem(of: block)
            return report
        }
        return (reports, content.count - reports.count)
    }

    private static func problem(of block: ContentBlock) -> String? {
        switch block.anyToolUse?.input {
        case .incomplete?: "the input is incomplete; do not run the tool"
        case .invalid(_, let offset)?: "the input is invalid JSON at byte \(offset); do not run the tool"
        default: block.isComplete ? nil : "content_block_stop is missing"
        }
    }
}

extension ResponseReport.Block {
    fileprivate init(_ block: ContentBlock, index: Int) {
        self.init(
            index: index,
            type: block.type.shortened(to: Output.nameLimit),
            name: block.anyToolUse?.name.shortened(to: Output.nameLimit),
            isComplete: block.isComplete
        )
        switch block.content {
        case .text(let text, _): self.text.append(text)
        case .thinking(let thinking, _): text.append(thinking)
        case .toolResult(_, _, let content?): text.append(content.description)
        default: break
        }
    }
}

extension Duration {
    /// The duration in complete microseconds, at least 0.
    var microseconds: Int { Int(clamping: Int64(min(max(0, self / .microseconds(1)), 9e18))) }
}
