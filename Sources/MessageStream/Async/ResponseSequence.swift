/// An asynchronous sequence of the pieces of a response, together with what a piece is.
///
/// ``ResponseChunks``, ``ResponseBytes``, ``ResponseParts`` and ``GuardedReads`` are such. `messageEvents(…)` makes them;
/// there is no need to write another one.
public protocol ResponseSequence: AsyncSequence {
    /// Feeds a piece to the decoder of a stream.
    static func feed(_ piece: Element, to source: MessageEventSource)

    /// Reads the next piece; nil at the end.
    ///
    /// - Parameter meter: How long the wait may last, for a base with stall clocks. It receives how long it lasted.
    static func read(
        _ iterator: inout AsyncIterator,
        _ meter: inout StallMeter,
        isolation actor: isolated (any Actor)?
    ) async throws -> Element?

    /// Tells an iterator that the message is complete, before it is dropped. Waits for no bytes.
    static func messageDidComplete(_ iterator: AsyncIterator, isolation actor: isolated (any Actor)?) async
}

extension ResponseSequence {
    @inlinable
    public static func read(
        _ iterator: inout AsyncIterator,
        _ meter: inout StallMeter,
        isolation actor: isolated (any Actor)?
    ) async throws -> Element? {
        try await iterator.next(isolation: actor)
    }

    public static func messageDidComplete(_ iterator: AsyncIterator, isolation actor: isolated (any Actor)?) async {
        (iterator as? any ResponseIterator)?.messageDidComplete()
    }
}

/// An iterator over a response for which it matters whether it is dropped because the message is complete.
package protocol ResponseIterator {
    /// The message is complete. The iterator is not asked for more, and is dropped.
    func messageDidComplete()
}

/// A response in chunks.
public struct ResponseChunks<Base: AsyncSequence>: ResponseSequence where Base.Element: Collection<UInt8> {
    public typealias Element = Base.Element
    public typealias Failure = Base.Failure

    @usableFromInline let base: Base

    @inlinable
    init(_ base: Base) { self.base = base }

    @inlinable
    public func makeAsyncIterator() -> Base.AsyncIterator { base.makeAsyncIterator() }

    @inlinable
    public static func feed(_ piece: Base.Element, to source: MessageEventSource) { source.receive(piece) }
}

/// A response in single bytes.
public struct ResponseBytes<Base: AsyncSequence>: ResponseSequence where Base.Element == UInt8 {
    public typealias Element = UInt8
    public typealias Failure = Base.Failure

    @usableFromInline let base: Base

    @inlinable
    init(_ base: Base) { self.base = base }

    @inlinable
    public func makeAsyncIterator() -> Base.AsyncIterator { base.makeAsyncIterator() }

    @inlinable
    public static func feed(_ piece: UInt8, to source: MessageEventSource) { source.receive(piece) }
}

/// A response whose head comes apart from its body.
public struct ResponseParts<Base: AsyncSequence, Bytes: Collection<UInt8>>: ResponseSequence
where Base.Element == ResponsePart<Bytes> {
    public typealias Element = ResponsePart<Bytes>
    public typealias Failure = Base.Failure

    @usableFromInline let base: Base

    @inlinable
    init(_ base: Base) { self.base = base }

    @inlinable
    public func makeAsyncIterator() -> Base.AsyncIterator { base.makeAsyncIterator() }

    @inlinable
    public static func feed(_ piece: ResponsePart<Bytes>, to source: MessageEventSource) {
        switch piece {
        case .head(let head): source.receive(head)
        case .body(let bytes): source.receive(bytes)
        }
    }
}

extension ResponseChunks: Sendable where Base: Sendable {}
extension ResponseBytes: Sendable where Base: Sendable {}
extension ResponseParts: Sendable where Base: Sendable {}
