/// Writes one message, from `message_start` to `message_stop`, with blocks until its size is reached.
///
/// All random choices are drawn from one seeded generator, in the order of writing. The grammar is that of the Messages
/// API: indices increase from 0, every block is stopped before the next starts, a `ping` follows the first
/// `content_block_start`, and usage is cumulative.
struct MessageGenerator {
    private var writer: FrameWriter
    private var random: SplitMix64
    /// The size at which no more deltas or blocks are started.
    private let fullSize: Int
    private var nextIndex = 0
    private var deltaCount = 0

    /// The bytes of `message_delta` and `message_stop`, without padding.
    private static let endSize = 250

    init(byteCount: Int, spelling: Spelling, lineEnd: LineEnd, seed: UInt64) {
        random = SplitMix64(seed: seed)
        writer = FrameWriter(spelling: spelling, lineEnd: lineEnd, seed: random.next())
        fullSize = byteCount - Self.endSize
    }

    private var isFull: Bool { writer.byteCount >= fullSize }

    mutating func message(of kind: StreamKind) -> GeneratedStream {
        messageStart()
        switch kind {
        case .text:
            repeat { textBlock(.english, deltas: 500...3000) } while !isFull
        case .multilingual:
            repeat { textBlock(.multilingual, deltas: 500...3000) } while !isFull
        case .escaped:
            repeat { textBlock(.escaped, deltas: 500...3000) } while !isFull
        case .interleaved:
            repeat { twoTextBlocks(deltas: 500...3000) } while !isFull
        case .tools:
            textBlock(.english, deltas: 5...30)
            repeat { toolBlock() } while !isFull
        case .thinking:
            repeat {
                thinkingBlock()
                textBlock(.english, deltas: 100...2000)
            } while !isFull
        }
        messageEnd(stopReason: kind == .tools ? "tool_use" : "end_turn")
        return writer.end()
    }
}

// MARK: - Blocks

extension MessageGenerator {
    /// A text block. Only text blocks and ``thinkingBlock()`` are cut short once the message is full.
    private mutating func textBlock(_ prose: Prose, deltas: ClosedRange<Int>) {
        let index = startText()
        for _ in 0..<random.next(in: deltas) {
            textDelta(index, prose)
            if isFull { break }
        }
        stop(index)
    }

    /// Two text blocks whose deltas alternate.
    private mutating func twoTextBlocks(deltas: ClosedRange<Int>) {
        let indices = [startText(), startText()]
        for number in 0..<random.next(in: deltas) {
            textDelta(indices[number % 2], .english)
            if isFull { break }
        }
        for index in indices { stop(index) }
    }

    private mutating func startText() -> Int {
        start { $0.append(#"{"type":"text","text":""}"#) }
    }

    private mutating func textDelta(_ index: Int, _ prose: Prose) {
        let text = prose.piece(&random)
        let isEscaped = random.chance(percent: prose.escapedPercent)
        delta(index) {
            $0.append(#"{"type":"text_delta","text":"#)
            $0.appendString(text, escapesNonASCII: isEscaped)
        }
    }

    private mutating func thinkingBlock() {
        let index = start { $0.append(#"{"type":"thinking","thinking":"","signature":""}"#) }
        for _ in 0..<random.next(in: 200...2000) {
            let thought = Prose.english.piece(&random)
            delta(index) {
                $0.append(#"{"type":"thinking_delta","thinking":"#)
                $0.appendString(thought)
            }
            if isFull { break }
        }
        let signature = characters(random.next(in: 75...300) * 4)
        delta(index) {
            $0.append(#"{"type":"signature_delta","signature":"#)
            $0.appendString(signature)
        }
        stop(index)
    }

    /// A tool call. Its input is no longer than the remaining size of the message, and is always complete.
    private mutating func toolBlock() {
        let identifier = Array("toolu_01".utf8) + characters(22)
        let name = Array(random.pick(["write_file", "search", "get_weather"]).utf8)
        let index = start {
            $0.append(#"{"type":"tool_use","id":"#)
            $0.appendString(identifier)
            $0.append(#","name":"#)
            $0.appendString(name)
            $0.append(#","input":{}}"#)
        }
        // A piece of a dozen bytes makes a frame of about 150.
        let room = max(0, fullSize - writer.byteCount) / 12
        let input = ToolInput(byteCount: min(random.next(in: 80...20_000), room), &random)
        inputDelta(index, [])
        for piece in input.pieces(&random) {
            inputDelta(index, piece)
        }
        stop(index)
    }

    private mutating func inputDelta(_ index: Int, _ json: [UInt8]) {
        delta(index) {
            $0.append(#"{"type":"input_json_delta","partial_json":"#)
            $0.appendString(json)
        }
    }
}

// MARK: - Frames

extension MessageGenerator {
    private mutating func messageStart() {
        let identifier = Array("msg_01".utf8) + characters(22)
        let inputTokens = random.next(in: 20...9000)
        writer.frame("message_start") {
            $0.append(#","message":{"model":"claude-sonnet-4-5-20250929","id":"#)
            $0.appendString(identifier)
            $0.append(#","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"#)
            $0.append(#""usage":{"input_tokens":"#)
            $0.append(inputTokens)
            $0.append(#","cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":"#)
            $0.append(#"{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"#)
            $0.append(#""service_tier":"standard"}}"#)
        }
    }

    private mutating func messageEnd(stopReason: StaticString) {
        let outputTokens = deltaCount
        writer.frame("message_delta") {
            $0.append(#","delta":{"stop_reason":""#)
            $0.append(stopReason)
            $0.append(#"","stop_sequence":null},"usage":{"output_tokens":"#)
            $0.append(outputTokens)
            $0.append("}")
        }
        writer.frame("message_stop")
    }

    /// Starts the next block and returns its index. `block` appends its object.
    private mutating func start(_ block: (inout FrameWriter) -> Void) -> Int {
        let index = nextIndex
        nextIndex += 1
        writer.frame("content_block_start") {
            $0.append(#","index":"#)
            $0.append(index)
            $0.append(#","content_block":"#)
            block(&$0)
        }
        if index == 0 { writer.ping() }
        return index
    }

    /// Writes a delta. `fields` appends its object without the closing brace.
    private mutating func delta(_ index: Int, _ fields: (inout FrameWriter) -> Void) {
        deltaCount += 1
        writer.frame("content_block_delta") {
            $0.append(#","index":"#)
            $0.append(index)
            $0.append(#","delta":"#)
            fields(&$0)
            $0.append("}")
        }
    }

    private mutating func stop(_ index: Int) {
        writer.frame("content_block_stop") {
            $0.append(#","index":"#)
            $0.append(index)
        }
    }

    /// The characters of an identifier or a signature.
    private mutating func characters(_ count: Int) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return (0..<count).map { _ in random.pick(alphabet) }
    }
}
