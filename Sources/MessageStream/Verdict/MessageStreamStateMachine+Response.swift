import HTTPResponseParsing
import ServerSentEvents

/// The inputs other than frames: the head of the response, the chunks of its body, and its end.
extension MessageStreamStateMachine {
    // MARK: The head

    /// The action to take after a head.
    enum HeadAction {
        case none
        /// Read the body until the connection closes: the content coding may have been removed, which makes the
        /// declared length wrong.
        case readUntilClose
    }

    /// Receives the head of the response.
    ///
    /// - Parameters:
    ///   - isRaw: Whether the body is as sent over the wire. If not, a content coding has already been removed.
    ///   - source: The origin of the head.
    mutating func receiveHead(
        _ head: ResponseHead,
        isRaw: Bool,
        _ source: ResponseContext.HeadSource = .received
    ) -> HeadAction {
        guard case .awaitingHead = phase else { return .none }
        let response = ResponseContext(head, source)
        self.response = response
        let body = CollectedBody(limit: bodyLimit)
        phase = response.bodyRule == .document ? .document(body) : .undetermined(body)
        guard isRaw, let coding = head.contentCoding else { return .none }
        self.coding = .named(coding, hasStarted: false)
        return .readUntilClose
    }

    // MARK: The body

    /// The action to take for a chunk.
    enum ChunkAction {
        /// Parse it as a part of an event stream, then call `receiveEndOfChunk`.
        case parse
        /// Do nothing.
        case ignore
    }

    /// Receives a chunk of the body.
    @inline(__always)
    mutating func receiveChunk(_ chunk: RawSpan) -> ChunkAction {
        bodyBytes &+= chunk.byteCount
        if case .streaming = phase { return .parse }
        return receiveFirstChunk(chunk)
    }

    /// Receives a chunk before the first frame, or after the last one.
    @inline(never)
    private mutating func receiveFirstChunk(_ chunk: RawSpan) -> ChunkAction {
        if case .named(let name, hasStarted: false) = coding, !chunk.isEmpty {
            coding = .named(name, hasStarted: true)
            // Coded bytes cannot be read, so receiving more of them does not help.
            if ContentCoding.isCoded(firstByte: chunk.byte(at: 0)) { failEncoded(name) }
        }
        switch phase {
        case .document(let body):
            collect(chunk, in: body)
            return .ignore
        case .awaitingHead, .failed: return .ignore
        case .undetermined, .streaming, .complete: return .parse
        }
    }

    /// Receives the end of a chunk, after its frames.
    mutating func receiveEndOfChunk(_ chunk: RawSpan) {
        guard case .undetermined(var body) = phase else { return }
        // A unique reference, so that appending is in place.
        phase = .streaming
        body.append(chunk)
        phase = .undetermined(body)
    }

    private mutating func collect(_ chunk: RawSpan, in body: consuming CollectedBody) {
        // A unique reference, so that appending is in place.
        phase = .awaitingHead
        body.append(chunk)
        if body.isTruncated {
            // Further bytes would be dropped.
            judge(body)
        } else {
            phase = .document(body)
        }
    }

    // MARK: The end

    /// Receives an error of the HTTP framing.
    mutating func receive(_ error: HTTPResponseError, limits: HTTPResponseLimits, unfinishedHeadStatus: Int?) {
        guard !hasFailed else { return }
        guard !isComplete else { return noteBrokenResponse("\(error)") }
        self.unfinishedHeadStatus = unfinishedHeadStatus
        let kind = MessageStreamFailure.Kind(error, limits: limits)
        var excerpt: String?
        if case .transport = kind { excerpt = Excerpt.shorten(error.excerpt, to: Excerpt.limit, isTruncated: true) }
        fail(kind, at: bodyBytes, excerpt: excerpt)
    }

    /// Receives the end of the stream as reported by the transport or the consumer.
    ///
    /// - Parameter parser: The parser of the body: the line in which the body broke off may be a complete error.
    mutating func receiveAbort(_ kind: MessageStreamFailure.Kind, _ parser: borrowing EventStreamParser) {
        guard !hasFailed, !isComplete else { return }
        let excerpt = kind == .cancelled ? nil : receiveUnfinishedLine(parser)
        guard !hasFailed else { return }
        fail(kind, at: bodyBytes, excerpt: excerpt)
    }

    /// Receives bytes after the end of the response, or of the input.
    mutating func receiveTrailingBytes(_ count: Int) {
        guard !hasFailed, count > 0, diagnostics.count(of: .dataAfterEnd) == 0 else { return }
        note(.dataAfterEnd, at: bodyBytes, "")
    }

