import EventStreamVerifier
import Foundation
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// The asynchronous sequence returns the same events as the parser.
@Suite("Asynchronous events", .takesTurns)
struct AsyncServerSentEventsTests {
    // MARK: The same events

    /// With each type of chunk, and byte by byte.
    @Test(arguments: Sweep.sample(CorpusTests.swept, inDebug: 6) + Sweep.sample(CorpusTests.seeds, inDebug: 40))
    func sameAsTheParser(path: String) async throws {
        let stream = try Corpus.bytes(path)
        let expected = events(stream)
        let chunkings: [Chunking] = [.whole, .fixed(1), .fixed(64), .fixed(1400), .random(seed: 1, upTo: 300)]
        for chunking in chunkings {
            let chunks = Source(stream, chunking)
            #expect(await chunks.serverSentEvents().all().elements == expected)
            #expect(await chunks.map { ([0x0A] + $0)[1...] }.serverSentEvents().all().elements == expected)
            #expect(await chunks.map { Data($0) }.serverSentEvents().all().elements == expected)
            #expect(await chunks.map { $0.lazy.map(\.self) }.serverSentEvents().all().elements == expected)
            let reversed = chunks.map { ($0.reversed() as [UInt8]).reversed() as ReversedCollection<[UInt8]> }
            #expect(await reversed.serverSentEvents().all().elements == expected)
        }
        #expect(await Source(stream).serverSentEvents().all().elements == expected)
    }

    /// Random streams with every kind of line end, in random chunks.
    @Test func randomStreams() async {
        for seed in 0..<UInt64(Sweep.count(inDebug: 150, inRelease: 2000)) {
            var generator = EventStreamGenerator(seed: seed)
            let stream = generator.stream()
            let expected = events(stream)
            let chunks = Source(stream, .random(seed: seed, upTo: 1 << Int(seed % 8)))
            #expect(await chunks.serverSentEvents().all().elements == expected, "seed \(seed)")
            #expect(await Source(stream).serverSentEvents().all().elements == expected, "seed \(seed)")
        }
    }

    @Test func concreteBases() async {
        let stream = Array("data:a\n\nevent:x\ndata:b\n\ndata:c".utf8)
        let continued = AsyncStream { continuation in
            for byte in stream { continuation.yield(byte) }
            continuation.finish()
        }
        #expect(await continued.serverSentEvents().all().elements == events(stream))
        let throwing = AsyncThrowingStream { continuation in
            continuation.yield(stream)
            continuation.finish(throwing: SourceError())
        }
        let (found, failure) = await throwing.serverSentEvents().all()
        #expect(found == events(stream))
        guard case .base(let error) = failure else {
            Issue.record("expected the base's error, not \(String(describing: failure))")
            return
        }
        #expect(error is SourceError)
    }

    @Test func illFormedDataKeepsItsBytes() async {
        let stream = Array("event:".utf8) + [0xC3] + Array("\ndata:".utf8) + [0xF0, 0x9F, 0x98, 0x41] + [0x0A, 0x0A]
        for event in await Source(stream + stream, .whole).serverSentEvents().all().elements {
            #expect(scalars(event.type) == ["\u{FFFD}"])
            #expect(scalars(event.data) == ["\u{FFFD}", "A"])
            #expect(event.dataBytes == [0xF0, 0x9F, 0x98, 0x41])
        }
    }

    // MARK: When

    /// The base is only asked for more when no event is left in the chunk, and each event is returned before that.
    @Test func nothingIsReadAhead() async throws {
        let source = Source(Array("data:1\n\ndata:2\n\ndata:3\n\ndata:4\n\n".utf8), .split(20))
        var iterator = source.serverSentEvents().makeAsyncIterator()
        for (data, requests) in [("1", 1), ("2", 1), ("3", 2), ("4", 2)] {
            #expect(try await iterator.next()?.data == data)
            #expect(source.requests.count == requests)
        }
        #expect(try await iterator.next() == nil)
        #expect(source.requests.count == 3)
    }

    /// A source that falls silent does not hold an event back, even one that ends with a lone CR.
    @Test(arguments: ["data:1\n\n", "data:1\r\n\r", "data:1\r\r", "\u{FEFF}:c\nid:1\ndata:1\n\n"])
    func eventIsOutOnTheByteThatEndsIt(text: String) async throws {
        let stream = Array(text.utf8)
        let source = Source(stream, then: .silence)
        var iterator = source.serverSentEvents().makeAsyncIterator()
        #expect(try await iterator.next()?.data == "1")
        #expect(source.requests.count == stream.count)
        var chunked = Source([stream], then: .silence).serverSentEvents().makeAsyncIterator()
        #expect(try await chunked.next()?.data == "1")
    }

    @Test func cancellationIsTheBase() async {
        let task = Task {
            await Source([Array("data:1\n\ndata:2".utf8)], then: .silence).serverSentEvents().all()
        }
        task.cancel()
        let (found, failure) = await task.value
        #expect(found.map(\.data) == ["1"])
        #expect(failure == nil)
    }

