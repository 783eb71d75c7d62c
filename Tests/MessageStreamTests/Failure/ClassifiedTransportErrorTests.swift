import MessageStream
import TestScheduling
import Testing

/// The classification that a transport error provides is respected.
@Suite(.takesTurns) struct ClassifiedTransportErrorTests {
    struct Fault: ClassifiedTransportError {
        var isTransient = false
        var isCancellation = false
    }

    struct AnyFault: Error {}

    @Test(arguments: [false, true])
    func transience(_ isTransient: Bool) async {
        let failure = await failure(Fault(isTransient: isTransient))
        #expect(failure?.kind.name == "transport")
        #expect(failure?.retry.isTransient == isTransient)
        #expect(failure?.retry.replaySafety == .safe)
    }

    @Test func anErrorThatDoesNotTellPasses() async {
        #expect(await failure(AnyFault())?.retry.isTransient == true)
    }

    @Test func cancellation() async {
        let failure = await failure(Fault(isTransient: true, isCancellation: true))
        #expect(failure?.kind == .cancelled)
        #expect(failure?.retry.isTransient == false)
        #expect(failure?.retry.replaySafety == .never)
    }

    @Test func aStreamThatIsNotOpened() async {
        let policy = RetryPolicy(initialBackoff: .zero)
        var attempts = 0
        let stream = retrying(policy) { _ -> AsyncMessageStream in throw Fault() }
        do throws(MessageStreamFailure) {
            _ = try await stream.message()
        } catch {
            attempts = error.earlierAttempts.count + 1
            #expect(error.stage == .beforeResponse)
            #expect(!error.retry.isTransient)
        }
        #expect(attempts == 1)
    }

    /// The failure of a stream whose base throws immediately.
    private func failure(_ error: any Error) async -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            _ = try await Failing(error: error).messageEvents().message()
            return nil
        } catch {
            return error
        }
    }

    struct Failing: AsyncSequence, AsyncIteratorProtocol {
        let error: any Error

        func makeAsyncIterator() -> Failing { self }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> [UInt8]? { throw error }
    }
}
