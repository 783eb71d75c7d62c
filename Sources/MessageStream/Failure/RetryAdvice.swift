import HTTPResponseParsing

/// Whether, when and how to retry a request that failed.
///
/// ``isTransient`` describes the fault, ``replaySafety`` the side effects of a retry: neither follows from the other.
/// An overload mid-stream is transient, but a retry repeats the beginning of the response.
///
/// | failure | transient | why |
/// |---|---|---|
/// | `api` | status of the error, or of the response, 408, 409, 429, 500 and above | the rule of the official clients, also for errors within a stream |
/// | `http` | status 408, 409, 429, 500 and above | the same rule |
/// | `truncated`, `stalled` | yes | a connection that breaks or falls silent is a fault of the network or of a proxy |
/// | `transport` | according to ``ClassifiedTransportError``, else yes unless the server does not speak HTTP | the official clients treat connection errors this way |
/// | `notEventStream` | no | the server is not the service, or the request did not ask for a stream |
/// | `malformedEvent` | if the JSON ends too early | JSON that ends too early was truncated in transit |
/// | `protocolViolation`, `limitExceeded` | no | the service or a gateway does not follow the protocol |
/// | `cancelled` | no | the consumer ended the stream |
///
/// | received so far | replay safety |
/// |---|---|
/// | nothing, or a message without content | `safe` |
/// | content | `duplicatesOutput` |
/// | the use of a server tool | `mayRepeatServerTools` |
/// | anything, if the consumer cancelled | `never` |
public struct RetryAdvice: Sendable, Hashable {
    /// Whether the fault is transient: the same request may succeed later.
    public var isTransient: Bool
    /// The side effects of a retry.
    public var replaySafety: ReplaySafety
    /// The delay that the service asks for: the field `retry-after-ms`, else `retry-after` (RFC 9110, section 10.2.3),
    /// in seconds or as a date relative to the `date` of the same response.
    ///
    /// Only from a response that is not 2xx, or with a `rate_limit_error`: in a successful response, the field
    /// describes the rate limit's window. Never negative.
    public var delay: Duration?
    /// The earliest time to retry, in seconds since 1970 UTC: `retry-after` as a date in a response without a `date`.
    /// ``delay(at:)`` converts it to a delay.
    public var notBefore: Int?
    /// The value of `retry-after-ms` or `retry-after` if it is neither a number nor a date: the service asks for a
    /// delay that cannot be read.
    public var unreadableDelay: String?
    /// Whether the service recommends a retry: the field `x-should-retry` of a response that is not 2xx, or with a
    /// `rate_limit_error`.
    public var serverAdvice: Bool?
    /// Whether a spend cap may be the cause rather than a rate limit: the error's `details` report one (an `error_code`
    /// of `contract_spend_limit_reached` or `enforced_spend_limit_reached`), or a 429 names no delay. If the next
    /// attempts fail in the same way, only a higher cap helps.
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

    /// Whether a retry may help and does no harm. The service's own advice takes precedence over the nature of the
    /// fault, as in the official clients.
    public var isSafe: Bool { (serverAdvice ?? isTransient) && replaySafety == .safe }

    /// The rule of the official clients for HTTP statuses: 408, 409, 429, and 500 and above are transient.
    static func isTransient(status: Int) -> Bool {
        status == 408 || status == 409 || status == 429 || status >= 500
    }

    /// The delay that the service asks for, at a given time.
    ///
    /// - Parameter now: The current time, in seconds since 1970 UTC.
    /// - Returns: ``delay``, or the time until ``notBefore``, at least 0; `nil` if the service asks for no delay.
    public func delay(at now: Int) -> Duration? {
        delay ?? notBefore.map { .seconds(max(0, $0.subtractingReportingOverflow(now).partialValue)) }
    }

    /// The side effects of a retry.
    @nonexhaustive
    public enum ReplaySafety: String, Sendable, Hashable {
        /// None: no content was received.
        case safe
        /// Output is repeated: some of it was received.
        case duplicatesOutput
        /// Server tools may run a second time: one was used.
        case mayRepeatServerTools
        /// A retry is pointless: the consumer itself ended the stream.
        case never
    }
}

extension RetryAdvice {
    /// The advice given by the tables above.
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
        // JSON that ends too early was truncated in transit.
        case .malformedEvent(_, let error): error.reason == .unexpectedEnd
        // A server that does not speak HTTP now will not speak it on the next attempt.
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
        // Without content nothing can be repeated, regardless of the stage.
        return progress.hasContent ? .duplicatesOutput : .safe
    }
}
