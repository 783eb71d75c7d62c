import CaptureCorpus
import Foundation
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// An error that is inserted after any event of a stream is found there, with the correct interpretation and with
/// everything received before it, in every form that a service or a gateway uses.
@Suite(.takesTurns) struct InjectTruthTests {
    /// An error as written in a stream, and the expected result.
    struct Injection: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var type: String?
        var message: String? = "m"
        var status: Int?
        var requestID: String?
        /// Whether the error is written without framing.
        var isUnframed = false
    }

    /// The section "Errors" of the API documentation: each documented type with its status, and one undocumented type.
    static let typed = [
        ("invalid_request_error", 400), ("authentication_error", 401), ("billing_error", 402),
        ("permission_error", 403),
        ("not_found_error", 404), ("conflict_error", 409), ("request_too_large", 413), ("rate_limit_error", 429),
        ("api_error", 500), ("timeout_error", 504), ("overloaded_error", 529), ("later_error", nil),
    ].map { (type: String, status: Int?) in
        Injection(
            testDescription: type,
            text: frame(
                "error",
                #"{"type":"error","error":{"details":null,"type":"\#(type)","message":"m"},"request_id":"req_\#(type)"  }"#
            ),
            type: type,
            status: status,
            requestID: "req_\(type)"
        )
    }

    /// The shapes that gateways give errors.
    static let shapes = [
        Injection(
            testDescription: "without type and event line",
            text: frame(#"{"error":{"message":"m","type":"stream_error"}}"#),
            type: "stream_error"
        ),
        Injection(
            testDescription: "a string and a status, then [DONE]",
            text: frame("error", #"{"error":"m","status":429,"details":"d"}"#) + frame("[DONE]"),
            status: 429
        ),
        Injection(
            testDescription: "an unknown type and a code",
            text: frame("error", #"{"error":{"message":"m","type":"invalid_request","code":400}}"#),
            type: "invalid_request",
            status: 400
        ),
        Injection(testDescription: "flat, no space", text: "event:error\ndata:{\"code\":\"x1\",\"message\":\"m\"}\n\n"),
        Injection(
            testDescription: "flat with type",
            text: frame("error", #"{"type":"error","code":"x1","message":"m","sequence_number":0}"#)
        ),
        Injection(
            testDescription: "a code that is a string of digits",
            text: frame(#"{"error":{"message":"m","type":"server_error","param":null,"code":"500"}}"#)
                + frame("[DONE]"),
            type: "server_error",
            status: 500
        ),
        Injection(
            testDescription: "a code that is a number",
            text: frame(#"{"error":{"message":"m","type":"server_error","param":null,"code":503}}"#),
            type: "server_error",
            status: 503
        ),
        Injection(
            testDescription: "nested twice",
            text: frame("error", #"{"error":{"type":"error","error":{"type":"timeout_error","message":"m"}}}"#),
            type: "timeout_error",
            status: 504
        ),
        Injection(
            testDescription: "a code that tells more than the type",
            text: frame(
                "error",
                #"{"type":"error","error":{"code":"overloaded_error","message":"m","type":"invalid_request_error"}}"#
            ),
            type: "overloaded_error",
            status: 529
        ),
        Injection(testDescription: "not JSON", text: frame("error", "gone: {"), message: "gone: {"),
        Injection(testDescription: "empty data", text: "event: error\ndata:\n\n", message: nil),
        Injection(
            testDescription: "as message_delta",
            text: frame("message_delta", #"{"type":"error","error":{"type":"api_error","message":"m"}}"#),
            type: "api_error",
            status: 500
        ),
        Injection(
            testDescription: "two data lines, CRLF",
            text:
                "event: error\r\ndata: {\"type\":\"error\",\r\ndata: \"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\r\n\r\n",
            type: "api_error",
            status: 500
        ),
        Injection(
            testDescription: "CR",
            text: "event: error\rdata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\r\r",
            type: "api_error",
            status: 500
        ),
        Injection(
            testDescription: "unframed",
            text: #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            type: "overloaded_error",
            status: 529,
            isUnframed: true
        ),
        Injection(
            testDescription: "unframed array over many lines",
            text:
                "[{\n  \"error\": {\n    \"code\": 401,\n    \"message\": \"m\",\n    \"status\": \"UNAUTHENTICATED\"\n  }\n}]\n",
            status: 401,
            isUnframed: true
        ),
        Injection(testDescription: "a line of JSON", text: "{\"error\":\"m\"}\n", isUnframed: true),
    ]

    /// A position after an event, or before the first one, and the expected state there.
    struct Place {
        /// The offset in the body.
        var offset: Int
        /// The number of events before it.
        var events: Int
        var stage: MessageStreamFailure.Stage
        var usesServerTool: Bool
        /// The text of the text blocks, by index.
        var texts: [Int: String]
        /// The number of blocks started.
        var blocks: Int
        /// The verdict already reached.
        var verdict: String?
        /// The message so far, as it is if the body is truncated here.
        var partial: [UInt8]?

        /// The positions in a body, according to the frames as parsed by Foundation.
        static func all(in body: [UInt8]) -> [Place] {
            let start = body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            var place = Place(
                offset: start,
                events: 0,
                stage: .beforeMessage,
                usesServerTool: false,
                texts: [:],
                blocks: 0
            )
            var places = [place]
            for frame in NaiveFrame.all(in: body) {
                place.events += 1
                place.take(frame)
                place.offset = frame.range.upperBound
                // The LF of a CRLF does not belong to any frame.
                if body[place.offset - 1] == 0x0D, place.offset < body.count, body[place.offset] == 0x0A {
                    place.offset += 1
                }
                places.append(place)
            }
            return places
        }

        private mutating func take(_ frame: NaiveFrame) {
            let object = (try? JSONSerialization.jsonObject(with: Data(frame.data)) as? [String: Any]) ?? [:]
            func string(_ outer: String, _ inner: String) -> String? {
                (object[outer] as? [String: Any])?[inner] as? String
            }
            guard verdict == nil else { return }
            switch frame.type {
            case "message_start": stage = .beforeContent
            case "content_block_start":
                blocks += 1
                let type = string("content_block", "type") ?? ""
                if type == "text" { texts[frame.index ?? -1] = string("content_block", "text") }
                if type.hasPrefix("server_tool") { usesServerTool = true }
                // An empty text or thinking block is not content.
                let isEmpty = ["text", "thinking"].contains(type) && string("content_block", type) == ""
                if !isEmpty { stage = max(stage, .afterContent) }
            case "content_block_delta":
                if let text = string("delta", "text") { texts[frame.index ?? -1]! += text }
                let isEmpty = ["text", "thinking", "partial_json"].contains { string("delta", $0) == "" }
                if !isEmpty { stage = max(stage, .afterContent) }
            case "message_delta": if string("delta", "stop_reason") != nil { stage = .afterStopReason }
            case "message_stop", "error": verdict = frame.type
            default: break
            }
        }
    }

    static let captures = Sweep.sample(Capture.small, inDebug: 3)

    /// The positions in the small captures.
    static let places = Dictionary(
        uniqueKeysWithValues: captures.map { capture in
            let places = Sweep.sample(Place.all(in: capture.bytes), inDebug: 7).map { place in
                var place = place
                place.partial = Playback(Array(capture.bytes[..<place.offset])).message?.jsonBytes
                return place
            }
            return (capture.name, places)
        }
    )

    /// Every documented type after every event of the small captures.
    @Test(arguments: captures, typed)
    func typedErrors(_ capture: Capture, _ injection: Injection) {
        check(capture, injection, at: Self.places[capture.name]!)
    }

    /// Every other shape after every event of the small captures.
    @Test(arguments: captures, shapes)
    func otherShapes(_ capture: Capture, _ injection: Injection) {
        check(capture, injection, at: Self.places[capture.name]!)
    }

    /// Every error after some events of the large captures.
    @Test(arguments: Capture.large.filter(\.isSwept))
    func largeCaptures(_ capture: Capture) {
        let places = Place.all(in: capture.bytes)
        var generator = SeededRandom(seed: UInt64(capture.bytes.count))
        for injection in Sweep.sample(Self.typed + Self.shapes, inDebug: 8) {
            // Later positions take longer to decode.
            let first = Int.random(in: 0..<min(40, places.count), using: &generator)
            var chosen = [places[first]]
            if capture.bytes.count < 100_000 {
                chosen += [places.randomElement(using: &generator)!, places[places.count - 1]]
            }
            check(capture, injection, at: chosen)
        }
        check(capture, Self.typed[0], at: [places.randomElement(using: &generator)!, places[places.count - 2]])
    }

    private func check(_ capture: Capture, _ injection: Injection, at places: [Place]) {
        for var place in places {
            if place.partial == nil {
                place.partial = Playback(Array(capture.bytes[..<place.offset])).message?.jsonBytes
            }
            let complaint = complaint(about: injection, in: capture.bytes, at: place)
            #expect(complaint == nil, "behind event \(place.events)")
            if complaint != nil { return }
        }
    }

    /// The first error in the outcome; `nil` if there is none.
    private func complaint(about injection: Injection, in body: [UInt8], at place: Place) -> String? {
        let before = Array(body[..<place.offset])
        // Later bytes have no effect, and not all are needed. An unframed error ends the body.
        let rest = injection.isUnframed ? [] : body[place.offset...].prefix(600)
        let stream = before + Array(injection.text.utf8) + rest
        let result = Playback(stream)
        guard let failure = result.failure else {
            guard place.verdict == "message_stop" else { return "no failure" }
            guard result.message?.jsonBytes == place.partial else { return "another message" }
            return result.diagnostics.contains { $0.byteOffset == place.offset } ? nil : "no diagnostic"
        }
        guard place.verdict != "message_stop" else { return "a failure behind message_stop" }
        // An error already in the stream is the verdict.
        guard place.verdict == nil else {
            return failure.byteOffset < place.offset && failure.eventIndex < place.events ? nil : "the second error"
        }
        guard case .api(let error) = failure.kind else { return "kind \(failure.kind.name)" }
        if error.type?.rawValue != injection.type { return "type \(error.type?.rawValue ?? "nil")" }
        if error.message.map({ Array($0.utf8) }) != injection.message.map({ Array($0.utf8) }) { return "the message" }
        if failure.httpStatus != 200 { return "HTTP status" }
        if failure.equivalentStatus != injection.status { return "equivalent status" }
        if failure.requestID != injection.requestID { return "request id" }
        if failure.stage != place.stage { return "stage \(failure.stage), not \(place.stage)" }
        if failure.eventIndex != place.events { return "event \(failure.eventIndex), not \(place.events)" }
        // Without any frame, an unframed error is the complete body.
        let isWholeBody = injection.isUnframed && place.events == 0
        if !isWholeBody, failure.byteOffset != place.offset { return "byte \(failure.byteOffset), not \(place.offset)" }
        let isTransient = injection.status.map { [408, 409, 429].contains($0) || $0 >= 500 } ?? false
        if failure.retry.isTransient != isTransient { return "transient" }
        let safety: RetryAdvice.ReplaySafety =
            place.usesServerTool ? .mayRepeatServerTools : place.stage >= .afterContent ? .duplicatesOutput : .safe
        if failure.retry.replaySafety != safety { return "replay safety \(failure.retry.replaySafety)" }

        // Everything received before is kept, according to the frames, and as if the stream had been truncated there.
        if result.steps.count != place.events { return "\(result.steps.count) events delivered" }
        let text = place.texts.sorted { $0.key < $1.key }.map(\.value).joined()
        if Array((failure.partial?.text ?? "").utf8) != Array(text.utf8) { return "the text" }
        if (failure.partial?.content.count ?? 0) != place.blocks { return "the number of blocks" }
        if failure.partial?.jsonBytes != place.partial { return "the partial message" }
        return nil
    }
}
