public import HTTPResponseParsing

/// The state of an iterator: the decoder, and what it made of the last piece of the base. An iterator is a copyable value
/// and a decoder is not, so the iterator holds it by reference.
///
/// State, and what leads out of it:
///
///  - open: more bytes are wanted → over, by an input that completes the message, fails the stream or ends it
///  - over: the base is not read any more. The decoded events are still handed out, then `failure` is thrown,
///    once, and then there is nothing more
///
/// It has no public members.
public final class MessageEventSource {
    private var decoder: MessageStreamDecoder
    private let limits: MessageStreamLimits
    private let keepsContent: Bool
    private let observer: FrameObserver?
    /// The events that were decoded and that the iterator has not taken over yet.
    private var events: [MessageStreamEvent] = []
    /// Why the stream failed, until it is thrown.
    private var failure: MessageStreamFailure?
    /// Whether more bytes are of no use: the message is complete, or the stream has failed or ended.
    @usableFromInline private(set) var isOver = false
    /// Whether nothing can come of a byte of the input that ends no line, so that lines can be gathered: it is a body
    /// alone, whose end no header field tells. Only that a line is too long is then noticed late.
    private let gathersLines: Bool
    /// The bytes of a line that came one by one. Invariant: they end no line, and are no more than `lineCapacity`.
    private var line: [UInt8] = []
    /// Whether bytes of the body came, so that no head can follow.
    private var hasBody = false
    /// The activity since the last call of `takeActivity()`.
    private(set) var activity = StreamActivity()

    @usableFromInline
    init(
        input: MessageStreamDecoder.Input,
        limits: MessageStreamLimits,
        keepsContent: Bool,
        observer: FrameObserver? = nil
    ) {
        decoder = MessageStreamDecoder(input: input, limits: limits, keepsContent: keepsContent)
        self.limits = limits
        self.keepsContent = keepsContent
        self.observer = observer
        gathersLines = input.head != nil
    }

    private static var lineCapacity: Int { 1024 }

    // MARK: State of the decoder

    @usableFromInline var partial: Message? { decoder.partial }
    @usableFromInline var isComplete: Bool { decoder.isComplete }
    @usableFromInline var message: Message? { decoder.isComplete ? decoder.partial : nil }
    @usableFromInline var head: ResponseHead? { decoder.head }
    @usableFromInline var diagnostics: Diagnostics { decoder.diagnostics }

    // MARK: Events out

    /// Hands over the decoded events in reverse order, so that the next one is last.
    ///
    /// - Parameter events: An array that is empty, whose memory is used for the next events.
    @usableFromInline
    func exchange(_ events: inout [MessageStreamEvent]) {
        swap(&self.events, &events)
        if events.count > 1 { events.reverse() }
    }

    /// Throws the failure that follows the events.
    @usableFromInline
    func throwFailure() throws(MessageStreamFailure) {
        if let failure = failure.take() { throw failure }
    }

    /// Returns the activity since the last call.
    @usableFromInline
    func takeActivity() -> StreamActivity {
        defer { activity = StreamActivity() }
        return activity
    }

    // MARK: Inputs

    /// Receives a chunk. Contiguous ones are read where they lie; others are copied first.
    @inlinable
    func receive(_ chunk: some Collection<UInt8>) {
        let isContiguous: Void? = chunk.withContiguousStorageIfAvailable { buffer in
            // The buffer is valid for this call.
            receive(bytes: unsafe buffer.span.bytes)
        }
        // `UInt8` has no padding bytes.
        if isContiguous == nil { receive(bytes: unsafe ContiguousArray(chunk).span.bytes) }
    }

    /// Receives a single byte. It is gathered with others, if it is not one of those on which an event can end.
    @usableFromInline
    func receive(_ byte: UInt8) {
        line.append(byte)
        activity.hasBytes = true
        let endsLine = byte == 0x0A || byte == 0x0D
        if endsLine || !gathersLines || line.count == Self.lineCapacity { receiveLine() }
    }

    private func receiveLine() {
        // Taken out and put back: reading it where it lies while `self` changes.
        var line = self.line
        self.line = []
        receive(bytes: line.rawBytes)
        line.removeAll(keepingCapacity: true)
        self.line = line
    }

    /// Receives the head of a response that comes before its body.
    @usableFromInline
    func receive(_ head: ResponseHead) {
        guard !isOver, !hasBody else { return }
        decoder = MessageStreamDecoder(input: .body(head), limits: limits, keepsContent: keepsContent)
        activity.hasBytes = true
    }

    @usableFromInline
    func receive(bytes: RawSpan) {
        guard !isOver, !bytes.isEmpty else { return }
        hasBody = true
        activity.hasBytes = true
        // Taken out and put back: the only reference, so that appending is in place.
        var events = self.events
        self.events = []
        do throws(MessageStreamFailure) {
            try decoder.decodeFrames(bytes) { event, frame in
                observer?.observe(event, frame)
                events.append(event)
            }
            isOver = decoder.isComplete
        } catch {
            fail(error)
        }
        if !activity.hasContent { activity.hasContent = events.contains { $0.contribution != .nothing } }
        self.events = events
    }

    /// Receives the end of the base. A base that ends because its task was cancelled says nothing of the response.
    @usableFromInline
    func end() {
        receiveLine()
        guard !isOver, !Task.isCancelled else { return }
        isOver = true
        do throws(MessageStreamFailure) {
            _ = try decoder.finish()
        } catch {
            fail(error)
        }
    }

    /// Receives an error of the base.
    @usableFromInline
    func end(throwing error: any Error) {
        receiveLine()
        guard !isOver else { return }
        switch SourceError(error) {
        case .failure(let failure): fail(failure)
        case .closed: end()
        case .ended(let kind): abort(kind)
        }
    }

    /// Handles cancellation by the consumer.
    ///
    /// - Returns: whether the message is complete, so that there is nothing to cancel.
    @usableFromInline
    func cancel() -> Bool {
        receiveLine()
        if !isOver { abort(.cancelled) }
        return decoder.isComplete
    }

    private func abort(_ kind: MessageStreamFailure.Kind) {
        isOver = true
        failure = decoder.abort(kind)
    }

    private func fail(_ failure: MessageStreamFailure) {
        isOver = true
        self.failure = failure
    }
}
