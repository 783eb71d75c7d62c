import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream replay` of a capture: shows each message as it streams, then its verdict.
struct Replay: CaptureDisplay, ~Copyable {
    private var decoder = MessageStreamDecoder()
    private var display: ReplayDisplay
    private var failure: MessageStreamFailure?
    /// The number of bytes since text was last moved out of the decoder.
    private var bytesSinceSpill = 0
    var chunks = ChunkSizes.asRecorded
    private(set) var responseCount = 0
    private(set) var isConcluded = false
    private(set) var status = ExitStatus.complete

    /// - Parameter name: The name of the capture to show, or nil to omit it.
    init(isJSON: Bool, name: String?) {
        display = ReplayDisplay(isJSON: isJSON, name: name)
    }

    /// Replays a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ path: [UInt8], _ arguments: ReplayCommand, name: String?) throws(CaptureError) -> CInt {
        var replay = Replay(isJSON: arguments.isJSON, name: name)
        return try CaptureReplay.run(path, arguments.reading, &replay)
    }

    var hasFailed: Bool { failure != nil }
    var isSettled: Bool { hasFailed || decoder.isComplete }

    mutating func begin(_ format: ResponseFormat) {
        decoder = MessageStreamDecoder(input: MessageStreamDecoder.Input(format))
        failure = nil
        bytesSinceSpill = 0
        isConcluded = false
        responseCount += 1
    }

    /// The number of bytes to replay before moving text out of the decoder.
    private static let spillInterval = 1 << 20

    mutating func decode(_ bytes: RawSpan) {
        guard !hasFailed, !isConcluded else { return }
        do throws(MessageStreamFailure) {
            try Self.decode(bytes, &decoder, &display)
        } catch {
            failure = error
            return
        }
        bytesSinceSpill += bytes.byteCount
        if bytesSinceSpill >= Self.spillInterval {
            bytesSinceSpill = 0
            Self.spillText(&decoder, &display)
        }
    }

    private static func spillText(_ decoder: inout MessageStreamDecoder, _ display: inout ReplayDisplay) {
        decoder.removeText { block, text in display.spill(text, of: block) }
    }

    private static func decode(
        _ bytes: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ display: inout ReplayDisplay
    ) throws(MessageStreamFailure) {
        try decoder.decodeFrames(bytes) { event, frame in display.show(event, frame) }
    }

    mutating func flush() {
        display.flush()
    }

    mutating func conclude(_ cause: ConclusionCause) {
        guard !isConcluded else { return }
        isConcluded = true
        if failure == nil {
            switch cause {
            case .interruption: failure = decoder.abort(.cancelled)
            // The outcome is known, so the end of the stream does not matter.
            case .pause: break
            case .end, .nextResponse:
                do throws(MessageStreamFailure) {
                    _ = try decoder.finish()
                } catch {
                    failure = error
                }
            }
        }
        let verdict = Verdict(
            message: failure.map { $0.partial } ?? decoder.partial,
            failure: failure,
            diagnostics: failure?.diagnostics ?? decoder.diagnostics,
            requestID: decoder.head?.requestID,
            blockIndices: decoder.blockIndices
        )
        // The first of several responses is recognizable as such only once the next one begins.
        let isOneOfSeveral = responseCount > 1 || cause == .nextResponse
        status = display.conclude(verdict, response: isOneOfSeveral ? responseCount : nil)
    }
}

/// The output of `midstream replay`: events on standard output as they arrive, then the verdict. The human-readable
/// verdict goes to standard error.
struct ReplayDisplay: ~Copyable {
    private let isJSON: Bool
    private let name: String?
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var transcript = Transcript()
    /// The beginnings of long texts. Used only for JSON, whose verdict contains the whole message.
    private var spilledText = SpilledText()

    /// - Parameter name: The name of the input to show, or nil to omit it.
    init(isJSON: Bool, name: String?) {
        self.isJSON = isJSON
        self.name = name
    }

    mutating func show(_ event: MessageStreamEvent, _ frame: EventView) {
        guard isJSON else { return transcript.show(event, on: &output) }
        var line = JSONWriter()
        line.eventLine(event, frame)
        output.write(json: line.bytes)
        output.flushIfLarge()
    }

    mutating func flush() {
        output.flush()
    }

    /// Stores text that was removed from the decoder.
    mutating func spill(_ text: String, of block: Int) {
        guard isJSON else { return }
        spilledText.append(text, to: block)
    }

    private mutating func write(_ line: JSONWriter) {
        var start = 0
        for (offset, block) in line.insertions {
            output.write(json: Array(line.bytes[start..<offset]))
            start = offset
            spilledText.read(block) { piece in
                output.write(json: piece)
                output.flushIfLarge()
            }
        }
        output.write(json: Array(line.bytes[start...]))
    }

    /// Shows a verdict.
    ///
    /// - Parameter response: The number of the response, if it is one of several.
    /// - Returns: the exit status.
    mutating func conclude(_ verdict: Verdict, response: Int?) -> CInt {
        if isJSON {
            write(verdict.line(file: name, response: response) { block in spilledText.contains(block) })
            spilledText.removeAll()
        } else {
            transcript.end(on: &output)
            output.flush()
            for line in verdict.lines(response: response) { errors.write(line: line) }
        }
        transcript = Transcript()
        output.flush()
        errors.flush()
        return verdict.failure.map { ExitStatus.failed($0.kind) } ?? ExitStatus.complete
    }
}

/// The human-readable message: text as is, other blocks under a title line.
struct Transcript {
    /// Whether the output ends with a newline.
    private var isAtLineStart = true
    private var hasBlocks = false
    /// Whether the last block was not text, so that a following text block needs a title.
    private var needsTextTitle = false

    mutating func show(_ event: MessageStreamEvent, on output: inout Output) {
        switch event {
        case .contentBlockStart(_, let block): begin(block, on: &output)
        case .contentBlockDelta(let delta): show(delta.delta, on: &output)
        default: break
        }
    }

    private mutating func begin(_ block: ContentBlock, on output: inout Output) {
        if hasBlocks || !isAtLineStart { end(on: &output) }
        hasBlocks = true
        switch block.content {
        case .text(let text, _):
            if needsTextTitle { title("text", on: &output) }
            needsTextTitle = false
            show(text, on: &output)
        case .thinking(let thinking, _):
            needsTextTitle = true
            title("thinking", on: &output)
            show(thinking, on: &output)
        default:
            needsTextTitle = true
            title(block.type, block.anyToolUse?.name, on: &output)
        }
    }

    private mutating func show(_ delta: ContentDelta, on output: inout Output) {
        switch delta {
        case .text(let text), .thinking(let text), .inputJSON(let text): show(text, on: &output)
        default: break
        }
    }

    private mutating func title(_ type: String, _ name: String? = nil, on output: inout Output) {
        output.write("[")
        output.write(name: type)
        if let name {
            output.write(" ")
            output.write(name: name)
        }
        output.write("]\n")
        isAtLineStart = true
    }

    private mutating func show(_ text: String, on output: inout Output) {
        guard let last = text.utf8.last else { return }
        output.write(received: text)
        isAtLineStart = last == UInt8(ascii: "\n")
    }

    /// Ends the current line, if any.
    mutating func end(on output: inout Output) {
        if !isAtLineStart { output.write("\n") }
        isAtLineStart = true
    }
}
