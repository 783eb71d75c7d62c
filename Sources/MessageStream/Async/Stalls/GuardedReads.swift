extension AsyncMessageStream where Base: Sendable, Base.Element: Sendable {
    /// The same stream with clocks, and with an end that does not depend on its base.
    ///
    ///     for try await event in chunks.messageEvents().guarded(by: .standard) { … }
    ///
    /// The base is read in a task of its own. A consumer that waits is released at once when its task is cancelled, or
    /// when a clock of `policy` runs out, also if the base goes on waiting. The read that is then outstanding is
    /// cancelled and what it brings is dropped; a base that ignores that keeps the one task until it returns.
    ///
    /// A chunk costs two changes of task, an event nothing.
    ///
    /// - Parameters:
    ///   - policy: How long the stream may be waited for; by default without end.
    ///   - clock: What measures the time.
    /// - Returns: a stream that also fails with `.stalled`.
    public func guarded<C: Clock<Duration>>(
        by policy: StallPolicy = StallPolicy(),
        clock: C = ContinuousClock()
    ) -> AsyncMessageStream<GuardedReads<Base, C>> {
        var guarded = AsyncMessageStream<GuardedReads<Base, C>>(
            GuardedReads(base, policy: policy, clock: clock),
            input: input,
            limits: limits,
            keepsContent: keepsContent
        )
        guarded.observer = observer
        return guarded
    }
}

/// An asynchronous sequence that is read in a task of its own, under the clocks of a ``StallPolicy``.
///
/// It is made by ``AsyncMessageStream/guarded(by:clock:)``.
public struct GuardedReads<Base: ResponseSequence & Sendable, C: Clock<Duration>>: ResponseSequence, Sendable
where Base.Element: Sendable {
    public typealias Element = Base.Element
    public typealias Failure = any Error

    let base: Base
    let policy: StallPolicy
    let clock: C

    init(_ base: Base, policy: StallPolicy, clock: C) {
        self.base = base
        self.policy = policy
        self.clock = clock
    }

    /// Starts to read; without a stream to watch, each piece counts as content.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base, meter: StallMeter(policy), clock: clock, source: nil)
    }

    public func makeAsyncIterator(watching source: MessageEventSource) -> AsyncIterator {
        AsyncIterator(base, meter: StallMeter(policy), clock: clock, source: source)
    }

    public static func feed(_ piece: Base.Element, to source: MessageEventSource) { Base.feed(piece, to: source) }

    public static func messageDidComplete(_ iterator: AsyncIterator, isolation actor: isolated (any Actor)?) async {
        await iterator.reading.relay.finish(isolation: actor)
    }

    /// Reads the elements one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reading: Reading
        private let clock: C
        private var meter: StallMeter
        /// What tells of a piece what it brought.
        private let source: MessageEventSource?
        /// The wait for the last element, which is not noted yet.
        private var lastWait: Duration?

        init(_ base: Base, meter: StallMeter, clock: C, source: MessageEventSource?) {
            reading = Reading(base, clock: clock)
            self.clock = clock
            self.meter = meter
            self.source = source
        }

        /// The next element, or nil at the end of the base.
        ///
        /// - Throws: What the base throws, `CancellationError` at once when the task is cancelled, or a failure when a
        ///   clock runs out.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
            if let wait = lastWait.take() {
                meter.note(wait, source?.takeActivity() ?? StreamActivity(hasBytes: true, hasContent: true))
            }
            let start = meter.isOff ? nil : clock.now
            let next = meter.next
            let deadline = start.flatMap { start in next.map { start.advanced(by: $0.remaining) } }
            switch await reading.relay.read(until: deadline, isolation: actor) {
            case .element(let element):
                lastWait = start?.duration(to: clock.now)
                return element
            case .end: return nil
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            case .expired: throw next?.stall ?? CancellationError() as any Error
            }
        }
    }

    /// What an iterator has of the reading task. When the last copy of the iterator goes, so does the task.
    fileprivate final class Reading: Sendable {
        let relay: ReadRelay<Element, C>

        init(_ base: Base, clock: C) {
            relay = ReadRelay(clock: clock) { relay in
                var iterator = base.makeAsyncIterator()
                while await relay.waitForRequest() {
                    do {
                        guard let element = try await iterator.next(isolation: nil) else { return relay.answer(.end) }
                        relay.answer(.element(element))
                    } catch {
                        return relay.answer(.failed(error))
                    }
                }
                guard relay.isFinishing else { return }
                await Base.messageDidComplete(iterator, isolation: nil)
                relay.answer(.end)
            }
        }

        deinit { relay.close(.cancelled) }
    }
}

@available(*, unavailable)
extension GuardedReads.AsyncIterator: Sendable {}
