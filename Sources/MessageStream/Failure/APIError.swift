import ServerSentEvents

/// What kind of error the API reports: the `error.type` of the Messages API.
public struct APIErrorType: OpenString {
    /// The name on the wire.
    public let rawValue: String

    /// The type named `rawValue`, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The request was wrong: 400.
    public static let invalidRequest: Self = "invalid_request_error"
    /// The API key was wrong: 401.
    public static let authentication: Self = "authentication_error"
    /// There is something wrong with billing: 402.
    public static let billing: Self = "billing_error"
    /// The API key may not do this: 403.
    public static let permission: Self = "permission_error"
    /// There is no such resource: 404.
    public static let notFound: Self = "not_found_error"
    /// The request conflicts with another: 409.
    public static let conflict: Self = "conflict_error"
    /// The request was too large: 413.
    public static let requestTooLarge: Self = "request_too_large"
    /// A rate limit was reached: 429.
    public static let rateLimit: Self = "rate_limit_error"
    /// Something went wrong inside the service: 500.
    public static let api: Self = "api_error"
    /// The service took too long: 504.
    public static let timeout: Self = "timeout_error"
    /// The service is overloaded: 529.
    public static let overloaded: Self = "overloaded_error"

    /// The HTTP status that the API documents for this type, or nil if the type is not documented.
    public var documentedStatus: Int? {
        switch self {
        case .invalidRequest: 400
        case .authentication: 401
        case .billing: 402
        case .permission: 403
        case .notFound: 404
        case .conflict: 409
        case .requestTooLarge: 413
        case .rateLimit: 429
        case .api: 500
        case .timeout: 504
        case .overloaded: 529
        default: nil
        }
    }

    /// The type that the API documents for an HTTP status: "any other 4xx" is an `invalid_request_error`, and what else
    /// goes wrong on the service's side an `api_error`. Nil for a status that is no error.
    public init?(documentedFor status: Int) {
        let documented: [Self] = [
            .authentication, .billing, .permission, .notFound, .conflict, .requestTooLarge, .rateLimit, .timeout,
            .overloaded,
        ]
        if let type = documented.first(where: { $0.documentedStatus == status }) {
            self = type
        } else {
            switch status {
            case 400...499: self = .invalidRequest
            case 500...599: self = .api
            default: return nil
            }
        }
    }
}

/// An error that the API, or a gateway in front of it, reports in words of its own.
public struct APIError: Error, Sendable, Hashable {
    /// What kind of error it is, if that is said.
    public var type: APIErrorType?
    /// What the service says about it, if anything.
    public var message: String?
    /// The `code` that some gateways give beside the type or instead of it.
    public var code: String?
    /// The HTTP status that the error itself names, 400 to 599, if it names one.
    public var statedStatus: Int?
    /// The `details`, as they came.
    public var details: RawJSON?
    /// The request id that stands beside the error.
    public var requestID: String?
    /// The status of the response that carried the error, if that was not 2xx. Nil for an error in a stream.
    public var responseStatus: Int?
    /// The JSON of the event or body that reported the error, as received, so that no member of it is lost. Nil if that
    /// is not JSON, or longer than 64 KiB.
    public var json: RawJSON?

    /// Creates an error of which nothing is known.
    public init() {}

    /// Whether both errors say the same, however their ``json`` is written.
    public static func == (a: Self, b: Self) -> Bool {
        a.type == b.type && a.message == b.message && a.code == b.code && a.statedStatus == b.statedStatus
            && a.details == b.details && a.requestID == b.requestID && a.responseStatus == b.responseStatus
    }

    /// Feeds what the error says.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(message)
        hasher.combine(code)
        hasher.combine(statedStatus)
        hasher.combine(requestID)
    }

    /// The status of the error as one of HTTP: the documented status of its type, else that of a response that is not
    /// 2xx, else one that the error itself states. Nil without any of these.
    ///
    /// An `invalid_request_error` stands for any 4xx that has no type of its own: beside a status that is not 2xx, that
    /// status counts.
    public var equivalentStatus: Int? {
        if type == .invalidRequest, let responseStatus { return responseStatus }
        return type?.documentedStatus ?? responseStatus ?? statedStatus
    }

    /// Whether the same request may succeed later: the status of the error or of its response is 408, 409, 429, or 500
    /// and above.
    public var isTransient: Bool {
        [equivalentStatus, responseStatus].contains { $0.map(RetryAdvice.isTransient(status:)) ?? false }
    }

    /// Whether the error says that a spend cap is reached: the `error_code` of its ``details``.
    var namesSpendCap: Bool {
        guard let details, var members = try? JSONObjectMembers(details, only: ["error_code"]),
            let code = try? members.takeString("error_code")
        else { return false }
        return ["contract_spend_limit_reached", "enforced_spend_limit_reached"].contains {
            $0.utf8.elementsEqual(code.utf8)
        }
    }
}

// MARK: - Envelopes

extension APIError {
    /// The most bytes of JSON that ``json`` keeps.
    private static let jsonLimit = 64 << 10

