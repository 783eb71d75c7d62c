extension AsyncSequence where Element == MessageStreamEvent {
    /// The text of each `text_delta` among the events, as it comes.
    public var textDeltas: AsyncTextDeltas<Self> { AsyncTextDeltas(base: self) }
}

/// The texts of the `text_delta` events of an asynchronous sequence. It fails as its base does.
public struct AsyncTextDeltas<Base: AsyncSequence>: AsyncSequence where Base.Element == MessageStreamEvent {
    let base: Base

    /// Starts at the beginning of the events.
    public func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }

    /// Goes through the texts.
    public struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator

        /// The next text, which may be empty; nil at the end of the events.
        public mutating func next() async throws(Base.Failure) -> String? {
            try await next(isolation: #isolation)
        }

        /// The next text, which may be empty; nil at the end of the events.
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
extension AsyncTextDeltas.Iterator: Sendable where Base.AsyncIterator: Sendable {}
