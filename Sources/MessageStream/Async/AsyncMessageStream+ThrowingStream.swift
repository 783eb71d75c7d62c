internal import Synchronization

extension AsyncMessageStream where Base: Sendable {
    /// The same events as an `AsyncThrowingStream`, for code that wants that type.
    ///
    /// An event is decoded when it is asked for: nothing is buffered but what is left of a chunk. Every error is a
    /// ``MessageStreamFailure``. The type has its own costs, and its own ways: it can be gone through once, by one task
    /// at a time; and between two events it answers a cancellation with its end, where this stream throws `.cancelled`.
    public func throwingStream() -> AsyncThrowingStream<MessageStreamEvent, any Error> {
        AsyncThrowingStream(self)
    }
}

extension AsyncThrowingStream where Element == MessageStreamEvent, Failure == any Error {
    /// The events of a stream: see ``AsyncMessageStream/throwingStream()``.
    public init<Base: Sendable>(_ stream: AsyncMessageStream<Base>) {
        let events = SharedIterator(stream)
        self.init { try await events.next() }
    }
}

/// An iterator for a closure that is called again and again.
///
/// It is Sendable although the iterator is not, since `isBusy` keeps a second call out.
private final class SharedIterator<Base: ResponseSequence & Sendable>: @unchecked Sendable {
    private var iterator: AsyncMessageStream<Base>.AsyncIterator
    private let isBusy = Atomic(false)

    init(_ stream: AsyncMessageStream<Base>) {
        iterator = stream.makeAsyncIterator()
    }

    func next() async throws(MessageStreamFailure) -> MessageStreamEvent? {
        let wasBusy = isBusy.exchange(true, ordering: .acquiring)
        precondition(!wasBusy, "two tasks ask for the next event at a time")
        defer { isBusy.store(false, ordering: .releasing) }
        return try await iterator.next(isolation: nil)
    }
}
