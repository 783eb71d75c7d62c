/// Passes elements one at a time from a reading task to a consuming task that may stop waiting at any time.
///
/// ## Theory of operation
///
/// The consumer requests and the reader responds: there is at most one read at a time, and none without a request. A
/// wait of the consumer ends with an outcome, at the deadline or by a cancellation, whichever comes first; later
/// results are dropped. ``ReadRelayStateMachine`` makes the decisions. This class holds the continuations, the tasks
/// and the lock.
///
/// ## The timer
///
/// Deadlines only move later: each is the time of its request plus the rest of the time limit, and waiting uses up that
/// rest as fast as time passes. One sleep is therefore enough, regardless of the number of chunks received meanwhile.
/// When the timer wakes, it checks the current deadline, and sleeps again if that is later. A timer that wakes while
/// the consumer is not waiting stops; the next request starts another one.
final class ReadRelay<Element: Sendable, C: Clock<Duration>>: Sendable {
    typealias Machine = ReadRelayStateMachine<Element, C.Instant>

    private struct State {
        var machine = Machine()
        /// The consumer, while it is waiting.
        var consumer: CheckedContinuation<Machine.Outcome, Never>?
        /// The reader, while it is waiting for a request.
        var reader: CheckedContinuation<Machine.Request?, Never>?
        var readTask: Task<Void, Never>?
        var timerTask: Task<Void, Never>?

        /// Removes the continuations and tasks that end with the relay.
        mutating func removeAll(_ outcome: Machine.Outcome) -> Closing {
            defer { (consumer, reader, readTask, timerTask) = (nil, nil, nil, nil) }
            return Closing(
                outcome: outcome,
                consumer: consumer,
                reader: reader,
                tasks: [readTask, timerTask].compactMap(\.self)
            )
        }
    }

    /// The continuations and tasks that end with the relay. They are resumed and cancelled outside the lock, because
    /// they may call back.
    private struct Closing: Sendable {
        let outcome: Machine.Outcome
        let consumer: CheckedContinuation<Machine.Outcome, Never>?
        let reader: CheckedContinuation<Machine.Request?, Never>?
        let tasks: [Task<Void, Never>]

        func perform() {
            for task in tasks { task.cancel() }
            reader?.resume(returning: nil)
            consumer?.resume(returning: outcome)
        }
    }

    private let state = Locked(State())
    private let clock: C
    /// The body of the reading task.
    private let read: @Sendable (ReadRelay) async -> Void

    /// - Parameter read: Runs in its own task, starting with the first request: it waits for requests and responds to
    ///   them.
    init(clock: C, read: @escaping @Sendable (ReadRelay) async -> Void) {
        self.clock = clock
        self.read = read
    }

    // MARK: The consumer

    /// Requests an element, or the end, and waits for the outcome until `deadline`.
    func request(
        _ request: Machine.Request,
        until deadline: C.Instant?,
        isolation actor: isolated (any Actor)?
    ) async -> Machine.Outcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: actor) { receive(request, until: deadline, from: $0) }
        } onCancel: {
            close(.cancelled)
        }
    }

    private func receive(
        _ request: Machine.Request,
        until deadline: C.Instant?,
        from consumer: CheckedContinuation<Machine.Outcome, Never>
    ) {
        let (action, reader) = state.withLock { state in
            let action = state.machine.receiveRequest(request, until: deadline)
            guard case .wait(let readerAction, _) = action else {
                return (action, nil as CheckedContinuation<Machine.Request?, Never>?)
            }
            state.consumer = consumer
            guard case .resume = readerAction else { return (action, nil) }
            return (action, state.reader.take())
        }
        switch action {
        case .outcome(let outcome):
            consumer.resume(returning: outcome)
        case .wait(let readerAction, let startsTimer):
            switch readerAction {
            case .none: break
            case .start: store(Task { await read(self) }, in: \.readTask)
            case .resume(let request): reader?.resume(returning: request)
            }
            if startsTimer { store(Task { await runTimer() }, in: \.timerTask) }
        }
    }

    /// Stores a started task so that it can be cancelled at the end.
    private func store(_ task: Task<Void, Never>, in place: WritableKeyPath<State, Task<Void, Never>?>) {
        let isClosed = state.withLock { state in
            if !state.machine.isClosed { state[keyPath: place] = task }
            return state.machine.isClosed
        }
        if isClosed { task.cancel() }
    }

    /// Ends everything. A waiting consumer receives `outcome`.
    func close(_ outcome: Machine.Outcome) {
        let closing = state.withLock { state in
            state.machine.receiveEnd(outcome) == nil ? nil : state.removeAll(outcome)
        }
        closing?.perform()
    }

    // MARK: The reader

    /// Waits for the next request.
    ///
    /// - Returns: The request; `nil` if nothing more is needed.
    func nextRequest() async -> Machine.Request? {
        await withCheckedContinuation { reader in
            let action = state.withLock { state in
                let action = state.machine.receiveReady()
                if case .wait = action { state.reader = reader }
                return action
            }
            switch action {
            case .work(let request): reader.resume(returning: request)
            case .wait: break
            case .stop: reader.resume(returning: nil)
            }
        }
    }

    /// Completes a request with an element.
    func deliver(_ element: Element) {
        let consumer = state.withLock { state in
            state.machine.receiveElement() ? state.consumer.take() : nil
        }
        consumer?.resume(returning: .element(element))
    }

    // MARK: The timer

    private func runTimer() async {
        while let deadline = nextDeadline() {
            // An error means that the task was cancelled: the relay is closed.
            guard (try? await clock.sleep(until: deadline, tolerance: nil)) != nil else { return }
        }
    }

    /// The time until which to sleep; `nil` if the timer stops.
    private func nextDeadline() -> C.Instant? {
        let (deadline, closing) = state.withLock { state -> (C.Instant?, Closing?) in
            switch state.machine.receiveTime(clock.now) {
            case .sleep(let deadline): (deadline, nil)
            case .stop: (nil, nil)
            case .expire: (nil, state.removeAll(.expired))
            }
        }
        closing?.perform()
        return deadline
    }
}
