package import HTTPResponseParsing
package import ServerSentEvents

extension MessageStreamFailure.Kind {
    /// The kind for an error of the event stream parser: a limit was exceeded.
    package init(_ error: EventStreamError) {
        self = .limitExceeded(error.limit == .lineBytes ? .lineBytes(error.allowed) : .eventBytes(error.allowed))
    }

    /// The kind for an error of the HTTP parser: a limit was exceeded, or the bytes are not a valid response.
    package init(_ error: HTTPResponseError, limits: HTTPResponseLimits) {
        switch error.reason {
        case .headTooLong: self = .limitExceeded(.headBytes(limits.headBytes))
        case .tooManyFields: self = .limitExceeded(.headFields(limits.fieldCount))
        default: self = .transport(MessageStreamFailure.UnderlyingError(error))
        }
    }
}
