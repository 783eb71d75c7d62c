public import HTTPResponseParsing
package import ServerSentEvents

/// The events of a streamed response. The sequence ends with a complete message, or throws a ``MessageStreamFailure``.
///
///     do throws(MessageStreamFailure) {
///         for try await event in chunks.messageEvents(status: 200, headers: headers) { … }
///     } catch {
///         switch error.kind { … }
///     }
///
/// To create a stream, call `messageEvents(…)` on an asynchronous sequence of chunks, of single bytes or of
/// ``ResponsePart``s. The stream does not depend on the type of that sequence, so this one type is enough to store or
/// return a stream:
///
///     struct Reply {
///         let stream: AsyncMessageStream
///     }
///
///     func send(_ prompt: Prompt) async throws -> AsyncMessageStream { … }
///
/// A stream is a description, like the sequence from which it was created: each iterator reads that sequence from its
/// start. If the sequence sends a request, each iterator sends one. To get both the events and the message, use
/// `message(onEvent:)`.
///
/// ## Performance
///
/// All events of a chunk are decoded at once, and then returned without suspending. `next` waits only if no events are
/// left, so it never reads ahead: each event is returned as soon as its last byte is received. A failure is thrown
/// after the events that precede it. An event requires no task, no lock and no dynamic call, even across modules.
///
/// ## The end of the stream
///
/// The stream ends with `message_stop`. The message is complete then, and the rest of the response is not awaited. The
/// transports of this package read it in the background, so that the connection can be reused.
///
/// ``MessageStreamDecoder`` documents how a stream fails. An error of the underlying sequence is a failure of the kind
/// `.transport`, unless it is a ``MessageStreamFailure`` itself. Releasing the iterator releases the iterator of the
/// underlying sequence. After the end or a failure, `next` returns `nil`.
///
/// ## Cancellation
///
/// After the consuming task is cancelled, the next call of `next` throws a failure of the kind `.cancelled`. Events
/// that were decoded but not returned yet are dropped. If the message is complete, the cancellation has no effect, and
/// the remaining events are returned.
///
/// A waiting `next` ends when the underlying sequence responds to the cancellation. If that sequence may ignore it, use
/// ``guarded(by:clock:)``: that stream ends immediately.
public struct AsyncMessageStream: AsyncSequence, Sendable {
    public typealias Element = MessageStreamEvent
    public typealias Failure = MessageStreamFailure

    private let makeReader: @Sendable () -> ResponseReader
    private let input: MessageStreamDecoder.Input
    private let limits: MessageStreamLimits
    private let keepsContent: Bool
    /// Receives each event and its frame.
    private var observer: BufferedDecoder.FrameObserver?
    private var stallGuard: StallGuard?

    private struct StallGuard {
        let policy: StallPolicy
        let clock: any Clock<Duration>
    }

    /// - Parameter makeReader: Creates a reader of the response for each iterator.
    @usableFromInline
    init(
        input: MessageStreamDecoder.Input,
        limits: MessageStreamLimits,
        keepsContent: Bool,
        makeReader: @escaping @Sendable () -> ResponseReader
    ) {
        self.makeReader = makeReader
        self.input = input
        self.limits = limits
        self.keepsContent = keepsContent
    }

    public func makeAsyncIterator() -> AsyncIterator {
        let decoder = BufferedDecoder(input: input, limits: limits, keepsContent: keepsContent, observer: observer)
        guard let stallGuard else { return AsyncIterator(makeReader(), decoder: decoder) }
        let reader = ResponseReader(guarding: makeReader, policy: stallGuard.policy, clock: stallGuard.clock)
        return AsyncIterator(reader, decoder: decoder)
    }

    /// Returns the events in order. Do not copy an iterator: the copies would read the same response.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// The decoded events to return, in reverse order.
        @usableFromInline var events: [MessageStreamEvent] = []
        /// `nil` after the end.
        private var reader: ResponseReader?
        private let decoder: BufferedDecoder

        fileprivate init(_ reader: ResponseReader, decoder: BufferedDecoder) {
            self.reader = reader
            self.decoder = decoder
        }

        /// Returns the next event; `nil` after `message_stop`, and after a failure.
        ///
        /// - Throws: ``MessageStreamFailure``, after every event that precedes it.
        /// - Complexity: O(number of bytes read).
        @inlinable @inline(__always)
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(MessageStreamFailure) -> MessageStreamEvent? {
            if !Task.isCancelled, let event = events.popLast() { return event }
            return try await readMore(isolation: actor)
        }

