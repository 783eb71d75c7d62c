import MessageStream
import TestScheduling
import Testing

/// Failures that an app creates in its own tests.
@Suite(.takesTurns) struct FailureCreationTests {
    private struct Reset: Error, CustomStringConvertible {
        var description = "connection reset"
    }

    private struct OtherReset: Error, CustomStringConvertible {
        let description = "connection reset"
    }

    private let partial = Message(
        id: "msg_1",
        model: "m",
        content: [ContentBlock(.text("Hel", citations: nil), isComplete: false)]
    )

    /// A created failure equals the one that a stream reports, regardless of its position in the body.
    @Test func equalsThatOfAStream() throws {
        var decoder = MessageStreamDecoder(input: .body(status: 200, headers: ["request-id": "req_1"]))
        let found = try #require(throws: MessageStreamFailure.self) {
            try decoder.decode(Array((MessageParts.start + MessageParts.ping + MessageParts.overloaded).utf8)) { _ in }
        }
        let created = MessageStreamFailure(
            found.kind,
            stage: .beforeContent,
            requestID: found.requestID,
            partial: decoder.partial
        )
        #expect(found.byteOffset > 0 && created.byteOffset == 0)
        #expect(created == found)
        #expect(Set([created, found]).count == 1)
    }

    @Test func overloadedInTheStream() {
        let failure = MessageStreamFailure(
            .api(APIError(type: .overloaded, message: "Overloaded")),
            stage: .afterContent,
            requestID: "req_1",
            partial: partial
        )
        #expect(failure.httpStatus == 200)
        #expect(failure.equivalentStatus == 529)
        #expect(failure.requestID == "req_1")
        #expect(failure.partial?.text == "Hel")
        #expect(failure.retry.isTransient)
        #expect(failure.retry.replaySafety == .duplicatesOutput)
        #expect(failure.description.contains("Overloaded"))
    }

    @Test func statuses() {
        let refused = MessageStreamFailure(.http(status: 503, sniffed: .empty))
        #expect(refused.stage == .beforeMessage)
        #expect(refused.httpStatus == 503)
        #expect(refused.equivalentStatus == 503)
        #expect(refused.retry.isSafe)
        let lost = MessageStreamFailure(.transport(.init(Reset())), stage: .beforeResponse)
        #expect(lost.httpStatus == nil)
        #expect(lost.stage == .beforeResponse)
        var error = APIError(type: .rateLimit)
        error.responseStatus = 429
        #expect(MessageStreamFailure(.api(error)).httpStatus == 429)
        #expect(MessageStreamFailure(.cancelled).retry.replaySafety == .never)
    }

    @Test(arguments: MessageStreamFailure.Stage.allCases)
    func stages(_ stage: MessageStreamFailure.Stage) {
        let failure = MessageStreamFailure(.truncated(.init()), stage: stage)
        #expect(failure.stage == stage)
        #expect(failure.retry.replaySafety == (stage >= .afterContent ? .duplicatesOutput : .safe))
    }

    @Test func ownAdvice() {
        let advice = RetryAdvice(isTransient: true, replaySafety: .safe, delay: .seconds(3))
        let earlier = MessageStreamFailure(.truncated(.init()))
        let failure = MessageStreamFailure(
            .stalled(.silence, after: .seconds(60)),
            retry: advice,
            earlierAttempts: [earlier]
        )
        #expect(failure.retry == advice)
        #expect(failure.earlierAttempts == [earlier])
    }

    @Test func serverTool() {
        var message = partial
        message.content.append(ContentBlock(.other(type: "web_search_tool_result"), isComplete: true))
        let failure = MessageStreamFailure(.truncated(.init()), stage: .afterContent, partial: message)
        #expect(failure.retry.replaySafety == .mayRepeatServerTools)
    }

    /// All of these differ.
    @Test func inequality() {
        let kind = MessageStreamFailure.Kind.transport(.init(Reset()))
        let failures: Set = [
            MessageStreamFailure(kind),
            MessageStreamFailure(.transport(.init(OtherReset()))),
            MessageStreamFailure(.transport(.init(Reset(description: "broken pipe")))),
            MessageStreamFailure(kind, stage: .beforeContent),
            MessageStreamFailure(kind, httpStatus: 503),
            MessageStreamFailure(kind, requestID: "req_1"),
            MessageStreamFailure(kind, partial: partial),
            MessageStreamFailure(kind, retry: RetryAdvice(isTransient: false, replaySafety: .never)),
            MessageStreamFailure(kind, earlierAttempts: [MessageStreamFailure(kind)]),
        ]
        #expect(failures.count == 9)
        #expect(MessageStreamFailure(kind) == MessageStreamFailure(.transport(.init(Reset()))))
    }
}