    // MARK: The end

    /// After the end every call returns `nil`, and the base is not called again.
    @Test func staysEnded() async throws {
        let source = Source(Array("data:1\n\ndata:unfinished\n".utf8), .fixed(5))
        var iterator = source.serverSentEvents().makeAsyncIterator()
        #expect(try await iterator.next()?.data == "1")
        #expect(try await iterator.next() == nil)
        let requests = source.requests.count
        for _ in 0..<3 { #expect(try await iterator.next() == nil) }
        #expect(source.requests.count == requests)
    }

    @Test func baseError() async throws {
        let source = Source(Array("data:1\n\ndata:2\n\ndata:3".utf8), .whole, then: .error)
        var iterator = source.serverSentEvents().makeAsyncIterator()
        #expect(try await iterator.next()?.data == "1")
        #expect(try await iterator.next()?.data == "2")
        do throws(ServerSentEventsError<SourceError>) {
            _ = try await iterator.next(isolation: nil)
            Issue.record("nothing was thrown")
        } catch {
            #expect(error == .base(SourceError()))
            #expect(error.description == "SourceError()")
        }
        let requests = source.requests.count
        for _ in 0..<3 { #expect(try await iterator.next() == nil) }
        #expect(source.requests.count == requests)
    }

    /// The events before the error are returned first, whether they are in the same chunk or not.
    @Test(arguments: [Chunking.whole, .fixed(1), .fixed(7)])
    func limitError(chunking: Chunking) async throws {
        let stream = Array("data:1\n\ndata:2\n\ndata:1234567890\n\ndata:3\n\n".utf8)
        let limits = EventStreamLimits(lineBytes: 10)
        let source = Source(stream, chunking, then: .error)
        for lazily in [false, true] {
            let (found, failure) =
                lazily
                ? await source.map { $0.lazy.map(\.self) }.serverSentEvents(limits: limits).all()
                : await source.serverSentEvents(limits: limits).all()
            #expect(found.map(\.data) == ["1", "2"])
            guard case .stream(let error) = failure else {
                Issue.record("expected an error of the stream, not \(String(describing: failure))")
                return
            }
            #expect(error.limit == .lineBytes)
            #expect(error.offset == 26)
            #expect("\(try #require(failure))" == error.description)
        }
        var iterator = source.serverSentEvents(limits: limits).makeAsyncIterator()
        while (try? await iterator.next()) != nil {}
        for _ in 0..<3 { #expect(try await iterator.next() == nil) }
    }

    // MARK: Types

    @Test func sequenceIsSendableIfItsBaseIs() async {
        let events = AsyncStream<[UInt8]> { continuation in
            continuation.yield(Array("data:1\n\n".utf8))
            continuation.finish()
        }.serverSentEvents()
        let found = await Task.detached { await events.all().elements.map(\.data) }.value
        #expect(found == ["1"])
    }

    /// A base that is not `Sendable`, on an actor.
    @MainActor
    @Test func baseNeedNotBeSendable() async throws {
        final class State { var chunks = [Array("data:1\n\n".utf8)] }
        struct Base: AsyncSequence, AsyncIteratorProtocol {
            let state = State()
            func makeAsyncIterator() -> Base { self }
            mutating func next() async -> [UInt8]? { state.chunks.popLast() }
        }
        var found: [String] = []
        for try await event in Base().serverSentEvents() { found.append(event.data) }
        #expect(found == ["1"])
    }
}

/// A copier creates the same events as `ServerSentEvent`.
@Suite("Copying many events", .takesTurns)
struct ServerSentEventCopierTests {
    @Test(arguments: CorpusTests.captures + CorpusTests.seeds)
    func sameEvents(path: String) throws {
        let stream = try Corpus.bytes(path)
        var parser = EventStreamParser()
        var copier = ServerSentEventCopier()
        try parser.parse(stream) { view in #expect(copier.copy(view) == ServerSentEvent(view)) }
    }

    @Test func typesAndIDsComeAndGo() throws {
        let long = String(repeating: "l", count: 300)
        let stream = """
            event:a\nid:1\ndata\n\ndata\n\nevent:a\ndata\n\nevent:b\nid\ndata\n\nevent:\(long)\nid:\(long)\ndata\n
            event:\(long)\ndata\n\nevent:b\nid:1\ndata\n\nevent:message\ndata\n\n
            """
        var parser = EventStreamParser()
        var copier = ServerSentEventCopier()
        var found: [ServerSentEvent] = []
        try parser.parse(stream.utf8) { view in found.append(copier.copy(view)) }
        #expect(found.map(\.type) == ["a", "message", "a", "b", long, long, "b", "message"])
        #expect(found.map(\.lastEventID) == ["1", "1", "1", "", long, long, "1", "1"])
        #expect(found == events(stream))
    }
}
