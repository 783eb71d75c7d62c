import HTTPResponseParsing
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// The descriptions of failures: what happened, without claims about what was not received, and what to do.
@Suite(.takesTurns) struct FailureWordsTests {
    private func failure(
        _ body: String,
        _ input: MessageStreamDecoder.Input = .eventStream
    ) throws -> MessageStreamFailure {
        try #require(Playback(Array(body.utf8), input: input).failure)
    }

    private func received(_ body: String, status: Int = 200, _ fields: ResponseFields = [:]) throws
        -> MessageStreamFailure
    {
        let type: [(String, String)] = fields["content-type"] == nil ? [("content-type", "text/event-stream")] : []
        let headers = ResponseFields(type + fields.map { ($0.name, $0.value) })
        return try failure(body, .body(status: status, headers: headers))
    }

    /// A line of a failure, as shown by the command.
    private func line(_ title: String, of failure: MessageStreamFailure) -> String? {
        failure.lines.details.first { $0.title == title }?.text
    }

    // MARK: No unfounded claims

    /// For a body alone, nothing is known about a response.
    @Test(arguments: [
        "", "<html>", "Internal Server Error", #"{"x":1}"#, MessageParts.start, MessageParts.overloaded,
        MessageParts.start + MessageParts.textBlock("a") + "event: content", MessageParts.start + MessageParts.start,
        MessageParts.ping, MessageParts.ping + frame("ping", "{"), MessageParts.start + MessageParts.messageDelta(),
    ])
    func bareBody(_ body: String) throws {
        let failure = try failure(body)
        let words = failure.description + failure.lines.what + failure.lines.details.map(\.text).joined()
        for invented in ["HTTP", "response", "content type", "connection", "server ended"] {
            #expect(!words.contains(invented), "\(words)")
        }
        #expect(failure.httpStatus == 200)
        // The same with a received head.
        let received = try received(body)
        #expect(received.description.contains("HTTP status 200"))
        #expect(received.retry == failure.retry)
    }

