import MessageStream
import TestScheduling
import Testing

@Suite(.takesTurns) struct RequestPreflightTests {
    private func failure(_ check: () throws(MessageStreamFailure) -> Void) -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            try check()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            (RequestPreflight.Endpoint.messages, 33_554_432), (.tokenCounting, 33_554_432),
            (.messageBatches, 268_435_456), (.files, 524_288_000),
        ]
    )
    func sizes(_ endpoint: RequestPreflight.Endpoint, _ limit: Int) {
        for size in [0, 1, limit - 1, limit] {
            #expect(
                failure { () throws(MessageStreamFailure) in try RequestPreflight.check(bodyBytes: size, for: endpoint)
                } == nil
            )
        }
        for size in [limit + 1, .max] {
            let failure = failure { () throws(MessageStreamFailure) in
                try RequestPreflight.check(bodyBytes: size, for: endpoint)
            }
            guard case .api(let error) = failure?.kind else {
                Issue.record("\(size) bytes pass")
                continue
            }
            #expect(error.type == .requestTooLarge)
            #expect(failure?.stage == .beforeResponse)
            #expect(failure?.httpStatus == nil)
            #expect(failure?.equivalentStatus == 413)
            #expect(failure?.retry.isTransient == false)
            #expect(failure?.description.contains("\(limit >> 20) MB") == true)
        }
    }

    /// 21,333 tokens take 9.999 84 minutes; 21,334 take 10.000 3.
    @Test func tenMinutes() {
        for tokens in [Int.min, -1, 0, 1, 4096, 21_333] {
            #expect(
                failure { () throws(MessageStreamFailure) in try RequestPreflight.checkWithoutStream(maxTokens: tokens)
                } == nil
            )
        }
        for tokens in [21_334, 64_000, 128_000, .max] {
            let failure = failure { () throws(MessageStreamFailure) in
                try RequestPreflight.checkWithoutStream(maxTokens: tokens)
            }
            guard case .api(let error) = failure?.kind else {
                Issue.record("\(tokens) tokens pass")
                continue
            }
            #expect(error.type == .invalidRequest)
            #expect(failure?.stage == .beforeResponse)
            #expect(failure?.equivalentStatus == 400)
        }
    }
}
