import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What the system's codes mean: the rules that need the C library or Foundation.
enum SystemCode {
    /// The code of `getaddrinfo` for a failure that may pass.
    static let temporaryResolverFailure: Int32 = EAI_AGAIN

    /// Codes of `URLError` for which the same request is not likely to do better later.
    static let finalURLErrors: Set<Int> = Set(
        [
            .badURL, .unsupportedURL, .cancelled, .userCancelledAuthentication, .userAuthenticationRequired,
            .dataLengthExceedsMaximum, .httpTooManyRedirects, .redirectToNonExistentLocation,
            .appTransportSecurityRequiresSecureConnection, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
            .clientCertificateRequired, .noPermissionsToReadFile, .fileDoesNotExist, .fileIsDirectory,
        ].map { (code: URLError.Code) in code.rawValue }
    )

    static func words(errno code: Int32) -> String {
        // The text for a known number is static, and for others the thread's own.
        unsafe String(cString: strerror(code))
    }

    static func words(addressInfo code: Int32) -> String {
        // The text is static.
        unsafe String(cString: gai_strerror(code))
    }

    /// A few words of our own: those of the system may quote the URL, which can hold a secret.
    static func words(urlError code: Int) -> String {
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
        case .serverCertificateHasBadDate: "the server's certificate is out of date"
        case .serverCertificateUntrusted: "the server's certificate is not trusted"
        case .serverCertificateHasUnknownRoot: "the server's certificate has an unknown root"
        case .serverCertificateNotYetValid: "the server's certificate is not yet valid"
        case .clientCertificateRejected: "the client's certificate was rejected"
        case .clientCertificateRequired: "a client's certificate is required"
        case .httpTooManyRedirects: "too many redirects"
        case .badServerResponse: "bad server response"
        case .cannotDecodeContentData, .cannotDecodeRawData: "cannot decode content"
        case .dataLengthExceedsMaximum: "the body may not be sent with this method, or is too long"
        case .appTransportSecurityRequiresSecureConnection: "App Transport Security requires https"
        default: "unknown error"
        }
    }
}
