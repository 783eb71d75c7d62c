import HTTPResponseParsing
import MessageStream
import TestScheduling
import Testing

/// Bytes that arrive after the end, because a timer races with a socket, neither trap nor change the verdict.
@Suite(.takesTurns) struct LateBytesTests {
    private static let whole = MessageParts.start + MessageParts.textBlock("a") + MessageParts.end
    private static let cut = MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("a")
    private static let responseHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    /// Late chunks: empty, one byte, more of the stream, an error, another message.
    private static let late: [String] = [
        "", "\n", MessageParts.textDelta("late", at: 0), MessageParts.end, whole,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"late\"}}\n\n",
    ]

    private static func decoder(raw: Bool, _ body: String) -> MessageStreamDecoder {
        var decoder = MessageStreamDecoder(input: raw ? .httpResponse : .eventStream)
        try? decoder.decode(Array(((raw ? responseHead : "") + body).utf8)) { _ in }
        return decoder
    }

    /// Feeds late bytes, twice, and ends the input twice.
    ///
    /// - Returns: The errors that `decode` and `finish` throw, in turn; `nil` for a call that throws none.
    private static func feedLate(
        _ late: String,
        to decoder: inout MessageStreamDecoder
    ) -> [MessageStreamFailure?] {
        var failures: [MessageStreamFailure?] = []
        for _ in 0..<2 {
            var failure: MessageStreamFailure?
            do throws(MessageStreamFailure) {
                try decoder.decode(Array(late.utf8)) { _ in Issue.record("an event is handed out late") }
            } catch {
                failure = error
            }
            failures.append(failure)
            failures.append(finish(&decoder))
        }
        return failures
    }

    private static func finish(_ decoder: inout MessageStreamDecoder) -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            _ = try decoder.finish()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: late, [true, false])
    func afterAbort(late: String, raw: Bool) throws {
        let stall = Duration.seconds(5)
        for kind in [.stalled(.silence, after: stall), .cancelled] as [MessageStreamFailure.Kind] {
            for body in ["", Self.cut] {
                var decoder = Self.decoder(raw: raw, body)
                let failure = decoder.abort(kind)
                #expect(failure?.kind == kind)
                for later in Self.feedLate(late, to: &decoder) { #expect(failure.difference(from: later) == nil) }
                #expect(failure.difference(from: decoder.abort(.cancelled)) == nil)
            }
        }
    }

    @Test(arguments: late, [true, false])
    func afterThrownFinish(late: String, raw: Bool) throws {
        for body in ["", Self.cut] {
            var decoder = Self.decoder(raw: raw, body)
            let failure = Self.finish(&decoder)
            #expect(failure != nil)
            for later in Self.feedLate(late, to: &decoder) { #expect(failure.difference(from: later) == nil) }
        }
    }

    @Test(arguments: late, [true, false])
    func afterFailure(late: String, raw: Bool) throws {
        var decoder = Self.decoder(raw: raw, Self.cut + MessageParts.start)
        let failure = Self.finish(&decoder)
        #expect(failure?.kind == .protocolViolation(.secondMessageStart))
        for later in Self.feedLate(late, to: &decoder) { #expect(failure.difference(from: later) == nil) }
    }

    /// The message is unchanged, and the diagnostics note the additional bytes.
    @Test(arguments: late, [true, false])
    func afterSuccess(late: String, raw: Bool) throws {
        for aborts in [false, true] {
            var decoder = Self.decoder(raw: raw, Self.whole)
            if aborts { #expect(decoder.abort(.cancelled) == nil) }
            let message = try decoder.finish()
            for failure in Self.feedLate(late, to: &decoder) { #expect(failure == nil) }
            #expect(try decoder.finish().jsonBytes == message.jsonBytes)
            #expect(decoder.diagnostics.map(\.kind) == (late.isEmpty ? [] : [.dataAfterEnd]))
        }
    }

    /// An iterator does not read its source again, but calling the decoder of a raw response is safe as well.
    @Test func failureIfEndedOfARawResponse() throws {
        let decoder = Self.decoder(raw: true, Self.cut)
        guard case .truncated = decoder.failureIfEnded()?.kind else {
            Issue.record("a cut response is truncated")
            return
        }
        #expect(Self.decoder(raw: true, Self.whole).failureIfEnded() == nil)
    }
}
