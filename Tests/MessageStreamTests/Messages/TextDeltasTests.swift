import MessageStream
import Testing

/// The text of a stream alone.
@Suite(.serialized) struct TextDeltasTests {
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

    @Test func ofASequence() {
        #expect(Array(events.textDeltas) == ["a", "", "b"])
        #expect(Array([MessageStreamEvent]().textDeltas) == [])
    }

    /// No event is asked for before its text is.
    @Test func isLazy() {
        var asked = 0
        let counted = events.lazy.map { event in
            asked += 1
            return event
        }
        var texts = counted.textDeltas.makeIterator()
        #expect(asked == 0)
        #expect(texts.next() == "a")
        #expect(asked == 2)
    }

    @Test func ofAnAsyncSequence() async {
        let stream = AsyncStream<MessageStreamEvent> { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
        var texts: [String] = []
        for await text in stream.textDeltas { texts.append(text) }
        #expect(texts == ["a", "", "b"])
    }

    /// The failure is that of the events, with its type.
    @Test func failureOfAnAsyncSequence() async {
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
            for try await text in Breaking(events: events[...]).textDeltas { texts.append(text) }
            Issue.record("no failure")
        } catch {
            #expect(texts == ["a", "", "b"])
        }
    }
}
