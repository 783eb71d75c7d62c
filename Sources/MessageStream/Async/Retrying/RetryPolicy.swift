/// Whether, when and how often to reopen a stream that failed: see
/// ``retrying(_:clock:generator:secondsSince1970:observe:open:)``.
///
/// A stream is reopened only if none of its events were delivered to the consumer. A policy can restrict retries
/// further, but cannot cause repeated output.
public struct RetryPolicy: Sendable {
    /// The maximum number of attempts, including the first one. There is always a first attempt.
    public var maxAttempts: Int
    /// The wait after the first failure, before jitter. It doubles with each further failure.
    public var initialBackoff: Duration
    /// The maximum wait before jitter.
    public var maxBackoff: Duration
    /// The fraction of a wait that is random, from 0 to 1; other values are clamped. With 0.25, a wait of 8 s lasts 6
    /// to 8 s. Jitter keeps clients that failed together from retrying together.
    public var jitter: Double
    /// The maximum delay that the service may request. If it requests a longer one, the failure is thrown.
    public var maxServerDelay: Duration
    /// The latest stage at which a failure is retried. With `beforeMessage`, a stream is not reopened after
    /// `message_start`. A stage later than `beforeContent` is the same as `beforeContent`.
    public var latestStage: MessageStreamFailure.Stage
    /// The maximum size in bytes of the events that are held back before the first content; 1 MiB by default. A stream
    /// that exceeds it is delivered, and not retried. The size of an event is that of its JSON plus its size in memory.
    public var heldBytes: Int
    /// Whether a failure is worth another attempt. By default, this is ``RetryAdvice/isSafe``, unless the cause may be
    /// a spend cap (``RetryAdvice/mayBeSpendCap``) and the service does not advise a retry.
    public var isWorthwhile: @Sendable (MessageStreamFailure) -> Bool

    /// Creates a policy. The defaults are those of the official clients, except that there are three attempts, and that
    /// failures within the stream are retried as well.
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

    /// The wait before the next attempt; `nil` if the failure is not retried.
    ///
    /// - Parameters:
    ///   - failure: The failure of the last attempt.
    ///   - failures: The number of failed attempts, including the last one; at least 1.
    ///   - now: The current time in seconds since 1970 UTC, if known. If not, a failure with a date at which to retry
    ///     is not retried.
    ///   - random: A random number from 0 up to but not including 1.
    func delay(after failure: MessageStreamFailure, failures: Int, now: Int?, random: Double) -> Duration? {
        guard failures < maxAttempts, failure.stage <= min(latestStage, .beforeContent),
            failure.kind != .cancelled, isWorthwhile(failure)
        else { return nil }
        // The order of the calls makes a NaN count as 0.
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
