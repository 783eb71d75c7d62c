// The text of a stream alone, as its pieces come.

extension Sequence<MessageStreamEvent> {
    /// The text of each `text_delta` among the events, as it is asked for.
    public var textDeltas: TextDeltas<Self> { TextDeltas(base: self) }
}

/// The texts of the `text_delta` events of a sequence.
public struct TextDeltas<Base: Sequence<MessageStreamEvent>>: Sequence {
    let base: Base

    /// Starts at the beginning of the events.
    public func makeIterator() -> Iterator { Iterator(base: base.makeIterator()) }

    /// Goes through the texts.
    public struct Iterator: IteratorProtocol {
        var base: Base.Iterator

        /// The next text, which may be empty; nil at the end of the events.
        public mutating func next() -> String? {
            while let event = base.next() {
                if let text = event.textDelta { return text }
            }
            return nil
        }
    }
}

extension TextDeltas: Sendable where Base: Sendable {}
extension TextDeltas.Iterator: Sendable where Base.Iterator: Sendable {}
