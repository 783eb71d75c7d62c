/// The stall clocks of a stream: how long its consumer has waited since bytes, and since content, were received.
///
/// It runs on the consumer's side, where both the duration of a wait and the events that it brought are known.
struct StallMeter: Sendable {
    private let policy: StallPolicy
    /// How long the consumer has waited since the last byte.
    private var silence = Duration.zero
    /// How long the consumer has waited since the last event of the message.
    private var noContent = Duration.zero

    init(_ policy: StallPolicy) {
        self.policy = policy
    }

    /// Whether no clock runs.
    var isDisabled: Bool { policy.silence == nil && policy.noContent == nil }

    /// The clock that expires first, and how much longer the consumer may wait; nil without a limit.
    var next: (stall: Stall, remaining: Duration)? {
        let silence = remaining(of: .silence, policy.silence, after: silence)
        let noContent = remaining(of: .noContent, policy.noContent, after: noContent)
        guard let silence, let noContent else { return silence ?? noContent }
        return silence.remaining <= noContent.remaining ? silence : noContent
    }

    private func remaining(
        of clock: MessageStreamFailure.StallClock,
        _ limit: Duration?,
        after wait: Duration
    ) -> (stall: Stall, remaining: Duration)? {
        limit.map { limit in (Stall(clock: clock, duration: limit), limit - wait) }
    }

    /// Receives the duration of a wait.
    mutating func receiveWait(_ wait: Duration) {
        silence += wait
        noContent += wait
    }

    /// Receives what the last wait brought, and restarts the clocks that this stops.
    mutating func receive(_ activity: StreamActivity) {
        if activity.hasBytes { silence = .zero }
        if activity.hasContent { noContent = .zero }
    }
}

/// What a piece of a stream contained, as far as its stall clocks are concerned.
@usableFromInline
struct StreamActivity: Sendable {
    /// Whether bytes were received, even if they are those of a comment.
    var hasBytes = false
    /// Whether an event of the message was received.
    var hasContent = false
}
