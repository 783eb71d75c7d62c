import HTTPResponseParsing
import ServerSentEvents

/// Judges a response: its head, each frame of its body, a body that is not an event stream, and its end.
///
/// Each input is named for the part received. The machine counts bytes and events itself, and ignores inputs after the
/// verdict. The inputs other than frames are in `MessageStreamStateMachine+Response.swift`.
struct MessageStreamStateMachine: Sendable {
    enum Phase: Sendable {
        /// The head is not complete. → undetermined, document, failed
        case awaitingHead
        /// No frame was received: the body may not be an event stream. Its beginning is kept to determine its kind. →
        /// streaming, failed
        case undetermined(CollectedBody)
        /// The head announces another document, such as an error: the document is collected and judged as a whole. →
        /// failed
        case document(CollectedBody)
        /// Frames were received, and the message is not complete. → complete, failed
        case streaming
        /// `message_stop` was received: the verdict is final, and later input is noted as a diagnostic. After a frame
        /// that exceeds a limit, later input is not parsed.
        case complete(isBeyondLimit: Bool)
        /// The verdict is final, and later input is ignored. The failure is large, so it is boxed.
        indirect case failed(MessageStreamFailure)
    }

    var phase = Phase.awaitingHead
    /// The head of the response. Invariant: not `nil` after `awaitingHead`, unless the stream failed before.
    var response: ResponseContext?
    /// The status of a response whose head is malformed or truncated, if its status line is complete.
    var unfinishedHeadStatus: Int?
    /// The content coding, according to the head and to the body so far.
    var coding = ContentCoding.none
    /// The number of bytes of the body so far. Where `Int` has 32 bits, it wraps around at 2 GiB, like all offsets.
    var bodyBytes = 0
    /// The number of frames so far.
    private var eventCount = 0
    /// The spellings of recent deltas.
    private(set) var spellings = LearnedSpellings()
    /// Whether to learn spellings; disabled in tests that compare the results with and without.
    var learnsSpellings = true
    /// The message so far, and the rules for the order of its events.
    private(set) var accumulator: MessageAccumulator
    private(set) var diagnostics = Diagnostics()
    /// The lines that are not part of the event stream.
    private var strayLines: StrayLines {
        didSet { hasStrayLines = !strayLines.isEmpty }
    }
    /// Whether a run of stray lines is open: the next frame ends it.
    private var hasStrayLines = false
    /// The events named `error` without data, and their comments.
    private var withoutData = ErrorsWithoutData()
    /// The maximum number of bytes to keep of a body that may not be an event stream.
    let bodyLimit: Int
    private let messageLimit: Int?

    /// - Parameters:
    ///   - bodyLimit: The maximum number of bytes to keep of a body that may not be an event stream.
    ///   - messageLimit: The maximum number of bytes to keep of a message; `nil` for no limit.
    init(keepsContent: Bool, bodyLimit: Int, messageLimit: Int?) {
        self.bodyLimit = bodyLimit
        self.messageLimit = messageLimit
        accumulator = MessageAccumulator(keepsContent: keepsContent, limit: messageLimit)
        strayLines = StrayLines(limit: bodyLimit)
    }

    var isComplete: Bool {
        if case .complete = phase { true } else { false }
    }

    var hasFailed: Bool {
        if case .failed = phase { true } else { false }
    }

    var failure: MessageStreamFailure? {
        if case .failed(let failure) = phase { failure } else { nil }
    }

    mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) { accumulator.removeText(body) }

    // MARK: Frames

    /// Receives a frame.
    ///
    /// - Parameter onEvent: Called with the event, if the frame is an event of an incomplete message.
    /// - Returns: Whether to continue with more frames.
    @inline(__always)
    mutating func receive(_ frame: EventView, _ onEvent: (__owned MessageStreamEvent, EventView) -> Void) -> Bool {
        if case .streaming = phase, !hasStrayLines, !frame.isNamedError,
            let delta = spellings.read(frame.data, name: frame.eventField), let event = delta.event,
            accumulator.append(delta)
        {
            if delta.mayHaveReplacements { noteReplacements(in: frame) }
            eventCount &+= 1
            onEvent(event, frame)
            return true
        }
        return receiveAny(frame, onEvent)
    }

    /// Receives a frame of any kind, in any phase.
    @inline(never)
    private mutating func receiveAny(
        _ frame: EventView,
        _ onEvent: (__owned MessageStreamEvent, EventView) -> Void
    ) -> Bool {
        guard endStrayLines() else { return false }
        if isComplete {
            noteAfterStop(frame)
            eventCount &+= 1
            return true
        }
        var layout: DeltaLayout?
        let data = EventData(frame, layout: &layout)
        if let layout {
            if learnsSpellings { spellings.learn(layout, frame.data, name: frame.eventField) }
            if case .event(let event) = data, let delta = StringDelta(event), accumulator.append(delta) {
                noteReplacements(in: frame)
                eventCount &+= 1
                onEvent(event, frame)
                return true
            }
        }
        switch data {
        case .event(let event):
            do throws(ProtocolViolation) {
                let isNew = try apply(event, frame)
                if hasFailed { return false }
                eventCount &+= 1
                if isNew { onEvent(event, frame) }
                return true
            } catch {
                fail(.protocolViolation(error), frame)
            }
        case .error:
            fail(.api(APIError(eventData: frame.data)), frame)
        case .malformed(let name, let error):
            fail(.malformedEvent(name: name, error), frame)
        case .missingMember(let event, let name):
            fail(.protocolViolation(.missingMember(event: event, name: name)), frame)
        }
        return false
    }

    /// - Returns: Whether to deliver the event.
    private mutating func apply(_ event: MessageStreamEvent, _ frame: EventView) throws(ProtocolViolation) -> Bool {
        var notes: [(Diagnostic.Kind, String)] = []
        if case .unknown(let unknown) = event { notes.append((.unknownEvent, unknown.name)) }
        let isNew = try accumulator.apply(event, dataBytes: frame.data.byteCount) { notes.append(($0, $1)) }
        if accumulator.isFull, let messageLimit {
            fail(.limitExceeded(.messageBytes(messageLimit)), frame)
            return false
        }
        if case .undetermined = phase {
            phase = .streaming
            noteRemovedCoding()
        }
        for (kind, detail) in notes { note(kind, at: frame.offset, detail) }
        switch event {
        case .contentBlockDelta: noteReplacements(in: frame)
        case .messageStop: phase = .complete(isBeyondLimit: false)
        default: break
        }
        return isNew
    }

    /// Receives an error of the event stream parser: a limit was exceeded.
    mutating func receive(_ error: EventStreamError) {
        // The parser throws the error again for every chunk.
        if case .complete(isBeyondLimit: true) = phase { return }
        guard endStrayLines() else { return }
        guard !isComplete else {
            phase = .complete(isBeyondLimit: true)
            note(.eventAfterStop, at: error.offset, "more than the limit allows")
            return
        }
        fail(MessageStreamFailure.Kind(error), at: error.offset)
    }

    // MARK: Ignored lines

    /// Receives a comment, a line or a frame that the standard ignores.
    ///
    /// - Returns: Whether to continue with more frames.
    @inline(never)
    mutating func receive(_ ignored: IgnoredElement) -> Bool {
        switch ignored {
        case .comment(let text, let frameOffset):
            withoutData.receiveComment(text, frameOffset: frameOffset)
            return endStrayLines()
        case .eventWithoutData(let type, let frameOffset):
            if !isComplete, type.hasSameBytes(as: RawSpan("error")) {
                withoutData.receiveError(frameOffset: frameOffset, eventIndex: eventCount)
            }
            return endStrayLines()
        case .line(let text, let offset, let followsAnother):
            return receive(
                strayLines.receive(text, at: offset, followsAnother: followsAnother, eventIndex: eventCount)
            )
        }
    }

    /// Ends the run of stray lines, because another line was received.
    ///
    /// - Returns: Whether to continue with more frames.
    private mutating func endStrayLines() -> Bool {
        hasStrayLines ? receive(strayLines.endRun()) : !hasFailed
    }

    /// Receives the findings in stray lines.
    ///
    /// - Returns: Whether to continue with more frames.
    private mutating func receive(_ findings: [StrayLines.Finding]) -> Bool {
        for finding in findings {
            switch finding {
            case .text(let text, let offset, let eventIndex):
                note(.unframedData, at: offset, Excerpt.text(of: text.rawBytes), eventIndex: eventIndex)
            case .error(let error, let json, let offset):
                guard !isComplete else {
                    note(.errorAfterStop, at: offset, Excerpt.text(of: json.rawBytes))
                    continue
                }
                fail(.api(error), at: offset, excerpt: Excerpt.text(of: json.rawBytes))
                return false
            }
        }
        return true
    }

    /// Receives the line, and the event without data, in which the body ends.
    ///
    /// - Returns: An excerpt of the end of the body, if it is not part of a frame.
    mutating func receiveUnfinishedLine(_ parser: borrowing EventStreamParser) -> String? {
        parser.withUnfinishedIgnoredLine { _ = receive($0) }
        guard !hasFailed else { return nil }
        parser.withUnfinishedEventWithoutData { _ = receive($0) }
        var excerpt: String?
        let findings = strayLines.endRun()
        if case .text(let text, _, _) = findings.last { excerpt = Excerpt.text(of: text.rawBytes) }
        guard receive(findings), !isComplete, let last = withoutData.last else { return excerpt }
        note(
            .errorWithoutData,
            at: last.frameOffset,
            Excerpt.text(of: last.comment.rawBytes),
            eventIndex: last.eventIndex
        )
        return excerpt ?? (last.comment.isEmpty ? nil : Excerpt.text(of: last.comment.rawBytes))
    }

    // MARK: Verdicts

    /// The current state of the stream, for a failure.
    private var context: FailureContext {
        FailureContext(
            response: response,
            unfinishedHeadStatus: unfinishedHeadStatus,
            progress: accumulator.progress,
            eventIndex: eventCount,
            partial: accumulator.partial,
            diagnostics: diagnostics
        )
    }

    /// Fails the stream at an offset in the body.
    ///
    /// - Parameter bodyJSON: The body of a response that contains no recognizable error, if it is JSON.
    mutating func fail(
        _ kind: MessageStreamFailure.Kind,
        at offset: Int,
        excerpt: String? = nil,
        bodyJSON: RawJSON? = nil
    ) {
        phase = .failed(context.failure(kind, at: offset, excerpt: excerpt, bodyJSON: bodyJSON))
    }

    private mutating func fail(_ kind: MessageStreamFailure.Kind, _ frame: EventView) {
        fail(kind, at: frame.offset, excerpt: Excerpt.text(of: frame.data))
    }

    /// Notes the replacement characters in the data of a delta.
    @inline(never)
    private mutating func noteReplacements(in frame: EventView) {
        let count = frame.data.replacementCharacterCount
        guard count > 0 else { return }
        let diagnostic = Diagnostic(
            kind: .replacementCharacters,
            byteOffset: frame.offset,
            eventIndex: eventCount,
            detail: ""
        )
        diagnostics.add(count, to: diagnostic) { "\($0) \($0 == 1 ? "character" : "characters")" }
    }

    private mutating func noteAfterStop(_ frame: EventView) {
        switch EventData(frame) {
        case .event(.ping): break
        case .event(let event): note(.eventAfterStop, at: frame.offset, event.name)
        case .error: note(.errorAfterStop, at: frame.offset, Excerpt.text(of: frame.data))
        case .malformed(let name, _), .missingMember(let name, _): note(.eventAfterStop, at: frame.offset, name)
        }
    }

    /// - Parameter eventIndex: The number of events before the anomaly, if not all of them.
    mutating func note(_ kind: Diagnostic.Kind, at offset: Int, _ detail: String, eventIndex: Int? = nil) {
        diagnostics.note(
            Diagnostic(
                kind: kind,
                byteOffset: offset,
                eventIndex: eventIndex ?? eventCount,
                detail: Excerpt.shorten(detail)
            ),
            of: kind
        )
    }

    /// Removes the diagnostics of a kind.
    mutating func removeNotes(_ kind: Diagnostic.Kind) { diagnostics.remove(kind) }
}

extension EventView {
    /// Whether the event stream names the event `error`, regardless of its data.
    @inline(__always)
    fileprivate var isNamedError: Bool { eventField.equals("error") }
}
