extension AsyncMessageStream where Base: Sendable, Base.Element: Sendable {
    /// The same stream with clocks, and with an end that does not depend on its base.
    ///
    ///     for try await event in chunks.messageEvents().guarded(by: .standard) { … }
    ///
    /// The base is read in a task of its own. A consumer that waits is released at once when its task is cancelled, or
    /// when a clock of `policy` runs out, even if the base keeps waiting. The outstanding read
    /// is canceled and its result dropped; a base that ignores cancellation keeps the task until it returns.
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
            GuardedReads(base, clock: clock),
            input: input,
            limits: limits,
            keepsContent: keepsContent
        )
        guarded.observer = observer
        guarded.stallPolicy = policy
        return guarded
    }
}

/// A response that is read in a task of its own, so that a wait for it can end early.
///
/// It is made by ``AsyncMessageStream/guarded(by:clock:)``.
public struct GuardedReads<Base: ResponseSequence & Sendable, C: Clock<Duration>>: ResponseSequence, Sendable
where Base.Element: Sendable {
    public typealias Element = Base.Element
    public typealias Failure = any Error

    let base: Base
    let clock: C

    init(_ base: Base, clock: C) {
        self.base = base
        self.clock = clock
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base, clock: clock) }

    public static func read(
        _ iterator: inout AsyncIterator,
        _ meter: inout StallMeter,
        isolation actor: isolated (any Actor)?
    ) async throws -> Element? {
        try await iterator.next(&meter, isolation: actor)
    }

    public static func feed(_ piece: Base.Element, to source: MessageEventSource) { Base.feed(piece, to: source) }

    public static func messageDidComplete(_ iterator: AsyncIterator, isolation actor: isolated (any Actor)?) async {
        _ = await iterator.reading.relay.request(.finish, until: nil, isolation: actor)
    }

    /// Reads the elements one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let reading: Reading
        private let clock: C

        init(_ base: Base, clock: C) {
            reading = Reading(base, clock: clock)
            self.clock = clock
        }

        /// The next element, or nil at the end of the base.
        ///
        /// - Throws: What the base throws, or `CancellationError` as soon as the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
            var meter = StallMeter(StallPolicy())
            return try await next(&meter, isolation: actor)
        }

        /// The next element, or nil at the end of the base.
        ///
        /// - Parameter meter: How long the wait may last. It receives how long it lasted.
        /// - Throws: What the base throws, `CancellationError` as soon as the task is cancelled, or a ``Stall``.
        fileprivate mutating func next(
            _ meter: inout StallMeter,
            isolation actor: isolated (any Actor)?
        ) async throws -> Element? {
            let start = meter.isDisabled ? nil : clock.now
            let limit = meter.next
            let deadline = start.flatMap { start in limit.map { start.advanced(by: $0.remaining) } }
            switch await reading.relay.request(.element, until: deadline, isolation: actor) {
            case .element(let element):
                if let start { meter.receiveWait(start.duration(to: clock.now)) }
                return element
            case .end: return nil
            case .failed(let error): throw error
            case .cancelled: throw CancellationError()
            case .expired: throw limit?.stall ?? CancellationError() as any Error
            }
        }
    }

    /// The reader task, shared by the copies of an iterator. It is cancelled with the last copy.
    fileprivate final class Reading: Sendable {
        let relay: ReadRelay<Element, C>

        init(_ base: Base, clock: C) {
            relay = ReadRelay(clock: clock) { relay in
                var iterator = base.makeAsyncIterator()
                while let request = await relay.nextRequest() {
                    switch request {
                    case .element:
                        do {
                            guard let element = try await iterator.next(isolation: nil) else {
                                return relay.close(.end)
                            }
                            relay.answer(element)
                        } catch {
                            return relay.close(.failed(error))
                        }
                    case .finish:
                        await Base.messageDidComplete(iterator, isolation: nil)
                        return relay.close(.end)
                    }
                }
            }
        }

        deinit { relay.close(.cancelled) }
    }
}

@available(*, unavailable)
extension GuardedReads.AsyncIterator: Sendable {}
