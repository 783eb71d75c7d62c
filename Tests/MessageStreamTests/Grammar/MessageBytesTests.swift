import MessageStream
import MessageStreamVerifier
import TestScheduling
import TestSupport
import Testing

/// `MessageStreamLimits.messageBytes`.
@Suite(.takesTurns) struct MessageBytesTests {
    private func play(_ body: String, limit: Int?, keepsContent: Bool = true) -> Playback {
        var limits = MessageStreamLimits()
        limits.messageBytes = limit
        return Playback(Array(body.utf8), limits: limits, keepsContent: keepsContent)
    }

    /// The lowest limit with which a stream is complete.
    private func cost(_ body: String, keepsContent: Bool = true) -> Int {
        var (low, high) = (0, 256)
        while play(body, limit: high, keepsContent: keepsContent).failure != nil { (low, high) = (high, 2 * high) }
        while low < high {
            let middle = (low + high) / 2
            if play(body, limit: middle, keepsContent: keepsContent).failure == nil {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return low
    }

    private let empty = MessageParts.start + MessageParts.textBlock("") + MessageParts.end

    @Test func theDefault() {
        #expect(MessageStreamLimits().messageBytes == 256 << 20)
        #expect(MessageStreamLimits(messageBytes: nil).messageBytes == nil)
        #expect(play(empty, limit: -1).failure?.kind == .limitExceeded(.messageBytes(0)))
        #expect(play(MessageParts.start + MessageParts.end, limit: 0).failure == nil)
        #expect(play(empty, limit: nil).failure == nil)
    }

    /// Text counts byte by byte, decoded. The delta that exceeds the limit is not delivered; all events before it are.
    @Test func textToTheByte() throws {
        let base = cost(empty)
        let deltas = ["abc", "é", #"\n"#, "\u{1F600}", "defghijklmnopqrstuvwxyz"]
        let sizes = [3, 2, 1, 4, 23]
        let body =
            MessageParts.start + MessageParts.textStart()
            + deltas.map { MessageParts.textDelta($0) }.joined() + MessageParts.blockStop() + MessageParts.end
        let whole = play(body, limit: nil)
        for limit in base...(base + 33) {
            let result = play(body, limit: limit)
            guard limit < base + 33 else {
                #expect(result.failure == nil)
                break
            }
            var (count, sum) = (0, 0)
            while sum + sizes[count] <= limit - base { (count, sum) = (count + 1, sum + sizes[count]) }
            let failure = try #require(result.failure)
            #expect(failure.kind == .limitExceeded(.messageBytes(limit)))
            #expect(failure.eventIndex == 2 + count)
            #expect(failure.byteOffset == whole.steps[2 + count].range.lowerBound)
            #expect(failure.stage == (count == 0 ? .beforeContent : .afterContent))
            #expect(failure.partial?.text.utf8.count == sum)
            #expect(result.events == Array(whole.events[..<(2 + count)]))
            #expect(failure.description.contains("limit of \(limit) bytes"))
        }
    }

    /// Everything that grows counts, in every kind of event: four times the content costs four times as much, and at
    /// least its length in bytes.
    @Test(
        arguments: [
            "text", "thinking", "input", "signature", "citation", "unknown delta", "blocks", "open blocks",
            "members of the message", "members of the usage", "members of a block",
        ]
    )
    func whatGrows(_ what: String) {
        func body(_ count: Int) -> String {
            let all = 0..<count
            let content =
                switch what {
                case "text": MessageParts.textStart() + all.map { _ in MessageParts.textDelta("0123456789") }.joined()
                case "thinking":
                    MessageParts.blockStart(0, #"{"type":"thinking","thinking":"","signature":""}"#)
                        + all.map { _ in
                            MessageParts.delta(0, #"{"type":"thinking_delta","thinking":"0123456789"}"#)
                        }.joined()
                case "input": MessageParts.toolStart() + all.map { _ in MessageParts.inputDelta("0123456789") }.joined()
                case "signature":
                    MessageParts.blockStart(0, #"{"type":"thinking","thinking":"","signature":""}"#)
                        + all.map { MessageParts.delta(0, #"{"type":"signature_delta","signature":"\#($0)"}"#) }
                        .joined()
                case "citation":
                    MessageParts.textStart()
                        + all.map {
                            MessageParts.delta(0, #"{"type":"citations_delta","citation":{"type":"x","n":\#($0)}}"#)
                        }.joined()
                case "unknown delta":
                    MessageParts.textStart()
                        + all.map { MessageParts.delta(0, #"{"type":"x_delta","n":\#($0)}"#) }.joined()
                case "blocks": all.map { MessageParts.textBlock("", at: $0) }.joined()
                case "open blocks": all.map { MessageParts.textStart($0) }.joined()
                case "members of the message":
                    all.map {
                        frame("message_delta", #"{"type":"message_delta","delta":{"a\#($0)":0}}"#)
                    }.joined()
                case "members of the usage":
                    all.map {
                        frame(
                            "message_delta",
                            #"{"type":"message_delta","delta":{},"usage":{"a\#($0)":0}}"#
                        )
                    }.joined()
                default:
                    MessageParts.blockStart(
                        0,
                        #"{"type":"text","text":"",\#(all.map { #""a\#($0)":0"# }.joined(separator: ","))}"#
                    )
                }
            return MessageParts.start + content + MessageParts.end
        }
        let count = Sweep.count(inDebug: 12, inRelease: 50)
        let (few, many) = (cost(body(count)), cost(body(4 * count)))
        let base = cost(body(1))
        #expect((many - base) > 3 * (few - base) && (many - base) < 5 * (few - base), "\(base), \(few), \(many)")
        #expect(few - base >= (count - 1) * 5)
    }

    /// Without content, only open blocks and unknown members count.
    @Test func withoutContent() {
        let text = MessageParts.textStart() + String(repeating: MessageParts.textDelta("0123456789"), count: 1000)
        let body = MessageParts.start + text + MessageParts.blockStop() + MessageParts.end
        #expect(cost(body, keepsContent: false) == cost(empty, keepsContent: false))
        let blocks = (0..<200).map { MessageParts.textBlock("a", at: $0) }.joined()
        #expect(cost(MessageParts.start + blocks + MessageParts.end, keepsContent: false) < 1000)
        let open = (0..<200).map { MessageParts.textStart($0) }.joined()
        #expect(cost(MessageParts.start + open + MessageParts.end, keepsContent: false) > 20_000)
        // Indices that are not adjacent are stored one by one.
        let apart = (0..<200).map { MessageParts.textBlock("a", at: $0 * 1000) }.joined()
        #expect(cost(MessageParts.start + apart + MessageParts.end, keepsContent: false) > 10_000)
    }

    /// The limit is exceeded at the same event regardless of how the stream is split.
    @Test func atEveryCut() {
        let body =
            MessageParts.start + MessageParts.textStart()
            + (0..<12).map { MessageParts.textDelta("é\($0)") }.joined() + MessageParts.end
        var limits = MessageStreamLimits()
        limits.messageBytes = cost(MessageParts.start + MessageParts.textStart() + MessageParts.end) + 20
        let bytes = Array(body.utf8)
        let whole = Playback(bytes, limits: limits)
        #expect(whole.failure?.kind.name == "limitExceeded")
        for cut in Sweep.sample(0...bytes.count, inDebug: 80) {
            var decoder = MessageStreamDecoder(limits: limits)
            var count = 0
            let outcome = Playback.feed(bytes, cutAt: [cut], poison: [0x22], to: &decoder) { _, _ in count += 1 }
            #expect(outcome.failure?.kind == whole.failure?.kind)
            #expect(outcome.failure?.byteOffset == whole.failure?.byteOffset)
            #expect(outcome.failure?.eventIndex == whole.failure?.eventIndex)
            #expect(outcome.failure?.partial == whole.failure?.partial)
            #expect(count == whole.events.count)
        }
    }

    // MARK: Text stored elsewhere

    /// The removed pieces and the rest add up to the text, regardless of when it is removed and of the order of the
    /// blocks. Removing text makes room.
    @Test(arguments: 0..<UInt64(Sweep.count(inDebug: 12, inRelease: 100)))
    func removedText(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var frames = [MessageParts.start]
        let indices = [3, 0, 7, 1].shuffled(using: &random)
        for index in indices {
            let thinking = #"{"type":"thinking","thinking":"t","signature":""}"#
            frames.append(
                index == 7
                    ? MessageParts.blockStart(7, thinking)
                    : index == 1
                        ? MessageParts.toolStart(1)
                        : MessageParts.blockStart(index, #"{"type":"text","text":"s"}"#)
            )
        }
        for step in 0..<60 {
            switch indices.randomElement(using: &random) ?? 0 {
            case 7: frames.append(MessageParts.delta(7, #"{"type":"thinking_delta","thinking":"h\#(step)"}"#))
            case 1: frames.append(MessageParts.inputDelta("1", at: 1))
            case let index: frames.append(MessageParts.textDelta("x\(step)é", at: index))
            }
        }
        frames += indices.map { MessageParts.blockStop($0) } + [MessageParts.end]
        let whole = try #require(Playback(frames.joined()).message)
        var limits = MessageStreamLimits()
        limits.messageBytes = cost(frames.joined()) - 100
        var decoder = MessageStreamDecoder(limits: limits)
        var removed: [Int: String] = [:]
        for (number, frame) in frames.enumerated() {
            try decoder.decode(Array(frame.utf8)) { _ in }
            guard number % 3 == 0 || Bool.random(using: &random) else { continue }
            decoder.removeText { index, text in removed[index, default: ""] += text }
        }
        let rest = try decoder.finish()
        #expect(decoder.blockIndices == indices.sorted())
        for (block, (index, expected)) in zip(rest.content, zip(decoder.blockIndices, whole.content)) {
            let (text, wholeText) = (Self.text(of: block), Self.text(of: expected))
            #expect(((removed[index] ?? "") + text).utf8.elementsEqual(wholeText.utf8))
            #expect(block.isComplete == expected.isComplete)
            #expect(block.anyToolUse == expected.anyToolUse)
        }
        #expect(removed[1] == nil)
        #expect(rest.text.utf8.count < whole.text.utf8.count)
    }

    private static func text(of block: ContentBlock) -> String {
        switch block.content {
        case .text(let text, _), .thinking(let text, _): text
        default: ""
        }
    }
}
