import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension TransportError {
    /// What an error with which URLSession ended a task means.
    init(_ error: any Error, peer: String?, hasHead: Bool) {
        let system = error as NSError
        guard system.domain == NSURLErrorDomain else {
            let code: Code? = system.domain == NSPOSIXErrorDomain ? .errno(Int32(truncatingIfNeeded: system.code)) : nil
            self.init(.other, code: code, peer: peer, progress: hasHead ? .received : .maybeSent)
            return
        }
        let kind = Kind((error as? URLError)?.code ?? .unknown)
        let progress: Progress =
            switch kind {
            case .badRequest, .resolve, .connect, .secure: .nothingSent
            default: hasHead ? .received : .maybeSent
            }
        self.init(kind, code: .urlError(system.code), peer: peer, progress: hasHead ? .received : progress)
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
            case .cannotConnectToHost, .notConnectedToInternet, .internationalRoamingOff, .dataNotAllowed, .callIsActive:
                .connect
            case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
                .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
                .clientCertificateRequired, .appTransportSecurityRequiresSecureConnection:
                .secure
            case .timedOut:
                .timeout
            case .cancelled:
                .cancelled
            // FoundationNetworking calls a connection that was cut "unknown".
            case .networkConnectionLost, .badServerResponse, .cannotParseResponse, .cannotDecodeContentData,
                .cannotDecodeRawData, .zeroByteResource, .unknown:
                .receive
            default:
                .other
            }
    }
}
