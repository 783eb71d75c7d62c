import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// The findings of the judge.
@Suite(.takesTurns) struct ClientJudgeTests {
    /// A client on one connection after another, with a manual clock.
    private struct Client {
        var judge = ClientJudge()
        var time = Duration.zero
        var connection = 0

        /// Sends a request.
        mutating func begin(_ served: ServedVerdict, body: UInt64 = 1, path: String = "/v1/messages") {
            connection += 1
            judge.receiveConnection(connection)
            let identity = ClientJudge.Identity(method: "POST", path: path, bodyHash: body)
            judge.receiveAttempt(connection, identity, capture: "a.sse", served: served, at: time)
        }

        /// Sends a request, and receives the complete response after 10 ms.
        mutating func receive(_ served: ServedVerdict, body: UInt64 = 1, path: String = "/v1/messages") {
            begin(served, body: body, path: path)
            time += .milliseconds(10)
            judge.receiveDelivery(connection, bytes: 1000)
            judge.receiveResponseEnd(connection, .kept, at: time)
        }

        func findings(after wait: Duration = .zero) -> [ClientReport.Kind] {
            judge.report(at: time + wait).findings.map(\.kind)
        }
    }

    private static func verdict(
        _ outcome: ServedVerdict.Outcome,
        content: Int? = nil,
        known: Int? = nil,
        delay: Duration? = nil,
        advice: Bool? = nil
    ) -> ServedVerdict {
        var verdict = ServedVerdict()
        verdict.outcome = outcome
        verdict.contentOffset = content
        verdict.outcomeOffset = known
        verdict.delay = delay
        verdict.serverAdvice = advice
        return verdict
    }

    private let complete = verdict(.complete, content: 100, known: 900)
    private let overloaded = verdict(.failed(kind: "api", isTransient: true, status: 529), known: 200)
    private let late = verdict(.failed(kind: "api", isTransient: true, status: 529), content: 100, known: 500)
    private let invalid = verdict(.failed(kind: "api", isTransient: false, status: 400))
    private let limited = verdict(.failed(kind: "api", isTransient: true, status: 429), delay: .seconds(2))
    private let truncated = verdict(.truncated)

    // MARK: Each finding, and similar behavior that is correct

    @Test func goodClient() {
        var client = Client()
        client.receive(overloaded)
        client.time += .milliseconds(500)
        client.receive(overloaded)
        client.time += .seconds(1)
        client.receive(complete)
        client.receive(complete)
        client.receive(invalid, body: 2)
        client.receive(complete, body: 3)
        #expect(client.findings(after: .seconds(100)).isEmpty)
        #expect(client.judge.report(at: client.time).attempts == 6)
    }

    @Test(arguments: [(0, true), (1000, true), (1979, true), (1980, false), (3000, false)])
    func retryAfter(_ milliseconds: Int, _ isIgnored: Bool) {
        var client = Client()
        client.receive(limited)
        client.time += .milliseconds(milliseconds)
        client.receive(complete)
        #expect(client.findings() == (isIgnored ? [.retryAfterIgnored] : []))
    }

    @Test func nonRetryableErrors() {
        func findings(_ served: ServedVerdict) -> [ClientReport.Kind] {
            var client = Client()
            client.receive(served)
            client.time += .seconds(1)
            client.receive(complete)
            return client.findings()
        }
        #expect(findings(invalid) == [.nonRetryableErrorRetried])
        let failed = ServedVerdict.Outcome.failed(kind: "api", isTransient: false, status: 400)
        #expect(findings(Self.verdict(failed, advice: true)).isEmpty)
        let transient = ServedVerdict.Outcome.failed(kind: "api", isTransient: true, status: 500)
        #expect(findings(Self.verdict(transient, advice: false)) == [.nonRetryableErrorRetried])
        // Without a known status, a client cannot know.
        #expect(findings(Self.verdict(.failed(kind: "protocolViolation", isTransient: false, status: nil))).isEmpty)
    }

    @Test func contentDeliveredTwice() {
        var client = Client()
        client.receive(late)
        client.time += .seconds(1)
        client.receive(complete)
        #expect(client.findings() == [.retriedAfterContent])
        // The client closed the connection before or after it received content.
        for (bytes, expected) in [(99, []), (100, [ClientReport.Kind.retriedAfterContent])] {
            var client = Client()
            client.begin(late)
            client.judge.receiveDelivery(client.connection, bytes: bytes)
            client.judge.receiveClose(client.connection, byClient: true, at: client.time)
            client.time += .seconds(1)
            client.receive(complete)
            #expect(client.findings() == expected)
        }
    }

    /// A client that closes the connection after `message_stop` has a complete message.
    @Test func hangUpAfterTheEnd() {
        var client = Client()
        client.begin(complete)
        client.judge.receiveDelivery(client.connection, bytes: 900)
        client.judge.receiveClose(client.connection, byClient: true, at: client.time)
        client.receive(complete)
        #expect(client.findings().isEmpty)
    }

    @Test func storms() {
        var fast = Client()
        for _ in 0..<6 { fast.receive(overloaded) }
        #expect(fast.findings() == [.retryStorm])
        var slow = Client()
        for _ in 0..<9 {
            slow.receive(overloaded)
            slow.time += .seconds(5)
        }
        #expect(slow.findings().isEmpty)
        slow.receive(overloaded)
        #expect(slow.findings() == [.retryStorm])
        // Attempts beside each other are those of many clients, as in a test of the load.
        var many = Client()
        for _ in 0..<50 { many.begin(overloaded) }
        #expect(many.findings().isEmpty)
        // Success begins a new count.
        var other = Client()
        for _ in 0..<20 {
            other.receive(overloaded)
            other.receive(complete)
        }
        #expect(other.findings().isEmpty)
    }

