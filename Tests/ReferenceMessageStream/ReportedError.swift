import Foundation

/// A form in which a service or a gateway reports an error, and its meaning.
public struct ReportedError: Sendable, CustomStringConvertible {
    /// The JSON, on one line.
    public var json: String
    public var type: String?
    public var message: String?
    /// The equivalent status, in a stream with status 200.
    public var status: Int?
    public var requestID: String?
    /// The places where the JSON reports an error, in addition to the data of an event named `error`.
    public var places: Set<Place> = [.frame, .raw]

    public enum Place: Sendable {
        /// As the data of an event with another name, or with none.
        case frame
        /// Without framing, or as the value of a field named `error`.
        case raw
    }

    public var description: String { json }

    /// Whether the same request may succeed later.
    public var isTransient: Bool { status.map { [408, 409, 429].contains($0) || $0 >= 500 } ?? false }

    /// The same JSON over many lines.
    public var indented: String {
        var text = ""
        var depth = 0
        var isInString = false
        for character in json {
            if character == "\"" { isInString.toggle() }
            let isSign = !isInString && "{}[],".contains(character)
            if isSign, "}]".contains(character) {
                depth -= 1
                text += "\n" + String(repeating: " ", count: 2 * depth)
            }
            text.append(character)
            guard isSign, character != "}", character != "]" else { continue }
            if character != "," { depth += 1 }
            text += "\n" + String(repeating: " ", count: 2 * depth)
        }
        return text
    }

    /// All known forms, each of which is an error as the data of an event named `error`.
    public static let all: [ReportedError] = [
        Self(
            json: #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            type: "overloaded_error",
            message: "Overloaded",
            status: 529
        ),
        Self(
            json: #"{"type": "error", "error": {"details":null, "type": "api_error", "message": "Failed"}      }"#,
            type: "api_error",
            message: "Failed",
            status: 500
        ),
        Self(
            json: #"{"type":"error","error":{"type":"rate_limit_error","message":"Slow"},"request_id":"req_7"}"#,
            type: "rate_limit_error",
            message: "Slow",
            status: 429,
            requestID: "req_7"
        ),
        Self(
            json: #"{"request_id":"","error":{"message":"No","type":"permission_error"},"type":"error"}"#,
            type: "permission_error",
            message: "No",
            status: 403
        ),
        Self(json: #"{"error":{"message":"Gone","type":"stream_error"}}"#, type: "stream_error", message: "Gone"),
        Self(json: #"{"error":"Try later","status":429,"details":"none"}"#, message: "Try later", status: 429),
        Self(
            json: #"{"error":{"message":"Bad","type":"invalid_request","code":400}}"#,
            type: "invalid_request",
            message: "Bad",
            status: 400
        ),
        Self(json: #"{"code":"bad_gateway","message":"Refused"}"#, message: "Refused", places: []),
        Self(json: #"{"type":"error","code":"busy","message":"Busy","sequence_number":0}"#, message: "Busy"),
        Self(
            json: #"{"error":{"message":"Broken","type":"server_error","param":null,"code":"500"}}"#,
            type: "server_error",
            message: "Broken",
            status: 500
        ),
        Self(
            json: #"{"error":{"type":"error","error":{"type":"timeout_error","message":"Late"}}}"#,
            type: "timeout_error",
            message: "Late",
            status: 504
        ),
        Self(
            json:
                #"{"type":"error","error":{"code":"overloaded_error","message":"Full","type":"invalid_request_error"}}"#,
            type: "overloaded_error",
            message: "Full",
            status: 529
        ),
        Self(
            json: #"[{"error":{"code":401,"status":"UNAUTHENTICATED","message":"Who"}}]"#,
            message: "Who",
            status: 401,
            places: [.raw]
        ),
        Self(json: #"{"error":"plain words"}"#, message: "plain words"),
        Self(
            json: #"{"error":{"type":"upstream_error","message":"Gone","status_code":503}}"#,
            type: "upstream_error",
            message: "Gone",
            status: 503
        ),
        Self(json: #"{"error":{"message":"Conflict","status":409}}"#, message: "Conflict", status: 409),
        Self(json: #"{"error":{"code":422,"message":"Odd"}}"#, message: "Odd", status: 422),
        Self(
            json: #"{"object":"error","message":"Unloaded","type":"BadRequestError","param":null,"code":400}"#,
            type: "BadRequestError",
            message: "Unloaded",
            status: 400
        ),
        Self(
            json: #"{"type":"overloaded_error","error":{"message":"Outer type"}}"#,
            type: "overloaded_error",
            message: "Outer type",
            status: 529
        ),
        Self(
            json: #"{"error":{"type":"billing_error"},"message":"Outer message"}"#,
            type: "billing_error",
            message: "Outer message",
            status: 402
        ),
        Self(json: #"{"error":"overloaded_error"}"#, type: "overloaded_error", status: 529),
        Self(json: #"{"success":false,"error":true}"#),
        Self(json: #"{"error":false}"#, places: []),
        Self(json: #"{"detail":"quota exceeded"}"#, places: []),
        Self(
            json: #"{"type":"chunk_failed","error":{"type":"api_error","message":"Inside"}}"#,
            type: "api_error",
            message: "Inside",
            status: 500,
            places: [.raw]
        ),
    ]

    /// The error in a JSON text, regardless of whitespace.
    public static func named(_ json: String) -> ReportedError? { byJSON[key(json)] }

    private static let byJSON = Dictionary(uniqueKeysWithValues: all.map { (key($0.json), $0) })

    /// The JSON with its members sorted and without spaces.
    private static func key(_ json: String) -> String {
        let value = try? JSONSerialization.jsonObject(with: Data(json.utf8))
        let data = value.flatMap { try? JSONSerialization.data(withJSONObject: $0, options: .sortedKeys) }
        return data.map { String(decoding: $0, as: UTF8.self) } ?? json
    }
}
