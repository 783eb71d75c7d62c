import MessageStream

// Asynchronous sequences for tests, and counters that tests wait for instead of waiting for some time.

/// A count that a test can wait for. A wait ignores cancellation.
final class Count: Sendable {
    private struct State {
        var value = 0
        var waiters: [(goal: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Locked(State())

    var value: Int { state.withLock(\.value) }

    func add() {
        let ready = state.withLock { state in
            state.value += 1
            let value = state.value
            let ready = state.waiters.filter { $0.goal <= value }.map(\.continuation)
            state.waiters.removeAll { $0.goal <= value }
            return ready
        }
        for continuation in ready { continuation.resume() }
    }

    /// Waits until the count is at least `goal`.
    func reaches(_ goal: Int) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.value >= goal { return true }
                state.waiters.append((goal, continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }
}

/// Its lifetime is that of an iterator.
final class LifetimeToken: Sendable {
    private let released: Count

    init(_ released: Count) { self.released = released }

    deinit { released.add() }
}

/// The error that a source throws.
struct SourceError: Error, Hashable {}

/// A sequence that returns its elements without suspending, and then ends, throws, or waits.
struct Source<Element: Sendable>: AsyncSequence, Sendable {
    typealias Failure = any Error

    enum Ending: Sendable {
        case end
        case error(any Error)
        /// Waits until the task is cancelled, then ends.
        case silence
        /// Waits until `gate` is 1, even if the task is cancelled, then continues with the elements and ends.
        case unresponsiveness(then: [Element] = [])
    }

    /// A record of all iterators of a source.
    final class Log: Sendable {
        /// The number of elements requested.
        let requests = Count()
        /// The number of times a waiting ending was reached.
        let waits = Count()
        /// The number of released iterators.
        let released = Count()
        /// The gate that `unresponsiveness` waits for.
        let gate = Count()
        /// The number of iterators whose `unresponsiveness` has ended.
        let returns = Count()
    }

    let elements: [Element]
    let ending: Ending
    let log = Log()

    init(_ elements: [Element], then ending: Ending = .end) {
        self.elements = elements
        self.ending = ending
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(rest: elements[...], ending: ending, log: log, token: LifetimeToken(log.released))
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<Element>
        var ending: Ending
        let log: Log
        let token: LifetimeToken

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> Element? {
            log.requests.add()
            if let element = rest.popFirst() { return element }
            switch ending {
            case .end:
                break
            case .error(let error):
                ending = .end
                throw error
            case .silence:
                log.waits.add()
                let cancelled = Count()
                await withTaskCancellationHandler {
                    await cancelled.reaches(1)
                } onCancel: {
                    cancelled.add()
                }
            case .unresponsiveness(let more):
                log.waits.add()
                await log.gate.reaches(1)
                log.returns.add()
                ending = .end
                rest = more[...]
                return rest.popFirst()
            }
            return nil
        }
    }
}

/// Chunks that a test sends one by one. Waiting for a chunk ignores cancellation.
final class Feed: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = Never

    /// The number of chunks requested. Once the next one is requested, the previous ones have been processed.
    let requests = Count()
    /// The number of released iterators.
    let released = Count()
    private let sent = Count()
    private let chunks = Locked<[[UInt8]?]>([])

    /// Sends a chunk, or the end.
    func send(_ chunk: [UInt8]?) {
        chunks.withLock { $0.append(chunk) }
        sent.add()
    }

    func send(_ chunk: String) { send([UInt8](chunk)) }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(feed: self, token: LifetimeToken(released)) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let feed: Feed
        let token: LifetimeToken
        private var count = 0

        init(feed: Feed, token: LifetimeToken) {
            self.feed = feed
            self.token = token
        }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> [UInt8]? {
            count += 1
            feed.requests.add()
            await feed.sent.reaches(count)
            return feed.chunks.withLock { [count] in $0[count - 1] }
        }
    }
}

/// Cancels the task that calls it.
func cancelCurrentTask() {
    // unsafe: the task is not stored
    unsafe withUnsafeCurrentTask { task in unsafe task?.cancel() }
}

extension [UInt8] {
    /// The bytes in chunks of `size`.
    func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }

    init(_ text: String) { self = Array(text.utf8) }
}

extension AsyncSequence {
    /// All elements, and the error thrown after them.
    func all() async -> (elements: [Element], failure: Failure?) {
        var elements: [Element] = []
        var iterator = makeAsyncIterator()
        do throws(Failure) {
            while let element = try await iterator.next(isolation: #isolation) { elements.append(element) }
            return (elements, nil)
        } catch {
            return (elements, error)
        }
    }
}

extension Playback {
    /// The first difference when the same bytes are read as an asynchronous sequence; `nil` if the results are equal.
    func difference(reading stream: AsyncMessageStream) async -> String? {
        var iterator = stream.makeAsyncIterator()
        var index = 0
        var failure: MessageStreamFailure?
        do throws(MessageStreamFailure) {
            while let event = try await iterator.next(isolation: #isolation) {
                guard index < steps.count else { return "event \(index) more: \(event)" }
                let step = steps[index]
                if step.event != event || step.text != Self.text(of: event) {
                    return "event \(index): \(event), not \(step.event)"
                }
                index += 1
            }
        } catch {
            failure = error
        }
        if index != steps.count { return "\(index) events, not \(steps.count)" }
        // After the end or a failure, there are no more elements.
        for _ in 0..<3 {
            do throws(MessageStreamFailure) {
                if let event = try await iterator.next(isolation: #isolation) { return "after the end: \(event)" }
            } catch {
                return "a second failure: \(error)"
            }
        }
        // Bytes after a complete message are not read, and therefore not noted, unless they are in the same chunk.
        let found = iterator.diagnostics
        guard diagnostics.starts(with: found), failure == nil || found.count == diagnostics.count else {
            return "diagnostics \(found), not \(diagnostics)"
        }
        if (iterator.message == nil) != (failure != nil) { return "a failure, and a whole message as well" }
        let outcome = Outcome(
            message: failure == nil ? iterator.message : failure?.partial,
            failure: failure,
            diagnostics: diagnostics
        )
        return self.outcome.difference(from: outcome)
    }
}
