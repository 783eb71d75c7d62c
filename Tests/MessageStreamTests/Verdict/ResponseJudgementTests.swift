import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import TestScheduling
import Testing

/// The effect of the head of a response, and the interpretation of a body that is not an event stream.
@Suite(.takesTurns) struct ResponseJudgementTests {
    private let whole =
        MessageParts.start + MessageParts.textBlock("Hi") + MessageParts.end

    /// The outcome of a body with a head, which does not depend on the chunks.
    private func play(
        _ body: String,
        _ status: Int = 200,
        _ fields: ResponseFields = [:],
        limits: MessageStreamLimits = MessageStreamLimits()
    ) -> Playback {
        let bytes = Array(body.utf8)
        let result = Playback(bytes, input: .body(status: status, headers: fields), limits: limits)
        #expect(result.difference(feeding: bytes, cutAt: Array(0..<min(bytes.count, 600))) == nil)
        return result
    }

    private func type(_ value: String) -> ResponseFields { ["Content-Type": value] }

    // MARK: The content type

    @Test(
        arguments: [
            "text/event-stream", "Text/Event-Stream", "text/event-stream; charset=utf-8", "text/event-stream;charset=x",
            " text/event-stream ", "text/event-stream ;x",
        ]
    )
    func eventStream(_ value: String) {
        #expect(play(whole, 200, type(value)).failure == nil)
        #expect(play(whole, 201, type(value)).failure == nil)
        #expect(play("", 200, type(value)).failure?.kind.name == "truncated")
    }

    @Test(
        arguments: [
            "text/plain", "application/json", "text/event-streams", "text", "text/event-stream, text/html",
            "application/x-ndjson", "text/event-stream+x", "\"text/event-stream\"",
        ]
    )
    func otherTypes(_ value: String) {
        let failure = play(whole, 200, type(value)).failure
        #expect(failure?.kind == .notEventStream(contentType: value, sniffed: .eventStream))
        #expect(failure?.stage == .beforeMessage)
        #expect(failure?.byteOffset == 0 && failure?.eventIndex == 0)
        #expect(failure?.partial == nil)
        #expect(failure?.retry == RetryAdvice(isTransient: false, replaySafety: .safe))
        #expect(play("", 200, type(value)).failure?.kind == .notEventStream(contentType: value, sniffed: .empty))
    }

    /// Without a content type, a body may be an event stream, and is then judged as one.
    @Test func noType() {
        #expect(play(whole).failure == nil)
        #expect(play(whole, 200, type("")).failure == nil)
        #expect(play(MessageParts.start).failure?.kind.name == "truncated")
        #expect(play("event: mess").failure?.kind.name == "truncated")
        #expect(play(": ping\n\n").failure?.kind.name == "truncated")
        #expect(play("").failure?.kind == .notEventStream(contentType: nil, sniffed: .empty))
        #expect(play("<html>").failure?.kind == .notEventStream(contentType: nil, sniffed: .markup))
        #expect(play("nothing").failure?.kind == .notEventStream(contentType: nil, sniffed: .text))
        #expect(play(#"{"error":"x"}"#).failure?.kind.name == "api")
        #expect(play(MessageParts.overloaded).failure?.equivalentStatus == 529)
    }

    // MARK: Bodies

    /// A recognizable error, in any form.
    @Test(
        arguments: [
            #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            " \n{\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n",
            "\u{FEFF}{\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}",
            #"[{"error":{"type":"overloaded_error","message":"m"}}]"#,
            "{\"status\":\"starting\"}\n{\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
            ": ping\n\ndata: {\"type\":\"ping\"}\n\ndata: {\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
        ]
    )
    func errorBodies(_ body: String) {
        for (status, value) in [
            (200, "application/json"), (200, "text/plain"), (503, "application/json"), (400, "x/y"),
        ] {
            let failure = play(body, status, type(value)).failure
            guard case .api(let error) = failure?.kind else {
                Issue.record("\(status) \(value): \(String(describing: failure))")
                continue
            }
            #expect(error.type == .overloaded && error.message?.utf8.elementsEqual("m".utf8) == true)
            #expect(failure?.httpStatus == status)
            #expect(failure?.equivalentStatus == 529)
            #expect(failure?.retry.isTransient == true)
        }
    }

