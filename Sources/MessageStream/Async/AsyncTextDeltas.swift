extension AsyncSequence where Element == MessageStreamEvent {
    /// The text of the message in pieces as received: the text of each `text_delta`.
    ///
    ///     for try await text in stream.text { show(text) }
    ///
    /// For a synchronous sequence of events, use `events.lazy.compactMap(\.textDelta)`.
    @inlinable
    public var text: AsyncTextDeltas<Self> { AsyncTextDeltas(base: self) }
}

/// The text of each `text_delta` event of an asynchronous sequence. It throws the error of that sequence.
public struct AsyncTextDeltas<Base: AsyncSequence>: AsyncSequence where Base.Element == MessageStreamEvent {
    @usableFromInline let base: Base

    @inlinable
    init(base: Base) { self.base = base }

    @inlinable
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }

    /// Returns the texts in order.
    public struct AsyncIterator: AsyncIteratorProtocol {
        @usableFromInline var base: Base.AsyncIterator

        @inlinable
        init(base: Base.AsyncIterator) { self.base = base }

        /// Returns the next text, which may be empty; `nil` at the end of the events.
        ///
        /// - Throws: The failure of the events.
        @inlinable @inline(__always)
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Base.Failure) -> String? {
            while let event = try await base.next(isolation: actor) {
                if let text = event.textDelta { return text }
            }
            return nil
        }
    }
}

extension AsyncTextDeltas: Sendable where Base: Sendable {}
extension AsyncTextDeltas.AsyncIterator: Sendable where Base.AsyncIterator: Sendable {}
