import MessageStream
import TestScheduling
import Testing

/// The ways an asynchronous stream ends: through its base, through a cancellation, or when its consumer is released.
@Suite(.takesTurns) struct AsyncEndingTests {
    private let begin = [UInt8](
        MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("a") + MessageParts.textDelta("b")
    )
    private let rest = [UInt8](MessageParts.textDelta("c") + MessageParts.blockStop() + MessageParts.end)

    // MARK: Errors of the base

    struct Weird: Error, CustomStringConvertible {
        var description: String { "odd, with key sk-ant-api03-abcdefghijklmnop" }
    }

    @Test func errorOfTheBase() async throws {
        let (events, failure) = await Source([begin], then: .error(Weird())).messageEvents().all()
        #expect(events.count == 4)
        let found = try #require(failure)
        guard case .transport(let fault) = found.kind else {
            Issue.record("\(found)")
            return
        }
        #expect(fault.error is Weird)
        #expect(!found.description.contains("abcdefgh"))
        #expect(found.stage == .afterContent)
        #expect(found.partial?.text == "ab")
        #expect(found.byteOffset == begin.count)
        #expect(found.retry.replaySafety == .duplicatesOutput)
    }

    @Test func cancellationErrorOfTheBase() async {
        let failure = await Source([begin], then: .error(CancellationError())).messageEvents().all().failure
        #expect(failure?.kind == .cancelled)
        #expect(failure?.retry.replaySafety == .never)
    }

    /// A failure thrown by the base becomes the failure of the stream, unchanged.
    @Test func failureOfTheBase() async throws {
        let inner = try #require(await Source([begin]).messageEvents(status: 503).all().failure)
        for bytes in [begin, []] {
            let outer = await Source([bytes], then: .error(inner)).messageEvents().all().failure
            #expect(outer.difference(from: inner) == nil)
        }
    }

    /// An error after the end has no effect, and is never reached.
    @Test func errorBehindTheEnd() async {
        let source = Source([begin, rest], then: .error(SourceError()))
        let (events, failure) = await source.messageEvents().all()
        #expect(failure == nil)
        #expect(events.last == .messageStop)
        #expect(source.log.requests.value == 2)
    }

    /// A partial line read byte by byte is included in the received bytes.
    @Test func errorInMidLine() async {
        let source = Source(begin + [UInt8]("event: cont"), then: .error(SourceError()))
        let failure = await source.messageEvents().all().failure
        #expect(failure?.byteOffset == begin.count + 11)
    }

    /// A partial line read byte by byte counts, regardless of how the stream ends.
    @Test func cancellationInMidLine() async {
        for isGuarded in [false, true] {
            let source = Source(begin + [UInt8]("event: cont"), then: .silence)
            let stream = source.messageEvents()
            let task = Task { await (isGuarded ? stream.guarded() : stream).all() }
            await source.log.waits.reaches(1)
            task.cancel()
            let (events, failure) = await task.value
            #expect(events.count == 4)
            #expect(failure?.kind == .cancelled)
            #expect(failure?.byteOffset == begin.count + 11)
        }
    }

    /// Reading stops even if a sequence of bytes ignores the cancellation.
    @Test func cancelledWhileReadingBytes() async {
        struct Bytes: AsyncSequence, Sendable {
            let requests = Count()
            func makeAsyncIterator() -> AsyncIterator { AsyncIterator(requests: requests) }
            struct AsyncIterator: AsyncIteratorProtocol {
                let requests: Count
                func next(isolation actor: isolated (any Actor)?) async throws(Never) -> UInt8? {
                    requests.add()
                    if requests.value == 10 { cancelCurrentTask() }
                    return UInt8(ascii: ":")
                }
            }
        }
        let bytes = Bytes()
        let failure = await Task { await bytes.messageEvents().all().failure }.value
        #expect(failure?.kind == .cancelled)
        #expect(failure?.byteOffset == 10)
        #expect(bytes.requests.value == 10)
    }

    // MARK: Cancellation

    /// Reads in a task that cancels itself after `count` events.
    private func cancelled(
        after count: Int,
        _ stream: AsyncMessageStream
    ) async -> (events: [MessageStreamEvent], failure: MessageStreamFailure?) {
        await Task {
            var events: [MessageStreamEvent] = []
            do throws(MessageStreamFailure) {
                if count == 0 { cancelCurrentTask() }
                for try await event in stream {
                    events.append(event)
                    if events.count == count { cancelCurrentTask() }
                }
                return (events, nil)
            } catch {
                return (events, error)
            }
        }.value
    }

