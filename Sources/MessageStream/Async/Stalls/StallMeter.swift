/// The stall clocks of a stream: the time its consumer has waited since bytes, and since content, were received.
///
/// The consumer owns it, since the consumer knows both how long it waited and what the wait brought. It has no public
/// members.
public struct StallMeter: Sendable {
    private let policy: StallPolicy
    /// The time waited since the last byte.
    private var silence = Duration.zero
    /// The time waited since the last event of the message.
    private var noContent = Duration.zero

    @usableFromInline
    init(_ policy: StallPolicy) {
        self.policy = policy
    }

    /// Whether no clock runs.
    @usableFromInline var isDisabled: Bool { policy.silence == nil && policy.noContent == nil }

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

    /// Receives what the last wait brought.
    @usableFromInline
    mutating func receive(_ activity: StreamActivity) {
        if activity.hasBytes { silence = .zero }
        if activity.hasContent { noContent = .zero }
    }
}

/// What a piece of a stream brought, as far as its stall clocks are concerned.
@usableFromInline
struct StreamActivity: Sendable {
    /// Whether bytes were received, even if they are those of a comment.
    var hasBytes = false
    /// Whether an event of the message was received.
    var hasContent = false
}
