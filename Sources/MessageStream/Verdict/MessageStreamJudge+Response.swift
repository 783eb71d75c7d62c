import HTTPResponseParsing
import ServerSentEvents

/// What the response around the frames says: its head, a body that is none of frames, its end.
extension MessageStreamJudge {
    /// Takes the head of the response.
    ///
    /// - Parameters:
    ///   - isRaw: Whether the body is as it came over the wire. If not, a content coding is already undone.
    ///   - source: Where the head comes from.
    mutating func takeHead(_ head: ResponseHead, isRaw: Bool, _ source: ResponseContext.HeadSource = .received) {
        let response = ResponseContext(head, source)
        self.response = response
        if isRaw, let coding = head.contentCoding { self.coding = .named(coding, hasBegun: false) }
    }

    /// Whether the head names a content coding, and no event has shown that it is undone.
    var namesContentCoding: Bool {
        if case .named = coding { true } else { false }
    }

    /// Receives bytes of a body of which the head says that it is coded.
    ///
    /// - Returns: whether they may be text. What is coded cannot be read, and waiting for more of it would not help.
    mutating func receiveCoded(_ chunk: RawSpan) -> Bool {
        guard case .named(let name, hasBegun: false) = coding, !chunk.isEmpty else { return true }
        coding = .named(name, hasBegun: true)
        guard ContentCoding.isCoded(firstByte: chunk.byte(at: 0)) else { return true }
        failEncoded(name)
        return false
    }

    private mutating func failEncoded(_ coding: String) {
        let found = MessageStreamFailure.BodyKind.encoded(Excerpt.shorten(coding))
        let isFailure = response?.isFailure ?? false
        fail(whole: isFailure ? .http(status: response?.status ?? 0, sniffed: found) : notEventStream(found))
    }

    /// The first event has come: the body is an event stream.
    mutating func receiveFirstEvent() {
        collected = CollectedBody(limit: 0)
        noteUndoneCoding()
    }

    /// Notes that the body is text although the head names a content coding.
    private mutating func noteUndoneCoding() {
        guard case .named(let name, _) = coding else { return }
        coding = .undone
        note(.contentCodingUndone, at: 0, name)
    }

    /// Whether the body is to be collected, since it is no event stream.
    var isForeign: Bool { response?.bodyRule == .foreign }

    /// Takes a piece of a body that is no event stream.
    mutating func takeForeign(_ chunk: RawSpan) {
        guard !hasFailed else { return }
        collected.append(chunk)
        // Whatever more comes, it will not be read.
        if collected.isCut { judgeCollected() }
    }

    /// Takes a chunk out of which no frame has come, nor out of any before.
    mutating func takeUnrecognised(_ chunk: RawSpan) {
        collected.append(chunk)
    }

    /// Takes what is wrong with the response as one of HTTP.
    mutating func take(_ error: HTTPResponseError, limits: HTTPResponseLimits, bodyBytes: Int) {
        guard !hasFailed else { return }
        guard !isComplete else {
            noteBroken("\(error)", at: bodyBytes)
            return
        }
        failure =
            if let limit = MessageStreamFailure.StreamLimit(error, limits) {
                makeFailure(.limitExceeded(limit), at: bodyBytes, nil)
            } else {
                makeFailure(
                    .transport(MessageStreamFailure.TransportFault(error)),
                    at: bodyBytes,
                    Excerpt.shorten(error.excerpt, to: Excerpt.limit, isCut: true)
                )
            }
    }

    /// Takes what the transport says instead of more bytes.
    ///
    /// - Parameter parser: The parser of the body: an error may be complete in the line in which the body broke off.
    mutating func take(_ kind: MessageStreamFailure.Kind, bodyBytes: Int, _ parser: borrowing EventStreamParser) {
        guard !hasFailed, !isComplete else { return }
        let words = kind == .cancelled ? nil : receiveLastWords(parser)
        guard !hasFailed else { return }
        failure = makeFailure(kind, at: bodyBytes, words)
    }

    /// Takes bytes after the end of the response, or of the input.
    mutating func takeExcess(_ count: Int, bodyBytes: Int) {
        guard !hasFailed, count > 0, diagnostics.count(of: .dataAfterEnd) == 0 else { return }
        note(.dataAfterEnd, at: bodyBytes, "")
    }

    /// Takes the end of the body.
    ///
    /// - Parameters:
    ///   - parser: The parser of the body, which holds the line in which it ends.
    ///   - ending: How the response ended, if it is known.
    mutating func takeEnd(bodyBytes: Int, _ parser: borrowing EventStreamParser, ending: HTTPResponseEnding?) {
        guard !hasFailed else { return }
        let unfinished = parser.unfinishedByteCount
        guard !isComplete else {
            if !isBeyondLimit { _ = receiveLastWords(parser) }
            if unfinished > 0, !isBeyondLimit {
                note(.unfinishedFrameAfterStop, at: bodyBytes &- unfinished, "\(unfinished) bytes")
            }
            if let ending, ending != .complete { noteBroken(ending.clause, at: bodyBytes) }
            return
        }
        if isForeign {
            judgeCollected()
            return
        }
        let words = receiveLastWords(parser)
        guard !hasFailed else { return }
        if eventCount == 0, let response {
            let isDeclared = response.bodyRule == .eventStream
            let kind = collected.kind(allowingVendorFields: isDeclared)
            if failIfEncoded(kind) { return }
            // An empty body may be the beginning of an event stream, if the head says that it is one.
            if kind != .eventStream, kind != .empty || !isDeclared {
                fail(whole: collected.error.map { .api($0) } ?? notEventStream(kind), excerpt: collected.excerpt)
                return
            }
        }
        let truncation = MessageStreamFailure.Truncation(
            unfinishedBytes: unfinished,
            bodyBytes: bodyBytes,
            response: ending
        )
        failure = makeFailure(.truncated(truncation), at: bodyBytes, words)
    }

