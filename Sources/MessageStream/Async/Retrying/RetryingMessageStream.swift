public import HTTPResponseParsing

/// Opens a stream, and reopens it if it fails before any of its events are delivered.
///
///     let events = retrying(RetryPolicy()) { attempt in
///         try await client.send(request).body.messageEvents()
///     }
///     for try await event in events { … }
///
/// - Parameters:
///   - policy: Whether, when and how often to retry.
///   - clock: Measures the waits between attempts.
///   - generator: The source of the jitter.
///   - secondsSince1970: Returns the current time in UTC, for services that send a date instead of a delay. If the time
///     is not known, such a failure is not retried.
///   - observe: A closure that receives each failure, the number of the attempt, starting with 1, and the wait before
///     the next one. The wait is `nil` if there is no next attempt and the failure is thrown.
///   - open: Opens the stream. Its parameter is the number of the attempt, starting with 1. An error counts as a
///     failure at the stage `beforeResponse`, of the kind `.transport` unless it is a ``MessageStreamFailure``.
/// - Returns: A stream that throws the failure of the last attempt, with those of the other attempts in
///   ``MessageStreamFailure/earlierAttempts``.
public func retrying(
    _ policy: RetryPolicy = RetryPolicy(),
    clock: any Clock<Duration> = ContinuousClock(),
    generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
    secondsSince1970: @escaping @Sendable () -> Int? = { nil },
    observe: @escaping @Sendable (MessageStreamFailure, _ attempt: Int, _ delay: Duration?) -> Void = { _, _, _ in },
    open: @escaping @Sendable (_ attempt: Int) async throws -> AsyncMessageStream
) -> RetryingMessageStream {
    RetryingMessageStream(
        policy: policy,
        clock: clock,
        generator: generator,
        secondsSince1970: secondsSince1970,
        observe: observe,
        open: open
    )
}

/// The events of a stream that is reopened if it fails too early: see
/// ``retrying(_:clock:generator:secondsSince1970:observe:open:)``.
///
/// ## What the consumer receives
///
/// The consumer receives the events of one attempt, never those of two. The events that precede the first content
/// (`message_start`, the start of an empty block, pings) are held back until there is content or the message ends, so
/// that an attempt that fails earlier has delivered nothing. If the last attempt fails, its events are returned before
/// the failure is thrown. At most ``RetryPolicy/heldBytes`` are held back: if a stream exceeds this limit before its
/// first content, its events are delivered, and it is not retried.
///
/// ## Cancellation
///
/// Cancellation interrupts a wait between two attempts immediately, and an open stream as documented for
/// ``AsyncMessageStream``. A running `open` must respond to cancellation itself.
public struct RetryingMessageStream: AsyncSequence, Sendable {
    public typealias Element = MessageStreamEvent
    public typealias Failure = MessageStreamFailure

    fileprivate let policy: RetryPolicy
    fileprivate let clock: any Clock<Duration>
    fileprivate let generator: any RandomNumberGenerator & Sendable
    fileprivate let secondsSince1970: @Sendable () -> Int?
    fileprivate let observe: @Sendable (MessageStreamFailure, Int, Duration?) -> Void
    fileprivate let open: @Sendable (Int) async throws -> AsyncMessageStream

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Returns the events in order. Do not copy an iterator: the copies would read the same response.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum State {
            /// No attempt is open. → `holding`, `ended`
            case opening
            /// An attempt is open, and none of its events were delivered. → `delivering`; `opening`, by a failure that
            /// is retried; `ended`
            case holding
            /// Returns the rest of `events`, then the events that the attempt reads. → `ended`
            case delivering
            /// Returns the rest of `events`, then throws `failure`.
            case ended
        }

        /// The events to return, in reverse order. They are moved from the attempt in batches.
        @usableFromInline var events: [MessageStreamEvent] = []
        private let stream: RetryingMessageStream
        private var generator: any RandomNumberGenerator & Sendable
        private var state = State.opening
        /// The most recent attempt.
        private var attempt: AsyncMessageStream.AsyncIterator?
        /// The events that are held back, in order.
        private var held: [MessageStreamEvent] = []
        /// The number of bytes that the events in `held` count.
        private var heldBytes = 0
        /// The failures of the attempts that were retried.
        private var failures: [MessageStreamFailure] = []
        /// The failure to throw.
        private var failure: MessageStreamFailure?

        fileprivate init(_ stream: RetryingMessageStream) {
            self.stream = stream
            generator = stream.generator
        }