    @Test(
        arguments: [
            ("", MessageStreamFailure.BodyKind.empty), ("<!doctype html>", .markup),
            ("{\"message\":\"Forbidden\"}", .json),
            ("upstream connect error or disconnect/reset before headers", .text), ("\u{1F}x", .binary),
            ("{\"type\":\"message\",\"content\":[]}", .message), ("event: ping\ndata: {}\n\n", .eventStream),
            ("{\"error\":", .json), ("{\"error\":null}", .json),
        ]
    )
    func otherBodies(_ body: String, _ sniffed: MessageStreamFailure.BodyKind) {
        for status in [300, 304, 400, 413, 429, 502, 520, 524, 529, 599, 999] {
            let failure = play(body, status, type("text/html")).failure
            #expect(failure?.kind == .http(status: status, sniffed: sniffed))
            #expect(failure?.httpStatus == status && failure?.equivalentStatus == status)
            #expect(failure?.stage == .beforeMessage)
            #expect(failure?.retry.isTransient == (status == 429 || status >= 500))
            #expect((failure?.excerpt ?? "").isEmpty == body.isEmpty)
        }
        #expect(
            play(body, 200, type("text/html")).failure?.kind
                == .notEventStream(contentType: "text/html", sniffed: sniffed)
        )
    }

    /// The error types that the API documents for a status without an error.
    @Test func equivalentTypes() {
        let types: [(Int, APIErrorType?)] = [
            (302, nil), (400, .invalidRequest), (401, .authentication), (402, .billing), (403, .permission),
            (404, .notFound), (408, .invalidRequest), (409, .conflict), (413, .requestTooLarge), (418, .invalidRequest),
            (429, .rateLimit), (500, .api), (502, .api), (504, .timeout), (524, .api), (529, .overloaded), (600, nil),
        ]
        for (status, type) in types {
            #expect(play("x", status).failure?.equivalentErrorType == type, "\(status)")
        }
        #expect(play("", 413, type("text/html")).failure?.description.contains("request_too_large") == true)
    }

    /// An error of an unknown type has the status of the response, unless that is 2xx.
    @Test func unknownTypes() {
        let body = #"{"type":"error","error":{"type":"novel_error","code":418}}"#
        #expect(play(body, 503).failure?.equivalentStatus == 503)
        #expect(play(body, 200).failure?.equivalentStatus == 418)
        #expect(play(#"{"error":{"type":"novel_error"}}"#, 200).failure?.equivalentStatus == nil)
        #expect(play(#"{"error":{"type":"not_found_error"}}"#, 503).failure?.equivalentStatus == 404)
    }

    /// Only the beginning of a body that is too long is kept, and the rest is not awaited.
    @Test func bodyLimit() {
        let limits = MessageStreamLimits(errorBodyBytes: 100)
        let error = #"{"error":{"type":"overloaded_error","message":""#
        let fitting = error + String(repeating: "x", count: 100 - error.utf8.count - 3) + "\"}}"
        #expect(play(fitting, 500, limits: limits).failure?.kind.name == "api")
        #expect(play(fitting + " ", 500, limits: limits).failure?.kind == .http(status: 500, sniffed: .json))
        var decoder = MessageStreamDecoder(input: .body(status: 500, headers: [:]), limits: limits)
        #expect(throws: MessageStreamFailure.self) { try decoder.decode([UInt8](repeating: 0x78, count: 101)) { _ in } }
        // The default is 1 MiB.
        let long = error + String(repeating: "x", count: (1 << 20) - error.utf8.count - 3) + "\"}}"
        #expect(Playback(Array(long.utf8), input: .body(status: 500, headers: [:])).failure?.kind.name == "api")
        #expect(
            Playback(Array((long + "\n").utf8), input: .body(status: 500, headers: [:])).failure?.kind.name == "http"
        )
    }

    // MARK: IDs

    @Test func ids() {
        let fields: ResponseFields = [
            "Request-Id": "req_h", "CF-Ray": "8abc-FRA", "x-amzn-RequestId": "a-1", "server": "x",
        ]
        let inBody = play(#"{"error":{"type":"api_error"},"request_id":"req_b"}"#, 500, fields).failure
        #expect(inBody?.requestID == "req_b")
        #expect(inBody?.gatewayIDs.map(\.value) == ["a-1", "8abc-FRA"])
        let inHead = play(#"{"error":{"type":"api_error"},"request_id":7}"#, 500, fields).failure
        #expect(inHead?.requestID == "req_h")
        #expect(
            inHead?.description.contains("req_h") == true && inHead?.description.contains("cf-ray 8abc-FRA") == true
        )
        #expect(play("x", 500).failure?.requestID == nil)
    }

    // MARK: Between the frames

    /// An error written into the stream without framing.
    @Test(
        arguments: [
            #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            #"[{"error":{"code":"overloaded_error"}}]"#,
            "{\n  \"type\": \"error\",\n  \"error\": {\n    \"type\": \"overloaded_error\"\n  }\n}",
            "\n{\"error\":{\"code\":529}}",
            "{\"log\":1}\n{\"error\":{\"status\":529}}", "X-Seq: 1\n[2]\n {\"error\":{\"status\":529}} ",
        ]
    )
    func unframed(_ error: String) {
        let before = MessageParts.start + MessageParts.textBlock("Hi")
        for ending in ["", "\n", "\n\n", "\r\n\r\n", "\n\n\(MessageParts.stop)"] {
            let failure = play(before + error + ending, 200, type("text/event-stream")).failure
            #expect(failure?.kind.name == "api", "\(ending.debugDescription)")
            #expect(failure?.equivalentStatus == 529)
            #expect(failure?.stage == .afterContent)
            #expect(failure?.eventIndex == 4)
            // The offset of the JSON that reports the error, after lines that do not.
            let json = error.lastIndex(of: "\n").map { error[$0...] }?.firstIndex(of: "{") ?? error.startIndex
            let start = error.hasPrefix("{\n") ? error.startIndex : json
            let offset = before.utf8.count + error.utf8.distance(from: error.startIndex, to: start)
            #expect(failure?.byteOffset == offset)
            #expect(failure?.partial?.text == "Hi")
        }
    }

    /// Text that reports no error is only noted, and never interpreted as an event.
    @Test(
        arguments: [
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"no"}}"#, "Bad Gateway", "{}",
            "[1]",
            #"{"type":"message_stop"}"#, #"{"a":{"type":"error","error":{}}}"#, #""{\"error\":1}""#, #"{"error":null}"#,
            "{",
        ]
    )
    func unframedText(_ text: String) {
        let body = MessageParts.start + text + "\n\n" + MessageParts.textBlock("Hi") + MessageParts.messageDelta()
        let result = play(body + MessageParts.stop, 200, type("text/event-stream"))
        #expect(result.failure == nil)
        #expect(result.message?.text == "Hi")
        #expect(result.diagnostics.map(\.kind) == [.unframedData])
        #expect(result.diagnostics.first?.byteOffset == MessageParts.start.utf8.count)
        #expect(play(body + text, 200, type("text/event-stream")).failure?.kind.name == "truncated")
    }

    // MARK: Broken heads

    /// The status line determines the failure, even if the rest of the head is malformed or truncated.
    @Test(arguments: ["\u{20}folded\r\n\r\n", "Bad Field: x\r\n\r\n", "x: y"])
    func brokenHead(_ fields: String) {
        func failure(_ status: Int) -> MessageStreamFailure? {
            let head = "HTTP/1.1 \(status) \r\nContent-Type: text/event-stream\r\n"
            return Playback(Array((head + fields).utf8), input: .httpResponse).failure
        }
        let overloaded = failure(529)
        #expect(overloaded?.stage == .beforeResponse)
        #expect(overloaded?.httpStatus == 529 && overloaded?.equivalentStatus == 529)
        #expect(overloaded?.retry.isTransient == true)
        #expect(failure(404)?.httpStatus == 404)
        // A malformed head with status 200 determines nothing.
        #expect(failure(200)?.httpStatus == nil && failure(200)?.equivalentStatus == nil)
        #expect(Playback(Array("HTTP/1.1 100 \r\nx: y".utf8), input: .httpResponse).failure?.httpStatus == nil)
    }

    // MARK: Content codings

    @Test func contentCodings() {
        func kind(_ coding: String, _ status: Int, _ body: [UInt8]) -> MessageStreamFailure.Kind? {
            // The length is that of the encoded body.
            let head = """
                HTTP/1.1 \(status) \r\nContent-Type: text/event-stream\r\nContent-Encoding: \(coding)\r
                \(coding == "identity" ? "X-Length" : "Content-Length"): 9\r\n\r\n
                """
            let result = Playback(Array(head.utf8) + body, input: .httpResponse)
            let notes = result.diagnostics.map(\.kind)
            #expect(notes == (result.failure == nil && coding != "identity" ? [.contentCodingUndone] : []))
            return result.failure?.kind
        }
        let coded: [[UInt8]] = [
            [0x1F, 0x8B, 0x08], [0x28, 0xB5, 0x2F, 0xFD], [0x1B, 0x03, 0x00], [0x78, 0x9C, 0x03],
        ]
        for (coding, body) in zip(["gzip", "zstd", "br", "deflate"], coded) {
            #expect(
                kind(coding, 200, body) == .notEventStream(contentType: "text/event-stream", sniffed: .encoded(coding))
            )
            #expect(kind(coding, 529, body) == .http(status: 529, sniffed: .encoded(coding)))
            // A body that is text is not encoded, regardless of the head.
            #expect(kind(coding, 200, Array(whole.utf8)) == nil)
        }
        #expect(kind("identity", 200, Array(whole.utf8)) == nil)
        // With a separate body, the field names a coding that the client has already removed.
        #expect(play(whole, 200, ["content-type": "text/event-stream", "content-encoding": "gzip"]).failure == nil)
    }

    // MARK: Endings

    private func response(_ body: [UInt8], _ size: Int) -> [UInt8] {
        var bytes = Array(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8
        )
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    /// A response truncated anywhere is complete if and only if `message_stop` was received, regardless of how HTTP
    /// ends it.
    @Test func cutAnywhere() {
        let body = Array(whole.utf8)
        let bytes = response(body, 37)
        let headBytes = response([], 1).count - "0\r\n\r\n".utf8.count
        var wasComplete = false
        for end in 0...bytes.count {
            let result = Playback(Array(bytes[..<end]), input: .httpResponse)
            if wasComplete {
                #expect(result.failure == nil)
                #expect(result.diagnostics.map(\.kind) == (end == bytes.count ? [] : [.responseBrokenAfterStop]))
            } else if let failure = result.failure {
                guard case .truncated(let truncation) = failure.kind else {
                    Issue.record("\(end): \(failure)")
                    return
                }
                #expect(truncation.response != nil && truncation.response != .complete)
                #expect(
                    (failure.stage == .beforeResponse) == (end < headBytes)
                        && (failure.httpStatus == nil) == (end < headBytes)
                )
            } else {
                wasComplete = true
                #expect(result.message?.text == "Hi")
            }
        }
        #expect(wasComplete)
    }

    /// A response that ends normally but too early fails immediately, without another byte.
    @Test func endsTooEarly() {
        let bytes = response(Array((MessageParts.start + MessageParts.textBlock("Hi")).utf8), 50)
        var decoder = MessageStreamDecoder(input: .httpResponse)
        do throws(MessageStreamFailure) {
            try decoder.decode(bytes) { _ in }
            Issue.record("it does not fail")
        } catch {
            guard case .truncated(let truncation) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(truncation.response == .complete)
            #expect(error.description.contains("the server ended the response normally"))
        }
    }

    /// Bytes after the response, and a violation of HTTP after the message, do not affect the message.
    @Test func behindTheEnd() {
        let bytes = response(Array(whole.utf8), 1000)
        let more = Playback(bytes + Array("HTTP/1.1 200 OK\r\n".utf8), input: .httpResponse)
        #expect(more.failure == nil && more.diagnostics.map(\.kind) == [.dataAfterEnd])
        let broken = Playback(Array(bytes.dropLast(5)) + Array("zz\r\n".utf8), input: .httpResponse)
        #expect(broken.failure == nil && broken.diagnostics.map(\.kind) == [.responseBrokenAfterStop])
    }

    /// Ends that are not visible in the bytes.
    @Test func aborted() {
        struct Reset: Error {}
        let kinds: [MessageStreamFailure.Kind] = [
            .cancelled, .stalled(.silence, after: .seconds(3)),
            .transport(MessageStreamFailure.UnderlyingError(Reset())),
        ]
        for kind in kinds {
            var decoder = MessageStreamDecoder(input: .httpResponse)
            let early = decoder.abort(kind)
            #expect(early?.kind == kind && early?.stage == .beforeResponse && early?.httpStatus == nil)
            #expect(early?.retry.replaySafety == (kind == .cancelled ? .never : .safe))
            #expect(early?.retry.isTransient == (kind != .cancelled))
            decoder = MessageStreamDecoder()
            try? decoder.decode((MessageParts.start + MessageParts.textBlock("Hi")).utf8) { _ in }
            let late = decoder.abort(kind)
            #expect(late?.kind == kind && late?.stage == .afterContent && late?.partial?.text == "Hi")
            #expect(late?.retry.replaySafety == (kind == .cancelled ? .never : .duplicatesOutput))
            // The first verdict is final.
            #expect(decoder.abort(.cancelled)?.kind == kind)
            decoder = MessageStreamDecoder()
            try? decoder.decode(whole.utf8) { _ in }
            #expect(decoder.abort(kind) == nil)
            #expect((try? decoder.finish())?.text == "Hi")
        }
    }
}
