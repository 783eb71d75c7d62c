internal import MessageStream

/// Judges a client by the behavior that a server observes.
///
/// ## Theory of operation
///
/// An *attempt* is a request for a capture and the response to it. Attempts with the same method, path and body belong
/// to the same *request*, because the server has no other way to identify one. An attempt begins with the end of the
/// request. It ends with the end of the response, or when the client closes the connection. An attempt that begins
/// after another attempt of the same request has failed is a *retry*. After a complete message, the same bytes are a
/// new request. Attempts of one request that overlap are not retries of each other.
///
/// The judge considers only the bytes that were delivered, which means that the system accepted them for sending. An
/// attempt *failed* if these bytes show that the response is not a complete message.
///
/// | finding | rule |
/// |---|---|
/// | `retryAfterIgnored` | a retry begins sooner after the end of the attempt than its response asked for |
/// | `nonRetryableErrorRetried` | a retry after an error with a known status other than 408, 409, 429 or 5xx, or after a response with `x-should-retry: false`; never after `x-should-retry: true` |
/// | `retriedAfterContent` | a retry after an attempt that delivered content but no complete message |
/// | `retryStorm` | the fourth attempt of a request within a second, or the tenth in a row, without a success between; attempts that are not retries do not count |
/// | `noReadTimeout` | a stall of a second or more ends and the client is still connected; or an endless stall has lasted five seconds at the time of the report |
/// | `truncatedStreamAccepted` | a truncated response was delivered to its end, the client then sent another body to the same path, and it has not retried the truncated request by the time of the report |
/// | `connectionNeverClosed` | the server has ended the connection, in the middle of a response or after announcing it, and the client has not closed it five seconds later |
///
/// The judge reports each finding once for an attempt, and `retryStorm` and `truncatedStreamAccepted` once for a
/// request.
///
/// The judge has no clock: times are durations since the server started. Memory is bounded: once it tracks
/// ``requestLimit`` requests, the judge ignores new ones.
package struct ClientJudge: Sendable {
    /// The identity of a request.
    package struct Identity: Sendable, Hashable {
        package var method: String
        package var path: String
        package var bodyHash: UInt64

        package init(method: String, path: String, bodyHash: UInt64) {
            (self.method, self.path, self.bodyHash) = (method, path, bodyHash)
        }
    }

    /// How a response ended on the server's side.
    package enum ResponseEnd: Sendable, Hashable {
        /// The connection stays open.
        case kept
        /// The server has ended its side of the connection, and the client is expected to close its own.
        case shutDown
        /// The connection is closed, or the client cannot know that it should close it.
        case gone
    }

    /// The state of a connection.
    private enum Connection: Sendable {
        /// → `responding`.
        case idle
        /// → `idle`, `ended` or removed.
        case responding(Attempt)
        /// The server has ended its side. → removed.
        case ended(since: Duration, Attempt)
    }

    fileprivate struct Attempt: Sendable {
        let identity: Identity
        let capture: String
        let served: ServedVerdict
        var delivered = 0
        var stallStart: Duration?

        var showsContent: Bool { served.contentOffset.map { delivered >= $0 } ?? false }

        /// Whether the client can know the outcome.
        func showsOutcome(isWhole: Bool) -> Bool { isWhole || served.outcomeOffset.map { delivered >= $0 } ?? false }
    }

    /// The state of a request.
    private struct History: Sendable {
        /// The last attempt, if it failed, and when it ended.
        var failed: (attempt: Attempt, showsOutcome: Bool, end: Duration)?
        /// The number of attempts since the last success, and when the most recent ones began.
        var count = 0
        var starts: [Duration] = []
        var hasStormed = false
        /// Whether the last attempt was truncated and delivered to its end, and whether another request followed.
        var truncation: (attempt: Attempt, isPassed: Bool)?
    }

    private struct Place: Hashable, Sendable {
        var method: String
        var path: String
    }

    private var connections: [Int: Connection] = [:]
    private var histories: [Identity: History] = [:]
    /// The requests whose last attempt was truncated, by method and path.
    private var truncated: [Place: Set<Identity>] = [:]
    private var result = ClientReport()

    package static let requestLimit = 10_000
    package static let findingLimit = 200
    static let stormWindow = Duration.seconds(1)
    static let shortestStall = Duration.seconds(1)
    static let patience = Duration.seconds(5)
    /// Allows for inexact clocks.
    static let tolerance = Duration.milliseconds(20)

    package init() {}

    // MARK: Inputs

    package mutating func receiveConnection(_ id: Int) {
        result.connections += 1
        connections[id] = .idle
    }

    /// Receives a request for a capture, whose response begins.
    package mutating func receiveAttempt(
        _ id: Int,
        _ identity: Identity,
        capture: String,
        served: ServedVerdict,
        at time: Duration
    ) {
        result.attempts += 1
        let attempt = Attempt(identity: identity, capture: capture, served: served)
        connections[id] = .responding(attempt)
        guard histories[identity] != nil || histories.count < Self.requestLimit else { return }
        var history = histories[identity] ?? History()
        // An attempt beside another one is no repeat: many clients may send the same request at once.
        let isFirst = history.count == 0
        let isRepeat = history.failed != nil
        if let (last, showsOutcome, end) = history.failed {
            judgeRepeat(of: last, showsOutcome: showsOutcome, endedAt: end, at: time)
        }
        history.failed = nil
        history.truncation = nil
        if isFirst || isRepeat { judgePace(of: attempt, &history, at: time) }
        histories[identity] = history
        let place = Place(method: identity.method, path: identity.path)
        // Each truncated request is visited once, and then removed from the list.
        for other in truncated.removeValue(forKey: place) ?? [] where other != identity {
            histories[other]?.truncation?.isPassed = true
        }
    }

    /// Receives the total number of bytes of the response delivered so far.
    package mutating func receiveDelivery(_ id: Int, bytes: Int) {
        guard case .responding(var attempt) = connections[id] else { return }
        attempt.delivered = bytes
        connections[id] = .responding(attempt)
    }

    /// Receives the beginning of a stall.
    package mutating func receiveStall(_ id: Int, at time: Duration) {
        guard case .responding(var attempt) = connections[id], attempt.stallStart == nil else { return }
        attempt.stallStart = time
        connections[id] = .responding(attempt)
    }

    /// Receives the end of a stall during which the client stayed connected.
    package mutating func receiveStallEnd(_ id: Int, at time: Duration) {
        guard case .responding(var attempt) = connections[id], let start = attempt.stallStart else { return }
        attempt.stallStart = nil
        connections[id] = .responding(attempt)
        if time - start >= Self.shortestStall { result.append(stall(attempt, for: time - start)) }
    }

    /// Receives the end of a response.
    package mutating func receiveResponseEnd(_ id: Int, _ end: ResponseEnd, at time: Duration) {
        guard case .responding(let attempt) = connections[id] else { return }
        conclude(attempt, isWhole: true, at: time)
        switch end {
        case .kept: connections[id] = .idle
        case .shutDown: connections[id] = .ended(since: time, attempt)
        case .gone: connections[id] = nil
        }
    }

    /// Receives the end of a connection, closed by the client or lost.
    ///
    /// - Parameter byClient: Whether the client closed it.
    package mutating func receiveClose(_ id: Int, byClient: Bool, at time: Duration) {
        switch connections.removeValue(forKey: id) {
        case .responding(let attempt):
            if !byClient, let start = attempt.stallStart, time - start >= Self.patience {
                result.append(stall(attempt, for: time - start))
            }
            conclude(attempt, isWhole: false, at: time)
        case .ended(let since, let attempt) where time - since >= Self.patience:
            result.append(unclosed(attempt, for: time - since))
        case .ended, .idle, nil: break
        }
    }

    /// The report so far.
    package func report(at time: Duration) -> ClientReport {
        var report = result
        for (_, connection) in connections.sorted(by: { $0.key < $1.key }) {
            switch connection {
            case .responding(let attempt):
                guard let start = attempt.stallStart, time - start >= Self.patience else { continue }
                report.append(stall(attempt, for: time - start))
            case .ended(let since, let attempt) where time - since >= Self.patience:
                report.append(unclosed(attempt, for: time - since))
            case .ended, .idle: continue
            }
        }
        let passed = histories.values.compactMap { $0.truncation }.filter(\.isPassed).map(\.attempt)
        for attempt in passed.sorted(by: { $0.order < $1.order }) {
            let detail = "the response was truncated, and the client sent another request without repeating this one"
            report.append(finding(.truncatedStreamAccepted, attempt, detail))
        }
        return report
    }

    // MARK: Rules

    private mutating func judgeRepeat(of last: Attempt, showsOutcome: Bool, endedAt end: Duration, at time: Duration) {
        let served = last.served
        if showsOutcome, let delay = served.delay, time - end < delay - Self.tolerance {
            let detail = "repeated after \((time - end).words); the response asked for \(delay.words)"
            result.append(finding(.retryAfterIgnored, last, detail))
        }
        if showsOutcome, served.serverAdvice != true, case .failed(_, let isTransient, let status?) = served.outcome,
            !isTransient || served.serverAdvice == false
        {
            let advice = isTransient ? ", and x-should-retry: false" : ""
            result.append(
                finding(.nonRetryableErrorRetried, last, "repeated after an error with status \(status)\(advice)")
            )
        }
        if last.showsContent {
            result.append(finding(.retriedAfterContent, last, "repeated after \(last.delivered) bytes with content"))
        }
    }

    private mutating func judgePace(of attempt: Attempt, _ history: inout History, at time: Duration) {
        history.count += 1
        history.starts = Array(history.starts.suffix(3)) + [time]
        guard !history.hasStormed else { return }
        let isFast = history.starts.count == 4 && time - history.starts[0] < Self.stormWindow
        guard isFast || history.count >= 10 else { return }
        history.hasStormed = true
        let span = isFast ? " in \((time - history.starts[0]).words)" : ""
        let count = isFast ? 4 : history.count
        result.append(finding(.retryStorm, attempt, "\(count) attempts\(span) without success"))
    }

    /// Ends an attempt.
    ///
    /// - Parameter isWhole: Whether the response ended. Otherwise, the client closed the connection.
    private mutating func conclude(_ attempt: Attempt, isWhole: Bool, at time: Duration) {
        guard var history = histories[attempt.identity] else { return }
        let showsOutcome = attempt.showsOutcome(isWhole: isWhole)
        if showsOutcome, attempt.served.outcome == .complete || attempt.served.outcome == .unknown {
            histories[attempt.identity] = History()
            return
        }
        history.failed = (attempt, showsOutcome, time)
        if isWhole, attempt.served.outcome == .truncated {
            history.truncation = (attempt, false)
            let place = Place(method: attempt.identity.method, path: attempt.identity.path)
            truncated[place, default: []].insert(attempt.identity)
        }
        histories[attempt.identity] = history
    }

    private func stall(_ attempt: Attempt, for time: Duration) -> ClientReport.Finding {
        finding(.noReadTimeout, attempt, "the client waited for \(time.words) without a byte")
    }

    private func unclosed(_ attempt: Attempt, for time: Duration) -> ClientReport.Finding {
        finding(.connectionNeverClosed, attempt, "open for \(time.words) after the server had ended it")
    }

    private func finding(_ kind: ClientReport.Kind, _ attempt: Attempt, _ detail: String) -> ClientReport.Finding {
        let request = "\(attempt.identity.method) \(Excerpt.shorten(attempt.identity.path))"
        return ClientReport.Finding(kind: kind, request: request, capture: attempt.capture, detail: detail)
    }
}

extension ClientJudge.Attempt {
    /// Gives the report a stable order.
    fileprivate var order: String { "\(identity.method) \(identity.path) \(identity.bodyHash)" }
}

extension ClientReport {
    fileprivate mutating func append(_ finding: Finding) {
        counts[finding.kind, default: 0] += 1
        if findings.count < ClientJudge.findingLimit { findings.append(finding) }
    }
}