    /// Receives the end of the body.
    ///
    /// - Parameters:
    ///   - parser: The parser of the body, which holds its unfinished line.
    ///   - ending: How the response ended, if known.
    ///   - unfinishedHeadStatus: The status of a response whose head is truncated, if its status line is complete.
    mutating func receiveEnd(
        _ parser: borrowing EventStreamParser,
        ending: HTTPResponseEnding?,
        unfinishedHeadStatus: Int? = nil
    ) {
        switch phase {
        case .failed: return
        case .document(let body): return judge(body)
        case .complete(let isBeyondLimit):
            if !isBeyondLimit { noteUnfinishedFrame(parser) }
            if let ending, ending != .complete { noteBrokenResponse(ending.clause) }
            return
        case .awaitingHead, .undetermined, .streaming: break
        }
        self.unfinishedHeadStatus = unfinishedHeadStatus
        let excerpt = receiveUnfinishedLine(parser)
        switch phase {
        case .failed: return
        case .undetermined(let body): judgeEventStream(without: body)
        default: break
        }
        guard !hasFailed else { return }
        let truncation = MessageStreamFailure.Truncation(
            unfinishedBytes: parser.unfinishedByteCount,
            bodyBytes: bodyBytes,
            response: ending
        )
        fail(.truncated(truncation), at: bodyBytes, excerpt: excerpt)
    }

    /// Notes the frame in which the body ends after a complete message.
    private mutating func noteUnfinishedFrame(_ parser: borrowing EventStreamParser) {
        let unfinished = parser.unfinishedByteCount
        _ = receiveUnfinishedLine(parser)
        if unfinished > 0 { note(.unfinishedFrameAfterStop, at: bodyBytes &- unfinished, "\(unfinished) bytes") }
    }

    /// Notes once that the response broke off after the message: the parser reports it with every chunk.
    private mutating func noteBrokenResponse(_ detail: String) {
        if diagnostics.count(of: .responseBrokenAfterStop) == 0 {
            note(.responseBrokenAfterStop, at: bodyBytes, detail)
        }
    }

    // MARK: Bodies that are not event streams

    /// Judges a response that may be an event stream but has no frame: it fails if its body is something else.
    private mutating func judgeEventStream(without body: CollectedBody) {
        let isDeclared = response?.bodyRule == .eventStream
        let kind = body.kind(allowingVendorFields: isDeclared)
        if failIfEncoded(kind) { return }
        // An empty body may be the beginning of an event stream if the head declares one.
        guard kind != .eventStream, kind != .empty || !isDeclared else { return }
        fail(body.error.map { .api($0) } ?? notEventStream(kind), body)
    }

    /// Judges a response that is not 2xx, or has another content type: its body may report an error.
    private mutating func judge(_ body: CollectedBody) {
        guard let response else { return }
        let kind = body.kind
        if failIfEncoded(kind) { return }
        let found: MessageStreamFailure.Kind =
            body.error.map { .api($0) }
            ?? (response.isFailure ? .http(status: response.status, sniffed: kind) : notEventStream(kind))
        fail(found, body)
    }

    /// Fails if the body is coded as the head says; otherwise notes that it is not.
    private mutating func failIfEncoded(_ kind: MessageStreamFailure.BodyKind) -> Bool {
        guard case .named(let name, hasStarted: true) = coding else { return false }
        guard kind == .gzip || kind == .binary else {
            noteRemovedCoding()
            return false
        }
        failEncoded(name)
        return true
    }

    private mutating func failEncoded(_ coding: String) {
        let found = MessageStreamFailure.BodyKind.encoded(Excerpt.shorten(coding))
        let isFailure = response?.isFailure ?? false
        fail(isFailure ? .http(status: response?.status ?? 0, sniffed: found) : notEventStream(found), nil)
    }

    /// Notes that the body is text although the head names a content coding.
    mutating func noteRemovedCoding() {
        guard case .named(let name, _) = coding else { return }
        coding = .undone
        note(.contentCodingUndone, at: 0, name)
    }

    private func notEventStream(_ kind: MessageStreamFailure.BodyKind) -> MessageStreamFailure.Kind {
        .notEventStream(contentType: response?.contentType.map(Excerpt.shorten), sniffed: kind)
    }

    /// Fails because of the body as a whole.
    private mutating func fail(_ kind: MessageStreamFailure.Kind, _ body: CollectedBody?) {
        // The failure describes the whole body, so diagnostics about its lines add nothing.
        removeNotes(.unframedData)
        var bodyJSON: RawJSON?
        if case .http = kind { bodyJSON = body?.json }
        fail(kind, at: 0, excerpt: body?.excerpt, bodyJSON: bodyJSON)
    }
}
