import MessageStream
import TestScheduling
import Testing

/// The text of a stream.
@Suite(.takesTurns) struct AsyncTextDeltasTests {
    private let events: [MessageStreamEvent] = [
        .ping, .contentBlockDelta(ContentBlockDelta(index: 0, delta: .text("a"))),
        .contentBlockDelta(ContentBlockDelta(index: 1, delta: .thinking("no"))),
        .contentBlockDelta(ContentBlockDelta(index: 2, delta: .inputJSON("no"))),
        .contentBlockDelta(ContentBlockDelta(index: 0, delta: .text(""))), .contentBlockStop(index: 0),
        .contentBlockDelta(ContentBlockDelta(index: 3, delta: .text("b"))), .messageStop,
    ]

    @Test func ofAnEvent() {
        #expect(events.map(\.textDelta) == [nil, "a", nil, nil, "", nil, "b", nil])
    }

    @Test func ofASequence() async {
        let stream = AsyncStream<MessageStreamEvent> { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
        var texts: [String] = []
        for await text in stream.text { texts.append(text) }
        #expect(texts == ["a", "", "b"])
    }

    /// The failure is that of the events, with the same type.
    @Test func failureOfASequence() async {
        struct Broken: Error {}
        struct Breaking: AsyncSequence, AsyncIteratorProtocol {
            var events: ArraySlice<MessageStreamEvent>

            func makeAsyncIterator() -> Self { self }

            mutating func next() async throws(Broken) -> MessageStreamEvent? {
                guard let event = events.popFirst() else { throw Broken() }
                return event
            }

            mutating func next(isolation actor: isolated (any Actor)?) async throws(Broken) -> MessageStreamEvent? {
                guard let event = events.popFirst() else { throw Broken() }
                return event
            }
        }
        var texts: [String] = []
        do throws(Broken) {
            for try await text in Breaking(events: events[...]).text { texts.append(text) }
            Issue.record("no failure")
        } catch {
            #expect(texts == ["a", "", "b"])
        }
    }
}
