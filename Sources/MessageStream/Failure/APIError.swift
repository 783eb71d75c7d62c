import ServerSentEvents

/// The kind of error that the API reports: the `error.type` of the Messages API.
///
/// A structure rather than an enumeration, because the service may report types that are not listed here.
public struct APIErrorType: RawRepresentable, Hashable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The name on the wire.
    public let rawValue: String

    /// The type named `rawValue`, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The type named by a literal, known or not.
    public init(stringLiteral value: String) { rawValue = value }

    /// The name on the wire.
    public var description: String { rawValue }

    /// The request is invalid: 400.
    public static let invalidRequest: Self = "invalid_request_error"
    /// The API key is invalid: 401.
    public static let authentication: Self = "authentication_error"
    /// There is a problem with billing: 402.
    public static let billing: Self = "billing_error"
    /// The API key lacks the required permission: 403.
    public static let permission: Self = "permission_error"
    /// The resource does not exist: 404.
    public static let notFound: Self = "not_found_error"
    /// The request conflicts with another: 409.
    public static let conflict: Self = "conflict_error"
    /// The request is too large: 413.
    public static let requestTooLarge: Self = "request_too_large"
    /// A rate limit was reached: 429.
    public static let rateLimit: Self = "rate_limit_error"
    /// An internal error of the service: 500.
    public static let api: Self = "api_error"
    /// The service timed out: 504.
    public static let timeout: Self = "timeout_error"
    /// The service is overloaded: 529.
    public static let overloaded: Self = "overloaded_error"

    /// The HTTP status that the API documents for this type; `nil` if the type is not documented.
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

    /// The type that the API documents for an HTTP status: "any other 4xx" is an `invalid_request_error`, and any other
    /// 5xx an `api_error`. `nil` for a status that is not an error.
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

/// An error reported by the API, or by a gateway in front of it.
public struct APIError: Error, Sendable, Hashable {
    /// The kind of error, if reported.
    public var type: APIErrorType?
    /// The message of the service, if any.
    public var message: String?
    /// The `code` that some gateways report in addition to the type or instead of it.
    public var code: String?
    /// The HTTP status that the error itself reports, from 400 to 599; `nil` if it reports none.
    public var statedStatus: Int?
    /// The `details`, as received.
    public var details: RawJSON?
    /// The request ID reported with the error.
    public var requestID: String?
    /// The status of the response that carried the error, if not 2xx. `nil` for an error in a stream.
    public var responseStatus: Int?
    /// The JSON of the event or body that reported the error, as received, so that no member is lost. `nil` if that is
    /// not JSON, or is longer than 64 KiB.
    public var json: RawJSON?

    /// Creates an error.
    public init(type: APIErrorType? = nil, message: String? = nil) {
        self.type = type
        self.message = message
    }

    /// Whether both errors have the same contents, regardless of how their ``json`` is written.
    public static func == (a: Self, b: Self) -> Bool {
        a.type == b.type && a.message == b.message && a.code == b.code && a.statedStatus == b.statedStatus
            && a.details == b.details && a.requestID == b.requestID && a.responseStatus == b.responseStatus
    }

    /// Hashes the type, the message, the code, the stated status and the request ID.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        hasher.combine(message)
        hasher.combine(code)
        hasher.combine(statedStatus)
        hasher.combine(requestID)
    }

    /// The HTTP status that corresponds to the error: the documented status of its type; else the status of a response
    /// that is not 2xx; else the status that the error itself reports. `nil` without any of these.
    ///
    /// An `invalid_request_error` stands for any 4xx without a type of its own: if the response has a status other than
    /// 2xx, that status takes precedence.
    public var equivalentStatus: Int? {
        if type == .invalidRequest, let responseStatus { return responseStatus }
        return type?.documentedStatus ?? responseStatus ?? statedStatus
    }

    /// Whether the same request may succeed later: the status of the error or of its response is 408, 409, 429, or 500
    /// and above.
    public var isTransient: Bool {
        [equivalentStatus, responseStatus].contains { $0.map(RetryAdvice.isTransient(status:)) ?? false }
    }

    /// Whether the error reports that a spend cap is reached: the `error_code` of its ``details``.
    var namesSpendCap: Bool {
        guard let details, var members = try? JSONObjectMembers(details, only: ["error_code"]),
            let code = try? members.removeString("error_code")
        else { return false }
        return ["contract_spend_limit_reached", "enforced_spend_limit_reached"].contains {
            $0.utf8.elementsEqual(code.utf8)
        }
    }
}
