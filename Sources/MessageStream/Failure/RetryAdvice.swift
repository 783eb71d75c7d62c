import HTTPResponseParsing

/// Whether, when and how to repeat a request that failed.
///
/// ``isTransient`` is the nature of the fault, ``replaySafety`` what a repeat would do beside answering: one does not
/// follow from the other. An overload in mid-answer passes, but a repeat gives the beginning of the answer again.
///
/// | failure | transient | why |
/// |---|---|---|
/// | `api` | status of the error, or of the response, 408, 409, 429, 500 and above | the rule of the official clients, for in-stream errors too |
/// | `http` | status 408, 409, 429, 500 and above | the same rule |
/// | `truncated`, `stalled` | yes | a connection that breaks or falls silent is the network's or a proxy's doing |
/// | `transport` | as a ``ClassifiedTransportError`` says, else unless what answers does not speak HTTP | as the official clients take connection errors |
/// | `notEventStream` | no | what answered is not the service, or the request did not ask for a stream |
/// | `malformedEvent` | if the JSON ends too early | what ends too early was cut on its way |
/// | `protocolViolation`, `limitExceeded` | no | the service or a gateway does not keep to the protocol |
/// | `cancelled` | no | the consumer wanted it so |
///
/// | received so far | a repeat |
/// |---|---|
/// | nothing, or a message without content | `safe` |
/// | content | `duplicatesOutput` |
/// | the use of a tool on the service's side | `mayRepeatServerTools` |
/// | anything, if the consumer cancelled | `never` |
public struct RetryAdvice: Sendable, Hashable {
    /// Whether the fault is of a kind that passes: the same request may succeed later.
    public var isTransient: Bool
    /// What a repeat would do beside answering.
    public var replaySafety: ReplaySafety
    /// How long the service asks to wait: the field `retry-after-ms`, else `retry-after` (RFC 9110, section 10.2.3), in
    /// seconds or as a date, which counts from the `date` of the same response.
    ///
    /// Only of a response that is not 2xx, or with a `rate_limit_error`: on a response that went well the field speaks
    /// of the rate limit's window. Never negative.
    public var delay: Duration?
    /// When the service asks to come back, in seconds since 1970 UTC: `retry-after` as a date in a response that does
    /// not tell its own `date`. ``delay(at:)`` makes a delay of it.
    public var notBefore: Int?
    /// The value of `retry-after-ms` or `retry-after` if it is neither a number nor a date: the service names a delay that
    /// cannot be read.
    public var unreadableDelay: String?
    /// Whether the service says that a repeat makes sense: the field `x-should-retry` of a response that is not 2xx, or
    /// with a `rate_limit_error`.
    public var serverAdvice: Bool?
    /// Whether a spend cap looks to be reached rather than a rate limit: the error's `details` say so (an `error_code` of
    /// `contract_spend_limit_reached` or `enforced_spend_limit_reached`), or a 429 names no delay. If the next attempts
    /// fail in the same way, only a higher cap helps.
    public var mayBeSpendCap: Bool

    /// Creates advice.
    public init(
        isTransient: Bool,
        replaySafety: ReplaySafety,
        delay: Duration? = nil,
        notBefore: Int? = nil,
        unreadableDelay: String? = nil,
        serverAdvice: Bool? = nil,
        mayBeSpendCap: Bool = false
    ) {
        self.isTransient = isTransient
        self.replaySafety = replaySafety
        self.delay = delay
        self.notBefore = notBefore
        self.unreadableDelay = unreadableDelay
        self.serverAdvice = serverAdvice
        self.mayBeSpendCap = mayBeSpendCap
    }

    /// Whether a repeat may help and does no harm. What the service itself says of that comes before the nature of the
    /// fault, as in the official clients.
    public var isSafe: Bool { (serverAdvice ?? isTransient) && replaySafety == .safe }

    /// The rule of the official clients for HTTP statuses: 408, 409, 429 and all from 500 on may pass.
    static func isTransient(status: Int) -> Bool {
        status == 408 || status == 409 || status == 429 || status >= 500
    }

    /// How long the service asks to wait, at a given time.
    ///
    /// - Parameter now: The present, in seconds since 1970 UTC.
    /// - Returns: ``delay``, or the time until ``notBefore``, at least 0; nil if the service asks for nothing.
    public func delay(at now: Int) -> Duration? {
        delay ?? notBefore.map { .seconds(max(0, $0.subtractingReportingOverflow(now).partialValue)) }
    }

    /// What a repeat would do beside answering.
    @nonexhaustive
    public enum ReplaySafety: String, Sendable, Hashable {
        /// Nothing: no content was received.
        case safe
        /// The answer would be given twice: some of it was received.
        case duplicatesOutput
        /// Tools on the service's side may run a second time: one was used.
        case mayRepeatServerTools
        /// There is no use in a repeat: the consumer itself ended the stream.
        case never
    }
}

extension RetryAdvice {
    /// The advice of the tables above.
    init(for kind: MessageStreamFailure.Kind, in context: FailureContext) {
        self.init(
            isTransient: Self.isTransient(kind, in: context),
            replaySafety: Self.replaySafety(kind, after: context.progress)
        )
        var isRateLimit = false
        if case .api(let error) = kind {
            isRateLimit = error.type == .rateLimit
            mayBeSpendCap = error.namesSpendCap
        }
        // In a successful response these fields describe the rate limit's window.
        guard let response = context.response, response.isFailure || isRateLimit else { return }
        delay = response.retry.delay
        notBefore = response.retry.notBefore
        unreadableDelay = response.retry.unreadableDelay
        serverAdvice = response.retry.serverAdvice
        if response.status == 429, !response.retry.namesDelay { mayBeSpendCap = true }
    }

    private static func isTransient(_ kind: MessageStreamFailure.Kind, in context: FailureContext) -> Bool {
        switch kind {
        case .api(let error): error.isTransient
        case .http(let status, _): isTransient(status: status)
        case .truncated, .stalled: true
        // JSON that ends too early was cut on its way.
        case .malformedEvent(_, let error): error.reason == .unexpectedEnd
        // A server that does not speak HTTP will not speak it next time.
        case .transport(let fault):
            fault.isTransient ?? (!(fault.error is HTTPResponseError) || context.stage > .beforeResponse)
                || (context.failedStatus.map(isTransient(status:)) ?? false)
        case .notEventStream, .protocolViolation, .limitExceeded, .cancelled: false
        }
    }

    private static func replaySafety(
        _ kind: MessageStreamFailure.Kind,
        after progress: MessageProgress
    ) -> ReplaySafety {
        if case .cancelled = kind { return .never }
        if progress.hasServerTool { return .mayRepeatServerTools }
        // Without content nothing can be repeated, whatever the stage.
        return progress.hasContent ? .duplicatesOutput : .safe
    }
}
