/// The states of a ``ReadRelay``: which of the consumer, the reader and the timer is waiting for which.
///
/// The machine has no lock, no task and no clock. Each input says what happened and returns the action for the relay.
package struct ReadRelayStateMachine<Element: Sendable, Instant: InstantProtocol>: Sendable {
    /// A request of the consumer to the reader.
    package enum Request: Sendable {
        /// The next element.
        case element
        /// Finish: no more elements are needed.
        case finish
    }

    /// The outcome of a wait of the consumer.
    package enum Outcome: Sendable {
        case element(Element)
        /// The base ended, or the reader has finished.
        case end
        /// The base threw.
        case failed(any Error)
        /// The deadline passed.
        case expired
        /// The consumer was cancelled or released.
        case cancelled
    }

    private enum State {
        /// Nothing was requested, and the reader has not started. → requested, closed
        case initial
        /// The consumer is not waiting. The reader waits for a request, or is about to. → requested, closed
        case idle(isReaderWaiting: Bool)
        /// The consumer waits until `deadline`, or without a limit. The reader has not seen the request. → working,
        /// closed
        case requested(Request, deadline: Instant?)
        /// The consumer waits until `deadline`, or without a limit. The reader works on the request. → idle by an
        /// element; closed by any other outcome
        case working(deadline: Instant?)
        /// Everything has ended, and every request ends with `outcome`. This state is final.
        case closed(Outcome)
    }

    private var state = State.initial
    /// Whether the timer is running. It outlives a request: see ``ReadRelay``.
    private var isTimerRunning = false

    /// Whether everything has ended.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    package init() {}

    // MARK: The consumer

    package enum RequestAction {
        /// Do not wait: the outcome is known.
        case outcome(Outcome)
        /// Wait. First start or resume the reader, and start the timer.
        case wait(ReaderAction, startsTimer: Bool)

        package enum ReaderAction {
            case none
            case start
            case resume(Request)
        }
    }

    /// Call this when the consumer makes a request.
    package mutating func receiveRequest(_ request: Request, until deadline: Instant?) -> RequestAction {
        let readerAction: RequestAction.ReaderAction
        switch state {
        case .initial:
            readerAction = .start
            state = .requested(request, deadline: deadline)
        case .idle(isReaderWaiting: false):
            readerAction = .none
            state = .requested(request, deadline: deadline)
        case .idle(isReaderWaiting: true):
            readerAction = .resume(request)
            state = .working(deadline: deadline)
        case .requested, .working:
            // A request by a copy of the iterator: there is only one consumer.
            return .outcome(.cancelled)
        case .closed(let outcome):
            return .outcome(outcome)
        }
        let startsTimer = deadline != nil && !isTimerRunning
        if startsTimer { isTimerRunning = true }
        return .wait(readerAction, startsTimer: startsTimer)
    }

    // MARK: The reader

    package enum ReadyAction {
        /// Work on the request.
        case work(Request)
        /// Wait for a request.
        case wait
        /// Stop: nothing more is needed.
        case stop
    }

    /// Call this when the reader is ready for a request.
    package mutating func receiveReady() -> ReadyAction {
        switch state {
        case .idle:
            state = .idle(isReaderWaiting: true)
            return .wait
        case .requested(let request, let deadline):
            state = .working(deadline: deadline)
            return .work(request)
        case .initial, .working, .closed:
            return .stop
        }
    }

    /// Call this when the reader has an element.
    ///
    /// - Returns: Whether the consumer is waiting for the element; if not, it is dropped.
    package mutating func receiveElement() -> Bool {
        guard case .working = state else { return false }
        state = .idle(isReaderWaiting: false)
        return true
    }

    // MARK: The end

    /// The side that is waiting when the relay ends.
    package enum Waiter {
        case nothing
        case consumer
        case reader
    }

    /// Call this when everything ends: by an outcome of the reader other than an element, by a cancellation, or because
    /// the consumer was released.
    ///
    /// - Returns: The side to resume; `nil` if everything had already ended.
    package mutating func receiveEnd(_ outcome: Outcome) -> Waiter? {
        let waiting: Waiter
        switch state {
        case .initial, .idle(isReaderWaiting: false): waiting = .nothing
        case .idle(isReaderWaiting: true): waiting = .reader
        case .requested, .working: waiting = .consumer
        case .closed: return nil
        }
        state = .closed(outcome)
        return waiting
    }

    // MARK: The timer

    package enum TimerAction {
        /// Sleep until this time.
        case sleep(until: Instant)
        /// Stop. A later request starts another timer.
        case stop
        /// Stop, and resume the consumer with `.expired`: everything has ended.
        case expire
    }

    /// Call this when the timer has started, and whenever it wakes.
    package mutating func receiveTime(_ now: Instant) -> TimerAction {
        switch state {
        case .requested(_, let deadline?), .working(let deadline?):
            if now < deadline { return .sleep(until: deadline) }
            state = .closed(.expired)
            isTimerRunning = false
            return .expire
        case .initial, .idle, .requested(_, nil), .working(nil), .closed:
            isTimerRunning = false
            return .stop
        }
    }
}
