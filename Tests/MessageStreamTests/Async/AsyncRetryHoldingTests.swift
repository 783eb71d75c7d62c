import MessageStream
import TestScheduling
import TestSupport
import Testing

/// When a stream that may be reopened delivers its events, how it waits, and how it is cancelled.
@Suite(.takesTurns) struct AsyncRetryHoldingTests {
    private let begin = MessageParts.start + MessageParts.ping + MessageParts.textStart()

    // MARK: Events held back

    /// Nothing is delivered before the first content; then all events are, without another chunk.
    @Test func heldUntilContent() async throws {
        let chunks = [
            begin, MessageParts.ping, MessageParts.textDelta(""), MessageParts.textDelta("a"), MessageParts.ping,
        ]
        let source = Source(chunks.map { [UInt8]($0) }, then: .silence)
        var iterator = retrying { _ in source.messageEvents() }.makeAsyncIterator()
        let expected = Playback(chunks.joined()).events
        for (index, event) in expected.enumerated() {
            #expect(try await iterator.next(isolation: nil) == event)
            #expect(source.log.requests.value == (index < expected.count - 1 ? 4 : 5))
        }
        #expect(iterator.partial?.text == "a")
    }

    /// A message without content is delivered as well.
    @Test(arguments: [[], [MessageParts.textStart(), MessageParts.blockStop()]])
    func messageWithoutContent(_ blocks: [String]) async {
        let body = MessageParts.start + blocks.joined() + MessageParts.end
        let (events, failure) = await retrying { _ in Source([[UInt8](body)]).messageEvents() }.all()
        #expect(events == Playback(body).events)
        #expect(failure == nil)
    }

    /// A stream that consists only of pings is not held back forever.
    @Test func manyPings() async {
        let opened = Count()
        let body = MessageParts.start + String(repeating: MessageParts.ping, count: 40_000)
        let (events, failure) = await retrying(RetryPolicy(maxAttempts: 2), clock: JumpingClock()) { _ in
            opened.add()
            return Source([[UInt8](body)]).messageEvents()
        }.all()
        #expect(events == Playback(body).events)
        #expect(failure?.kind.name == "truncated")
        #expect(opened.value == 1)
    }