    @Test func bareBodyThatIsNoEventStream() throws {
        let failure = try failure("<html></html>")
        #expect(failure.lines.what == "The body is not an event stream: it looks like an HTML or XML page")
        #expect(line("when", of: failure) == "Before the message began")
        let received = try received("<html></html>")
        #expect(
            received.lines.what
                == "The response is not an event stream: it has the content type text/event-stream, and its "
                + "body looks like an HTML or XML page"
        )
        #expect(line("when", of: received) == "HTTP status 200, before the message began")
    }

    /// A recording without framing does not show how the connection ended.
    @Test func recordings() throws {
        let heads = ["transfer-encoding: chunked\r\n", "content-length: 99999\r\n", ""]
        for head in heads {
            let start = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\(head)\r\n"
            for body in ["", MessageParts.start, MessageParts.start + "event: x"] {
                let failure = try failure(start + body, .recordedResponse)
                #expect(!failure.description.contains("connection"), "\(failure)")
                #expect(!failure.description.contains("server ended"), "\(failure)")
                #expect(failure.description.contains("HTTP status 200"))
                guard case .truncated(let truncation) = failure.kind else {
                    Issue.record("\(failure)")
                    continue
                }
                #expect(truncation.response == nil)
            }
        }
        // A truncated head shows where the response ended.
        for end in [1, 9, 17, 30] {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
            let failure = try failure(String(head.prefix(end)), .recordedResponse)
            #expect(failure.description.contains("in the head of the response"), "\(failure)")
        }
        // With the bytes from a socket, the end is known.
        let socket = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        let closed = try failure(socket, .httpResponse).description
        #expect(closed.contains("closed before the last chunk"))
    }

    // MARK: Headlines

    @Test func malformedData() throws {
        for (data, words) in [
            ("[1]", "it is not a JSON object"), ("nonsense", "it is not a JSON object"),
            ("{\"type\":", "its JSON ends too early, at byte 8"),
            ("{\"type\":01}", "its JSON has an invalid number at byte"),
            ("{\"a\":\"\\x\"}", "invalid escape at byte 7"),
            ("{} {}", "more bytes follow its JSON at byte 3"), ("{\"a\" 1}", "its JSON is invalid at byte 5"),
        ] {
            let headline = try failure(MessageParts.start + frame("message_stop", data)).lines.what
            #expect(headline.hasPrefix("The data of the event message_stop is malformed: "), "\(headline)")
            #expect(headline.contains(words), "\(headline)")
        }
        let unnamed = try failure(frame("[DONE]")).lines.what
        #expect(unnamed.hasPrefix("The data of an unnamed event is malformed: "), "\(unnamed)")
        for reason in [
            JSONError.Reason.unexpectedEnd, .unexpectedByte, .invalidNumber, .invalidEscape, .controlCharacter,
            .invalidUTF8,
            .depthLimitExceeded, .trailingBytes, .typeMismatch,
        ] {
            for offset in [0, 208] {
                let kind = MessageStreamFailure.Kind.malformedEvent(name: "x", JSONError(reason, at: offset))
                #expect(!"\(kind)".contains(reason.rawValue))
                #expect(offset == 0 || "\(kind)".contains("208"))
            }
        }
    }

    @Test func headlinesOfErrors() throws {
        func headline(_ error: APIError) -> String { "\(MessageStreamFailure.Kind.api(error))" }
        var error = APIError()
        #expect(headline(error) == "The service reported an error")
        error.message = "Boom"
        error.statedStatus = 429
        #expect(headline(error) == "The service reported an error, stated status 429: Boom")
        for name in ["ping", "None", "", "null", "message_start"] {
            error.type = APIErrorType(rawValue: name)
            #expect(headline(error) == "The service reported an error, stated status 429: Boom")
        }
        error.responseStatus = 503
        #expect(headline(error) == "The service reported an error, with status 503: Boom")
        error.code = "E1"
        #expect(headline(error) == "The service reported an error with code E1, with status 503: Boom")
        error.type = .overloaded
        #expect(headline(error) == "The service reported overloaded_error, as status 529: Boom")
        error.type = "quota_error"
        #expect(headline(error) == "The service reported quota_error, with status 503: Boom")
    }

    /// A typical message of the API is shown completely.
    @Test func messagesUpTo2000Characters() throws {
        var error = APIError()
        error.message = String(repeating: "m", count: 2000)
        #expect("\(error)".hasSuffix(": " + String(repeating: "m", count: 2000)))
        error.message = String(repeating: "m", count: 2001)
        #expect("\(error)".hasSuffix(": " + String(repeating: "m", count: 1999) + "…"))
        error.message = String(repeating: "m", count: 1990) + " sk-ant-fake0123456789"
        #expect(!"\(error)".contains("sk-ant"))
    }

    // MARK: Advice

    /// The words agree with the values, for all combinations of values.
    @Test func adviceAgreesWithItsValues() throws {
        let namesDelay: [(Duration?, Int?, String?)] = [
            (nil, nil, nil), (.seconds(12), nil, nil), (.zero, nil, nil), (nil, 784_111_777, nil), (nil, nil, "soon"),
        ]
        let safeties: [RetryAdvice.ReplaySafety] = [.safe, .duplicatesOutput, .mayRepeatServerTools, .never]
        for isTransient in [false, true] {
            for serverAdvice in [nil, false, true] {
                for safety in safeties {
                    for (delay, notBefore, unreadable) in namesDelay {
                        for (mayBeCap, isCap) in [(false, false), (true, false), (true, true)] {
                            let advice = RetryAdvice(
                                isTransient: isTransient,
                                replaySafety: safety,
                                delay: delay,
                                notBefore: notBefore,
                                unreadableDelay: unreadable,
                                serverAdvice: serverAdvice,
                                mayBeSpendCap: mayBeCap
                            )
                            check(advice, advice.words(isSpendCap: isCap), isCap: isCap)
                        }
                    }
                }
            }
        }
    }

    private func check(_ advice: RetryAdvice, _ words: String, isCap: Bool) {
        func says(_ part: String, _ isSaid: Bool) {
            #expect(words.contains(part) == isSaid, "\(part): \(words)")
        }
        let isNever = advice.replaySafety == .never
        let isWorthIt = advice.serverAdvice ?? advice.isTransient
        says("Do not send the request again", isNever)
        says("The service says not to send", !isNever && advice.serverAdvice == false)
        says("not likely to succeed", !isNever && advice.serverAdvice == nil && !advice.isTransient)
        says("The service says to send", !isNever && advice.serverAdvice == true)
        says("no output was received", advice.isSafe)
        says("can be sent again", advice.isSafe && advice.serverAdvice == nil)
        says("may succeed", advice.serverAdvice == nil && isWorthIt && !advice.isSafe && !isNever)
        says("would repeat output already received", isWorthIt && advice.replaySafety == .duplicatesOutput)
        says("tools of the service may run a second time", isWorthIt && advice.replaySafety == .mayRepeatServerTools)
        says(" after 12 seconds", isWorthIt && !isNever && advice.delay == .seconds(12))
        says(" immediately", isWorthIt && !isNever && advice.delay == .zero)
        says(" after 1994-11-06T08:49:37Z", isWorthIt && !isNever && advice.notBefore != nil)
        says("a delay that cannot be read: \"soon\"", !isNever && advice.unreadableDelay != nil)
        says("a spend cap is reached", !isNever && isCap)
        says("a spend cap may be reached", !isNever && advice.mayBeSpendCap && !isCap)
        let hasDelay = advice.delay != nil || advice.notBefore != nil || advice.unreadableDelay != nil
        says("names no delay", !isNever && advice.mayBeSpendCap && !isCap && !hasDelay)
    }

    /// The same for advice from responses.
    @Test func adviceOfResponses() throws {
        func retry(_ status: Int, _ fields: ResponseFields, _ body: String = #"{"error":{"message":"m"}}"#) throws
            -> String?
        {
            line("retry", of: try received(body, status: status, fields))
        }
        let again = "The same request can be sent again"
        #expect(try retry(529, ["retry-after": "12"]) == again + " after 12 seconds: no output was received")
        #expect(try retry(529, ["retry-after-ms": "1500"]) == again + " after 1.5 seconds: no output was received")
        #expect(try retry(529, ["retry-after": "0"]) == again + " immediately: no output was received")
        #expect(try retry(529, ["retry-after": "1"]) == again + " after 1 second: no output was received")
        #expect(
            try retry(529, ["retry-after": "99999999999999999"]) == again
                + " after more than a year: no output was received"
        )
        #expect(
            try retry(529, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"]) == again
                + " after 1994-11-06T08:49:37Z: no output was received"
        )
        let unreadable = try #require(try retry(529, ["retry-after": "soon sk-ant-fake0123456789 \u{9B}31m"]))
        #expect(unreadable.contains("; the service names a delay that cannot be read: \"soon [redacted]"))
        #expect(isTerminalSafe(unreadable))
        #expect(try retry(529, ["x-should-retry": "false"]) == "The service says not to send the same request again")
        #expect(
            try retry(429, [:]) == again
                + ": no output was received; the service names no delay, so a spend cap may be "
                + "reached rather than a rate limit"
        )
        let cap =
            #"{"error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#
        let capped = try #require(try retry(429, [:], cap))
        #expect(capped.contains("; a spend cap is reached, and"))
    }

    @Test func durations() {
        for (duration, words) in [
            (Duration.seconds(12), "12 seconds"), (.milliseconds(1500), "1.5 seconds"), (.seconds(1), "1 second"),
            (.milliseconds(250), "0.25 seconds"), (.zero, "0 seconds"), (.seconds(-3), "0 seconds"),
            (.nanoseconds(3), "less than 0.001 seconds"), (.microseconds(999_999), "1 second"),
            (.milliseconds(1), "0.001 seconds"),
            (.seconds(1 << 40), "more than a year"), (.seconds(Int64.max), "more than a year"),
            (.seconds(3600), "3600 seconds"),
            (.milliseconds(10_050), "10.05 seconds"),
        ] {
            #expect(duration.words == words)
        }
    }

    @Test func dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"), (784_111_777, "1994-11-06T08:49:37Z"), (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"), (-62_167_219_200, "0000-01-01T00:00:00Z"),
            (253_402_300_800, nil),
            (-62_167_219_201, nil), (.max, nil), (.min, nil),
        ] as [(Int, String?)] {
            #expect(InternetDate.text(secondsSince1970: seconds) == text)
        }
        // Each day directly follows the previous one.
        var last = ""
        for day in stride(from: -719_528, to: 2_932_897, by: Sweep.step(inDebug: 97, inRelease: 13)) {
            let text = InternetDate.text(secondsSince1970: day * 86_400) ?? ""
            #expect(last < text)
            last = text
        }
    }
}
