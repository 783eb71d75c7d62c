import MessageStream
import ServerSentEvents

/// How `replay` shows its output.
struct ReplayStyle {
    /// Whether to print one JSON object per line.
    var isJSON = false
    /// Whether to print only a span for each response.
    var isSpan = false
    /// Whether to omit the human-readable verdict.
    var isQuiet = false
    var color = ColorChoice.auto
}

/// The output of `midstream replay`: events on standard output as they arrive, then the verdict. The human-readable
/// verdict and the status line go to standard error.
struct ReplayDisplay: ~Copyable {
    private let style: ReplayStyle
    private let name: String?
    private let terminal: TerminalStyle
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var transcript = Transcript()
    /// The beginnings of long texts. Used only for JSON, whose verdict contains the complete message.
    private var spilledText = SpilledText()
    private var statusLine = StatusLine()
    private var eventCount = 0
    private var byteCount = 0
    /// The number of events with content.
    private var contentCount = 0
    /// Whether a verdict was shown after the last event.
    private var isConcluded = false
    /// The number of events with content before the last chunk.
    private var earlierContentCount = 0
    /// Records the span of the current response, if one is to be shown.
    private var span: SpanRecorder?

    /// - Parameter name: The name of the input to show, or `nil` to omit it.
    init(_ style: ReplayStyle, name: String?) {
        self.style = style
        self.name = name
        terminal = TerminalStyle.standardError(style.color)
        span = style.isSpan ? SpanRecorder() : nil
    }

    var isQuiet: Bool { style.isQuiet }

    // MARK: Inputs

    /// Begins a response to a request that is sent now.
    ///
    /// - Parameter body: The body of the request.
    mutating func beginResponse(to body: [UInt8]?) {
        if style.isSpan { span = SpanRecorder(requestedAt: WallClock.nanosecondsSince1970(), body: body) }
    }

    /// Receives the arrival time of the following bytes, relative to the request.
    mutating func advance(to time: Duration) { span?.time = time }

    mutating func show(_ event: MessageStreamEvent, _ frame: EventView) {
        eventCount += 1
        isConcluded = false
        if case .content = event.contribution { contentCount += 1 }
        if style.isSpan {
            span?.receive(frame)
            return
        }
        if style.isJSON {
            var line = JSONWriter()
            line.eventLine(event, frame)
            output.write(json: line.bytes)
        } else {
            transcript.show(event, on: &output)
        }
        if output.isLarge { flush() }
    }

    /// Receives a chunk of bytes, after its events.
    mutating func receive(byteCount count: Int) {
        byteCount += count
        isConcluded = false
        span?.receive(byteCount: count, deliversContent: contentCount > earlierContentCount)
        earlierContentCount = contentCount
    }

    mutating func flush() {
        guard !output.isEmpty else { return }
        hideStatus()
        // Both descriptors may be the same terminal.
        if output.isTerminal { statusLine.receive(output.text) }
        output.flush()
    }

    /// Stores text that was removed from the decoder.
    mutating func spill(_ text: String, of block: Int) {
        guard style.isJSON else { return }
        spilledText.append(text, to: block)
    }

    // MARK: The status line

    /// The interval at which to show the status, or `nil` for never.
    var statusInterval: Duration? { terminal.hasCursor && !style.isQuiet ? .milliseconds(200) : nil }

    /// Shows what has arrived.
    ///
    /// - Parameter since: The kind of the last arrival.
    mutating func showStatus(silence: Duration, since: String = "byte") {
        guard statusInterval != nil, !isConcluded, let width = terminal.width else { return }
        flush()
        let text = StatusLine.text(events: eventCount, bytes: byteCount, silence: silence, since: since)
        errors.write(statusLine.show(text, width: width))
        errors.flush()
    }

    private mutating func hideStatus() {
        errors.write(statusLine.hide())
        errors.flush()
    }

    // MARK: The verdict

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
    /// - Returns: The exit status.
    mutating func conclude(_ verdict: Verdict, response: Int?) -> CInt {
        hideStatus()
        isConcluded = true
        if let span {
            let result = span.finish(verdict, number: response ?? 1)
            output.write(json: verdict.spanLine(file: name, response: response, result))
            self.span = SpanRecorder()
        } else if style.isJSON {
            write(verdict.line(file: name, response: response) { block in spilledText.contains(block) })
            spilledText.removeAll()
        } else {
            transcript.end(on: &output)
            flush()
            if !style.isQuiet { show(verdict.lines(response: response), isGood: verdict.failure == nil) }
        }
        transcript = Transcript()
        (eventCount, byteCount) = (0, 0)
        flush()
        errors.flush()
        return verdict.failure.map { ExitStatus.failed($0.kind) } ?? ExitStatus.complete
    }

    private mutating func show(_ lines: [VerdictLine], isGood: Bool) {
        guard terminal.isTerminal || terminal.hasColors else {
            for line in lines { errors.write(line: line.plain) }
            return
        }
        let width = terminal.width
        for line in lines {
            for row in line.block(width: width, hasColors: terminal.hasColors, isGood: isGood) {
                errors.write(row + "\n")
            }
        }
    }
}
