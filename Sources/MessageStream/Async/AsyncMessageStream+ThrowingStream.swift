internal import Synchronization

extension AsyncMessageStream {
    /// The same events as an `AsyncThrowingStream`, for code that requires that type.
    ///
    /// Events are decoded on demand: at most the rest of a chunk is buffered. Every error is a
    /// ``MessageStreamFailure``. The stream can be iterated only once, by one task at a time. If the task is cancelled
    /// between two events, the `AsyncThrowingStream` ends without an error, whereas this stream throws `.cancelled`.
    public func throwingStream() -> AsyncThrowingStream<MessageStreamEvent, any Error> {
        let events = SharedEvents(self)
        return AsyncThrowingStream {
            // This nearly always succeeds, and avoids a call that may suspend.
            if let event = events.popDecodedEvent() { return event }
            return try await events.readMore()
        }
    }
}

/// An iterator for a closure that is called repeatedly.
///
/// It is `Sendable` although the iterator is not: `isBusy` prevents a concurrent second call, and the stream is
/// `Sendable`, so its iterator may be used in a task other than the one that created it.
private final class SharedEvents: @unchecked Sendable {
    private let isBusy = Atomic(false)
    /// `nil` during `readMore()`.
    private var iterator: AsyncMessageStream.AsyncIterator?

    init(_ stream: AsyncMessageStream) {
        iterator = stream.makeAsyncIterator()
    }

    /// Returns the next event if it is already decoded. The caller checks for cancellation.
    func popDecodedEvent() -> MessageStreamEvent? {
        enter()
        defer { leave() }
        return iterator?.events.popLast()
    }

    /// Returns the next event, or `nil` at the end. Call this if no decoded event is left.
    func readMore() async throws(MessageStreamFailure) -> MessageStreamEvent? {
        enter()
        defer { leave() }
        // Moved out and back in: no access to a property may span a suspension.
        guard var iterator = iterator.take() else { return nil }
        defer { self.iterator = iterator }
        return try await iterator.readMore(isolation: #isolation)
    }

    private func enter() {
        let wasBusy = isBusy.exchange(true, ordering: .acquiring)
        precondition(!wasBusy, "two tasks request the next event at the same time")
    }

    private func leave() { isBusy.store(false, ordering: .releasing) }
}
