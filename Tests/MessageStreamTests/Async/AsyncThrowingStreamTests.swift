import CaptureCorpus
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// The stream as an `AsyncThrowingStream`.
@Suite(.takesTurns) struct AsyncThrowingStreamTests {
    private let body = [UInt8](MessageParts.start + MessageParts.textBlock("a") + MessageParts.end)

    @Test(arguments: Sweep.sample(Fault.bodies, inDebug: 40))
    func eventsAndFailure(_ fault: Fault) async throws {
        let whole = Playback(fault.bytes)
        for size in [max(1, fault.bytes.count), 50] {
            let (events, failure) = await Source(fault.bytes.chunks(of: size)).messageEvents().throwingStream().all()
            #expect(events == whole.events)
            #expect((failure as? MessageStreamFailure).difference(from: whole.failure) == nil)
            #expect((failure == nil) == (whole.failure == nil))
        }
    }

    /// Elements are only requested on demand.
    @Test func nothingIsReadAhead() async throws {
        let source = Source(body.chunks(of: 1))
        let stream = source.messageEvents().throwingStream()
        var iterator = stream.makeAsyncIterator()
        #expect(source.log.requests.value == 0)
        var direct = source.messageEvents().makeAsyncIterator()
        var before = 0
        while let event = try await iterator.next() {
            let asked = source.log.requests.value - before
            #expect(try await direct.next(isolation: nil) == event)
            #expect(source.log.requests.value - before == 2 * asked)
            before = source.log.requests.value
        }
        #expect(try await iterator.next() == nil)
        #expect(before == 2 * body.count)
    }

    @Test func chunksAreWorkedOffFirst() async throws {
        let source = Source([body], then: .silence)
        var count = 0
        for try await _ in source.messageEvents().throwingStream() { count += 1 }
        #expect(count == 6)
        #expect(source.log.requests.value == 1)
    }

    @Test func endsForEver() async {
        let source = Source([body.dropLast(30)].map { Array($0) })
        var iterator = source.messageEvents().throwingStream().makeAsyncIterator()
        var failures = 0
        for _ in 0..<12 {
            do { _ = try await iterator.next() } catch { failures += 1 }
        }
        #expect(failures == 1)
        #expect(source.log.requests.value == 2)
    }

    @Test func dropped() async {
        let source = Source(body.chunks(of: 20), then: .silence)
        do {
            var iterator = source.messageEvents().throwingStream().makeAsyncIterator()
            _ = try? await iterator.next()
        }
        await source.log.freed.reaches(1)
    }

    @Test func cancelledWhileWaiting() async {
        let source = Source([body.dropLast(30)].map { Array($0) }, then: .silence)
        let stream = source.messageEvents().throwingStream()
        let task = Task { await stream.all() }
        await source.log.waits.reaches(1)
        task.cancel()
        let (events, failure) = await task.value
        #expect(events.count == 5)
        #expect((failure as? MessageStreamFailure)?.kind == .cancelled)
    }

    /// Cancelled between two events, it ends without an error, as the type does.
    @Test func cancelledBetweenEvents() async {
        let source = Source([body])
        let stream = source.messageEvents().throwingStream()
        let count = await Task {
            var count = 0
            do {
                for try await _ in stream {
                    count += 1
                    if count == 2 { cancelCurrentTask() }
                }
            } catch {
                Issue.record(error)
            }
            return count
        }.value
        #expect(count == 2)
    }

    @Test func guardedBase() async {
        let source = Source([body.dropLast(30)].map { Array($0) }, then: .deafness())
        let stream = source.messageEvents().guarded().throwingStream()
        let task = Task { await stream.all() }
        await source.log.waits.reaches(1)
        task.cancel()
        #expect((await task.value.failure as? MessageStreamFailure)?.kind == .cancelled)
        source.log.gate.add()
        await source.log.freed.reaches(1)
    }

    /// A second concurrent consumer is a programming error, which is caught before it reaches the iterator.
    @Test func oneConsumerAtATime() async {
        await #expect(processExitsWith: .failure) {
            let source = Source([] as [[UInt8]], then: .silence)
            let stream = source.messageEvents().throwingStream()
            let first = Task { await stream.all() }
            await source.log.waits.reaches(1)
            _ = await stream.all()
            _ = await first.value
        }
    }
}
