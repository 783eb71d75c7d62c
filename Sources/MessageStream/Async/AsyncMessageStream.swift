public import HTTPResponseParsing
package import ServerSentEvents

/// The events of a streamed response that arrives as an asynchronous sequence, and that ends with a whole message or with
/// a ``MessageStreamFailure``.
///
///     do throws(MessageStreamFailure) {
///         for try await event in chunks.messageEvents(status: 200, headers: headers) { … }
///     } catch {
///         switch error.kind { … }
///     }
///
/// A sequence of chunks, of single bytes, or of ``ResponsePart``s makes one by `messageEvents(…)`.
///
/// ## Theory of operation
///
/// The events of a chunk are decoded at once into a buffer that is used again and again, and are handed out from there
/// without suspending. The base is asked for more only when none is left. So nothing is read ahead, an event is out on
/// the byte that ends it, and a failure is thrown after the events before it, without another read.
/// One `next()` needs no task, no lock and no memory.
///
/// ## The end
///
/// The stream ends with `message_stop`: the message is complete, and the base is dropped without waiting for its end. A
/// base of this package then reads the rest of the response, so that the connection can be used again. The stream fails as ``MessageStreamDecoder`` says; an error of the base is `.transport`, unless it is itself a
/// ``MessageStreamFailure``. Dropping the iterator drops that of the base. After the end, or a failure, `next()` returns
/// nil.
///
/// ## Cancellation
///
/// When the task of the consumer is cancelled, the next call of `next()` throws a failure of the kind `.cancelled`; the
/// events that were decoded and not handed out are dropped. A message that is complete is not cancelled any more: the
/// rest of its events are handed out.
///
/// A consumer that waits for the base is released as soon as the base itself heeds the cancellation, as most do. Where
/// that is not sure, ``guarded(by:clock:)`` gives a stream that ends at once whatever its base does.
public struct AsyncMessageStream<Base: ResponseSequence>: AsyncSequence {
    public typealias Element = MessageStreamEvent
    public typealias Failure = MessageStreamFailure

    @usableFromInline let base: Base
    @usableFromInline let input: MessageStreamDecoder.Input
    @usableFromInline let limits: MessageStreamLimits
    @usableFromInline let keepsContent: Bool
    /// Receives each event together with its frame, if set.
    @usableFromInline var observer: FrameObserver?
    /// How long the consumer waits for the base, if that has a clock.
    @usableFromInline var stallPolicy = StallPolicy()

    @inlinable
    init(
        _ base: Base,
        input: MessageStreamDecoder.Input,
        limits: MessageStreamLimits,
        keepsContent: Bool
    ) {
        self.base = base
        self.input = input
        self.limits = limits
        self.keepsContent = keepsContent
    }

    @inlinable
    public func makeAsyncIterator() -> AsyncIterator {
        let source = MessageEventSource(input: input, limits: limits, keepsContent: keepsContent, observer: observer)
        return AsyncIterator(base.makeAsyncIterator(), source: source, stallPolicy: stallPolicy)
    }

    /// Reads the events one after the other. An iterator is not to be copied: the copies would read the same stream on.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// Nil after the end.
        @usableFromInline var base: Base.AsyncIterator?
        @usableFromInline let source: MessageEventSource
        @usableFromInline var meter: StallMeter
        /// The events of the last piece that are to be handed out, the next one last.
        @usableFromInline var events: [MessageStreamEvent] = []

        @inlinable
        init(_ base: Base.AsyncIterator, source: MessageEventSource, stallPolicy: StallPolicy) {
            self.base = base
            self.source = source
            meter = StallMeter(stallPolicy)
        }

        /// The next event; nil after `message_stop`, and after a failure was thrown.
        ///
        /// - Throws: ``MessageStreamFailure``, after all events before it.
        /// - Complexity: O(bytes consumed).
        @inlinable @inline(__always)
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(MessageStreamFailure) -> MessageStreamEvent? {
            if !Task.isCancelled, let event = events.popLast() { return event }
            return try await readOn(isolation: actor)
        }

        /// Reads the base until there is an event or an end.
        @inlinable @inline(never)
        mutating func readOn(
            isolation actor: isolated (any Actor)?
        ) async throws(MessageStreamFailure) -> MessageStreamEvent? {
            while true {
                if Task.isCancelled, !source.cancel() { events.removeAll() }
                if let event = events.popLast() { return event }
                guard !source.isOver else { break }
                do {
                    if base != nil, let piece = try await Base.read(&base!, &meter, isolation: actor) {
                        Base.feed(piece, to: source)
                        if !meter.isDisabled { meter.receive(source.takeActivity()) }
                    } else {
                        source.end()
                    }
                } catch {
                    source.end(throwing: error)
                }
                if source.isOver {
                    if source.isComplete, let base { await Base.messageDidComplete(base, isolation: actor) }
                    base = nil
                }
                source.exchange(&events)
            }
            try source.throwFailure()
            return nil
        }

        /// The message so far, each block as far as it was received; nil before `message_start`. It contains
        /// everything decoded so far, which may be more than the events handed out. It has no content if the stream
        /// does not keep content.
        ///
        /// - Complexity: O(number of blocks), and the length of the last block's text if that is still going on.
        public var partial: Message? { source.partial }

        /// The message, once it is complete.
        ///
        /// - Complexity: O(number of blocks).
        public var message: Message? { source.message }

        /// The head of the response; nil until it came.
        public var head: ResponseHead? { source.head }

        /// The diagnostics so far.
        public var diagnostics: Diagnostics { source.diagnostics }
    }
}

extension AsyncMessageStream: Sendable where Base: Sendable {}

extension AsyncMessageStream {
    /// The same stream; `observe` receives each event together with its frame when it is decoded.
    package func observingFrames(
        _ observe: @escaping @Sendable (MessageStreamEvent, EventView) -> Void
    ) -> Self {
        var stream = self
        stream.observer = FrameObserver(observe)
        return stream
    }
}

/// A closure that receives each event together with its frame.
@usableFromInline
final class FrameObserver: Sendable {
    let observe: @Sendable (MessageStreamEvent, EventView) -> Void

    init(_ observe: @escaping @Sendable (MessageStreamEvent, EventView) -> Void) {
        self.observe = observe
    }
}

@available(*, unavailable)
extension AsyncMessageStream.AsyncIterator: Sendable {}

extension AsyncMessageStream {
    /// Reads the whole stream and returns the message.
    ///
    /// - Returns: the message, which is complete; without content if the stream does not keep that.
    /// - Throws: ``MessageStreamFailure``, with the message so far.
    @inlinable
    public func message() async throws(MessageStreamFailure) -> Message {
        var iterator = makeAsyncIterator()
        while try await iterator.next(isolation: #isolation) != nil {}
        guard let message = iterator.message else {
            preconditionFailure("a stream that has ended without a failure is complete")
        }
        return message
    }
}

extension AsyncSequence where Element == MessageStreamEvent {
    /// The text of the message, as its pieces come.
    ///
    ///     for try await text in stream.text { show(text) }
    public var text: AsyncTextDeltas<Self> { textDeltas }
}
