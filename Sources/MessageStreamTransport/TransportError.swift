/// A failure to transport bytes: the operation that failed, the system's error code, and how far the exchange got.
///
/// It contains no secrets: of a URL, it keeps only the host and the port.
public struct TransportError: Error, Sendable, Hashable {
    /// The operation that failed.
    public let kind: Kind
    /// The system's error code, if any.
    public let code: Code?
    /// The peer as `host:port`, if known.
    public let peer: String?
    /// How far the exchange got.
    public let progress: Progress

    /// The kinds of failure.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// The request cannot be sent: its URL is not an `http` or `https` URL or has no host, or it has a body where
        /// none is allowed.
        case badRequest
        /// The `URLSession` was invalidated and cannot send requests.
        case sessionInvalidated
        /// The host name could not be resolved.
        case resolve
        /// No address of the host accepted a connection.
        case connect
        /// The connection could not be secured.
        case secure
        /// Sending failed.
        case send
        /// Receiving failed: the connection was reset or lost.
        case receive
        /// The peer closed the connection before or during the response. Apple platforms report `receive` instead.
        case closed
        /// The bytes received are not an HTTP response, or the body does not have the coding that the head declares.
        case badResponse
        /// The consumer is too slow: the bytes waiting for it exceed the limit.
        case overflow
        /// The time limit expired.
        case timeout
        /// The task was cancelled, or this side closed the connection.
        case cancelled
        /// Another error; see ``TransportError/code``.
        case other
    }

    /// A system error code.
    @nonexhaustive
    public enum Code: Sendable, Hashable {
        /// An `errno` value.
        case errno(Int32)
        /// A `getaddrinfo` error.
        case addressInfo(Int32)
        /// A `URLError` code.
        case urlError(Int)
    }

    /// How far an exchange got.
    ///
    /// The cases cover an exchange completely, so there will be no others.
    public enum Progress: String, Sendable, Hashable, Comparable, CaseIterable {
        /// Nothing can have reached the peer.
        case nothingSent
        /// The peer may have received bytes, but none were received from it.
        case maybeSent
        /// Bytes were received from the peer.
        case received

        /// Whether `a` is earlier than `b`.
        public static func < (a: Self, b: Self) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }

    /// Creates an error.
    public init(_ kind: Kind, code: Code? = nil, peer: String? = nil, progress: Progress) {
        self.kind = kind
        self.code = code
        self.peer = peer
        self.progress = progress
    }

    /// Whether no connection was established, so that nothing can have reached the peer.
    public var isConnectionFailure: Bool {
        switch kind {
        // After a redirect, the request has reached the host that redirected it.
        case .resolve, .connect, .secure, .timeout: progress == .nothingSent
        default: false
        }
    }
}

extension TransportError {
    /// Whether the failure is transient, so that the same attempt could succeed later. This does not mean that a retry
    /// is harmless; see ``progress``.
    public var isTransient: Bool {
        switch kind {
        case .badRequest, .sessionInvalidated, .overflow, .cancelled: return false
        case .connect, .receive, .closed, .send, .timeout: return true
        // A server that does not speak HTTP now will not speak it on the next attempt.
        case .badResponse: return progress == .received
        case .resolve, .secure, .other:
            switch code {
            // "The name server returned a temporary failure indication. Try again later." All other codes are
            // permanent.
            case .addressInfo(let code): return code == SystemCode.temporaryResolverFailure
            case .urlError(let code): return !SystemCode.finalURLErrors.contains(code)
            case .errno, nil: return false
            }
        }
    }
}

extension TransportError: CustomStringConvertible {
    /// A clause that says what failed, the system's description of the error, and how far the exchange got.
    public var description: String {
        let peer = peer ?? "the server"
        let what =
            switch kind {
            case .badRequest: "The request is not a valid HTTP request"
            case .sessionInvalidated: "The URLSession was invalidated and cannot send a request to \(peer)"
            case .resolve: "Could not resolve \(peer)"
            case .connect: "Could not connect to \(peer)"
            case .secure: "Could not establish a secure connection to \(peer)"
            case .send: "Sending to \(peer) failed"
            case .receive: "Receiving from \(peer) failed"
            case .closed: "The connection was closed by \(peer) before the end of the response"
            case .badResponse: "The response from \(peer) is not valid HTTP"
            case .overflow: "The response from \(peer) exceeded the buffer limits because the consumer is too slow"
            case .timeout: "Timed out waiting for \(peer)"
            case .cancelled: "The exchange with \(peer) was cancelled"
            case .other: "The exchange with \(peer) failed"
            }
        let why = code.map { ": \($0)" } ?? ""
        let after =
            switch progress {
            case .nothingSent: "; nothing was sent"
            case .maybeSent: "; nothing was received"
            // The failure that contains this error says how much was received.
            case .received: ""
            }
        return "\(what)\(why)\(after)"
    }
}

extension TransportError.Code: CustomStringConvertible {
    /// A description of the code, followed by the code.
    public var description: String {
        switch self {
        case .errno(let code): "\(SystemCode.description(ofErrno: code)) (errno \(code))"
        case .addressInfo(let code): "\(SystemCode.description(ofAddressInfo: code)) (getaddrinfo \(code))"
        case .urlError(let code): "\(SystemCode.description(ofURLError: code)) (URLError \(code))"
        }
    }
}