    /// The limit is in bytes, regardless of the kind of events: unknown events, a long `message_start`, a long block.
    /// Small events are all held back.
    @Test(arguments: [1, 300, 300_000])
    func heldBytes(_ size: Int) async {
        let long = String(repeating: "x", count: size)
        let events = [
            frame("x", #"{"type":"x","a":"\#(long)"}"#),
            MessageParts.blockStart(0, #"{"type":"text","text":"","a":"\#(long)"}"#),
            frame(
                "message_start",
                #"{"type":"message_start","message":{"id":"m","content":[],"a":"\#(long)"}}"#
            ),
        ]
        for (number, event) in events.enumerated() {
            let body = (number == 2 ? "" : MessageParts.start) + event
            for limit in [500_000, 200_000] {
                let opened = Count()
                let policy = RetryPolicy(maxAttempts: 2, heldBytes: limit)
                let (events, failure) = await retrying(policy, clock: JumpingClock()) { _ in
                    opened.add()
                    return Source([[UInt8](body)]).messageEvents()
                }.all()
                #expect(events == Playback(body).events)
                #expect(failure?.kind.name == "truncated")
                #expect(opened.value == (size > limit ? 1 : 2), "\(number)")
            }
        }
    }

    /// Each attempt has the full limit.
    @Test func heldBytesOfEachAttempt() async {
        let body =
            MessageParts.start + frame("x", #"{"type":"x","a":"\#(String(repeating: "x", count: 600))"}"#)
        let opened = Count()
        let policy = RetryPolicy(maxAttempts: 5, heldBytes: 2000)
        let (_, failure) = await retrying(policy, clock: JumpingClock()) { _ in
            opened.add()
            return Source([[UInt8](body)]).messageEvents()
        }.all()
        #expect(failure?.earlierAttempts.count == 4)
        #expect(opened.value == 5)
    }

    /// A failed attempt releases its base before the next one begins.
    @Test func basesAreFreed() async {
        let source = Source([[UInt8](begin)])
        let clock = JumpingClock()
        _ = await retrying(RetryPolicy(maxAttempts: 4), clock: clock) { attempt in
            #expect(source.log.freed.value == attempt - 1)
            return source.messageEvents()
        }.all()
        #expect(source.log.freed.value == 4)
    }

    // MARK: Waits

    /// Waits double up to a limit, and are reduced by at most the random fraction.
    @Test(arguments: [0, 0.25, 1])
    func jitter(_ jitter: Double) async {
        let full: [Double] = [0.5, 1, 2, 4, 8, 8, 8]
        var all: [Double] = []
        for seed in 0..<UInt64(60) {
            let clock = JumpingClock()
            let policy = RetryPolicy(maxAttempts: full.count + 1, jitter: jitter)
            let stream = retrying(policy, clock: clock, generator: SeededRandom(seed: seed)) { _ in
                Source([] as [[UInt8]]).messageEvents()
            }
            _ = await stream.all()
            let shares = zip(clock.sleeps, full).map { $0 / .seconds($1) }
            #expect(shares.count == full.count)
            #expect(shares.allSatisfy { 1 - jitter - 1e-9 <= $0 && $0 <= 1 + 1e-9 })
            all += shares
        }
        // They use the full range of that fraction.
        #expect(all.min()! < 1 - jitter * 0.9 + 1e-9)
        #expect(all.max()! > 1 - jitter * 0.1 - 1e-9)
    }

    /// Equal seeds produce equal waits, and each iterator starts over.
    @Test func seeds() async {
        func sleeps(_ seed: UInt64) async -> [Duration] {
            let clock = JumpingClock()
            let stream = retrying(clock: clock, generator: SeededRandom(seed: seed)) { _ in
                Source([] as [[UInt8]]).messageEvents()
            }
            _ = await stream.all()
            return clock.sleeps
        }
        #expect(await sleeps(1) == sleeps(1))
        #expect(await sleeps(1) != sleeps(2))
    }

    /// Meaningless values do no harm.
    @Test func oddPolicies() async {
        for jitter in [-1, 2, Double.nan, .infinity] {
            var policy = RetryPolicy(maxAttempts: 4, initialBackoff: .seconds(2), maxBackoff: .seconds(3))
            policy.jitter = jitter
            let clock = JumpingClock()
            _ = await retrying(policy, clock: clock) { _ in Source([] as [[UInt8]]).messageEvents() }.all()
            #expect(clock.sleeps.count == 3)
            #expect(zip(clock.sleeps, [2, 3, 3]).allSatisfy { .zero <= $0 && $0 <= .seconds($1) })
        }
        for attempts in [Int.min, 0, 1] {
            var policy = RetryPolicy()
            policy.maxAttempts = attempts
            policy.initialBackoff = .seconds(-1)
            let opened = Count()
            let failure = await retrying(policy, clock: JumpingClock()) { _ in
                opened.add()
                return Source([] as [[UInt8]]).messageEvents()
            }.all().failure
            #expect(failure != nil)
            #expect(opened.value == 1)
        }
        // Very long waits do not overflow.
        let longest = RetryPolicy(
            initialBackoff: .seconds(Int64.max / 4),
            maxBackoff: .seconds(Int64.max / 2),
            jitter: 0
        )
        let clock = JumpingClock()
        _ = await retrying(longest, clock: clock) { _ in Source([] as [[UInt8]]).messageEvents() }.all()
        #expect(clock.sleeps.map { ($0 / .seconds(Int64.max / 4)).rounded() } == [1, 2])
    }

    // MARK: Cancellation

    @Test func cancelledInAWait() async throws {
        let clock = ManualClock()
        let opened = Count()
        let stream = retrying(clock: clock) { _ in
            opened.add()
            return Source([[UInt8](begin)]).messageEvents()
        }
        let task = Task { await stream.all() }
        await clock.begun.reaches(1)
        task.cancel()
        let (events, failure) = await task.value
        #expect(events.isEmpty)
        let found = try #require(failure)
        #expect(found.kind == .cancelled)
        #expect(found.earlierAttempts.map(\.kind.name) == ["truncated"])
        #expect(opened.value == 1)
    }

    /// The next attempt begins when the wait is over, and no earlier.
    @Test func waitIsKept() async {
        let clock = ManualClock()
        let opened = Count()
        let whole = [UInt8](begin + MessageParts.textDelta("a") + MessageParts.blockStop() + MessageParts.end)
        let stream = retrying(RetryPolicy(jitter: 0), clock: clock) { attempt in
            opened.add()
            return Source(attempt == 1 ? [] : [whole]).messageEvents()
        }
        let task = Task { await stream.all() }
        await clock.begun.reaches(1)
        clock.advance(by: .milliseconds(499))
        #expect(opened.value == 1)
        #expect(clock.ended.value == 0)
        clock.advance(by: .milliseconds(1))
        #expect(await task.value.failure == nil)
        #expect(opened.value == 2)
    }

    @Test func cancelledBefore() async {
        let opened = Count()
        let stream = retrying { _ in
            opened.add()
            return Source([[UInt8](begin)]).messageEvents()
        }
        let task = Task {
            cancelCurrentTask()
            return await stream.all()
        }
        #expect(await task.value.failure?.kind == .cancelled)
        #expect(opened.value == 0)
    }

    /// Held events are dropped like any others.
    @Test(arguments: [true, false])
    func cancelledWithHeldEvents(_ hasContent: Bool) async {
        let content = hasContent ? MessageParts.textDelta("a") : MessageParts.overloaded
        let source = Source([[UInt8](begin + content)], then: .silence)
        let stream = retrying(RetryPolicy(maxAttempts: 1)) { _ in source.messageEvents() }
        let task = Task { () -> (Int, MessageStreamFailure?) in
            var count = 0
            do throws(MessageStreamFailure) {
                for try await _ in stream {
                    count += 1
                    cancelCurrentTask()
                }
                return (count, nil)
            } catch {
                return (count, error)
            }
        }
        let (count, failure) = await task.value
        #expect(count == 1)
        #expect(failure?.kind.name == (hasContent ? "cancelled" : "api"))
    }

    @Test func cancelledWhileHolding() async {
        let source = Source([[UInt8](begin)], then: .silence)
        let stream = retrying { _ in source.messageEvents() }
        let task = Task { await stream.all() }
        await source.log.waits.reaches(1)
        task.cancel()
        let (events, failure) = await task.value
        #expect(events.isEmpty)
        #expect(failure?.kind == .cancelled)
    }

    /// A complete message is delivered to its end.
    @Test func cancelledWhenComplete() async {
        let body = begin + MessageParts.textDelta("a") + MessageParts.blockStop() + MessageParts.end
        let stream = retrying { _ in Source([[UInt8](body)]).messageEvents() }
        let count = await Task { () -> Int in
            var count = 0
            do {
                for try await _ in stream {
                    count += 1
                    cancelCurrentTask()
                }
            } catch {
                Issue.record(error)
            }
            return count
        }.value
        #expect(count == Playback(body).events.count)
    }
}
