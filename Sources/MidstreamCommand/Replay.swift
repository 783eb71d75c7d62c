import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream replay` of a file: shows the message as it streams, then the verdict.
struct Replay: ~Copyable {
    private var decoder: MessageStreamDecoder
    private var display: ReplayDisplay

    /// Replays a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ file: consuming CaptureFile, _ arguments: Arguments) throws(CaptureError) -> CInt {
        let format = try file.format(arguments.input)
        var replay = Replay(
            decoder: MessageStreamDecoder(input: MessageStreamDecoder.Input(format)),
            display: ReplayDisplay(isJSON: arguments.isJSON)
        )
        var failure = try replay.feed(file, arguments.chunks ?? .asRead)
        var message = failure?.partial
        if failure == nil {
            do throws(MessageStreamFailure) {
                message = try replay.decoder.finish()
            } catch {
                failure = error
                message = error.partial
            }
        }
        let diagnostics = failure?.diagnostics ?? replay.decoder.diagnostics
        return replay.display.conclude(Verdict(message: message, failure: failure, diagnostics: diagnostics))
    }

    /// Feeds the capture to the decoder.
    ///
    /// - Returns: the failure that ended it early, if there was one.
    private mutating func feed(
        _ file: borrowing CaptureFile,
        _ chunks: ChunkSizes
    ) throws(CaptureError) -> MessageStreamFailure? {
        var failure: MessageStreamFailure?
        try file.forEachChunk(chunks) { chunk in
            do throws(MessageStreamFailure) {
                try Self.decode(chunk, &decoder, &display)
            } catch {
                failure = error
            }
            // What is known is shown before the next bytes are waited for.
            display.flush()
            return failure == nil
        }
        return failure
    }

    private static func decode(
        _ chunk: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ display: inout ReplayDisplay
    ) throws(MessageStreamFailure) {
        try decoder.decodeFrames(chunk) { event, frame in display.show(event, frame) }
    }
}

/// What `midstream replay` shows: on standard output the events as they come, and the verdict, which for a person goes to
/// standard error.
struct ReplayDisplay: ~Copyable {
    private let isJSON: Bool
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var transcript = Transcript()

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    mutating func show(_ event: MessageStreamEvent, _ frame: EventView) {
        guard isJSON else { return transcript.show(event, on: &output) }
        var line = JSONWriter()
        line.beginObject()
        line.member("event", event.name)
        line.member("offset", frame.offset)
        line.members(ofEventData: frame.data, except: ["event", "offset"])
        line.endObject()
        line.endLine()
        output.bytes += line.bytes
        output.flushIfLarge()
    }

    mutating func flush() {
        output.flush()
    }

    /// Shows the verdict.
    ///
    /// - Returns: the exit status.
    mutating func conclude(_ verdict: Verdict) -> CInt {
        if isJSON {
            output.bytes += verdict.line
        } else {
            transcript.end(on: &output)
            output.flush()
            errors.write(verdict.block)
        }
        output.flush()
        errors.flush()
        return verdict.failure.map { ExitStatus.failed($0.kind) } ?? ExitStatus.complete
    }
}

/// The message as a person reads it: text as it is, other blocks under a line that names them.
struct Transcript {
    /// Whether the last thing that was shown ended its line.
    private var isAtLineStart = true
    private var hasBlocks = false
    /// Whether the last block was another than text, from which text is to be told.
    private var isOtherThanText = false

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
            if isOtherThanText { title("text", on: &output) }
            isOtherThanText = false
            show(text, on: &output)
        case .thinking(let thinking, _):
            isOtherThanText = true
            title("thinking", on: &output)
            show(thinking, on: &output)
        default:
            isOtherThanText = true
            title([block.type, block.anyToolUse?.name].compactMap(\.self).joined(separator: " "), on: &output)
        }
    }

    private mutating func show(_ delta: ContentDelta, on output: inout Output) {
        switch delta {
        case .text(let text), .thinking(let text), .inputJSON(let text): show(text, on: &output)
        default: break
        }
    }

    private mutating func title(_ text: String, on output: inout Output) {
        show("[\(text)]\n", on: &output)
    }

    private mutating func show(_ text: String, on output: inout Output) {
        guard let last = text.utf8.last else { return }
        output.write(received: text)
        isAtLineStart = last == UInt8(ascii: "\n")
    }

    /// Ends the line, if one is begun.
    mutating func end(on output: inout Output) {
        if !isAtLineStart { output.write("\n") }
        isAtLineStart = true
    }
}
