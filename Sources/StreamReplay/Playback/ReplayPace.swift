/// How fast a capture is replayed.
public enum ReplayPace: Sendable, Hashable {
    /// As fast as the consumer reads it.
    case none
    /// As recorded. A capture without times is replayed without pauses.
    case recorded
    /// The recorded times multiplied by a factor: 0.5 takes half as long. A factor of 0 or less means no pauses.
    case scaled(by: Double)

    /// The factor, or `nil` without pauses.
    private var factor: Double? {
        switch self {
        case .none: nil
        case .recorded: 1
        case .scaled(let factor): factor > 0 ? factor : nil
        }
    }

    /// The time at which to return a part that was recorded at `time`, or `nil` for immediately.
    package func time(for time: Duration?) -> Duration? {
        guard let factor, let time else { return nil }
        return factor == 1 ? time : time * factor
    }
}

/// Waits for the times of a replay, using any clock.
struct Pacer: Sendable {
    private let pace: ReplayPace
    /// The only response with pauses, or `nil` if all responses have pauses.
    var onlyResponse: Int?
    /// Starts measuring time, and returns a function that waits until the given time has passed since then.
    let start: @Sendable () -> @Sendable (Duration) async throws -> Void

    init(_ pace: ReplayPace, _ clock: some Clock<Duration>) {
        self.pace = pace
        start = {
            let start = clock.now
            // A deadline rather than a pause, so that the time used by the consumer does not accumulate.
            return { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
        }
    }

    /// The time at which to return a part, or `nil` for immediately.
    func time(for part: CapturedPart) -> Duration? {
        if let onlyResponse, part.response != onlyResponse { return nil }
        return pace.time(for: part.time)
    }
}
