import HTTPResponseParsing
import ServerSentEvents

/// The rules by which a stream of server-sent events is a whole message, or a failure: frame by frame, in order.
///
/// What the response around the frames contributes, its head and its end, is in `MessageStreamJudge+Response.swift`.
///
/// State, and what leads out of it:
///
///  - running: no error, no violation, no `message_stop` yet → complete, failed
///  - complete: `message_stop` came; the verdict stands, further frames are only noted
///  - failed: `failure` is set; the verdict stands, no further frame is looked at
struct MessageStreamJudge: Sendable {
    /// What the head of the response says; nil until it comes. Invariant: set before the first frame.
    var response: ResponseContext?
    /// The status of a response whose head is broken or cut, if its status line came.
    var unfinishedHeadStatus: Int?
    /// What was odd so far.
    var diagnostics = Diagnostics()
    /// The message as far as it was received.
    private(set) var accumulator: MessageAccumulator
    /// Why the stream failed. Invariant: nil while running and when complete.
    var failure: MessageStreamFailure? {
        didSet { hasFailed = failure != nil }
    }
    /// Whether there is a failure; to ask this copies none.
    private(set) var hasFailed = false
    /// How many frames came.
    private(set) var eventCount = 0
    private let messageLimit: Int?
    /// The body as long as no frame came, which tells what it is if it is not an event stream; or all of a body that is
    /// not to be one.
    var collected: CollectedBody
    /// What the head says of a content coding, and what the body shows of it.
    var coding = ContentCoding.none
    /// Whether a limit was exceeded after `message_stop`: nothing is known of what follows.
    private(set) var isBeyondLimit = false
    /// The lines that belong to nothing in the event stream.
    private var strayLines: StrayLines {
        didSet { hasStrayLines = !strayLines.isEmpty }
    }
    /// Whether a run of stray lines has not ended: the next frame ends it.
    private var hasStrayLines = false
    /// What events named `error` had in place of data.
    private var withoutData = ErrorsWithoutData()

    /// - Parameters:
    ///   - bodyLimit: How many bytes of a body are kept that is not an event stream.
    ///   - messageLimit: How many bytes of a message are kept; nil for no limit.
    init(keepsContent: Bool, bodyLimit: Int, messageLimit: Int?) {
        self.messageLimit = messageLimit
        accumulator = MessageAccumulator(keepsContent: keepsContent, limit: messageLimit)
        collected = CollectedBody(limit: bodyLimit)
        strayLines = StrayLines(limit: bodyLimit)
    }

    var isComplete: Bool { accumulator.isComplete }

    mutating func removeText(_ body: (_ index: Int, _ text: String) -> Void) { accumulator.removeText(body) }

    // MARK: Inputs

    /// Takes a frame.
    ///
    /// - Parameter body: Called with the event, if the frame is one of a message in progress.
    /// - Returns: whether more frames are wanted.
    @inline(__always)
    mutating func take(_ frame: EventView, _ body: (__owned MessageStreamEvent, EventView) -> Void) -> Bool {
        if !isComplete, !hasStrayLines, let delta = UsualDelta(frame.data), !frame.isNamedError,
            let event = delta.event,
            accumulator.append(delta)
        {
            if delta.mayHaveReplacements { noteReplacements(in: frame) }
            eventCount &+= 1
            body(event, frame)
            return true
        }
        return takeAny(frame, body)
    }

    /// Takes a frame of any kind, in any state.
    @inline(never)
    private mutating func takeAny(_ frame: EventView, _ body: (__owned MessageStreamEvent, EventView) -> Void) -> Bool {
        guard endStrayLines() else { return false }
        if isComplete {
            noteAfterStop(frame)
            eventCount &+= 1
            return true
        }
        switch EventData(frame) {
        case .event(let event):
            do throws(ProtocolViolation) {
                guard try apply(event, frame) else {
                    if !hasFailed { eventCount &+= 1 }
                    return !hasFailed
                }
            } catch {
                fail(.protocolViolation(error), frame)
                return false
            }
            eventCount &+= 1
            body(event, frame)
            return true
        case .error:
            fail(.api(APIError(eventData: frame.data)), frame)
        case .malformed(let name, let error):
            fail(.malformedEvent(name: name, error), frame)
        case .missingMember(let event, let name):
            fail(.protocolViolation(.missingMember(event: event, name: name)), frame)
        }
        return false
    }

