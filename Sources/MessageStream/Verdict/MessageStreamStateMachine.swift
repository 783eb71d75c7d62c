import HTTPResponseParsing
import ServerSentEvents

/// Judges a response: its head, the frames of its body one by one, a body that is no event stream, and its end.
///
/// Each input is named for the received part. The machine counts bytes and events itself, and ignores inputs after the
/// verdict. The inputs around the frames are in `MessageStreamStateMachine+Response.swift`.
struct MessageStreamStateMachine: Sendable {
    enum Phase: Sendable {
        /// The head is not complete. → undetermined, document, failed
        case awaitingHead
        /// No frame was received: the body may still turn out not to be an event stream. Its beginning is kept to
        /// determine what it is. → streaming, failed
        case undetermined(CollectedBody)
        /// The head announces another document, such as an error: it is collected and judged as a whole. → failed
        case document(CollectedBody)
        /// Frames were received, and the message is not complete. → complete, failed
        case streaming
        /// `message_stop` was received: the verdict stands, and what follows is a diagnostic. What
        /// follows a frame that exceeds a limit is unknown.
        case complete(isBeyondLimit: Bool)
        /// The verdict stands, and what follows is ignored. The failure is large, so it is stored apart.
        indirect case failed(MessageStreamFailure)
    }

    var phase = Phase.awaitingHead
    /// The head of the response. Invariant: not nil after `awaitingHead`, unless the stream failed before.
    var response: ResponseContext?
    /// The status of a response whose head is malformed or cut, if its status line is complete.
    var unfinishedHeadStatus: Int?
    /// What the head says of a content coding, and what the body shows of it.
    var coding = ContentCoding.none
    /// The bytes of the body so far. Where `Int` has 32 bits it wraps around at 2 GiB, as all offsets do.
    var bodyBytes = 0
    /// The number of frames so far.
    private var eventCount = 0
    /// How the last deltas were spelled.
    private(set) var spellings = LearnedSpellings()
    /// Whether to learn spellings; not in tests that compare the decode with and without.
    var learnsSpellings = true
    /// The message so far, and the rules for the order of its events.
    private(set) var accumulator: MessageAccumulator
    private(set) var diagnostics = Diagnostics()
    /// The lines that belong to nothing in the event stream.
    private var strayLines: StrayLines {
        didSet { hasStrayLines = !strayLines.isEmpty }
    }
    /// Whether a run of stray lines has not ended: the next frame ends it.
    private var hasStrayLines = false
    /// The events named `error` without data, and the comments in them.
    private var withoutData = ErrorsWithoutData()
    /// How many bytes of a body are kept that may not be an event stream.
    let bodyLimit: Int
    private let messageLimit: Int?

    /// - Parameters:
    ///   - bodyLimit: How many bytes are kept of a body that may not be an event stream.
    ///   - messageLimit: How many bytes of a message are kept; nil for no limit.
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
    /// - Parameter onEvent: Called with the event, if the frame is an event of a message in progress.
    /// - Returns: whether more frames are wanted.
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

    /// - Returns: whether the event is to be handed out.
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
            noteUndoneCoding()
        }
        for (kind, detail) in notes { note(kind, at: frame.offset, detail) }
        switch event {
        case .contentBlockDelta: noteReplacements(in: frame)
        case .messageStop: phase = .complete(isBeyondLimit: false)
        default: break
        }
        return isNew
    }

    /// Receives a limit that the event stream exceeded.
    mutating func receive(_ error: EventStreamError) {
        // The parser throws it again with every chunk.
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
    /// - Returns: whether more frames are wanted.
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
    /// - Returns: whether more frames are wanted.
    private mutating func endStrayLines() -> Bool {
        hasStrayLines ? receive(strayLines.endRun()) : !hasFailed
    }

    /// Receives what stray lines contain.
    ///
    /// - Returns: whether more frames are wanted.
    private mutating func receive(_ findings: [StrayLines.Finding]) -> Bool {
        for finding in findings {
            switch finding {
            case .text(let text, let offset, let eventIndex):
                note(.unframedData, at: offset, Excerpt.make(text.rawBytes), eventIndex: eventIndex)
            case .error(let error, let json, let offset):
                guard !isComplete else {
                    note(.errorAfterStop, at: offset, Excerpt.make(json.rawBytes))
                    continue
                }
                fail(.api(error), at: offset, excerpt: Excerpt.make(json.rawBytes))
                return false
            }
        }
        return true
    }

    /// Receives the line, and the event without data, in which the body ends.
    ///
    /// - Returns: the last words of the body, if they belong to no frame.
    mutating func receiveLastWords(_ parser: borrowing EventStreamParser) -> String? {
        parser.withUnfinishedIgnoredLine { _ = receive($0) }
        guard !hasFailed else { return nil }
        parser.withUnfinishedEventWithoutData { _ = receive($0) }
        var words: String?
        let findings = strayLines.endRun()
        if case .text(let text, _, _) = findings.last { words = Excerpt.make(text.rawBytes) }
        guard receive(findings), !isComplete, let last = withoutData.last else { return words }
        note(.errorWithoutData, at: last.frameOffset, Excerpt.make(last.comment.rawBytes), eventIndex: last.eventIndex)
        return words ?? (last.comment.isEmpty ? nil : Excerpt.make(last.comment.rawBytes))
    }

    // MARK: Verdicts

    /// Where the stream stands.
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

    /// Fails the stream at an offset of the body.
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
        fail(kind, at: frame.offset, excerpt: Excerpt.make(frame.data))
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
        case .error: note(.errorAfterStop, at: frame.offset, Excerpt.make(frame.data))
        case .malformed(let name, _), .missingMember(let name, _): note(.eventAfterStop, at: frame.offset, name)
        }
    }

    /// - Parameter eventIndex: The number of events before it, if that is not all of them.
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
    /// Whether the event stream names the event an error, whatever its data says.
    @inline(__always)
    fileprivate var isNamedError: Bool { eventField.equals("error") }
}
