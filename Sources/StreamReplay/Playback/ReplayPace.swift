/// How fast a capture is replayed.
public enum ReplayPace: Sendable, Hashable {
    /// As fast as its consumer reads it.
    case none
    /// As recorded. A capture without times is replayed without pauses.
    case recorded
    /// With the recorded times multiplied by a factor: 0.5 takes half as long. A factor of 0 or less means no pauses.
    case scaled(by: Double)

    /// The factor, or nil if there are no pauses.
    private var factor: Double? {
        switch self {
        case .none: nil
        case .recorded: 1
        case .scaled(let factor): factor > 0 ? factor : nil
        }
    }

    /// The time at which to hand out what was recorded at `time`, or nil for at once.
    package func time(for time: Duration?) -> Duration? {
        guard let factor, let time else { return nil }
        return factor == 1 ? time : time * factor
    }
}

/// Waits for the times of a replay, by any clock.
struct Pacer: Sendable {
    private let pace: ReplayPace
    /// The only response with pauses, or nil if all have them.
    var onlyResponse: Int?
    /// Starts to measure time, and returns a function that waits until the given time has passed since.
    let start: @Sendable () -> @Sendable (Duration) async throws -> Void

    init(_ pace: ReplayPace, _ clock: some Clock<Duration>) {
        self.pace = pace
        start = {
            let start = clock.now
            // A deadline rather than a pause, so that the time that the consumer takes does not add up.
            return { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
        }
    }

    /// The time at which to hand out a part, or nil for at once.
    func time(for part: CapturedPart) -> Duration? {
        if let onlyResponse, part.response != onlyResponse { return nil }
        return pace.time(for: part.time)
    }
}
