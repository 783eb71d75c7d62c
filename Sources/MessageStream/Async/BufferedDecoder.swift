import HTTPResponseParsing
import ServerSentEvents

/// The decoder of an iterator, and the decoded events of the last piece. An iterator is copyable and a decoder is not,
/// so the iterator holds the decoder by reference.
///
/// It has two states:
///
///  - open: it accepts bytes. → finished, by an input that completes the message, fails the stream or ends it.
///  - finished: it ignores bytes. The iterator still removes the decoded events, then the failure, once.
final class BufferedDecoder: ResponseReceiver {
    typealias FrameObserver = @Sendable (MessageStreamEvent, EventView) -> Void

    private var decoder: MessageStreamDecoder
    private let limits: MessageStreamLimits
    private let keepsContent: Bool
    private let observer: FrameObserver?
    /// The decoded events that the iterator has not removed yet.
    private var events: [MessageStreamEvent] = []
    /// The failure of the stream, until it is thrown.
    private var failure: MessageStreamFailure?
    /// Whether the message is complete, or the stream has failed or ended.
    private(set) var isFinished = false
    /// True for a body without a head: no header field declares its length, so only the end of a line can complete an
    /// event. The only effect is that a line that is too long is detected later.
    let buffersLines: Bool
    /// Whether bytes were received. A later head is ignored.
    private var hasBody = false
    /// The activity since the last call of `removeActivity()`.
    private var activity = StreamActivity()

    init(
        input: MessageStreamDecoder.Input,
        limits: MessageStreamLimits,
        keepsContent: Bool,
        observer: FrameObserver?
    ) {
        decoder = MessageStreamDecoder(input: input, limits: limits, keepsContent: keepsContent)
        self.limits = limits
        self.keepsContent = keepsContent
        self.observer = observer
        buffersLines = input.head != nil
    }

    // MARK: State of the decoder

    var partial: Message? { decoder.partial }
    var isComplete: Bool { decoder.isComplete }
    var message: Message? { decoder.isComplete ? decoder.partial : nil }
    var head: ResponseHead? { decoder.head }
    var diagnostics: Diagnostics { decoder.diagnostics }

    // MARK: Outputs

    /// Removes the decoded events, in reverse order, so that the next one is last.
    ///
    /// - Parameter buffer: Receives the events. It must be empty; its memory is reused for the next ones.
    func removeEvents(into buffer: inout [MessageStreamEvent]) {
        swap(&events, &buffer)
        if buffer.count > 1 { buffer.reverse() }
    }

    /// Throws the failure that follows the events, if there is one.
    func throwFailure() throws(MessageStreamFailure) {
        if let failure = failure.take() { throw failure }
    }

    /// Returns the activity since the last call.
    func removeActivity() -> StreamActivity {
        defer { activity = StreamActivity() }
        return activity
    }

    // MARK: Inputs

    func receive(_ head: ResponseHead) {
        guard !isFinished, !hasBody else { return }
        decoder = MessageStreamDecoder(input: .body(head), limits: limits, keepsContent: keepsContent)
        activity.hasBytes = true
    }

    func receive(bytes: RawSpan) {
        guard !isFinished, !bytes.isEmpty else { return }
        hasBody = true
        activity.hasBytes = true
        // Moved out and back in, so that the reference is unique and appending is in place.
        var events = self.events
        self.events = []
        do throws(MessageStreamFailure) {
            try decoder.decodeFrames(bytes) { event, frame in
                observer?(event, frame)
                events.append(event)
            }
            isFinished = decoder.isComplete
        } catch {
            fail(error)
        }
        if !activity.hasContent { activity.hasContent = events.contains { $0.contribution != .nothing } }
        self.events = events
    }

    /// Receives the end of the response. If the task is cancelled, the end is ignored: the sequence may have ended only
    /// because of the cancellation.
    func receiveEnd() {
        guard !isFinished, !Task.isCancelled else { return }
        isFinished = true
        do throws(MessageStreamFailure) {
            _ = try decoder.finish()
        } catch {
            fail(error)
        }
    }

    /// Receives an error of the sequence.
    func receive(_ error: any Error) {
        guard !isFinished else { return }
        switch SourceError(error) {
        case .failure(let failure): fail(failure)
        case .closed: receiveEnd()
        case .ended(let kind): abort(kind)
        }
    }

    /// Receives the cancellation of the consumer. It has no effect if the stream is finished.
    func receiveCancellation() {
        if !isFinished { abort(.cancelled) }
    }

    private func abort(_ kind: MessageStreamFailure.Kind) {
        isFinished = true
        failure = decoder.abort(kind)
    }

    private func fail(_ failure: MessageStreamFailure) {
        isFinished = true
        self.failure = failure
    }
}