    @Test func stalls() {
        var client = Client()
        client.begin(complete)
        client.judge.receiveStall(client.connection, at: client.time)
        #expect(client.findings(after: .milliseconds(4999)).isEmpty)
        #expect(client.findings(after: .seconds(5)) == [.noReadTimeout])
        // The client closes the connection in time.
        var good = client
        good.judge.receiveClose(good.connection, byClient: true, at: good.time + .seconds(4))
        #expect(good.findings(after: .seconds(100)).isEmpty)
        // The server ends while the client waits.
        var ended = client
        ended.judge.receiveClose(ended.connection, byClient: false, at: ended.time + .seconds(6))
        #expect(ended.findings() == [.noReadTimeout])
        // The stall ends.
        client.judge.receiveStallEnd(client.connection, at: client.time + .seconds(1))
        #expect(client.findings() == [.noReadTimeout])
        var short = Client()
        short.begin(complete)
        short.judge.receiveStall(short.connection, at: .zero)
        short.judge.receiveStallEnd(short.connection, at: .milliseconds(999))
        #expect(short.findings().isEmpty)
    }

    @Test func truncatedStreams() {
        var client = Client()
        client.receive(truncated)
        #expect(client.findings(after: .seconds(100)).isEmpty)
        client.receive(complete, body: 2)
        #expect(client.findings() == [.truncatedStreamAccepted])
        // The request is eventually retried.
        client.receive(complete, body: 1)
        #expect(client.findings().isEmpty)
        // A request for another path does not count.
        var other = Client()
        other.receive(truncated)
        other.receive(complete, body: 2, path: "/b")
        #expect(other.findings().isEmpty)
        // A client that closed the connection did not accept the response as complete.
        var gone = Client()
        gone.begin(truncated)
        gone.judge.receiveClose(gone.connection, byClient: true, at: .zero)
        gone.receive(complete, body: 2)
        #expect(gone.findings().isEmpty)
    }

    @Test func unclosedConnections() {
        var client = Client()
        client.begin(truncated)
        client.judge.receiveResponseEnd(client.connection, .shutDown, at: client.time)
        #expect(client.findings(after: .seconds(4)).isEmpty)
        #expect(client.findings(after: .seconds(5)) == [.connectionNeverClosed])
        var good = client
        good.judge.receiveClose(good.connection, byClient: true, at: .seconds(1))
        #expect(good.findings(after: .seconds(100)).isEmpty)
        client.judge.receiveClose(client.connection, byClient: false, at: .seconds(30))
        #expect(client.findings() == [.connectionNeverClosed])
        // An idle connection may stay open.
        var idle = Client()
        idle.receive(complete)
        #expect(idle.findings(after: .seconds(1000)).isEmpty)
    }

    @Test func overlappingAttemptsAreNoRetries() {
        var client = Client()
        for _ in 0..<3 { client.begin(late) }
        for id in 1...3 {
            client.judge.receiveDelivery(id, bytes: 1000)
            client.judge.receiveResponseEnd(id, .kept, at: .seconds(1))
        }
        #expect(client.findings().isEmpty)
    }

    // MARK: All sequences

    /// No sequence of five inputs on two connections traps, and the counts always match the list of findings.
    @Test func allShortSequences() {
        let inputs = 14
        let length = 4
        for code in 0..<Int((0..<length).reduce(1) { product, _ in product * inputs })
        where code % Sweep.step(inDebug: 7) == 0 {
            var judge = ClientJudge()
            var rest = code
            for step in 0..<length {
                let time = Duration.seconds(step * 3)
                let id = rest % 2
                let identity = ClientJudge.Identity(method: "POST", path: "/", bodyHash: UInt64(id))
                switch rest % inputs / 2 {
                case 0: judge.receiveConnection(id)
                case 1: judge.receiveAttempt(id, identity, capture: "a", served: late, at: time)
                case 2: judge.receiveDelivery(id, bytes: 300)
                case 3: judge.receiveStall(id, at: time)
                case 4: judge.receiveStallEnd(id, at: time)
                case 5: judge.receiveResponseEnd(id, .shutDown, at: time)
                default: judge.receiveClose(id, byClient: true, at: time)
                }
                rest /= inputs
            }
            let report = judge.report(at: .seconds(100))
            #expect(report.counts.values.reduce(0, +) == report.findings.count)
        }
    }

    /// Memory is bounded, while counting continues.
    @Test func manyRequests() {
        var client = Client()
        for body in 0..<300 {
            client.receive(invalid, body: UInt64(body))
            client.receive(complete, body: UInt64(body))
        }
        let report = client.judge.report(at: client.time)
        #expect(report.counts == [.nonRetryableErrorRetried: 300])
        #expect(report.findings.count == ClientJudge.findingLimit)
    }

    // MARK: The report

    @Test func reports() {
        var client = Client()
        #expect(client.judge.report(at: .zero).text == "client: 0 requests on 0 connections\nno findings\n")
        client.receive(invalid, path: "/v1/\"<messages>")
        client.receive(complete, path: "/v1/\"<messages>")
        let report = client.judge.report(at: client.time)
        #expect(
            report.text == """
                client: 2 requests on 2 connections
                non-retryable error retried: 1
                  POST /v1/"<messages> (a.sse): repeated after an error with status 400

                """
        )
        #expect(
            report.json == #"{"schema":1,"connections":2,"attempts":2,"counts":{"nonRetryableErrorRetried":1},"#
                + #""findings":[{"kind":"nonRetryableErrorRetried","request":"POST /v1/\"<messages>","capture":"a.sse","#
                + #""detail":"repeated after an error with status 400"}]}"# + "\n"
        )
    }
}
