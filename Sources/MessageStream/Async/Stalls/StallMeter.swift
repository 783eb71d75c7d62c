/// The time that was waited for a stream since something came.
struct StallMeter {
    let policy: StallPolicy
    /// How long was waited since the last byte.
    private var silence = Duration.zero
    /// How long was waited since the last event of the message.
    private var noContent = Duration.zero

    init(_ policy: StallPolicy) {
        self.policy = policy
    }

    /// Whether the time matters at all.
    var isOff: Bool { policy.silence == nil && policy.noContent == nil }

    /// The clock that runs out first, and how long from now if nothing comes; nil if none does.
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

    /// Takes a wait and what it brought.
    mutating func note(_ wait: Duration, _ activity: StreamActivity) {
        silence = activity.hasBytes ? .zero : silence + wait
        noContent = activity.hasContent ? .zero : noContent + wait
    }
}
