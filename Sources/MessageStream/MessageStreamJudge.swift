import HTTPResponse
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
    /// What was odd so far.
    private(set) var diagnostics = Diagnostics()
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
    /// The body as long as no frame came, which tells what it is if it is not an event stream; or all of a body that is
    /// not to be one.
    var collected: CollectedBody
    /// Whether a limit was exceeded after `message_stop`: nothing is known of what follows.
    private(set) var isBeyondLimit = false

    /// - Parameters:
    ///   - bodyLimit: How many bytes of a body are kept that is not an event stream.
    init(keepsContent: Bool, bodyLimit: Int) {
        accumulator = MessageAccumulator(keepsContent: keepsContent)
        collected = CollectedBody(limit: bodyLimit)
    }

    var isComplete: Bool { accumulator.isComplete }

    // MARK: Inputs

    /// Takes a frame.
    ///
    /// - Parameter body: Called with the event, if the frame is one of a message in progress.
    /// - Returns: whether more frames are wanted.
    @inline(__always)
    mutating func take(_ frame: EventView, _ body: (__owned MessageStreamEvent, EventView) -> Void) -> Bool {
        if !isComplete, let delta = UsualDelta(frame.data), !frame.isNamedError, let event = delta.event,
            accumulator.append(delta)
        {
            eventCount += 1
            body(event, frame)
            return true
        }
        return takeAny(frame, body)
    }

    /// Takes a frame of any kind, in any state.
    @inline(never)
    private mutating func takeAny(_ frame: EventView, _ body: (__owned MessageStreamEvent, EventView) -> Void) -> Bool {
        if frame.isUnframed { return takeUnframed(frame) }
        if isComplete {
            noteAfterStop(frame)
            eventCount += 1
            return true
        }
        switch EventData(frame) {
        case .event(let event):
            do throws(ProtocolViolation) {
                try apply(event, at: frame.offset)
            } catch {
                fail(.protocolViolation(error), frame)
                return false
            }
            eventCount += 1
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
        // The parser tells it again with every chunk.
        guard !hasFailed, !isBeyondLimit else { return }
        guard !isComplete else {
            isBeyondLimit = true
            note(.eventAfterStop, at: error.offset, "more than the limit allows")
            return
        }
        failure = makeFailure(.limitExceeded(MessageStreamFailure.StreamLimit(error)), at: error.offset, nil)
    }

    // MARK: Rules

    private mutating func apply(_ event: MessageStreamEvent, at offset: Int) throws(ProtocolViolation) {
        var notes: [(Diagnostic.Kind, String)] = []
        if case .unknown(let unknown) = event { notes.append((.unknownEvent, unknown.name)) }
        try accumulator.apply(event) { notes.append(($0, $1)) }
        for (kind, detail) in notes { note(kind, at: offset, detail) }
        if eventCount == 0 { collected = CollectedBody(limit: 0) }
    }

    private mutating func fail(_ kind: MessageStreamFailure.Kind, _ frame: EventView) {
        failure = makeFailure(kind, at: frame.offset, Excerpt.make(frame.data))
    }

    /// Takes text that is no field of an event stream, and that a blank line ends.
    private mutating func takeUnframed(_ block: EventView) -> Bool {
        if !isComplete, let error = APIError(unframed: block.data) {
            fail(.api(error), block)
            return false
        }
        // Before the first event, such text tells what the body is instead.
        if eventCount > 0 { note(.unframedData, at: block.offset, Excerpt.make(block.data)) }
        return true
    }

    private mutating func noteAfterStop(_ frame: EventView) {
        switch EventData(frame) {
        case .event(.ping): break
        case .event(let event): note(.eventAfterStop, at: frame.offset, event.name)
        case .error: note(.errorAfterStop, at: frame.offset, Excerpt.make(frame.data))
        case .malformed(let name, _), .missingMember(let name, _): note(.eventAfterStop, at: frame.offset, name)
        }
    }

    mutating func note(_ kind: Diagnostic.Kind, at offset: Int, _ detail: String) {
        diagnostics.note(
            Diagnostic(kind: kind, byteOffset: offset, eventIndex: eventCount, detail: Excerpt.shorten(detail)),
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
