internal import MessageStream
internal import ServerSentEvents

/// An error in the middle of a response, in a shape that was seen on the wire.
public struct InjectedError: Sendable, Hashable {
    public var shape: Shape
    /// The event after which the error is sent; 0 for the start. Ignored by shapes that replace the complete response.
    public var after: Int
    /// The type of the error.
    public var type: String
    /// The message of the error; `nil` for the default.
    public var message: String?
    /// The status that the error states, or that of the response, for shapes that replace it; `nil` for the default.
    /// Ignored by shapes without a status.
    public var status: Int?
    /// The request ID in the error. With `nil`, only the shape that requires an ID has one.
    public var requestID: String?
    /// What follows the error; `nil` for the default of the shape.
    public var next: Next?

    /// What follows an error.
    public enum Next: String, Sendable, Hashable, CaseIterable {
        /// The response ends as its framing declares.
        case end
        /// The connection closes.
        case cut
        /// The stream continues.
        case `continue`
    }

    /// Creates an error.
    public init(
        _ shape: Shape = .event,
        after: Int = 1,
        type: String? = nil,
        message: String? = nil,
        status: Int? = nil,
        requestID: String? = nil,
        next: Next? = nil
    ) {
        self.shape = shape
        self.after = after
        self.type = type ?? (shape == .statusInside ? "upstream_error" : "overloaded_error")
        self.message = message
        self.status = status
        self.requestID = requestID
        self.next = next
    }

    /// The shapes of errors and other failures. The numbers are those of the file names in `Corpus/faults`.
    ///
    /// The numbers 6, 23, 24, 32, 55, 56, 61, 62, 63, 66, 68, 69 and 70 are variants of streams that succeed, 71 is a
    /// capture of several responses, and the numbers between 32 and 51 have no shape. None of them can be injected.
    public enum Shape: Int, Sendable, Hashable, CaseIterable {
        /// An `error` event, as the API sends it.
        case event = 1
        /// The same, padded with spaces and with `details` null.
        case padded = 2
        /// The same, with a request ID.
        case withRequestID = 3
        /// The connection closes in the middle of a frame.
        case cutInFrame = 4
        /// The body is empty.
        case empty = 5
        /// An event without a name or type.
        case withoutType = 7
        /// A string with a status beside it, followed by `[DONE]`.
        case stringAndStatus = 8
        /// A type that the API does not define, with a numeric code that is a status.
        case numericCode = 9
        /// A flat object with code and message only, without spaces after the colons.
        case flat = 10
        /// A flat object with a type.
        case flatWithType = 11
        /// The JSON of the error without any framing.
        case raw = 12
        /// A code that is a string of digits, followed by `[DONE]`.
        case stringCode = 13
        /// An error within an error.
        case nested = 14
        /// A code that is more specific than the type.
        case typeInCode = 15
        /// An `error` event whose data is not JSON.
        case notJSON = 16
        /// An error under another event name.
        case otherEventName = 17
        /// An `error` event after which the stream continues.
        case ignored = 18
        /// An `error` event after the last event: the message is complete.
        case afterStop = 19
        /// An error in two `data` lines.
        case twoDataLines = 20
        /// A second `message_start`.
        case secondStart = 21
        /// A delta of a block that never began.
        case unknownBlock = 22
        /// The response is a JSON error.
        case jsonResponse = 25
        /// The response is an HTML page of a CDN.
        case htmlResponse = 26
        /// The body is compressed, but the head does not declare it.
        case gzip = 27
        /// A JSON array without framing.
        case rawArray = 28
        /// A line of JSON without framing.
        case jsonLine = 29
        /// A message without content that looks like a success.
        case emptyMessage = 30
        /// The stream falls silent.
        case silence = 31
        /// The JSON of the error without framing, with the next frame directly after its line.
        case rawBeforeFrame = 51
        /// Text followed by the JSON of the error, without framing.
        case rawAfterWords = 52
        /// A field named `error`.
        case fieldNamedError = 53
        /// An `error` event with a comment but no data, so it is not dispatched.
        case commentOnly = 54
        /// A frame whose JSON is cut, followed by an `error` event.
        case cutThenError = 57
        /// A status inside the error, whose type is unknown.
        case statusInside = 58
        /// A flat object marked by `"object":"error"`.
        case object = 59
        /// A type beside the error.
        case outerType = 60
        /// The response is a JSON error that contains a byte that is not UTF-8.
        case brokenUTF8Response = 64
        /// The final text of a gateway, without a blank line.
        case lastWords = 65
        /// The message ends too early, as if it were complete.
        case forgedCompletion = 67
    }
}

