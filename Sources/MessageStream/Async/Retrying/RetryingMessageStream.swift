import HTTPResponseParsing

/// Opens a stream, and opens it again as long as it fails before anything of it was delivered.
///
///     let events = retrying(RetryPolicy()) { attempt in
///         try await client.send(request).body.messageEvents()
///     }
///     for try await event in events { … }
///
/// - Parameters:
///   - policy: Whether, when and how often to try again.
///   - clock: What measures the waits between attempts.
///   - generator: Where the jitter of the waits comes from.
///   - secondsSince1970: The present, in UTC, for services that name a date to come back instead of a delay. If it is not
///     known, such a failure is not repeated.
///   - observe: Told each failure, with the number of the attempt, from 1, and the wait for the next one; nil if
///     there is none, and the consumer gets the failure.
///   - open: Opens the stream; it is handed the number of the attempt, from 1. An error is a failure at the stage
///     `beforeResponse`, of the kind `.transport` if it is no ``MessageStreamFailure``.
/// - Returns: a stream that fails with the last failure, which has the others in
///   ``MessageStreamFailure/earlierAttempts``.
public func retrying<Base, C: Clock<Duration>>(
    _ policy: RetryPolicy = RetryPolicy(),
    clock: C = ContinuousClock(),
    generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
    secondsSince1970: @escaping @Sendable () -> Int? = { nil },
    observe: @escaping @Sendable (MessageStreamFailure, _ attempt: Int, _ delay: Duration?) -> Void = { _, _, _ in },
    open: @escaping @Sendable (_ attempt: Int) async throws -> AsyncMessageStream<Base>
) -> RetryingMessageStream<Base, C> {
    RetryingMessageStream(
        policy: policy,
        clock: clock,
        generator: generator,
        secondsSince1970: secondsSince1970,
        observe: observe,
        open: open
    )
}

/// The events of a stream that is opened again when it fails too early: see
/// ``retrying(_:clock:generator:secondsSince1970:observe:open:)``.
///
/// ## What the consumer sees
///
/// The events of one attempt, and never those of two. The events that come before the first content (`message_start`,
/// the start of an empty block, pings) are held back until there is content, or the message ends; so an attempt that
/// fails before is one of which nothing was delivered. Of the last attempt they are handed out, and the failure is
/// thrown after them. At most ``RetryPolicy/heldBytes`` are held back. A stream that exceeds this before its first
/// content is delivered, and not repeated.
///
/// ## Cancellation
///
/// Cancellation interrupts a wait between two attempts immediately, and an open stream as ``AsyncMessageStream`` says; a
/// running `open` must observe cancellation itself.
public struct RetryingMessageStream<Base: ResponseSequence, C: Clock<Duration>>: AsyncSequence, Sendable {
    public typealias Element = MessageStreamEvent
    public typealias Failure = MessageStreamFailure

    fileprivate let policy: RetryPolicy
    fileprivate let clock: C
    fileprivate let generator: any RandomNumberGenerator & Sendable
    fileprivate let secondsSince1970: @Sendable () -> Int?
    fileprivate let observe: @Sendable (MessageStreamFailure, Int, Duration?) -> Void
    fileprivate let open: @Sendable (Int) async throws -> AsyncMessageStream<Base>

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Reads the events one after the other. An iterator is not to be copied.
    ///
    /// State, and what leads out of it:
    ///
    ///  - opening: no attempt is open → holding, ended
    ///  - holding: an attempt is open, and nothing of it was delivered → delivering, opening (by a failure that is
    ///    repeated), ended
    ///  - delivering: `held` is handed out, then what follows as it comes → ended
    ///  - ended: only the rest of `held` is handed out, and then `failure` is thrown
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum State { case opening, holding, delivering, ended }

        private let stream: RetryingMessageStream
        private var generator: any RandomNumberGenerator & Sendable
        private var state = State.opening
        /// The attempt that was opened last.
        private var attempt: AsyncMessageStream<Base>.AsyncIterator?
        /// Events that were held back, the next one last once they are handed out.
        private var held: [MessageStreamEvent] = []
        /// How many bytes these count, while they are held back.
        private var heldBytes = 0
        /// How the attempts failed that were repeated.
        private var failures: [MessageStreamFailure] = []
        /// The failure that is to be thrown.
        private var failure: MessageStreamFailure?

        init(_ stream: RetryingMessageStream) {
            self.stream = stream
            generator = stream.generator
        }

        /// The next event; nil after `message_stop`, and after a failure was thrown.
        ///
        /// - Throws: ``MessageStreamFailure``: that of the last attempt.
        public mutating func next(
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
                        await judge(error, isolation: actor)
                    }
                case .delivering:
                    dropIfCancelled()
                    if let event = held.popLast() { return event }
                    do throws(MessageStreamFailure) {
                        if let event = try await attempt?.next(isolation: actor) { return event }
                        end(with: nil)
                    } catch {
                        stream.observe(error, failures.count + 1, nil)
                        end(with: error)
                    }
                case .ended:
                    // A message that is complete is not cancelled any more.
                    if failure != nil { dropIfCancelled() }
                    if let event = held.popLast() { return event }
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
                await judge(MessageStreamFailure(opening: error), isolation: actor)
            }
        }

        /// Waits for the next attempt, or ends.
        private mutating func judge(_ failure: MessageStreamFailure, isolation actor: isolated (any Actor)?) async {
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
                try await stream.clock.sleep(until: stream.clock.now.advanced(by: delay), tolerance: nil)
                state = .opening
            } catch {
                end(with: MessageStreamFailure(opening: error))
            }
        }

        private mutating func dropIfCancelled() {
            if Task.isCancelled, attempt?.message == nil { held.removeAll() }
        }

        private mutating func deliver() {
            held.reverse()
            state = .delivering
        }

        private mutating func end(with failure: MessageStreamFailure?) {
            if state != .delivering { deliver() }
            state = .ended
            self.failure = failure
            self.failure?.earlierAttempts.insert(contentsOf: failures, at: 0)
        }

        // What the current attempt has received.

        /// The message so far, of the current attempt; nil before `message_start`. It contains everything decoded
        /// so far, which may be more than the events handed out.
        public var partial: Message? { attempt?.partial }

        /// The message, once it is complete.
        public var message: Message? { attempt?.message }

        /// The diagnostics of the current attempt so far.
        public var diagnostics: Diagnostics { attempt?.diagnostics ?? Diagnostics() }
    }
}

@available(*, unavailable)
extension RetryingMessageStream.AsyncIterator: Sendable {}

extension RetryingMessageStream {
    /// Reads the whole stream and returns the message.
    ///
    /// - Returns: the message, which is complete; without content if the stream does not keep that.
    /// - Throws: ``MessageStreamFailure``, with the message so far.
    public func message() async throws(MessageStreamFailure) -> Message {
        var iterator = makeAsyncIterator()
        while try await iterator.next(isolation: #isolation) != nil {}
        guard let message = iterator.message else {
            preconditionFailure("a stream that has ended without a failure is complete")
        }
        return message
    }
}

extension MessageStreamEvent {
    /// Whether the events held back are to be delivered: there is something to show, or the message ends.
    fileprivate var endsHolding: Bool {
        switch contribution {
        case .nothing, .structure: false
        case .content, .ending: true
        }
    }

    /// How many bytes the event counts while it is held back: the length of its JSON, if that varies, and its own size.
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