        /// Reads until there is an event or the end, and handles cancellation.
        @usableFromInline @inline(never)
        mutating func readMore(
            isolation actor: isolated (any Actor)?
        ) async throws(MessageStreamFailure) -> MessageStreamEvent? {
            while true {
                if Task.isCancelled {
                    decoder.receiveCancellation()
                    if !decoder.isComplete { events.removeAll() }
                }
                if let event = events.popLast() { return event }
                guard !decoder.isFinished, let reader else { break }
                do {
                    let activity = decoder.removeActivity()
                    if try await !reader.perform(.read(decoder, after: activity), actor) { decoder.receiveEnd() }
                } catch {
                    decoder.receive(error)
                }
                if decoder.isFinished {
                    if decoder.isComplete { _ = try? await reader.perform(.finish, actor) }
                    self.reader = nil
                }
                decoder.removeEvents(into: &events)
            }
            try decoder.throwFailure()
            return nil
        }

        /// The message so far; `nil` before `message_start`. Each block contains the part received so far. The message
        /// includes everything decoded so far, possibly more than the events returned. It has no content if the stream
        /// does not keep content.
        ///
        /// - Complexity: O(number of blocks), plus the length of the last block's text if that block is still open.
        public var partial: Message? { decoder.partial }

        /// The message, after it is complete.
        ///
        /// - Complexity: O(number of blocks).
        public var message: Message? { decoder.message }

        /// Moves the decoded events to another iterator, which returns them first.
        ///
        /// - Parameter buffer: Receives the events. It must be empty; its memory is reused for the next ones.
        mutating func moveEvents(into buffer: inout [MessageStreamEvent]) { swap(&events, &buffer) }

        /// Whether the message is complete.
        var isComplete: Bool { decoder.isComplete }

        /// The head of the response; `nil` until it is received.
        public var head: ResponseHead? { decoder.head }

        /// The diagnostics so far.
        public var diagnostics: Diagnostics { decoder.diagnostics }
    }
}

@available(*, unavailable)
extension AsyncMessageStream.AsyncIterator: Sendable {}

extension AsyncMessageStream {
    /// The same stream with stall timeouts, and with immediate cancellation.
    ///
    ///     for try await event in chunks.messageEvents().guarded(by: .standard) { … }
    ///
    /// A separate task reads the underlying sequence. When the consuming task is cancelled, or a timeout of `policy`
    /// expires, a waiting `next` throws immediately, even if the sequence ignores cancellation. The outstanding read is
    /// cancelled and its result is dropped; the separate task ends when that read returns.
    ///
    /// A chunk costs a copy and two task switches; an event costs nothing extra. Guarding a guarded stream replaces its
    /// policy and its clock.
    ///
    /// - Parameters:
    ///   - policy: The time limits for `next`; by default, none.
    ///   - clock: Measures the waits.
    /// - Returns: A stream that also fails with `.stalled`.
    public func guarded(
        by policy: StallPolicy = StallPolicy(),
        clock: any Clock<Duration> = ContinuousClock()
    ) -> AsyncMessageStream {
        var stream = self
        stream.stallGuard = StallGuard(policy: policy, clock: clock)
        return stream
    }

    /// The same stream, calling `observe` with each event and its frame when the event is decoded.
    package func observingFrames(
        _ observe: @escaping @Sendable (MessageStreamEvent, EventView) -> Void
    ) -> AsyncMessageStream {
        var stream = self
        stream.observer = observe
        return stream
    }
}

extension AsyncMessageStream {
    /// Reads the whole stream in one pass, for both the events and the message.
    ///
    ///     let message = try await stream.message { event in show(event) }
    ///
    /// - Parameters:
    ///   - actor: The isolation of the closure; by default that of the caller.
    ///   - onEvent: A closure that receives each event in order.
    /// - Returns: The complete message. It has no content if the stream does not keep content.
    /// - Throws: ``MessageStreamFailure``, with the message so far.
    /// - Complexity: O(number of bytes).
    @inlinable
    public func message(
        isolation actor: isolated (any Actor)? = #isolation,
        onEvent: (MessageStreamEvent) -> Void = { _ in }
    ) async throws(MessageStreamFailure) -> Message {
        var iterator = makeAsyncIterator()
        while let event = try await iterator.next(isolation: actor) { onEvent(event) }
        return iterator.completeMessage
    }

    /// Reads the stream in one pass, for both the events and the message, with a closure that may wait or throw.
    ///
    ///     let message = try await stream.message { event in try await client.write(event) }
    ///
    /// An error of the closure ends the stream and releases the underlying sequence.
    ///
    /// - Parameter onEvent: A closure that receives each event in order.
    /// - Returns: The complete message. It has no content if the stream does not keep content.
    /// - Throws: The error of the closure, or ``MessageStreamFailure`` with the message so far.
    /// - Complexity: O(number of bytes).
    @inlinable
    public func message(onEvent: (MessageStreamEvent) async throws -> Void) async throws -> Message {
        var iterator = makeAsyncIterator()
        while let event = try await iterator.next(isolation: #isolation) { try await onEvent(event) }
        return iterator.completeMessage
    }
}

extension AsyncMessageStream.AsyncIterator {
    /// The message, after `next` has returned `nil`.
    @usableFromInline var completeMessage: Message {
        guard let message else { preconditionFailure("a stream that ended without a failure is complete") }
        return message
    }
}
