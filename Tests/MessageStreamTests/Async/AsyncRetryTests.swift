import HTTPResponseParsing
import MessageStream
import TestScheduling
import Testing

/// A stream that is reopened.
@Suite(.takesTurns) struct AsyncRetryTests {
    private static let begin = MessageParts.start + MessageParts.ping + MessageParts.textStart()
    private static let whole = [UInt8](
        begin + MessageParts.textDelta("a") + MessageParts.blockStop() + MessageParts.end
    )
    /// No jitter, so that the waits are known.
    private let policy = RetryPolicy(jitter: 0)
    private let clock = JumpingClock()

    /// The outcome of each attempt, and a record of the attempts.
    private final class Service: Sendable {
        enum Outcome: Sendable {
            case body(String)
            case whole
            case status(Int, ResponseFields, String = "")
            case error(any Error)
        }

        struct Seen: Equatable {
            var kind: String
            var attempt: Int
            var delay: Duration?

            init(_ kind: String, _ attempt: Int, _ delay: Duration?) {
                self.kind = kind
                self.attempt = attempt
                self.delay = delay
            }
        }

        let answers: [Outcome]
        let opened = Count()
        let freed = Count()
        private let failures = Locked<[Seen]>([])

        init(_ answers: Outcome...) { self.answers = answers }

        var seen: [Seen] { failures.withLock { $0 } }

        func open(_ attempt: Int) throws -> AsyncMessageStream {
            opened.add()
            #expect(attempt == opened.value)
            switch answers[attempt - 1] {
            case .body(let body): return Source([[UInt8](body)]).messageEvents()
            case .whole: return Source(AsyncRetryTests.whole.chunks(of: 50)).messageEvents()
            case .status(let status, let headers, let body):
                return Source([[UInt8](body)]).messageEvents(status: status, headers: headers)
            case .error(let error): throw error
            }
        }

        @Sendable func observe(_ failure: MessageStreamFailure, attempt: Int, delay: Duration?) {
            failures.withLock { $0.append(Seen(failure.kind.name, attempt, delay)) }
        }
    }

    private func stream(
        _ service: Service,
        _ policy: RetryPolicy? = nil,
        now: Int? = nil
    ) -> RetryingMessageStream {
        retrying(policy ?? self.policy, clock: clock, secondsSince1970: { now }, observe: service.observe) { attempt in
            try service.open(attempt)
        }
    }

    private let overloaded = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#

    // MARK: Retrying

    @Test func wholeAtOnce() async {
        let service = Service(.whole)
        let (events, failure) = await stream(service).all()
        #expect(events == Playback(Self.whole).events)
        #expect(failure == nil)
        #expect(service.opened.value == 1)
        #expect(service.seen == [])
        #expect(clock.sleeps == [])
    }

    /// A failed attempt is not visible.
    @Test func repeatedUntilWhole() async throws {
        let service = Service(.body(Self.begin + MessageParts.overloaded), .body(MessageParts.start), .whole)
        var iterator = stream(service).makeAsyncIterator()
        var events: [MessageStreamEvent] = []
        while let event = try await iterator.next(isolation: nil) { events.append(event) }
        #expect(events == Playback(Self.whole).events)
        #expect(iterator.message?.text == "a")
        #expect(try await iterator.next(isolation: nil) == nil)
        #expect(service.seen == [.init("api", 1, .milliseconds(500)), .init("truncated", 2, .seconds(1))])
        #expect(clock.sleeps == [.milliseconds(500), .seconds(1)])
    }

