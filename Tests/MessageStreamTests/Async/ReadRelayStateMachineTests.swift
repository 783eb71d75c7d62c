import MessageStream
import TestScheduling
import TestSupport
import Testing

/// Every possible order of inputs up to a length: no wait is forgotten, and none is resumed twice.
@Suite(.takesTurns) struct ReadRelayStateMachineTests {
    typealias Machine = ReadRelayStateMachine<Int, ContinuousClock.Instant>

    /// The inputs, each by one actor.
    enum Input: CaseIterable {
        case consumerRequests, consumerRequestsWithDeadline, consumerFinishes, consumerIsCancelled
        case readerIsReady, readerHasElement, readerHasEnd
        case timerWakes, timeHasCome
    }

    /// The actors around a machine, as in the relay.
    struct World {
        enum Consumer { case free, waiting }
        enum Reader { case notStarted, idle, waiting, working, finishing, stopped }

        var machine = Machine()
        var consumer = Consumer.free
        var reader = Reader.notStarted
        var isTimerRunning = false
        /// The deadline of the wait, if the consumer is waiting with one.
        var deadline: ContinuousClock.Instant?
        var now: ContinuousClock.Instant
        let start: ContinuousClock.Instant

        init() {
            start = .now
            now = start
        }

        /// Whether the input can happen.
        func allows(_ input: Input) -> Bool {
            switch input {
            case .consumerRequests, .consumerRequestsWithDeadline, .consumerFinishes: consumer == .free
            // A released consumer also cancels.
            case .consumerIsCancelled: true
            case .readerIsReady: reader == .idle
            case .readerHasElement: reader == .working
            case .readerHasEnd: reader == .working || reader == .finishing
            case .timerWakes: isTimerRunning
            case .timeHasCome: isTimerRunning && deadline != nil
            }
        }

        /// Performs an input, and returns an error message or `nil`.
        mutating func perform(_ input: Input) -> String? {
            switch input {
            case .consumerRequests: return request(.element, nil)
            case .consumerRequestsWithDeadline: return request(.element, now + .seconds(1))
            case .consumerFinishes: return request(.finish, nil)
            case .consumerIsCancelled: return end(.cancelled)
            case .readerIsReady:
                switch machine.receiveReady() {
                case .work(let request):
                    guard consumer == .waiting else { return "a request without a waiting consumer" }
                    reader = request == .finish ? .finishing : .working
                case .wait:
                    guard consumer == .free, !machine.isClosed else { return "the reader waits as the consumer does" }
                    reader = .waiting
                case .stop:
                    guard machine.isClosed else { return "the reader stops too early" }
                    reader = .stopped
                }
            case .readerHasElement:
                let isWanted = machine.receiveElement()
                guard isWanted == (consumer == .waiting) else { return "an element is not where it is wanted" }
                if isWanted { (consumer, deadline) = (.free, nil) }
                reader = .idle
            case .readerHasEnd:
                reader = .stopped
                return end(.end)
            case .timerWakes: return tick()
            case .timeHasCome:
                now = deadline ?? now
                return tick()
            }
            return nil
        }

        private mutating func request(_ request: Machine.Request, _ deadline: ContinuousClock.Instant?) -> String? {
            let wasClosed = machine.isClosed
            switch machine.receiveRequest(request, until: deadline) {
            case .outcome:
                return wasClosed ? nil : "an outcome out of nothing"
            case .wait(let readerAction, let startsTimer):
                guard !wasClosed else { return "a wait for nothing" }
                (consumer, self.deadline) = (.waiting, deadline)
                switch readerAction {
                case .none:
                    guard reader == .idle else { return "the reader does not see the request" }
                case .start:
                    guard reader == .notStarted else { return "a second reader" }
                    reader = .idle
                case .resume(let resumed):
                    guard reader == .waiting, resumed == request else { return "a reader resumed that does not wait" }
                    reader = request == .finish ? .finishing : .working
                }
                if startsTimer {
                    guard !isTimerRunning else { return "a second timer" }
                    isTimerRunning = true
                }
                return deadline != nil && !isTimerRunning ? "a deadline without a timer" : nil
            }
        }

        private mutating func end(_ outcome: Machine.Outcome) -> String? {
            let wasClosed = machine.isClosed
            let waiting = machine.receiveEnd(outcome)
            guard machine.isClosed, (waiting == nil) == wasClosed else { return "the end does not close" }
            switch waiting {
            case .consumer?:
                guard consumer == .waiting, reader != .waiting else { return "a consumer resumed that does not wait" }
                (consumer, deadline) = (.free, nil)
            case .reader?:
                guard reader == .waiting, consumer == .free else { return "a reader resumed that does not wait" }
                reader = .stopped
            case .nothing?, nil:
                guard consumer == .free, reader != .waiting else { return "a wait after the end" }
            }
            return nil
        }

        private mutating func tick() -> String? {
            switch machine.receiveTime(now) {
            case .sleep(let until):
                guard until == deadline, until > now else { return "the timer sleeps for the wrong time" }
            case .stop:
                guard deadline == nil else { return "the timer stops before the deadline" }
                isTimerRunning = false
            case .expire:
                guard let deadline, deadline <= now, consumer == .waiting else { return "the wait expires too early" }
                (consumer, self.deadline, isTimerRunning) = (.free, nil, false)
                guard machine.isClosed else { return "an expired relay is open" }
            }
            return nil
        }
    }

    @Test func everyOrder() {
        let length = Sweep.step(inDebug: 7, inRelease: 9)
        var count = 0
        func search(_ world: World, _ inputs: [Input]) {
            guard inputs.count < length else { return }
            for input in Input.allCases where world.allows(input) {
                var next = world
                let complaint = next.perform(input)
                count += 1
                if let complaint {
                    Issue.record("\(complaint): \(inputs + [input])")
                } else {
                    search(next, inputs + [input])
                }
            }
        }
        search(World(), [])
        #expect(count > 10_000)
    }

    /// A copy of an iterator that waits at the same time receives an end, not the element of the other.
    @Test func aSecondConsumer() {
        var machine = Machine()
        guard case .wait(.start, startsTimer: false) = machine.receiveRequest(.element, until: nil),
            case .outcome(.cancelled) = machine.receiveRequest(.element, until: nil)
        else {
            Issue.record("a second consumer waits")
            return
        }
    }
}