    /// Notes that the response broke behind the message, once: the parser tells it again with every chunk.
    private mutating func noteBroken(_ detail: String, at offset: Int) {
        if diagnostics.count(of: .responseBrokenAfterStop) == 0 { note(.responseBrokenAfterStop, at: offset, detail) }
    }

    /// The rule for a response that is not 2xx, or has another content type: an error if the body is one.
    private mutating func judgeCollected() {
        guard let response else { return }
        let kind = collected.kind
        if failIfEncoded(kind) { return }
        let found: MessageStreamFailure.Kind =
            collected.error.map { .api($0) }
            ?? (response.isFailure ? .http(status: response.status, sniffed: kind) : notEventStream(kind))
        fail(whole: found, excerpt: collected.excerpt)
    }

    /// Fails if the body is coded as the head says; else notes that it is not.
    private mutating func failIfEncoded(_ kind: MessageStreamFailure.BodyKind) -> Bool {
        guard case .named(let name, hasBegun: true) = coding else { return false }
        guard kind == .gzip || kind == .binary else {
            noteUndoneCoding()
            return false
        }
        failEncoded(name)
        return true
    }

    private func notEventStream(_ kind: MessageStreamFailure.BodyKind) -> MessageStreamFailure.Kind {
        .notEventStream(contentType: response?.contentType.map(Excerpt.shorten), sniffed: kind)
    }

    private mutating func fail(whole kind: MessageStreamFailure.Kind, excerpt: String? = nil) {
        // The failure describes the body as a whole, so notes on its lines add nothing.
        diagnostics.remove(.unframedData)
        var bodyJSON: RawJSON?
        if case .http = kind { bodyJSON = collected.json }
        failure = makeFailure(kind, at: 0, excerpt, bodyJSON: bodyJSON)
    }
}

// MARK: - The failure

extension MessageStreamJudge {
    private var stage: MessageStreamFailure.Stage {
        if accumulator.hasStopReason { return .afterStopReason }
        if accumulator.hasContent { return .afterContent }
        if accumulator.hasBegun { return .beforeContent }
        return response == nil ? .beforeResponse : .beforeMessage
    }

    /// The failure of a kind, here and now.
    ///
    /// - Parameter bodyJSON: The body of a response that reports no error in known words, if it is JSON.
    func makeFailure(
        _ kind: MessageStreamFailure.Kind,
        at offset: Int,
        _ excerpt: String?,
        bodyJSON: RawJSON? = nil
    ) -> MessageStreamFailure {
        var kind = kind
        var apiError: APIError?
        if case .api(var error) = kind {
            error.responseStatus = failedStatus
            kind = .api(error)
            apiError = error
        }
        var failure = MessageStreamFailure(
            kind: kind,
            stage: stage,
            httpStatus: response?.status ?? failedStatus,
            equivalentStatus: apiError?.equivalentStatus ?? failedStatus,
            requestID: apiError?.requestID ?? response?.requestID,
            gatewayIDs: response?.gatewayIDs ?? [:],
            byteOffset: offset,
            eventIndex: eventCount,
            excerpt: excerpt,
            errorJSON: apiError?.json ?? bodyJSON,
            partial: accumulator.partial,
            retry: retryAdvice(for: kind),
            diagnostics: diagnostics
        )
        failure.isHeadAssumed = response?.headSource == .assumed
        return failure
    }

    /// The status of a response that is not 2xx, be it one whose head is not whole.
    private var failedStatus: Int? {
        if let response { return response.isFailure ? response.status : nil }
        return unfinishedHeadStatus.flatMap { (200...299).contains($0) ? nil : $0 }
    }

    /// The rules of the tables at ``RetryAdvice``.
    private func retryAdvice(for kind: MessageStreamFailure.Kind) -> RetryAdvice {
        let isTransient: Bool =
            switch kind {
            case .api(let error): error.isTransient
            case .http(let status, _): RetryAdvice.isTransient(status: status)
            case .truncated, .stalled: true
            // JSON that ends too early was cut on its way.
            case .malformedEvent(_, let error): error.reason == .unexpectedEnd
            // What answers with something else than HTTP will do so again.
            case .transport(let fault):
                fault.isTransient ?? (!(fault.underlying is HTTPResponseError) || stage > .beforeResponse)
                    || (failedStatus.map(RetryAdvice.isTransient(status:)) ?? false)
            case .notEventStream, .protocolViolation, .limitExceeded, .cancelled: false
            }
        let replaySafety: RetryAdvice.ReplaySafety =
            switch kind {
            case .cancelled: .never
            case _ where accumulator.hasServerTool: .mayRepeatServerTools
            // Nothing that was received can come twice, however far the stream had come.
            default: accumulator.hasContent ? .duplicatesOutput : .safe
            }
        var advice = RetryAdvice(isTransient: isTransient, replaySafety: replaySafety)
        var isRateLimit = false
        if case .api(let error) = kind {
            isRateLimit = error.type == .rateLimit
            advice.mayBeSpendCap = error.namesSpendCap
        }
        // On a response that went well these fields speak of the rate limit's window.
        guard let response, response.isFailure || isRateLimit else { return advice }
        advice.delay = response.retry.delay
        advice.notBefore = response.retry.notBefore
        advice.unreadableDelay = response.retry.unreadableDelay
        advice.serverAdvice = response.retry.serverAdvice
        if response.status == 429, !response.retry.namesDelay { advice.mayBeSpendCap = true }
        return advice
    }
}
