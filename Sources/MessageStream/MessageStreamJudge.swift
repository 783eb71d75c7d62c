import ServerSentEvents

/// The rules by which a stream of server-sent events is a whole message, or a failure: frame by frame, in order.
///
/// State, and what leads out of it:
///
///  - running: no error, no violation, no `message_stop` yet → complete, failed
///  - complete: `message_stop` came; the verdict stands, further frames are only noted
///  - failed: `failure` is set; the verdict stands, no further frame is looked at
struct MessageStreamJudge: Sendable {
    /// What was odd so far.
    private(set) var diagnostics: [Diagnostic] = []
    /// The message as far as it was received.
    private(set) var accumulator: MessageAccumulator
    /// Why the stream failed. Invariant: nil while running and when complete.
    private(set) var failure: MessageStreamFailure?
    /// How many frames came.
    private(set) var eventCount = 0
    /// The beginning of the body, as long as no frame came: it tells what the body is, if it is not an event stream.
    private var head: [UInt8] = []

    /// Whether a limit was exceeded after `message_stop`: nothing is known of what follows.
    private var isBeyondLimit = false

    /// How many bytes of a body are kept that may hold an error without being an event stream.
    static let headLimit = 1 << 20

    init(keepsContent: Bool) {
        accumulator = MessageAccumulator(keepsContent: keepsContent)
    }

    var isComplete: Bool { accumulator.isComplete }

    // MARK: Inputs

    /// Takes a frame.
    ///
    /// - Parameter body: Called with the event, if the frame is one of a message in progress.
    /// - Returns: whether more frames are wanted.
    @inline(__always)
    mutating func take(_ frame: EventView, _ body: (MessageStreamEvent, EventView) -> Void) -> Bool {
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
    private mutating func takeAny(_ frame: EventView, _ body: (MessageStreamEvent, EventView) -> Void) -> Bool {
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

    /// Takes a chunk out of which no frame has come, nor out of any before.
    mutating func takeHead(_ chunk: RawSpan) {
        head += [UInt8](copying: chunk.extracting(first: max(0, Self.headLimit - head.count)))
    }

    /// Takes a limit that the event stream exceeded.
    mutating func take(_ error: EventStreamError) {
        // The parser tells it again with every chunk.
        guard failure == nil, !isBeyondLimit else { return }
        guard !isComplete else {
            isBeyondLimit = true
            note(.eventAfterStop, at: error.offset, "more than the limit allows")
            return
        }
        failure = makeFailure(.limitExceeded(MessageStreamFailure.StreamLimit(error)), at: error.offset, nil)
    }

    /// Takes the end of the body.
    ///
    /// - Parameter unfinished: How many bytes of a frame were left.
    mutating func takeEnd(bodyBytes: Int, unfinished: Int) {
        guard failure == nil, !isBeyondLimit else { return }
        guard !isComplete else {
            if unfinished > 0 { note(.unfinishedFrameAfterStop, at: bodyBytes - unfinished, "\(unfinished) bytes") }
            return
        }
        var kind = MessageStreamFailure.Kind.truncated(.init(unfinishedBytes: unfinished, bodyBytes: bodyBytes))
        var excerpt: String?
        if eventCount == 0, let found = MessageStreamFailure.BodyKind(sniffing: head.rawBytes) {
            excerpt = found == .gzip || found == .binary ? Excerpt.hexadecimal(head) : Excerpt.make(head.rawBytes)
            kind =
                if found == .json, let error = APIError(errorBody: head.rawBytes) { .api(error) } else {
                    .notEventStream(found: found)
                }
        }
        failure = makeFailure(kind, at: bodyBytes, excerpt)
    }

    // MARK: Rules

    private mutating func apply(_ event: MessageStreamEvent, at offset: Int) throws(ProtocolViolation) {
        var notes: [(Diagnostic.Kind, String)] = []
        if case .unknown(let unknown) = event { notes.append((.unknownEvent, unknown.name)) }
        try accumulator.apply(event) { notes.append(($0, $1)) }
        for (kind, detail) in notes { note(kind, at: offset, detail) }
        if eventCount == 0 { head = [] }
    }

    private mutating func fail(_ kind: MessageStreamFailure.Kind, _ frame: EventView) {
        failure = makeFailure(kind, at: frame.offset, Excerpt.make(frame.data))
    }

    private mutating func noteAfterStop(_ frame: EventView) {
        switch EventData(frame) {
        case .event(.ping): break
        case .event(let event): note(.eventAfterStop, at: frame.offset, event.name)
        case .error: note(.errorAfterStop, at: frame.offset, Excerpt.make(frame.data))
        case .malformed(let name, _), .missingMember(let name, _): note(.eventAfterStop, at: frame.offset, name)
        }
    }

    private mutating func note(_ kind: Diagnostic.Kind, at offset: Int, _ detail: String) {
        guard diagnostics.count < MessageStreamDecoder.diagnosticLimit else { return }
        diagnostics.append(
            Diagnostic(kind: kind, byteOffset: offset, eventIndex: eventCount, detail: Excerpt.shorten(detail))
        )
    }

    private var stage: MessageStreamFailure.Stage {
        if accumulator.hasStopReason { return .afterStopReason }
        if accumulator.hasContent { return .afterContent }
        return accumulator.hasBegun ? .beforeContent : .beforeMessage
    }

    private func makeFailure(
        _ kind: MessageStreamFailure.Kind,
        at offset: Int,
        _ excerpt: String?
    ) -> MessageStreamFailure {
        var apiError: APIError?
        if case .api(let error) = kind { apiError = error }
        let isTransient: Bool =
            switch kind {
            case .api(let error): error.isTransient
            // A connection that ends early is the network's or a proxy's doing.
            case .truncated: true
            case .notEventStream, .malformedEvent, .protocolViolation, .limitExceeded: false
            }
        let replaySafety: RetryAdvice.ReplaySafety =
            if accumulator.hasServerTool { .mayRepeatServerTools } else if stage >= .afterContent {
                .duplicatesOutput
            } else { .safe }
        return MessageStreamFailure(
            kind: kind,
            stage: stage,
            httpStatus: 200,
            equivalentStatus: apiError?.equivalentStatus,
            requestID: apiError?.requestID,
            byteOffset: offset,
            eventIndex: eventCount,
            excerpt: excerpt,
            partial: accumulator.partial,
            retry: RetryAdvice(isTransient: isTransient, replaySafety: replaySafety),
            diagnostics: diagnostics
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
}
