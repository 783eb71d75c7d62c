import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream replay`: shows the message as it streams, then the verdict.
struct Replay: ~Copyable {
    private var decoder: MessageStreamDecoder
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var transcript = Transcript()

    private init(decoder: consuming MessageStreamDecoder) {
        self.decoder = decoder
    }

    /// Replays a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ file: consuming CaptureFile, _ arguments: Arguments) throws(CaptureError) -> CInt {
        let format = try file.format(arguments.input)
        var replay = Replay(decoder: MessageStreamDecoder(input: MessageStreamDecoder.Input(format)))
        let failure = try replay.feed(file, arguments)
        return replay.conclude(failure, isJSON: arguments.isJSON)
    }

    /// Feeds the capture to the decoder.
    ///
    /// - Returns: the failure that ended it early, if there was one.
    private mutating func feed(
        _ file: borrowing CaptureFile,
        _ arguments: Arguments
    ) throws(CaptureError) -> MessageStreamFailure? {
        var failure: MessageStreamFailure?
        try file.forEachChunk(arguments.chunks) { chunk in
            do throws(MessageStreamFailure) {
                try Self.decode(chunk, &decoder, &output, &transcript, isJSON: arguments.isJSON)
            } catch {
                failure = error
            }
            // What is known is shown before the next bytes are waited for.
            output.flush()
            return failure == nil
        }
        return failure
    }

    private static func decode(
        _ chunk: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ output: inout Output,
        _ transcript: inout Transcript,
        isJSON: Bool
    ) throws(MessageStreamFailure) {
        try decoder.decodeFrames(chunk) { event, frame in
            if isJSON {
                var line = JSONWriter()
                line.beginObject()
                line.member("event", event.name)
                line.member("offset", frame.offset)
                line.members(ofEventData: frame.data, except: ["event", "offset"])
                line.endObject()
                line.endLine()
                output.bytes += line.bytes
                output.flushIfLarge()
            } else {
                transcript.show(event, on: &output)
            }
        }
    }

    private mutating func conclude(_ early: MessageStreamFailure?, isJSON: Bool) -> CInt {
        var failure = early
        var message = early?.partial
        if early == nil {
            do throws(MessageStreamFailure) {
                message = try decoder.finish()
            } catch {
                failure = error
                message = error.partial
            }
        }
        let diagnostics = failure?.diagnostics ?? decoder.diagnostics
        if isJSON {
            output.bytes += Verdict(message: message, failure: failure, diagnostics: diagnostics).line
        } else {
            transcript.end(on: &output)
            output.flush()
            errors.write(Verdict(message: message, failure: failure, diagnostics: diagnostics).block)
        }
        output.flush()
        errors.flush()
        return failure.map { ExitStatus.failed($0.kind) } ?? ExitStatus.complete
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