extension InjectedError.Shape {
    /// Whether the shape replaces the complete response, so that it has no place in it.
    public var replacesResponse: Bool {
        switch self {
        case .empty, .jsonResponse, .htmlResponse, .gzip, .emptyMessage, .brokenUTF8Response, .afterStop: true
        default: false
        }
    }

    /// Whether the response continues after the error by default.
    var next: InjectedError.Next {
        switch self {
        case .ignored, .rawBeforeFrame, .secondStart, .unknownBlock: .continue
        case .cutInFrame: .cut
        default: .end
        }
    }

    /// A sentence that explains why a number is not a shape that can be injected.
    static func reasonAgainst(_ number: Int) -> String {
        let known = allCases.map { String($0.rawValue) }.joined(separator: ", ")
        switch number {
        case 6, 23, 24, 32, 55, 56, 61, 62, 63, 66, 68, 69, 70:
            return
                "shape \(number) is a variant of a stream that succeeds, so it cannot be injected; use one of \(known)"
        case 71: return "shape 71 is a capture of several responses, so it cannot be injected; use one of \(known)"
        default: return "there is no shape \(number); use one of \(known)"
        }
    }
}

extension InjectedError {
    /// The bytes that this shape sends in the middle of a stream.
    ///
    /// A writer writes every event. Literals are what it cannot write: bytes outside of events, an event that is cut
    /// off, lines without data, and fields without a space after the colon.
    var bytes: [UInt8] {
        let error = #""type":\#(json(type)),"message":\#(json(text))"#
        let id = requestID.map { #","request_id":\#(json($0))"# } ?? ""
        let envelope = #"{"type":"error","error":{\#(error)}\#(id)}"#
        let code = status ?? APIErrorType(rawValue: type).documentedStatus ?? 500
        switch shape {
        case .event, .ignored, .afterStop: return event("error", envelope)
        case .padded:
            let padded = #"{"type": "error", "error": {"details":null,\#(error)}\#(id)"#
            return event("error", padded + "              }")
        case .withRequestID:
            let id = #","request_id":\#(json(requestID ?? "req_011CInjected"))"#
            return event("error", #"{"type":"error","error":{"details":null,\#(error)}\#(id)}"#)
        case .cutInFrame: return Array("event: content_block_delta\ndata: {\"type\":\"content_blo".utf8)
        case .withoutType: return event(nil, #"{"error":{"message":\#(json(text)),"type":\#(json(type))}\#(id)}"#)
        case .stringAndStatus:
            let details = #""status":\#(code),"details":\#(json(type))"#
            return event("error", #"{"error":\#(json(text)),\#(details)\#(id)}"#) + event(nil, "[DONE]")
        case .numericCode:
            return event("error", #"{"error":{"message":\#(json(text)),"type":\#(json(type)),"code":\#(code)}\#(id)}"#)
        case .flat: return Array("event:error\ndata:{\"code\":\(json(type)),\"message\":\(json(text))}\n\n".utf8)
        case .flatWithType:
            let members = #""code":\#(json(type)),"message":\#(json(text)),"sequence_number":0"#
            return event("error", #"{"type":"error",\#(members)}"#)
        case .raw: return Array(envelope.utf8)
        case .stringCode:
            let members = #""message":\#(json(text)),"type":\#(json(type)),"param":null,"code":"\#(code)""#
            return event(nil, #"{"error":{\#(members)}\#(id)}"#) + event(nil, "[DONE]")
        case .nested: return event("error", #"{"error":\#(envelope)}"#)
        case .typeInCode:
            let members = #""code":\#(json(type)),"message":\#(json(text)),"type":"invalid_request_error""#
            return event("error", #"{"type":"error","error":{\#(members)}\#(id)}"#)
        case .notJSON: return event("error", text)
        case .otherEventName: return event("message_delta", envelope)
        case .twoDataLines: return event("error", #"{"type":"error","# + "\n" + #""error":{\#(error)}\#(id)}"#)
        case .secondStart: return Self.messageStart
        case .unknownBlock:
            let delta = #""delta":{"type":"text_delta","text":"?"}"#
            return event("content_block_delta", #"{"type":"content_block_delta","index":4095,\#(delta)}"#)
        case .rawArray:
            let status = type.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
            let name = json(String(decoding: status, as: UTF8.self))
            return Array(#"[{"error":{"code":\#(code),"status":\#(name),"message":\#(json(text))}}]"#.utf8)
        case .jsonLine: return Array("{\"error\":\(json(text))}\n".utf8)
        case .silence: return []
        case .rawBeforeFrame: return Array((envelope + "\n").utf8)
        case .rawAfterWords: return Array(("upstream connect error\n" + envelope + "\n\n").utf8)
        case .fieldNamedError:
            return Array("error: {\"error\":{\"code\":\(code),\(error)}}\n\n".utf8)
        case .commentOnly:
            let line = String(decoding: text.utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self)
            return Array("event: error\n: \(line)\n\n".utf8)
        case .cutThenError:
            let delta = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"The"#
            return event("content_block_delta", delta) + event("error", envelope)
        case .statusInside:
            return event("error", #"{"type":"error","error":{\#(error),"status_code":\#(status ?? 503)}\#(id)}"#)
        case .object: return event(nil, #"{"object":"error",\#(error),"code":\#(code)}"#)
        case .outerType: return event("error", #"{"type":\#(json(type)),"error":{"message":\#(json(text))}\#(id)}"#)
        case .lastWords: return Array((message ?? "Internal Server Error").utf8)
        case .forgedCompletion: return Self.forgedEnd
        case .empty, .jsonResponse, .htmlResponse, .gzip, .emptyMessage, .brokenUTF8Response: return []
        }
    }

    /// The bodies of the shapes that replace the response.
    static var emptyMessage: [UInt8] { messageStart + forgedEnd }

    private static var messageStart: [UInt8] {
        let message = #""id":"msg_01Injected","type":"message","role":"assistant","model":"claude","content":[]"#
        let rest = #""stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":0}"#
        return EventStreamWriter.frame("message_start", #"{"type":"message_start","message":{\#(message),\#(rest)}}"#)
    }

    private static var forgedEnd: [UInt8] {
        let delta = #""delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":0}"#
        return EventStreamWriter.frame("message_delta", #"{"type":"message_delta",\#(delta)}"#)
            + EventStreamWriter.frame("message_stop", #"{"type":"message_stop"}"#)
    }

    /// The message of the error.
    var text: String { message ?? APIErrorText.usual(for: type) }

    private func json(_ text: String) -> String { APIErrorText.json(text) }

    private func event(_ name: String?, _ data: String) -> [UInt8] { EventStreamWriter.frame(name, data) }
}

/// The texts of errors.
enum APIErrorText {
    /// The default message of an error of this type.
    static func usual(for type: String) -> String {
        switch APIErrorType(rawValue: type) {
        case .overloaded: "Overloaded"
        case .api: "Internal server error"
        case .rateLimit: "This request would exceed your rate limit"
        case .timeout: "Request timed out"
        default: "The request failed"
        }
    }

    /// The type that the API documents for an error status.
    static func type(for status: Int) -> String {
        (APIErrorType(documentedFor: status) ?? .api).rawValue
    }

    /// A text as a JSON string.
    static func json(_ text: String) -> String {
        "\"" + String(decoding: JSONWriter.escape(text), as: UTF8.self) + "\""
    }

    /// The body of a failed response: an error of the API.
    static func body(type: String, message: String?, requestID: String? = nil) -> [UInt8] {
        let id = requestID.map { #","request_id":\#(json($0))"# } ?? ""
        let error = #""type":\#(json(type)),"message":\#(json(message ?? usual(for: type)))"#
        return Array(#"{"type":"error","error":{\#(error)}\#(id)}"#.utf8)
    }

    /// An HTML page as a CDN sends it.
    static func page(status: Int) -> [UInt8] {
        let title = "\(status) \(reason(for: status))"
        return Array(
            "<html>\r\n<head><title>\(title)</title></head>\r\n<body>\r\n<center><h1>\(title)</h1></center>\r\n</body>\r\n</html>\r\n"
                .utf8
        )
    }

    /// The reason phrase of a status.
    static func reason(for status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 529: "Overloaded"
        default: status < 400 ? "OK" : "Error"
        }
    }
}