        /// Returns the next event; `nil` after `message_stop`, and after a failure.
        ///
        /// - Throws: ``MessageStreamFailure``: the failure of the last attempt.
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
                switch state {
                case .opening:
                    await open(isolation: actor)
                case .holding:
                    do throws(MessageStreamFailure) {
                        guard let event = try await attempt?.next(isolation: actor) else {
                            end(with: nil)
                            continue
                        }
                        held.append(event)
                        heldBytes += event.heldBytes
                        if event.endsHolding || heldBytes > stream.policy.heldBytes { deliver() }
                    } catch {
                        await receive(error, isolation: actor)
                    }
                case .delivering:
                    dropEventsIfCancelled()
                    if let event = events.popLast() { return event }
                    do throws(MessageStreamFailure) {
                        if let event = try await attempt?.next(isolation: actor) {
                            attempt?.moveEvents(into: &events)
                            return event
                        }
                        end(with: nil)
                    } catch {
                        stream.observe(error, failures.count + 1, nil)
                        end(with: error)
                    }
                case .ended:
                    // The cancellation of a complete message has no effect.
                    if failure != nil { dropEventsIfCancelled() }
                    if let event = events.popLast() { return event }
                    if let failure = failure.take() { throw failure }
                    return nil
                }
            }
        }

        private mutating func open(isolation actor: isolated (any Actor)?) async {
            do {
                try Task.checkCancellation()
                attempt = try await stream.open(failures.count + 1).makeAsyncIterator()
                state = .holding
            } catch {
                await receive(MessageStreamFailure(opening: error), isolation: actor)
            }
        }

        /// Receives the failure of an attempt that has delivered no events. Waits for the next attempt, or ends.
        private mutating func receive(_ failure: MessageStreamFailure, isolation actor: isolated (any Actor)?) async {
            let random = Double.random(in: 0..<1, using: &generator)
            let number = failures.count + 1
            let delay = stream.policy.delay(
                after: failure,
                failures: number,
                now: stream.secondsSince1970(),
                random: random
            )
            stream.observe(failure, number, delay)
            guard let delay else { return end(with: failure) }
            attempt = nil
            held.removeAll()
            heldBytes = 0
            failures.append(failure)
            do {
                try await stream.clock.sleep(for: delay)
                state = .opening
            } catch {
                end(with: MessageStreamFailure(opening: error))
            }
        }

        private mutating func dropEventsIfCancelled() {
            if Task.isCancelled, !(attempt?.isComplete ?? false) { events.removeAll() }
        }

        private mutating func deliver() {
            swap(&events, &held)
            events.reverse()
            state = .delivering
        }

        private mutating func end(with failure: MessageStreamFailure?) {
            if state != .delivering { deliver() }
            state = .ended
            self.failure = failure
            self.failure?.earlierAttempts.insert(contentsOf: failures, at: 0)
        }

        /// The message so far, of the current attempt; `nil` before `message_start`. It includes everything decoded so
        /// far, possibly more than the events returned.
        ///
        /// - Complexity: O(number of blocks), plus the length of the last block's text if that block is still open.
        public var partial: Message? { attempt?.partial }

        /// The message, after it is complete.
        ///
        /// - Complexity: O(number of blocks).
        public var message: Message? { attempt?.message }

        /// The head of the current attempt's response; `nil` until it is received.
        public var head: ResponseHead? { attempt?.head }

        /// The diagnostics of the current attempt so far.
        public var diagnostics: Diagnostics { attempt?.diagnostics ?? Diagnostics() }
    }
}

@available(*, unavailable)
extension RetryingMessageStream.AsyncIterator: Sendable {}

extension RetryingMessageStream {
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
    /// An error of the closure ends the stream. It is not retried.
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

extension RetryingMessageStream.AsyncIterator {
    /// The message, after `next` has returned `nil`.
    @usableFromInline var completeMessage: Message {
        guard let message else { preconditionFailure("a stream that ended without a failure is complete") }
        return message
    }
}

extension MessageStreamEvent {
    /// Whether the event releases the held events: there is content, or the message ends.
    fileprivate var endsHolding: Bool {
        switch contribution {
        case .nothing, .structure: false
        case .content, .ending: true
        }
    }

    /// The number of bytes that the event counts while it is held back: the length of its JSON, if that varies, plus
    /// its own size.
    fileprivate var heldBytes: Int {
        var writer = JSONWriter()
        switch self {
        case .messageStart(let message): writer.message(message)
        case .contentBlockStart(_, let block): writer.contentBlock(block)
        case .unknown(let event): return event.data.utf8.count + event.name.utf8.count + MemoryLayout<Self>.stride
        default: break
        }
        return writer.bytes.count + MemoryLayout<Self>.stride
    }
}

extension MessageStreamFailure {
    /// The failure of a stream that could not be opened.
    fileprivate init(opening error: any Error) {
        switch SourceError(error) {
        case .failure(let failure): self = failure
        case .ended(let kind): self = FailureContext().failure(kind)
        case .closed:
            let truncation = Truncation(unfinishedBytes: 0, bodyBytes: 0, response: .truncated(in: .start))
            self = FailureContext().failure(.truncated(truncation))
        }
    }
}
