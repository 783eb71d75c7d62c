import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension TransportError {
    /// What an error with which URLSession ended a task means.
    ///
    /// - Parameters:
    ///   - peer: The host that was asked last.
    ///   - hasHead: Whether the head of the response came.
    ///   - isRedirected: Whether another host had answered before, with a redirection.
    init(_ error: any Error, peer: String?, hasHead: Bool, isRedirected: Bool) {
        let system = error as NSError
        guard system.domain == NSURLErrorDomain else {
            let code: Code? = system.domain == NSPOSIXErrorDomain ? .errno(Int32(truncatingIfNeeded: system.code)) : nil
            self.init(.other, code: code, peer: peer, progress: hasHead || isRedirected ? .received : .maybeSent)
            return
        }
        let urlError = error as? URLError
        let code = urlError?.telling ?? .unknown
        let kind = urlError?.isEarlyClose == true ? .closed : Kind(code)
        let progress: Progress =
            switch kind {
            // The redirection was a response, but these bytes are not one.
            case .badResponse where !hasHead: .maybeSent
            case _ where hasHead || isRedirected: .received
            case .badRequest, .resolve, .connect, .secure: .nothingSent
            default: .maybeSent
            }
        self.init(kind, code: .urlError(code.rawValue), peer: peer, progress: progress)
    }
}

extension URLError {
    /// Whether the other end closed the connection before the end of the response: only the text of libcurl says so.
    fileprivate var isEarlyClose: Bool {
        #if canImport(FoundationNetworking)
            ["transfer closed", "unexpected eof", "Empty reply"].contains { localizedDescription.contains($0) }
        #else
            false
        #endif
    }

    /// The code that tells most. FoundationNetworking has −1 for most of what libcurl reports, or a code of little
    /// meaning, and beside it libcurl's words; where they tell what failed, this is the code that the system's URLSession
    /// has for that.
    fileprivate var telling: URLError.Code {
        #if canImport(FoundationNetworking)
            // The URL was looked at before.
            guard [.unknown, .badServerResponse, .unsupportedURL].contains(code) else { return code }
            let words = localizedDescription
            func has(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }
            if has("Failed to connect", "Could not connect", "Couldn't connect") { return .cannotConnectToHost }
            if has("Could not resolve") { return .cannotFindHost }
            if isEarlyClose { return .networkConnectionLost }
            if has("HTTP/0.9", "response code", "Header", "chunked-encoding") { return .cannotParseResponse }
            if has("content unencoding") { return .cannotDecodeContentData }
            if has("not supported or disabled") { return .redirectToNonExistentLocation }
            // Reading and writing come after the handshake: something may have been sent.
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
            // FoundationNetworking calls a connection that was cut "unknown".
            case .networkConnectionLost, .zeroByteResource, .unknown:
                .receive
            default:
                .other
            }
    }
}