    /// The error in the data of an `error` event, whatever that is. What is not JSON is a message as a whole.
    init(eventData data: RawSpan) {
        let text = data.withoutPadding
        if JSONReader.isText(text), let error = APIError(envelope: text) {
            self = error
        } else if let error = APIError(lastLineOf: text) {
            self = error
        } else {
            self.init()
            message = data.isEmpty ? nil : String(decoding: data)
        }
    }

    /// The error that the last of several lines reports: a gateway framed its error right after an event of which the
    /// service sent only a beginning, so that both are one event.
    private init?(lastLineOf data: RawSpan) {
        var start = data.byteCount
        while start > 0, data.byte(at: start - 1) != 0x0A { start -= 1 }
        guard start > 0, let error = APIError(reporting: data.extracting(droppingFirst: start)) else { return nil }
        self = error
    }

    /// The error in a JSON text: the API's own envelope `{"type":"error","error":{"type":…,"message":…}}`, or one of the
    /// shapes that gateways make of it. Nil if the text is not a JSON object, or an array that begins with one.
    init?(envelope text: RawSpan) {
        var reader = JSONReader(text)
        do throws(JSONError) {
            if try reader.peekKind() == .array {
                try reader.beginArray()
                guard try reader.nextElement() else { return nil }
            }
            guard try reader.peekKind() == .object else { return nil }
            var envelope = try JSONObjectMembers(reading: &reader, only: JSONObjectMembers.errorNames)
            self = try APIError(envelope: &envelope, depth: 0)
            var whole = JSONReader(text)
            let range = try whole.skipValue()
            if range.count <= Self.jsonLimit { json = RawJSON(checked: text.extracting(range)) }
        } catch {
            return nil
        }
    }

    /// - Parameter depth: How many envelopes there are around this one.
    private init(envelope: inout JSONObjectMembers, depth: Int) throws(JSONError) {
        // The id of the innermost envelope that has one.
        let requestID = envelope.takeLenientString("request_id").flatMap { $0.isEmpty ? nil : $0 }
        if depth < 4, var inner = try envelope.takeErrorObject() {
            try self.init(envelope: &inner, depth: depth + 1)
            // What the inner one leaves open, the outer one may say.
            let outer = APIError(members: &envelope)
            // The name of an event is not the type of an error.
            type = type ?? outer.type.flatMap { KnownEvent(rawValue: $0.rawValue) == nil ? $0 : nil }
            message = message ?? outer.message
            code = code ?? outer.code
            statedStatus = statedStatus ?? outer.statedStatus
            details = details ?? outer.details
        } else {
            let text = envelope.takeLenientString("error")
            self.init(members: &envelope)
            // `{"error":"overloaded_error"}`: a string that is a known type is the type.
            let named = text.map(APIErrorType.init(rawValue:)).flatMap { $0.documentedStatus == nil ? nil : $0 }
            type = type ?? named
            if named == nil { message = message ?? text.flatMap { $0.isEmpty ? nil : $0 } }
        }
        self.requestID = self.requestID ?? requestID
    }

    /// The members of an error, which may stand in the envelope itself.
    private init(members: inout JSONObjectMembers) {
        self.init()
        let type = members.takeLenientString("type").flatMap { $0 == "error" ? nil : APIErrorType(rawValue: $0) }
        message = members.takeLenientString("message")
        details = members.takeRaw("details")
        let statuses = ["status", "status_code"].map { members.takeInt($0) }
        let number = members.takeInt("code")
        code = number.map { String($0) } ?? members.takeLenientString("code")
        // A `code` that is a documented type tells more than the type beside it: gateways that map every upstream
        // error to one type of their own leave the original there.
        let coded = code.map(APIErrorType.init(rawValue:))
        self.type = coded?.documentedStatus == nil ? type : coded
        statedStatus = (statuses + [number ?? code.flatMap { Int($0) }]).lazy.compactMap(\.self)
            .first { (400...599).contains($0) }
    }
}

extension JSONReader {
    /// Whether `bytes` are one JSON text, from the first to the last.
    static func isText(_ bytes: RawSpan) -> Bool {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.finish()
            return true
        } catch {
            return false
        }
    }
}

extension RawSpan {
    /// The bytes without NULs before and after them.
    var withoutPadding: RawSpan {
        @_lifetime(copy self)
        get {
            var start = 0
            var end = byteCount
            while start < end, byte(at: start) == 0 { start += 1 }
            while end > start, byte(at: end - 1) == 0 { end -= 1 }
            return extracting(start..<end)
        }
    }
}

extension JSONObjectMembers {
    /// The names that mean something in an error or in its envelope.
    fileprivate static let errorNames: [StaticString] = [
        "error", "request_id", "type", "message", "details", "status", "status_code", "code",
    ]

    /// Takes a string; anything else is none.
    fileprivate mutating func takeLenientString(_ name: String) -> String? {
        (try? takeString(name)) ?? nil
    }

    /// Takes the object `error`, or the first one of an array of that name.
    fileprivate mutating func takeErrorObject() throws(JSONError) -> JSONObjectMembers? {
        if let object = try takeObject("error", only: Self.errorNames) { return object }
        guard let first = try takeArrayIfPresent("error")?.first, first.isObject else { return nil }
        var reader = JSONReader(first.utf8.rawBytes)
        return try JSONObjectMembers(reading: &reader, only: Self.errorNames)
    }
}
