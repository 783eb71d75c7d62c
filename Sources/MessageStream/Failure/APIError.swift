import ServerSentEvents

/// What kind of error the API reports: the `error.type` of the Messages API.
///
/// The service may report other types than the known ones, so this is not an enumeration.
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

    /// Creates an error.
    public init(type: APIErrorType? = nil, message: String? = nil) {
        self.type = type
        self.message = message
    }

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
            let code = try? members.removeString("error_code")
        else { return false }
        return ["contract_spend_limit_reached", "enforced_spend_limit_reached"].contains {
            $0.utf8.elementsEqual(code.utf8)
        }
    }
}
