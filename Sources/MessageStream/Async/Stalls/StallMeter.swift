/// The stall clocks of a stream: the time that its consumer has waited since bytes, and since content, were received.
///
/// The meter belongs to the consumer, which knows both the duration of a wait and the events received during it.
struct StallMeter: Sendable {
    private let policy: StallPolicy
    /// The time waited since the last byte.
    private var silence = Duration.zero
    /// The time waited since the last event of the message.
    private var noContent = Duration.zero

    init(_ policy: StallPolicy) {
        self.policy = policy
    }

    /// Whether no clock runs.
    var isDisabled: Bool { policy.silence == nil && policy.noContent == nil }

    /// The clock that expires first, and the remaining time to wait; `nil` without a limit.
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

    /// Receives the activity of the last wait, and resets the affected clocks.
    mutating func receive(_ activity: StreamActivity) {
        if activity.hasBytes { silence = .zero }
        if activity.hasContent { noContent = .zero }
    }
}

/// The activity in a piece of a stream, as the stall clocks count it.
@usableFromInline
struct StreamActivity: Sendable {
    /// Whether bytes were received, including those of comments.
    var hasBytes = false
    /// Whether an event of the message was received.
    var hasContent = false
}
