/// Whether, when and how often a stream that failed is opened again: see ``retrying(_:clock:generator:secondsSince1970:observe:open:)``.
///
/// A stream is opened again only if nothing of it was delivered to the consumer, so a policy can narrow what is
/// repeated, and decide which failures are worth it, but not make output appear twice.
public struct RetryPolicy: Sendable {
    /// How many times a stream is opened at most, the first time included; it is opened once in any case.
    public var maxAttempts: Int
    /// The wait after the first failure, before jitter; it doubles with each failure that follows.
    public var initialBackoff: Duration
    /// The longest wait that doubling leads to.
    public var maxBackoff: Duration
    /// The share of a wait that is random, from 0 to 1, and held within that: a wait of 8 s with a jitter of 0.25 is one of 6 to 8 s. So
    /// clients that failed together do not come back together.
    public var jitter: Double
    /// The longest delay that the service may ask for. If it asks for more, the failure stands: coming back early
    /// would be against its will, and waiting for so long against that of the caller.
    public var maxServerDelay: Duration
    /// The latest stage at which a stream may have failed. With `beforeMessage`, nothing is repeated for which the
    /// service had begun to answer. A stage later than `beforeContent` counts as that.
    public var latestStage: MessageStreamFailure.Stage
    /// The most bytes of events before the first content that are held back. A stream that has more is delivered, and
    /// not repeated. An event counts the length of its JSON and its own size in memory. Default: 1 MiB.
    public var heldBytes: Int
    /// Whether a failure is worth another attempt; by default if ``RetryAdvice/isSafe`` says so, and no spend cap may be
    /// reached (``RetryAdvice/mayBeSpendCap``) or the service itself advises a repeat.
    public var isWorthwhile: @Sendable (MessageStreamFailure) -> Bool

    /// Creates a policy; without arguments, one like that of the official clients, but for three attempts and for failures
    /// in the stream as well.
    public init(
        maxAttempts: Int = 3,
        initialBackoff: Duration = .milliseconds(500),
        maxBackoff: Duration = .seconds(8),
        jitter: Double = 0.25,
        maxServerDelay: Duration = .seconds(60),
        latestStage: MessageStreamFailure.Stage = .beforeContent,
        heldBytes: Int = 1 << 20,
        isWorthwhile: @escaping @Sendable (MessageStreamFailure) -> Bool = { failure in
            failure.retry.isSafe && (!failure.retry.mayBeSpendCap || failure.retry.serverAdvice == true)
        }
    ) {
        self.maxAttempts = maxAttempts
        self.initialBackoff = initialBackoff
        self.maxBackoff = maxBackoff
        self.jitter = jitter
        self.maxServerDelay = maxServerDelay
        self.latestStage = latestStage
        self.heldBytes = heldBytes
        self.isWorthwhile = isWorthwhile
    }

    /// How long to wait for the next attempt; nil if there is to be none.
    ///
    /// - Parameters:
    ///   - failure: How the last attempt failed.
    ///   - failures: How many attempts have failed, this one included; at least 1.
    ///   - now: The present, in seconds since 1970 UTC, if it is known. If not, a failure that names a date to come back
    ///     is not repeated.
    ///   - random: A random number from 0 up to but not including 1.
    func delay(after failure: MessageStreamFailure, failures: Int, now: Int?, random: Double) -> Duration? {
        guard failures < maxAttempts, failure.stage <= min(latestStage, .beforeContent),
            failure.kind != .cancelled, isWorthwhile(failure)
        else { return nil }
        // In this order, so that a NaN counts as 0.
        let backoff = self.backoff(after: failures) * (1 - min(max(0, jitter), 1) * random)
        let retry = failure.retry
        guard retry.delay != nil || retry.notBefore != nil else { return backoff }
        guard let asked = retry.delay ?? now.flatMap(retry.delay(at:)), asked <= maxServerDelay else { return nil }
        return max(asked, backoff)
    }

    private func backoff(after failures: Int) -> Duration {
        var backoff = max(.zero, initialBackoff)
        for _ in 1..<failures {
            guard backoff < maxBackoff else { break }
            backoff *= 2
        }
        return min(backoff, max(.zero, maxBackoff))
    }
}
