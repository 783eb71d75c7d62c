/// Passes one element after the other from a task that reads to one that consumes, which may leave at any time.
///
/// ## Theory of operation
///
/// The consumer requests, the reader answers: there is at most one read at a time, and none that nobody asked for.
/// What ends the wait of the consumer (an answer, the deadline, a cancellation) finds it in `consumer` and takes it out;
/// what comes later finds nobody and is dropped.
///
/// State, and what leads out of it:
///
///  - at rest: `consumer` is nil → requested, closed
///  - requested: `consumer` waits, and the reader has been told → at rest, by an element; closed, by any other answer
///  - closed: `ending` is set for good, and answers every request; both tasks are cancelled
///
/// ## The timer
///
/// Deadlines only move later: each is the time of its request plus what the wait may still last, and waiting uses up as
/// much of that as the time moves on. So one sleep is enough, whatever number of chunks come meanwhile: when it
/// is over, the timer looks at the deadline as it is then, and sleeps on if that is later. A timer that wakes while
/// nobody waits is done; the next request starts another one.
final class ReadRelay<Element: Sendable, C: Clock<Duration>>: Sendable {
    /// How a wait ended.
    enum Answer: Sendable {
        case element(Element)
        /// The base ended.
        case end
        /// The base threw.
        case failed(any Error)
        /// The deadline passed.
        case expired
        /// The consumer was cancelled, or has gone.
        case cancelled
    }

    private struct State {
        /// The consumer, while it waits.
        var consumer: CheckedContinuation<Answer, Never>?
        /// When the wait ends; nil while nobody waits, and if it may last for ever.
        var deadline: C.Instant?
        /// The reader, while it waits for a request.
        var reader: CheckedContinuation<Bool, Never>?
        /// Whether there is a request that the reader has not seen.
        var isRequested = false
        /// Whether that is the last request, to finish.
        var isFinishing = false
        var readTask: Task<Void, Never>?
        /// The timer, while it runs.
        var timerTask: Task<Void, Never>?
        /// The last answer. Invariant: once it is set, `consumer`, `deadline`, `reader` and the tasks are nil.
        var ending: Answer?

        /// Ends all.
        ///
        /// - Returns: who is to be told; nil if all had ended before.
        mutating func close(_ ending: Answer) -> Dismissal? {
            guard self.ending == nil else { return nil }
            defer { self = State(ending: ending) }
            return Dismissal(
                ending: ending,
                consumer: consumer,
                reader: reader,
                tasks: [readTask, timerTask].compactMap(\.self)
            )
        }
    }

    /// Who is to be told of the end, outside the lock: what is resumed or cancelled there may come back at once.
    private struct Dismissal: Sendable {
        let ending: Answer
        let consumer: CheckedContinuation<Answer, Never>?
        let reader: CheckedContinuation<Bool, Never>?
        let tasks: [Task<Void, Never>]

        func release() {
            for task in tasks { task.cancel() }
            reader?.resume(returning: false)
            consumer?.resume(returning: ending)
        }
    }

    private let state = Locked(State())
    private let clock: C
    /// The work of the reading task.
    private let read: @Sendable (ReadRelay) async -> Void

    /// - Parameter read: Runs in a task of its own from the first request on: it waits for requests and answers them.
    init(clock: C, read: @escaping @Sendable (ReadRelay) async -> Void) {
        self.clock = clock
        self.read = read
    }

    // MARK: The consumer

    /// Requests an element and waits for it, at most until `deadline`.
    func read(until deadline: C.Instant?, isolation actor: isolated (any Actor)?) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: actor) { request($0, until: deadline) }
        } onCancel: {
            close(.cancelled)
        }
    }

    private func request(
        _ consumer: CheckedContinuation<Answer, Never>,
        until deadline: C.Instant?,
        isLast: Bool = false
    ) {
        let (ending, reader) = state.withLock { state -> (Answer?, CheckedContinuation<Bool, Never>?) in
            if let ending = state.ending { return (ending, nil) }
            state.consumer = consumer
            state.deadline = deadline
            state.isFinishing = isLast
            if state.readTask == nil {
                state.readTask = Task { await read(self) }
            }
            if deadline != nil, state.timerTask == nil {
                state.timerTask = Task { await watch() }
            }
            guard let reader = state.reader.take() else {
                state.isRequested = true
                return (nil, nil)
            }
            return (nil, reader)
        }
        reader?.resume(returning: !isLast)
        if let ending { consumer.resume(returning: ending) }
    }

    /// Ends all: who waits gets `ending`.
    func close(_ ending: Answer) {
        state.withLock { $0.close(ending) }?.release()
    }

    /// Has the reader finish, and waits until it has.
    func finish(isolation actor: isolated (any Actor)?) async {
        _ = await withTaskCancellationHandler {
            await withCheckedContinuation(isolation: actor) { request($0, until: nil, isLast: true) }
        } onCancel: {
            close(.cancelled)
        }
    }

    // MARK: The reader

    /// Waits for the next request.
    ///
    /// - Returns: whether there is one for an element; if not, nobody wants more.
    func waitForRequest() async -> Bool {
        await withCheckedContinuation { reader in
            let isRequested = state.withLock { state -> Bool? in
                if state.ending != nil { return false }
                if state.isRequested {
                    state.isRequested = false
                    return !state.isFinishing
                }
                state.reader = reader
                return nil
            }
            if let isRequested { reader.resume(returning: isRequested) }
        }
    }

    /// Whether the reader is to finish, and to answer `.end`.
    var isFinishing: Bool { state.withLock { $0.isFinishing } }

    /// Answers a request.
    func answer(_ answer: Answer) {
        guard case .element = answer else { return close(answer) }
        let consumer = state.withLock { state in
            state.deadline = nil
            return state.consumer.take()
        }
        consumer?.resume(returning: answer)
    }

    // MARK: The timer

    private func watch() async {
        while let deadline = nextDeadline() {
            // An error means that the task was cancelled: all is closed.
            guard (try? await clock.sleep(until: deadline, tolerance: nil)) != nil else { return }
        }
    }

    /// How long to sleep; nil if the timer is done: nobody waits, or the time is over, which ends all.
    private func nextDeadline() -> C.Instant? {
        let (deadline, dismissal) = state.withLock { state -> (C.Instant?, Dismissal?) in
            guard let deadline = state.deadline else {
                state.timerTask = nil
                return (nil, nil)
            }
            // In one go, so that no answer comes between.
            return clock.now < deadline ? (deadline, nil) : (nil, state.close(.expired))
        }
        dismissal?.release()
        return deadline
    }
}
