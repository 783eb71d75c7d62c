import HTTPResponseParsing
import MessageStream
import TestScheduling
import Testing

/// The clocks of a stream, and endings that do not depend on its base. Time only passes when a test advances it.
@Suite(.takesTurns) struct AsyncGuardTests {
    private let feed = Feed()
    private let clock = ManualClock()
    private let begin = MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("a")
    private let rest = MessageParts.blockStop() + MessageParts.end

    /// Reads the feed to its end, in a separate task.
    private func read(_ policy: StallPolicy) -> Task<([MessageStreamEvent], MessageStreamFailure?), Never> {
        let stream = feed.messageEvents().guarded(by: policy, clock: clock)
        return Task { await stream.all() }
    }

    /// Advances the time while the stream waits for chunk `number`, and then sends the chunk.
    private func send(_ chunk: String, number: Int, after wait: Duration) async {
        await feed.requests.reaches(number)
        clock.advance(by: wait)
        feed.send(chunk)
    }

    // MARK: Clocks

    @Test func silence() async throws {
        let reading = read(StallPolicy(silence: .seconds(10)))
        await send(begin, number: 1, after: .seconds(9))
        await send(MessageParts.textDelta("b"), number: 2, after: .milliseconds(9999))
        await feed.requests.reaches(3)
        clock.advance(by: .milliseconds(9999))
        // The time is not up: the next chunk is accepted.
        await send(MessageParts.textDelta("c"), number: 3, after: .zero)
        await feed.requests.reaches(4)
        clock.advance(by: .seconds(10))
        let (events, failure) = await reading.value
        #expect(events.count == 5)
        let found = try #require(failure)
        #expect(found.kind == .stalled(.silence, after: .seconds(10)))
        #expect(found.stage == .afterContent)
        #expect(found.partial?.text == "abc")
        #expect(found.retry.isTransient)
        // The base ignores cancellation. Once it returns, it is released.
        #expect(feed.freed.value == 0)
        feed.send(MessageParts.textDelta("d"))
        await feed.freed.reaches(1)
    }

    /// The last policy and the last clock count.
    @Test func guardedTwice() async {
        let stream = feed.messageEvents().guarded(by: StallPolicy(silence: .nanoseconds(1)))
            .guarded(by: StallPolicy(silence: .seconds(4), noContent: .seconds(10)), clock: clock)
        let reading = Task { await stream.all() }
        await send(begin, number: 1, after: .seconds(3))
        for number in 2...4 { await send(MessageParts.textDelta("b"), number: number, after: .seconds(3)) }
        await feed.requests.reaches(5)
        clock.advance(by: .seconds(4))
        #expect(await reading.value.failure?.kind == .stalled(.silence, after: .seconds(4)))
        feed.send(nil)
    }

    @Test func silenceBeforeTheResponse() async {
        let stream = feed.messageEvents(input: .httpResponse).guarded(by: .standard, clock: clock)
        let reading = Task { await stream.all() }
        await feed.requests.reaches(1)
        clock.advance(by: .seconds(60))
        let failure = await reading.value.failure
        #expect(failure?.kind == .stalled(.silence, after: .seconds(60)))
        #expect(failure?.stage == .beforeResponse)
        #expect(failure?.retry.isSafe == true)
        feed.send(nil)
    }

    /// Pings, comments and unknown events are bytes, but not content.
    @Test(arguments: [MessageParts.ping, ": keep-alive\n\n", frame("novelty", "{}"), ":", "data"])
    func noContent(_ idle: String) async {
        let reading = read(StallPolicy(silence: .seconds(4), noContent: .seconds(10)))
        await send(begin, number: 1, after: .seconds(3))
        for number in 2...4 { await send(idle, number: number, after: .seconds(3)) }
        await feed.requests.reaches(5)
        clock.advance(by: .seconds(1))
        #expect(await reading.value.1?.kind == .stalled(.noContent, after: .seconds(10)))
        feed.send(nil)
    }

    /// Content restarts both clocks. The one that expires first counts.
    @Test func bothClocks() async {
        let reading = read(StallPolicy(silence: .seconds(4), noContent: .seconds(5)))
        await send(begin, number: 1, after: .seconds(3))
        await send(MessageParts.ping, number: 2, after: .seconds(3))
        await send(MessageParts.textDelta("b"), number: 3, after: .milliseconds(1900))
        await send(MessageParts.textDelta("c"), number: 4, after: .seconds(3))
        await feed.requests.reaches(5)
        clock.advance(by: .seconds(4))
        let (events, failure) = await reading.value
        #expect(failure?.kind == .stalled(.silence, after: .seconds(4)))
        #expect(events.count == 6)
        feed.send(nil)
    }

    /// An empty chunk does not count as bytes.
    @Test func emptyChunksAreSilence() async {
        let reading = read(StallPolicy(silence: .seconds(10)))
        await send(begin, number: 1, after: .zero)
        await send("", number: 2, after: .seconds(6))
        await feed.requests.reaches(3)
        clock.advance(by: .seconds(4))
        #expect(await reading.value.1?.kind == .stalled(.silence, after: .seconds(10)))
        feed.send(nil)
    }

    /// The clocks stop while the consumer does something else.
    @Test func slowConsumer() async throws {
        let source = Source([begin, MessageParts.ping, rest].map { [UInt8]($0) })
        let policy = StallPolicy(silence: .seconds(1), noContent: .seconds(1))
        var iterator = source.messageEvents().guarded(by: policy, clock: clock).makeAsyncIterator()
        var count = 0
        while try await iterator.next(isolation: nil) != nil {
            count += 1
            clock.advance(by: .seconds(3600))
        }
        #expect(count == 7)
    }