    /// Takes a limit that the event stream exceeded.
    mutating func take(_ error: EventStreamError) {
        // The parser throws it again with every chunk.
        guard !isBeyondLimit, endStrayLines() else { return }
        guard !isComplete else {
            isBeyondLimit = true
            note(.eventAfterStop, at: error.offset, "more than the limit allows")
            return
        }
        failure = makeFailure(.limitExceeded(MessageStreamFailure.StreamLimit(error)), at: error.offset, nil)
    }

    // MARK: Rules

    /// - Returns: whether the event is to be handed out.
    private mutating func apply(_ event: MessageStreamEvent, _ frame: EventView) throws(ProtocolViolation) -> Bool {
        var notes: [(Diagnostic.Kind, String)] = []
        if case .unknown(let unknown) = event { notes.append((.unknownEvent, unknown.name)) }
        let isNew = try accumulator.apply(event, dataBytes: frame.data.byteCount) { notes.append(($0, $1)) }
        if accumulator.isFull, let messageLimit {
            fail(.limitExceeded(.messageBytes(messageLimit)), frame)
            return false
        }
        if eventCount == 0 { receiveFirstEvent() }
        for (kind, detail) in notes { note(kind, at: frame.offset, detail) }
        if case .contentBlockDelta = event { noteReplacements(in: frame) }
        return isNew
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

    private mutating func fail(_ kind: MessageStreamFailure.Kind, _ frame: EventView) {
        failure = makeFailure(kind, at: frame.offset, Excerpt.make(frame.data))
    }

    /// Takes a comment, a line or a frame that the standard ignores.
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
            return take(
                strayLines.receive(text, at: offset, followsAnother: followsAnother, eventIndex: eventCount)
            )
        }
    }

    /// Ends the run of stray lines: a line of the standard has come.
    ///
    /// - Returns: whether more frames are wanted.
    private mutating func endStrayLines() -> Bool {
        hasStrayLines ? take(strayLines.endRun()) : !hasFailed
    }

    /// Takes what was found in stray lines.
    ///
    /// - Returns: whether more frames are wanted.
    private mutating func take(_ findings: [StrayLines.Finding]) -> Bool {
        for finding in findings {
            switch finding {
            case .text(let text, let offset, let eventIndex):
                note(.unframedData, at: offset, Excerpt.make(text.rawBytes), eventIndex: eventIndex)
            case .error(let error, let json, let offset):
                guard !isComplete else {
                    note(.errorAfterStop, at: offset, Excerpt.make(json.rawBytes))
                    continue
                }
                failure = makeFailure(.api(error), at: offset, Excerpt.make(json.rawBytes))
                return false
            }
        }
        return true
    }

    /// Takes the line, and the event without data, in which the body ends.
    ///
    /// - Returns: the words in which it ends, if there are any.
    mutating func receiveLastWords(_ parser: borrowing EventStreamParser) -> String? {
        parser.withUnfinishedIgnoredLine { _ = receive($0) }
        guard !hasFailed else { return nil }
        parser.withUnfinishedEventWithoutData { _ = receive($0) }
        var words: String?
        let findings = strayLines.endRun()
        if case .text(let text, _, _) = findings.last { words = Excerpt.make(text.rawBytes) }
        guard take(findings), !isComplete, let last = withoutData.last else { return words }
        note(.errorWithoutData, at: last.frameOffset, Excerpt.make(last.comment.rawBytes), eventIndex: last.eventIndex)
        return words ?? (last.comment.isEmpty ? nil : Excerpt.make(last.comment.rawBytes))
    }

    private mutating func noteAfterStop(_ frame: EventView) {
        switch EventData(frame) {
        case .event(.ping): break
        case .event(let event): note(.eventAfterStop, at: frame.offset, event.name)
        case .error: note(.errorAfterStop, at: frame.offset, Excerpt.make(frame.data))
        case .malformed(let name, _), .missingMember(let name, _): note(.eventAfterStop, at: frame.offset, name)
        }
    }

    /// - Parameter eventIndex: How many events came before it, if that is not all of them.
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
}

extension EventView {
    /// Whether the event stream names the event an error, whatever its data says.
    @inline(__always)
    fileprivate var isNamedError: Bool { eventField.equals("error") }
}

extension MessageStreamFailure.StreamLimit {
    init(_ error: EventStreamError) {
        self = error.limit == .lineBytes ? .lineBytes(error.allowed) : .eventBytes(error.allowed)
    }

    /// Nil if the error is none of a limit on the head.
    init?(_ error: HTTPResponseError, _ limits: HTTPResponseLimits) {
        switch error.reason {
        case .headTooLong: self = .headBytes(limits.headBytes)
        case .tooManyFields: self = .headFields(limits.fieldCount)
        default: return nil
        }
    }
}
