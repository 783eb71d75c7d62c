import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The meaning of system error codes, which requires the C library and Foundation.
enum SystemCode {
    /// The `getaddrinfo` code for a temporary failure.
    static let temporaryResolverFailure: Int32 = EAI_AGAIN

    /// The `URLError` codes for which a retry is unlikely to succeed.
    static let finalURLErrors: Set<Int> = Set(
        [
            .badURL, .unsupportedURL, .cancelled, .userCancelledAuthentication, .userAuthenticationRequired,
            .dataLengthExceedsMaximum, .httpTooManyRedirects, .redirectToNonExistentLocation,
            .appTransportSecurityRequiresSecureConnection, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
            .clientCertificateRequired, .noPermissionsToReadFile, .fileDoesNotExist, .fileIsDirectory,
        ].map { (code: URLError.Code) in code.rawValue }
    )

    static func description(ofErrno code: Int32) -> String {
        // The string is static for a known code and thread-local otherwise.
        unsafe String(cString: strerror(code))
    }

    static func description(ofAddressInfo code: Int32) -> String {
        // The string is static.
        unsafe String(cString: gai_strerror(code))
    }

    /// The package's own descriptions. Those of the system may quote the URL, which can contain a secret.
    static func description(ofURLError code: Int) -> String {
        switch URLError.Code(rawValue: code) {
        case .badURL: "bad URL"
        case .unsupportedURL: "unsupported URL"
        case .cannotFindHost: "cannot find host"
        case .dnsLookupFailed: "DNS lookup failed"
        case .cannotConnectToHost: "cannot connect to host"
        case .networkConnectionLost: "network connection lost"
        case .notConnectedToInternet: "not connected to the Internet"
        case .timedOut: "timed out"
        case .cancelled: "cancelled"
        case .secureConnectionFailed: "secure connection failed"
        case .serverCertificateHasBadDate: "the server certificate is outside its validity period"
        case .serverCertificateUntrusted: "the server certificate is not trusted"
        case .serverCertificateHasUnknownRoot: "the server certificate has an unknown root"
        case .serverCertificateNotYetValid: "the server certificate is not yet valid"
        case .clientCertificateRejected: "the client certificate was rejected"
        case .clientCertificateRequired: "a client certificate is required"
        case .httpTooManyRedirects: "too many redirects"
        case .badServerResponse: "bad server response"
        case .cannotDecodeContentData, .cannotDecodeRawData: "cannot decode content"
        case .dataLengthExceedsMaximum: "the body is too large or not allowed with this method"
        case .appTransportSecurityRequiresSecureConnection: "App Transport Security requires https"
        default: "unknown error"
        }
    }
}