    /// Without a policy, time does not matter, and the clock is never read.
    @Test func offByDefault() async {
        let reading = read(StallPolicy())
        await send(begin, number: 1, after: .seconds(100_000))
        await send(rest, number: 2, after: .seconds(100_000))
        let (events, failure) = await reading.value
        #expect(failure == nil)
        #expect(events.last == .messageStop)
        #expect(clock.begun.value == 0)
        await feed.freed.reaches(1)
    }

    /// One sleep serves many chunks, and ends with the stream.
    @Test func oneTimer() async {
        let reading = read(.standard)
        await send(begin, number: 1, after: .zero)
        for number in 2..<300 { await send(MessageParts.textDelta("x"), number: number, after: .zero) }
        await feed.requests.reaches(300)
        await clock.begun.reaches(1)
        #expect(clock.begun.value == 1)
        #expect(clock.ended.value == 0)
        feed.send(rest)
        #expect(await reading.value.1 == nil)
        await clock.ended.reaches(1)
        await feed.freed.reaches(1)
    }

    /// A timer that wakes too early goes back to sleep.
    @Test func timerSleepsOn() async {
        let reading = read(StallPolicy(silence: .seconds(10)))
        await feed.requests.reaches(1)
        await clock.begun.reaches(1)
        await send(begin, number: 1, after: .seconds(9))
        await feed.requests.reaches(2)
        clock.advance(by: .seconds(1))
        await clock.begun.reaches(2)
        clock.advance(by: .seconds(9))
        #expect(await reading.value.1?.kind == .stalled(.silence, after: .seconds(10)))
        feed.send(nil)
    }

    // MARK: Unresponsive bases, and endings

    /// A consumer that waits for a base that ignores cancellation is released immediately.
    @Test func cancelledConsumerOfADeafBase() async {
        let source = Source([[UInt8](begin)], then: .deafness(then: [[UInt8](rest)]))
        let stream = source.messageEvents().guarded()
        let task = Task { await stream.all() }
        await source.log.waits.reaches(1)
        task.cancel()
        let (events, failure) = await task.value
        #expect(events.count == 3)
        #expect(failure?.kind == .cancelled)
        #expect(failure?.partial?.text == "a")
        #expect(source.log.returns.value == 0)
        // Its later elements are dropped, and so is the base.
        source.log.gate.add()
        await source.log.freed.reaches(1)
    }

    @Test func droppedIterator() async {
        let source = Source([[UInt8](begin)], then: .silence)
        do {
            var iterator = source.messageEvents().guarded(by: .standard, clock: clock).makeAsyncIterator()
            _ = try? await iterator.next(isolation: nil)
            #expect(source.log.requests.value == 1)
        }
        await source.log.freed.reaches(1)
        #expect(source.log.requests.value == 1)
    }

    /// The same for an iterator that was never used.
    @Test func unusedIterator() async {
        let source = Source([[UInt8](begin)])
        do { _ = source.messageEvents().guarded().makeAsyncIterator() }
        #expect(source.log.requests.value == 0)
        #expect(source.log.freed.value == 0)
    }

    @Test func nothingIsReadAhead() async throws {
        let source = Source([begin, rest].map { [UInt8]($0) })
        var iterator = source.messageEvents().guarded().makeAsyncIterator()
        for count in 1...7 {
            _ = try await iterator.next(isolation: nil)
            #expect(source.log.requests.value == (count <= 3 ? 1 : 2))
        }
        #expect(try await iterator.next(isolation: nil) == nil)
        #expect(iterator.message?.text == "a")
        await source.log.freed.reaches(1)
    }

    @Test func errorsOfTheBase() async {
        let broken = Source([[UInt8](begin)], then: .error(SourceError()))
        let (events, failure) = await broken.messageEvents().guarded(by: .standard, clock: clock).all()
        #expect(events.count == 3)
        #expect(failure?.kind.name == "transport")
        await broken.log.freed.reaches(1)
        let cancelled = Source([[UInt8](begin)], then: .error(CancellationError()))
        #expect(await cancelled.messageEvents().guarded().all().failure?.kind == .cancelled)
    }

    @Test func otherElements() async {
        let bytes = [UInt8](begin + rest)
        #expect(await Playback(bytes).difference(reading: Source(bytes).messageEvents().guarded()) == nil)
        let parts: [ResponsePart<ArraySlice<UInt8>>] = [
            .head(ResponseHead(status: 200, fields: ["content-type": "text/event-stream"])), .body(bytes[...]),
        ]
        #expect(await Playback(bytes).difference(reading: Source(parts).messageEvents().guarded()) == nil)
    }

    /// A stream cancelled at any moment ends as complete or as cancelled, and releases its base.
    @Test func cancelledAtAnyMoment() async {
        let bytes = [UInt8](begin + rest)
        for round in 0..<300 {
            let source = Source(bytes.chunks(of: 40))
            let policy = round % 2 == 0 ? StallPolicy() : .standard
            let stream = source.messageEvents().guarded(by: policy, clock: clock)
            let task = Task { await stream.all() }
            for _ in 0..<(round % 23) { await Task.yield() }
            task.cancel()
            let (events, failure) = await task.value
            #expect(failure == nil ? events.count == 6 : failure?.kind == .cancelled)
            if source.log.requests.value > 0 { await source.log.freed.reaches(1) }
        }
    }
}
