internal import Synchronization

extension AsyncMessageStream where Base: Sendable {
    /// The same events as an `AsyncThrowingStream`, for code that wants that type.
    ///
    /// An event is decoded when it is asked for: only the rest of a chunk is buffered. Every error is a
    /// ``MessageStreamFailure``. The type has its own costs, and its own ways: it can be gone through once, by one task
    /// at a time; and between two events it answers a cancellation with its end, where this stream throws `.cancelled`.
    public func throwingStream() -> AsyncThrowingStream<MessageStreamEvent, any Error> {
        AsyncThrowingStream(self)
    }
}

extension AsyncThrowingStream where Element == MessageStreamEvent, Failure == any Error {
    /// The events of a stream: see ``AsyncMessageStream/throwingStream()``.
    public init<Base: Sendable>(_ stream: AsyncMessageStream<Base>) {
        let events = SharedEvents(stream)
        self.init {
            // Without a call that may suspend, nearly always.
            if let event = events.popReady() { return event }
            return try await events.readOn()
        }
    }
}

/// An iterator for a closure that is called again and again. The events of a chunk are handed out without asking it.
///
/// It is Sendable although the iterator is not: `isBusy` keeps a second call out, and of a sequence that is Sendable
/// the iterator may be used where it was not made.
private final class SharedEvents: @unchecked Sendable {
    private let isBusy = Atomic(false)
    /// The events of the last chunk that are to be handed out, the next one last.
    private var ready: [MessageStreamEvent] = []
    /// The `next()` of the iterator, which borrows `ready` for its own events.
    private let next: (inout [MessageStreamEvent]) async throws(MessageStreamFailure) -> MessageStreamEvent?

    init<Base: Sendable>(_ stream: AsyncMessageStream<Base>) {
        var iterator = stream.makeAsyncIterator()
        next = { ready throws(MessageStreamFailure) in
            swap(&ready, &iterator.events)
            defer { swap(&ready, &iterator.events) }
            return try await iterator.next(isolation: #isolation)
        }
    }

    /// The next event, if it is decoded already. The caller checks whether the task is cancelled.
    func popReady() -> MessageStreamEvent? {
        enter()
        defer { leave() }
        return ready.popLast()
    }

    /// The next event or the end; to be called when none is ready.
    func readOn() async throws(MessageStreamFailure) -> MessageStreamEvent? {
        enter()
        defer { leave() }
        // Taken out and put back: an access must not last while the task is suspended.
        var ready = self.ready
        self.ready = []
        defer { self.ready = ready }
        return try await next(&ready)
    }

    private func enter() {
        let wasBusy = isBusy.exchange(true, ordering: .acquiring)
        precondition(!wasBusy, "two tasks ask for the next event at a time")
    }

    private func leave() { isBusy.store(false, ordering: .releasing) }
}
