/// Why bytes could not be brought: what failed, the system's own code, and how far the exchange had come.
///
/// No part of it holds a secret: of a URL only the host and the port are kept.
public struct TransportError: Error, Sendable, Hashable {
    /// What failed.
    public let kind: Kind
    /// The system's code, where there is one.
    public let code: Code?
    /// The other end, as `host:port`, where it is known.
    public let peer: String?
    /// How far the exchange had come.
    public let progress: Progress

    /// What failed.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// The request cannot be sent at all: not an `http` or `https` URL, no host, a body where none may be.
        case badRequest
        /// The `URLSession` was invalidated: it sends no requests any more.
        case sessionInvalidated
        /// The host's name has no address.
        case resolve
        /// No address of the host accepted a connection.
        case connect
        /// The connection could not be secured.
        case secure
        /// The bytes could not be sent.
        case send
        /// The bytes could not be received: the connection was reset or cut.
        case receive
        /// The other end closed the connection before the end of the response, or before its beginning. Apple's systems
        /// report `receive` instead.
        case closed
        /// What came is not a response of HTTP, or its body does not have the coding that the head names.
        case badResponse
        /// The consumer is too slow: more bytes wait than the limit allows.
        case overflow
        /// Nothing happened in the time given.
        case timeout
        /// The task was cancelled, or the connection closed on this side.
        case cancelled
        /// Something else; ``TransportError/code`` tells.
        case other
    }

    /// A code of the system.
    public enum Code: Sendable, Hashable {
        /// An error number of the C library.
        case errno(Int32)
        /// An error of `getaddrinfo`.
        case addressInfo(Int32)
        /// A code of `URLError`.
        case urlError(Int)
    }

    /// How far the exchange had come.
    public enum Progress: String, Sendable, Hashable, Comparable, CaseIterable {
        /// Nothing can have reached the other end.
        case nothingSent
        /// Something may have reached the other end; nothing came back.
        case maybeSent
        /// Something came back.
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

    /// Whether no connection came about, so that nothing can have reached the other end.
    public var isConnectionFailure: Bool {
        switch kind {
        // After a redirection, the request has reached the host that redirected it.
        case .resolve, .connect, .secure, .timeout: progress == .nothingSent
        default: false
        }
    }
}

extension TransportError {
    /// Whether the fault is of a kind that passes, so that the same attempt could succeed later. Whether a repeat does
    /// harm is another question; see ``progress``.
    public var isTransient: Bool {
        switch kind {
        case .badRequest, .sessionInvalidated, .overflow, .cancelled: return false
        case .connect, .receive, .closed, .send, .timeout: return true
        // What answers with something else than HTTP will do so again.
        case .badResponse: return progress == .received
        case .resolve, .secure, .other:
            switch code {
            // "The name server returned a temporary failure indication. Try again later." All others are final.
            case .addressInfo(let code): return code == SystemCode.temporaryResolverFailure
            case .urlError(let code): return !SystemCode.finalURLErrors.contains(code)
            case .errno, nil: return false
            }
        }
    }
}

extension TransportError: CustomStringConvertible {
    /// A clause: what failed, the system's own words, and how far the exchange had come.
    public var description: String {
        let end = peer.map { " \($0)" } ?? " the other end"
        let what =
            switch kind {
            case .badRequest: "The request cannot be sent as one of HTTP"
            case .sessionInvalidated: "The URLSession was invalidated, and sends no request to\(end)"
            case .resolve: "The address of\(end) could not be found"
            case .connect: "No connection to\(end) came about"
            case .secure: "The connection to\(end) could not be secured"
            case .send: "Sending to\(end) failed"
            case .receive: "Receiving from\(end) failed"
            case .closed: "The connection was closed by\(end) before the end of the response"
            case .badResponse: "What came from\(end) is not a response of HTTP"
            case .overflow: "More came from\(end) than may wait for its consumer"
            case .timeout: "Nothing came from\(end) in the time given"
            case .cancelled: "The exchange with\(end) was cancelled"
            case .other: "The exchange with\(end) failed"
            }
        let why = code.map { ": \($0)" } ?? ""
        let after =
            switch progress {
            case .nothingSent: "; nothing was sent"
            case .maybeSent: "; nothing was received"
            // How much that is, a failure tells beside.
            case .received: ""
            }
        return "\(what)\(why)\(after)"
    }
}

extension TransportError.Code: CustomStringConvertible {
    /// The system's words for the code, and the code.
    public var description: String {
        switch self {
        case .errno(let code): "\(SystemCode.words(errno: code)) (errno \(code))"
        case .addressInfo(let code): "\(SystemCode.words(addressInfo: code)) (getaddrinfo \(code))"
        case .urlError(let code): "\(SystemCode.words(urlError: code)) (URLError \(code))"
        }
    }
}