    @Test func cancelledBefore() async {
        let source = Source([begin, rest])
        let (events, failure) = await cancelled(after: 0, source.messageEvents())
        #expect(events.isEmpty)
        #expect(failure?.kind == .cancelled)
        #expect(failure?.stage == .beforeMessage)
        #expect(source.log.requests.value == 0)
    }

    /// Events that are already decoded are dropped.
    @Test(arguments: [1, 3])
    func cancelledInMidChunk(_ count: Int) async {
        let source = Source([begin, rest])
        let (events, failure) = await cancelled(after: count, source.messageEvents())
        #expect(events.count == count)
        #expect(failure?.kind == .cancelled)
        // The failure contains what was received.
        #expect(failure?.partial?.text == "ab")
        #expect(source.log.requests.value == 1)
        await source.log.freed.reaches(1)
    }

    @Test func cancelledBetweenChunks() async {
        let source = Source([begin, rest])
        let (events, failure) = await cancelled(after: 4, source.messageEvents())
        #expect(events.count == 4)
        #expect(failure?.kind == .cancelled)
        #expect(source.log.requests.value == 1)
    }

    /// A complete message can no longer be cancelled.
    @Test func cancelledWhenComplete() async {
        let (events, failure) = await cancelled(after: 2, Source([begin + rest]).messageEvents())
        #expect(events == Playback(begin + rest).events)
        #expect(failure == nil)
        let (all, none) = await cancelled(after: 8, Source([begin + rest]).messageEvents())
        #expect(all.count == 8)
        #expect(none == nil)
    }

    /// A stream that has failed keeps its failure, and throws it immediately.
    @Test func cancelledWhenFailed() async {
        let bytes = begin + [UInt8](MessageParts.overloaded)
        let (events, failure) = await cancelled(after: 2, Source([bytes]).messageEvents())
        #expect(events.count == 2)
        #expect(failure?.kind.name == "api")
    }

    @Test func cancelledWhileWaiting() async throws {
        for isByte in [true, false] {
            let bytes = Source(begin, then: .silence)
            let chunks = Source([begin], then: .silence)
            let task = Task {
                isByte ? await bytes.messageEvents().all() : await chunks.messageEvents().all()
            }
            await (isByte ? bytes.log.waits : chunks.log.waits).reaches(1)
            task.cancel()
            let (events, failure) = await task.value
            #expect(events.count == 4)
            #expect(failure?.kind == .cancelled)
            #expect(failure?.partial?.text == "ab")
        }
    }

    /// The stream is cancelled regardless of the error that its base throws on cancellation.
    @Test func cancelledBaseThrows() async {
        struct Throwing: AsyncSequence, AsyncIteratorProtocol, Sendable {
            let waits = Count()
            func makeAsyncIterator() -> Self { self }
            func next(isolation actor: isolated (any Actor)?) async throws(SourceError) -> [UInt8]? {
                let cancelled = Count()
                await withTaskCancellationHandler {
                    waits.add()
                    await cancelled.reaches(1)
                } onCancel: {
                    cancelled.add()
                }
                throw SourceError()
            }
        }
        let source = Throwing()
        let task = Task { await source.messageEvents().all() }
        await source.waits.reaches(1)
        task.cancel()
        #expect(await task.value.failure?.kind == .cancelled)
    }

    // MARK: Dropping

    @Test func droppedIteratorFreesTheBase() async {
        let source = Source(begin.chunks(of: 30), then: .silence)
        do {
            var iterator = source.messageEvents().makeAsyncIterator()
            _ = try? await iterator.next(isolation: nil)
            #expect(source.log.freed.value == 0)
        }
        #expect(source.log.freed.value == 1)
        do {
            for try await _ in source.messageEvents() { break }
        } catch {
            Issue.record(error)
        }
        #expect(source.log.freed.value == 2)
    }

    /// A complete or failed stream releases its base, even while the iterator exists.
    @Test func endFreesTheBase() async {
        for bytes in [begin + rest, begin + [UInt8](MessageParts.overloaded)] {
            let source = Source([bytes], then: .silence)
            var iterator = source.messageEvents().makeAsyncIterator()
            for _ in 0..<3 { _ = try? await iterator.next(isolation: nil) }
            #expect(source.log.freed.value == 1)
            while (try? await iterator.next(isolation: nil)) != nil {}
            #expect(source.log.requests.value == 1)
        }
    }

    /// An `AsyncStream` is notified.
    @Test func droppedIteratorEndsAnAsyncStream() async {
        let ended = Count()
        do {
            let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
            continuation.onTermination = { _ in ended.add() }
            continuation.yield(begin)
            var iterator = stream.messageEvents().makeAsyncIterator()
            _ = try? await iterator.next(isolation: nil)
        }
        await ended.reaches(1)
    }
}
