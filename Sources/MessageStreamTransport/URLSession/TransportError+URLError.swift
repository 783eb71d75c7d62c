import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension TransportError {
    /// Converts the error with which URLSession completed a task.
    ///
    /// - Parameters:
    ///   - peer: The host that received the last request.
    ///   - hasHead: Whether the head of the response was received.
    ///   - isRedirected: Whether another host redirected the request.
    init(_ error: any Error, peer: String?, hasHead: Bool, isRedirected: Bool) {
        let system = error as NSError
        guard system.domain == NSURLErrorDomain else {
            let code: Code? = system.domain == NSPOSIXErrorDomain ? .errno(Int32(truncatingIfNeeded: system.code)) : nil
            self.init(.other, code: code, peer: peer, progress: hasHead || isRedirected ? .received : .maybeSent)
            return
        }
        let urlError = error as? URLError
        let code = urlError?.mostSpecificCode ?? .unknown
        let kind = urlError?.isEarlyClose == true ? .closed : Kind(code)
        let progress: Progress =
            switch kind {
            // A redirect was a response, but these bytes are not.
            case .badResponse where !hasHead: .maybeSent
            case _ where hasHead || isRedirected: .received
            case .badRequest, .resolve, .connect, .secure: .nothingSent
            default: .maybeSent
            }
        self.init(kind, code: .urlError(code.rawValue), peer: peer, progress: progress)
    }
}

extension URLError {
    /// Whether the peer closed the connection before the end of the response. Only libcurl's message reveals it.
    fileprivate var isEarlyClose: Bool {
        #if canImport(FoundationNetworking)
            ["transfer closed", "unexpected eof", "Empty reply"].contains { localizedDescription.contains($0) }
        #else
            false
        #endif
    }

    /// The most specific code for the error. FoundationNetworking maps most libcurl errors to −1 or to a generic code,
    /// but includes libcurl's message. If the message identifies the failure, this is the code that URLSession uses for
    /// it on Apple platforms.
    fileprivate var mostSpecificCode: URLError.Code {
        #if canImport(FoundationNetworking)
            // The URL itself was validated before.
            guard [.unknown, .badServerResponse, .unsupportedURL].contains(code) else { return code }
            let message = localizedDescription
            func has(_ parts: String...) -> Bool { parts.contains { message.contains($0) } }
            if has("Failed to connect", "Could not connect", "Couldn't connect") { return .cannotConnectToHost }
            if has("Could not resolve") { return .cannotFindHost }
            if isEarlyClose { return .networkConnectionLost }
            if has("HTTP/0.9", "response code", "Header", "chunked-encoding") { return .cannotParseResponse }
            if has("content unencoding") { return .cannotDecodeContentData }
            if has("not supported or disabled") { return .redirectToNonExistentLocation }
            // Reads and writes follow the handshake, so bytes may have been sent.
            if has("_read", "_write", "recv", "send", "shutdown", "shutting") { return code }
            if has("certificate") { return .serverCertificateUntrusted }
            if has("SSL", "TLS") { return .secureConnectionFailed }
        #endif
        return code
    }
}

extension TransportError.Kind {
    fileprivate init(_ code: URLError.Code) {
        self =
            switch code {
            case .badURL, .unsupportedURL, .dataLengthExceedsMaximum, .fileDoesNotExist, .fileIsDirectory,
                .noPermissionsToReadFile:
                .badRequest
            case .cannotFindHost, .dnsLookupFailed:
                .resolve
            case .cannotConnectToHost, .notConnectedToInternet, .internationalRoamingOff, .dataNotAllowed,
                .callIsActive:
                .connect
            case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
                .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
                .clientCertificateRequired, .appTransportSecurityRequiresSecureConnection:
                .secure
            case .timedOut:
                .timeout
            case .cancelled:
                .cancelled
            case .badServerResponse, .cannotParseResponse, .cannotDecodeContentData, .cannotDecodeRawData:
                .badResponse
            // FoundationNetworking reports a lost connection as "unknown".
            case .networkConnectionLost, .zeroByteResource, .unknown:
                .receive
            default:
                .other
            }
    }
}
