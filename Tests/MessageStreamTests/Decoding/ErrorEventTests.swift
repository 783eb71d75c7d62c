import MessageStream
import TestScheduling
import Testing

/// Which frames are errors, and how they are interpreted. The rows are the shapes of failures seen on the wire.
@Suite(.takesTurns) struct ErrorEventTests {
    private static let content =
        MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("a")

    /// The error in `frames` after some content; `nil` if there is none.
    private func error(_ frames: String, after before: String = Self.content) -> APIError? {
        let failure = Playback(before + frames).failure
        guard case .api(let error) = failure?.kind else { return nil }
        #expect(failure?.httpStatus == 200)
        #expect(failure?.equivalentStatus == error.equivalentStatus)
        #expect(failure?.requestID == error.requestID)
        #expect(failure?.retry.isTransient == error.isTransient)
        #expect(failure?.byteOffset == before.utf8.count)
        return error
    }

    // MARK: What counts as an error

    @Test(
        arguments: [
            // The name decides, regardless of the data.
            frame("error", #"{"type":"error","error":{"type":"api_error"}}"#), frame("error", ""), frame("error", "{}"),
            frame("error", "null"), frame("error", #"{"type":"ping"}"#), frame("error", "not JSON"),
            frame("error", #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#),
            // The type of the data decides, under any name.
            frame(#"{"type":"error"}"#), frame("message_delta", #"{"type":"error","error":{"message":"m"}}"#),
            frame("ping", #"{"error":null,"type":"error"}"#), frame("later", #"{"type":"ping","type":"error"}"#),
            frame("later", #"{"t\u0079pe":"err\u006fr"}"#),
            // Without a type, a meaningful `error` member decides.
            frame(#"{"error":{"a":0}}"#), frame(#"{"error":"text"}"#), frame("later", #"{"error":true}"#),
            frame(#"{"type":null,"error":[0]}"#), frame("later", #"{"error":-0.5e3}"#),
            frame(#"{"error":null,"error":1}"#), frame(#"{"\u0065rror":{"message":"m"}}"#),
            // So does one with the `type` of an error, and an object with the value `error` for `object`.
            frame(#"{"type":"overloaded_error","error":{"message":"m"}}"#),
            frame(#"{"object":"error","message":"m","type":"BadRequestError","code":400}"#),
        ]
    )
    func isAnError(_ frames: String) {
        #expect(error(frames) != nil)
        #expect(error(frames, after: "") != nil)
        // A later stop does not change that.
        #expect(error(frames + MessageParts.end) != nil)
    }

    @Test(
        arguments: [
            frame(#"{"error":null}"#), frame("later", #"{"error":null}"#), frame("ping", #"{"error":1,"error":null}"#),
            frame("later", #"{"type":"later","error":{"type":"error"}}"#), frame("later", #"[{"type":"error"}]"#),
            frame("later", #""error""#), frame(#"{"type":"ping","error":{"message":"m"}}"#),
            frame(#"{"a":{"type":"error","error":{}}}"#), frame("later", #"{"a":"{\"type\":\"error\"}"}"#),
            frame("Error", "{}"), frame("error ", "{}"), frame("errors", "{}"), ": event: error\n\n",
            "event: error\n\n",
            MessageParts.textDelta(#"\n\nevent: error\ndata: {\"type\":\"error\"}\n\n"#),
            MessageParts.delta(0, #"{"type":"text_delta","text":"x","error":{"type":"error"}}"#),
            MessageParts.delta(0, #"{"type":"later_delta","error":{"type":"error"}}"#),
            MessageParts.blockStart(1, #"{"type":"x_tool_result","content":{"type":"error","error":{}}}"#),
        ]
    )
    func isNoError(_ frames: String) {
        let result = Playback(Self.content + frames + MessageParts.end)
        #expect(result.failure == nil)
        #expect(result.message != nil)
    }

    // MARK: Interpretation

    /// A documented envelope.
    @Test(arguments: [MessageParts.start, ""])
    func documentedShape(_ before: String) {
        let plain = error(MessageParts.overloaded, after: before)
        let padded = error(
            frame(
                "error",
                #"{"type": "error", "error": {"details":null,"type": "overloaded_error", "message": "Overloaded"}            }"#
            ),
            after: before
        )
        for error in [plain, padded] {
            #expect(error?.type == .overloaded)
            #expect(error?.message == "Overloaded")
            #expect(error?.equivalentStatus == 529)
            #expect(error?.requestID == nil)
            #expect(error?.details == nil)
            #expect(error?.isTransient == true)
        }
    }

    /// The expected error for each shape: type, message, code, status, request ID.
    struct Shape: Sendable, CustomTestStringConvertible {
        var row: Int
        var frames: String
        var type: String?
        var message: String?
        var code: String?
        var status: Int?
        var requestID: String?

        var testDescription: String { "row \(row)" }
    }

    @Test(
        arguments: [
            Shape(
                row: 3,
                frames: frame(
                    "error",
                    #"{"type":"error","error":{"type":"api_error","message":"m"},"request_id":"req_1"}"#
                ),
                type: "api_error",
                message: "m",
                status: 500,
                requestID: "req_1"
            ),
            Shape(
                row: 7,
                frames: frame(#"{"error":{"message":"m","type":"stream_error"}}"#),
                type: "stream_error",
                message: "m"
            ),
            Shape(
                row: 8,
                frames: frame("error", #"{"error":"text","status":429,"details":"d"}"#) + frame("[DONE]"),
                message: "text",
                status: 429
            ),
            Shape(
                row: 9,
                frames: frame("error", #"{"error":{"message":"invalid request","type":"invalid_request","code":400}}"#),
                type: "invalid_request",
                message: "invalid request",
                code: "400",
                status: 400
            ),
            Shape(row: 10, frames: "event:error\ndata:{\"code\":\"c\",\"message\":\"m\"}\n\n", message: "m", code: "c"),
            Shape(
                row: 11,
                frames: frame("error", #"{"type":"error","code":"c","message":"m","sequence_number":0}"#),
                message: "m",
                code: "c"
            ),
            Shape(
                row: 13,
                frames: frame(#"{"error":{"message":"m","type":"t","param":null,"code":"500"}}"#) + frame("[DONE]"),
                type: "t",
                message: "m",
                code: "500",
                status: 500
            ),
            Shape(
                row: 13,
                frames: frame(#"{"error":{"message":"m","type":"t","param":null,"code":500}}"#),
                type: "t",
                message: "m",
                code: "500",
                status: 500
            ),
            Shape(
                row: 14,
                frames: frame(
                    #"{"error":{"type":"error","error":{"type":"overloaded_error","message":"m"},"request_id":"req_2"}}"#
                ),
                type: "overloaded_error",
                message: "m",
                status: 529,
                requestID: "req_2"
            ),
            Shape(
                row: 15,
                frames: frame(
                    #"{"type":"error","error":{"code":"overloaded_error","message":"Overloaded","#
                        + #""type":"invalid_request_error"}}"#
                ),
                type: "overloaded_error",
                message: "Overloaded",
                code: "overloaded_error",
                status: 529
            ),
            Shape(row: 16, frames: frame("error", "upstream is gone"), message: "upstream is gone"),
            Shape(
                row: 16,
                frames: frame("error", #"{"type":"error","error":{"ty"#),
                message: #"{"type":"error","error":{"ty"#
            ),
            Shape(row: 16, frames: frame("error", "")),
            Shape(
                row: 16,
                frames: frame("error", #"{"error":{"type":"api_error"}} and more"#),
                message: #"{"error":{"type":"api_error"}} and more"#
            ),
            Shape(
                row: 17,
                frames: frame("message_delta", #"{"type":"error","error":{"type":"rate_limit_error","message":"m"}}"#),
                type: "rate_limit_error",
                message: "m",
                status: 429
            ),
            Shape(
                row: 20,
                frames: "event: error\ndata: {\"type\":\"error\",\ndata: \"error\":{\"type\":\"timeout_error\"}}\n\n",
                type: "timeout_error",
                status: 504
            ),
        ]
    )
    func shape(_ shape: Shape) {
        for before in [Self.content, ""] {
            let error = error(shape.frames, after: before)
            #expect(error?.type?.rawValue == shape.type)
            #expect(error?.message == shape.message)
            #expect(error?.code == shape.code)
            #expect(error?.equivalentStatus == shape.status)
            #expect(error?.requestID == shape.requestID)
        }
    }

    @Test func details() throws {
        let details = #"{"type":"error","error":{"type":"t","details":{ "a":[1] }}}"#
        #expect(error(frame(details))?.details == (try RawJSON(validating: #"{ "a":[1] }"#)))
        #expect(error(frame("error", #"{"error":"x","details":"d"}"#))?.details == (try RawJSON(validating: #""d""#)))
    }

    /// Members of undocumented types are ignored.
    @Test func oddMembers() {
        let odd = error(frame("error", #"{"type":"error","error":{"type":5,"message":[]},"request_id":7}"#))
        #expect(odd == APIError())
        #expect(error(frame("error", #"{"type":"error","error":null}"#)) == APIError())
        #expect(error(frame("error", "[]"))?.message == "[]")
    }

    /// Any depth of nesting comes to an end.
    @Test func envelopesAroundEnvelopes() {
        let deep = String(repeating: #"{"error":"#, count: 400) + "1" + String(repeating: "}", count: 400)
        #expect(error(frame(deep)) != nil)
        let deeper = String(repeating: #"{"error":"#, count: 100_000)
        #expect(error(frame("error", deeper))?.type == nil)
    }

    // MARK: Types

    /// Type, documented status, and whether the official clients retry.
    @Test(
        arguments: [
            ("invalid_request_error", 400, false), ("authentication_error", 401, false), ("billing_error", 402, false),
            ("permission_error", 403, false), ("not_found_error", 404, false), ("conflict_error", 409, true),
            ("request_too_large", 413, false), ("rate_limit_error", 429, true), ("api_error", 500, true),
            ("timeout_error", 504, true), ("overloaded_error", 529, true),
        ]
    )
    func documentedTypes(_ type: String, status: Int, isTransient: Bool) {
        let error = error(frame("error", #"{"type":"error","error":{"type":"\#(type)","message":"m"}}"#))
        #expect(error?.type == APIErrorType(rawValue: type))
        #expect(error?.type?.documentedStatus == status)
        #expect(error?.equivalentStatus == status)
        #expect(error?.isTransient == isTransient)
    }

    @Test func typesHaveNames() {
        let names: [APIErrorType] = [
            .invalidRequest, .authentication, .billing, .permission, .notFound, .conflict, .requestTooLarge, .rateLimit,
            .api, .timeout, .overloaded,
        ]
        #expect(names.compactMap(\.documentedStatus) == [400, 401, 402, 403, 404, 409, 413, 429, 500, 504, 529])
    }

    /// An unknown type implies no status, unless the error itself reports one.
    @Test func unknownTypes() {
        let unknown = error(frame("error", #"{"type":"error","error":{"type":"later_error","message":"m"}}"#))
        #expect(unknown?.type == "later_error")
        #expect(unknown?.equivalentStatus == nil)
        #expect(unknown?.isTransient == false)
        for (stated, isTransient) in [(408, true), (409, true), (429, true), (503, true), (418, false), (422, false)] {
            for member in ["status", "status_code", "code"] {
                let error = error(frame("error", #"{"type":"error","error":{"type":"t","\#(member)":\#(stated)}}"#))
                #expect(error?.equivalentStatus == stated)
                #expect(error?.isTransient == isTransient)
            }
        }
        for odd in [200, 0, -1, 399, 600, 99999] {
            #expect(error(frame(#"{"error":{"code":\#(odd)}}"#))?.equivalentStatus == nil)
        }
        // The documented status of a known type takes precedence.
        let known = error(frame("error", #"{"type":"error","error":{"type":"overloaded_error","status":500}}"#))
        #expect(known?.equivalentStatus == 529)
    }
}
