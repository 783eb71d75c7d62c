import HTTPResponseParsing
import MessageStream
import TestScheduling
import Testing

/// Whether and when to retry, according to the head of the response.
@Suite(.takesTurns) struct RetryFieldTests {
    private func failure(
        _ status: Int,
        _ fields: ResponseFields,
        _ body: String = #"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#,
        type: String = "application/json"
    ) -> MessageStreamFailure? {
        var headers = fields
        headers.append(ResponseField(name: "Content-Type", value: type))
        return Playback(Array(body.utf8), input: .body(status: status, headers: headers)).failure
    }

    @Test(
        arguments: [
            ("0", Duration.zero), ("1", .seconds(1)), ("0012", .seconds(12)), ("1.5", .milliseconds(1500)),
            ("0.001", .milliseconds(1)), ("99999999999999999999999", .seconds(1 << 40)),
        ]
    )
    func seconds(_ text: String, _ delay: Duration) {
        #expect(failure(429, ["Retry-After": text])?.retry.delay == delay)
        #expect(failure(529, ["retry-after": text], "x", type: "text/html")?.retry.delay == delay)
    }

    @Test(arguments: ["", " ", "-1", "+1", "1e3", "1.", ".5", "1 2", "0x10", "١", "soon", "1.5.2", "Sun, 06 Nov 1994"])
    func noDelay(_ text: String) {
        let retry = failure(429, ["retry-after": text])?.retry
        #expect(retry?.delay == nil && retry?.notBefore == nil)
        #expect(failure(429, ["retry-after-ms": text, "retry-after": "7"])?.retry.delay == .seconds(7))
    }

    @Test func milliseconds() {
        #expect(failure(429, ["retry-after-ms": "250", "retry-after": "7"])?.retry.delay == .milliseconds(250))
        #expect(failure(429, ["retry-after-ms": "1500.25"])?.retry.delay == .microseconds(1_500_250))
    }

    /// The three formats of one date, 784,111,777 seconds after 1970, in RFC 9110, section 5.6.7.
    @Test(
        arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    )
    func dates(_ text: String) {
        let retry = failure(503, ["retry-after": text], "busy", type: "text/plain")?.retry
        #expect(retry?.delay == nil)
        #expect(retry?.notBefore == 784_111_777)
        #expect(retry?.delay(at: 784_111_700) == .seconds(77))
        #expect(retry?.delay(at: 784_111_800) == .zero)
        // By the clock of the service, if the response has a `date`.
        let date = "Sun, 06 Nov 1994 08:48:37 GMT"
        #expect(failure(429, ["retry-after": text, "date": date])?.retry.delay == .seconds(60))
        #expect(failure(429, ["retry-after": date, "date": text])?.retry.delay == .zero)
    }

    @Test(
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Thu, 28 Feb 2100 23:59:60 GMT", 4_107_542_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
            ("Thursday, 31-Dec-69 00:00:00 GMT", 3_155_673_600), ("Thursday, 01-Jan-70 00:00:00 GMT", 0),
        ]
    )
    func calendar(_ text: String, _ seconds: Int) {
        #expect(failure(429, ["retry-after": text])?.retry.notBefore == seconds)
    }

    @Test(
        arguments: [
            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 99999 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:-1:37 GMT", "06 Nov 1994 08:49:37 GMT x",
        ]
    )
    func noDate(_ text: String) {
        let retry = failure(429, ["retry-after": text])?.retry
        #expect(retry?.delay == nil && retry?.notBefore == nil)
        // A delay is named, but cannot be read.
        #expect(retry?.unreadableDelay?.utf8.elementsEqual(text.utf8) == true)
        #expect(retry?.mayBeSpendCap == false)
    }

    /// The advice of the service takes precedence over the nature of the fault, but does not change it.
    @Test func serverAdvice() {
        let refused = failure(500, ["x-should-retry": "False"], "x", type: "text/plain")?.retry
        #expect(refused?.isTransient == true && refused?.serverAdvice == false && refused?.isSafe == false)
        let wanted = failure(400, ["X-Should-Retry": "true"], "x", type: "text/plain")?.retry
        #expect(wanted?.isTransient == false && wanted?.serverAdvice == true && wanted?.isSafe == true)
        #expect(failure(500, ["x-should-retry": "1"])?.retry.serverAdvice == nil)
    }

    /// A 429 without a delay may be a spend cap; another status gives no indication of one.
    @Test func spendCap() {
        #expect(failure(429, [:])?.retry.mayBeSpendCap == true)
        #expect(failure(429, [:], "<html>", type: "text/html")?.retry.mayBeSpendCap == true)
        #expect(failure(429, ["retry-after": "3"])?.retry.mayBeSpendCap == false)
        #expect(failure(529, [:], "{}")?.retry.mayBeSpendCap == false)
    }

    /// In a successful response, the fields describe the rate limit's window: they are advice only for a rate limit.
    @Test func afterStatus200() {
        func failure(_ type: String) -> MessageStreamFailure? {
            let body = frame("error", #"{"type":"error","error":{"type":"\#(type)","message":"m"}}"#)
            return self.failure(200, ["retry-after": "9", "x-should-retry": "false"], body, type: "text/event-stream")
        }
        #expect(failure("overloaded_error")?.retry.delay == nil)
        #expect(failure("overloaded_error")?.retry.serverAdvice == nil)
        #expect(failure("rate_limit_error")?.retry.delay == .seconds(9))
        #expect(failure("rate_limit_error")?.retry.serverAdvice == false)
        #expect(failure("rate_limit_error")?.retry.mayBeSpendCap == false)
    }
}