    @Test func attemptsRunOut() async throws {
        let service = Service(
            .error(SourceError()),
            .body(MessageParts.start),
            .body(Self.begin + MessageParts.overloaded)
        )
        let (events, failure) = await stream(service).all()
        // The events of the last attempt are delivered.
        #expect(events == Playback(Self.begin).events)
        let found = try #require(failure)
        #expect(found.kind.name == "api")
        #expect(found.earlierAttempts.map(\.kind.name) == ["transport", "truncated"])
        #expect(found.earlierAttempts.map(\.stage) == [.beforeResponse, .beforeContent])
        #expect(found.earlierAttempts.allSatisfy { $0.earlierAttempts.isEmpty })
        #expect(
            found.description.contains("This was attempt 3; the earlier ones failed too (transport, truncated).")
        )
        #expect(found.lines.details.contains { $0.title == "attempts" })
        #expect(found.earlierAttempts[0].description.contains("attempt") == false)
        #expect(
            service.seen == [
                .init("transport", 1, .milliseconds(500)), .init("truncated", 2, .seconds(1)), .init("api", 3, nil),
            ]
        )
    }

    @Test func messageAlone() async throws {
        let message = try await stream(Service(.error(SourceError()), .whole)).message()
        #expect(message.text == "a")
        await #expect(throws: MessageStreamFailure.self) {
            try await stream(Service(.body(MessageParts.start)), RetryPolicy(maxAttempts: 1)).message()
        }
    }

    /// A stream within another: all attempts are reported in order.
    @Test func nested() async throws {
        let services = [
            Service(.status(529, [:], overloaded), .status(503, [:])),
            Service(.error(SourceError()), .status(500, [:])),
        ]
        let outer = retrying(RetryPolicy(maxAttempts: 2, jitter: 0), clock: clock) { attempt in
            let events = stream(services[attempt - 1], RetryPolicy(maxAttempts: 2, jitter: 0))
            do throws(MessageStreamFailure) {
                _ = try await events.message()
                preconditionFailure("a failure is expected")
            } catch {
                return Source([] as [[UInt8]], then: .error(error)).messageEvents()
            }
        }
        let failure = try #require(await outer.all().failure)
        #expect(failure.httpStatus == 500)
        #expect(failure.earlierAttempts.map(\.httpStatus) == [503, nil])
    }

    // MARK: Not retrying

    @Test func contentIsNotRepeated() async {
        for content in [MessageParts.textDelta("x"), MessageParts.blockStart(1, #"{"type":"text","text":"x"}"#)] {
            let body = Self.begin + content + MessageParts.overloaded
            let service = Service(.body(body), .whole)
            let (events, failure) = await stream(service).all()
            #expect(events == Playback(body).events)
            #expect(failure.difference(from: Playback(body).failure) == nil)
            #expect(service.seen == [.init("api", 1, nil)])
        }
    }

    @Test(
        arguments: [
            // A server tool was used.
            Service.Outcome.body(
                MessageParts.start
                    + MessageParts.blockStart(
                        0,
                        #"{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}"#
                    ) + MessageParts.overloaded
            ),
            // The service advises against a retry.
            .status(529, ["x-should-retry": "false"]),
            // A spend cap.
            .status(429, [:], #"{"type":"error","error":{"type":"rate_limit_error","message":"limit"}}"#),
            // Failures that are not transient.
            .status(400, [:]), .status(401, ["retry-after": "1"]), .body("<html>"),
            .body(MessageParts.textStart()), .body(frame("message_start", "{]")),
            // The consumer cancelled.
            .error(CancellationError()),
            // The service asks for too long a delay, or for an unknown one.
            .status(529, ["retry-after": "61"]), .status(503, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]),
        ]
    )
    private func notRepeated(_ answer: Service.Outcome) async {
        let service = Service(answer, .whole)
        let failure = await stream(service).all().failure
        #expect(failure != nil)
        #expect(failure?.earlierAttempts.isEmpty == true)
        #expect(service.opened.value == 1)
        #expect(service.seen.map(\.delay) == [nil])
        #expect(clock.sleeps == [])
    }

    // MARK: Requests of the service

    @Test func delayOfTheService() async {
        let headers: [(ResponseFields, Duration)] = [
            (["retry-after": "5"], .seconds(5)), (["retry-after": "60"], .seconds(60)),
            (["retry-after-ms": "1500", "retry-after": "60"], .milliseconds(1500)),
            // Never less than the policy's own backoff.
            (["retry-after": "0"], .milliseconds(500)),
            (
                ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Sun, 06 Nov 1994 08:49:27 GMT"],
                .seconds(10)
            ),
        ]
        for (fields, delay) in headers {
            for status in [429, 529] {
                let service = Service(.status(status, fields), .whole)
                let failure = await stream(service).all().failure
                #expect(failure == nil)
                #expect(service.seen == [.init("http", 1, delay)], "\(fields)")
            }
        }
    }

    @Test func dateOfTheService() async {
        let service = Service(.status(503, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]), .whole)
        #expect(await stream(service, now: 784_111_777 - 30).all().failure == nil)
        #expect(service.seen == [.init("http", 1, .seconds(30))])
        let late = Service(.status(503, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]), .whole)
        #expect(await stream(late, now: 784_111_777 - 61).all().failure != nil)
    }

    /// The advice of the service takes precedence over the nature of the fault.
    @Test func adviceOfTheService() async {
        for status in [400, 429] {
            let service = Service(.status(status, ["x-should-retry": "true"]), .whole)
            #expect(await stream(service).all().failure == nil)
            #expect(service.opened.value == 2)
        }
    }

    @Test func ownPolicy() async {
        // A spend cap, if the policy allows it.
        let cap = Service(.status(429, [:]), .whole)
        var policy = RetryPolicy(jitter: 0, isWorthwhile: { $0.retry.isSafe })
        #expect(await stream(cap, policy).all().failure == nil)
        // No failure after the message started.
        policy.latestStage = .beforeMessage
        let begun = Service(.body(MessageParts.start), .whole)
        #expect(await stream(begun, policy).all().failure?.kind.name == "truncated")
        // A policy cannot repeat content.
        policy = RetryPolicy(maxAttempts: 9, jitter: 0, latestStage: .afterStopReason, isWorthwhile: { _ in true })
        let content = Service(.body(Self.begin + MessageParts.textDelta("x")), .whole)
        #expect(await stream(content, policy).all().failure?.stage == .afterContent)
        // Failures that are not transient, if the policy allows it; but never a cancellation.
        let refused = Service(.status(400, [:]), .error(CancellationError()), .whole)
        #expect(await stream(refused, policy).all().failure?.kind == .cancelled)
        #expect(refused.opened.value == 2)
        policy.maxServerDelay = .seconds(100)
        let slow = Service(.status(529, ["retry-after": "99"]), .whole)
        #expect(await stream(slow, policy).all().failure == nil)
    }
}
