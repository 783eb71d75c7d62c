import Foundation

extension TCPConnection {
    /// Connects to a host.
    ///
    /// The host's addresses, of IPv4 and IPv6, are tried in the order of the resolver. Each has its share of the time
    /// that is left, so that one that does not answer leaves time for the others.
    ///
    /// - Parameters:
    ///   - host: A name or an address; an IPv6 address without brackets.
    ///   - port: The port.
    ///   - keepAlive: When the kernel looks after a silent peer; nil for never.
    ///   - timeout: The time for all of it, the look-up as well.
    /// - Throws: ``TransportError``: `resolve`; `connect`, with the code of the address tried last; `timeout`;
    ///   `cancelled`. In each case nothing was sent.
    public static func connect(
        host: String,
        port: UInt16,
        keepAlive: TCPKeepAlive? = nil,
        timeout: Duration = .seconds(30)
    ) async throws(TransportError) -> TCPConnection {
        let peer = "\(host):\(port)"
        func error(_ kind: TransportError.Kind, _ code: TransportError.Code? = nil) -> TransportError {
            TransportError(kind, code: code, peer: peer, progress: .nothingSent)
        }

        if Task.isCancelled { throw error(.cancelled) }
        let deadline = ContinuousClock.now + timeout
        let addresses: [SocketAddress]
        switch await SocketAddress.resolve(host: host, port: port, until: deadline) {
        case .addresses(let found): addresses = found
        case .failed(let code): throw error(.resolve, code)
        case .timedOut: throw error(.timeout)
        case .cancelled: throw error(.cancelled)
        }

        // That stands if the look-up took all the time.
        var failure = error(.timeout)
        for (index, address) in addresses.enumerated() {
            let now = ContinuousClock.now
            guard now < deadline else { break }
            let share = now.duration(to: deadline) / (addresses.count - index)
            let socket: Socket
            do throws(Errno) {
                socket = try Socket(family: address.family, keepAlive: keepAlive)
            } catch {
                failure = TransportError(.connect, code: .errno(error.code), peer: peer, progress: .nothingSent)
                continue
            }
            switch await socket.connect(to: address, until: now + share) {
            case .connected: return TCPConnection(socket.release(), peer: peer)
            case .failed(let code): failure = error(.connect, .errno(code))
            case .timedOut: failure = error(.timeout)
            case .cancelled: throw error(.cancelled)
            }
        }
        throw failure
    }
}

/// A socket that is not yet connected; closed unless it is released.
final class Socket {
    #if canImport(Glibc)
        static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        static let streamType = Int32(SOCK_STREAM)
    #endif

    private var number: Int32

    /// How an attempt to connect ended.
    enum Outcome {
        case connected
        case failed(errno: Int32)
        case timedOut
        case cancelled
    }

    init(family: Int32, keepAlive: TCPKeepAlive?) throws(Errno) {
        number = try NewDescriptor.streamSocket(family: family)
        // A request goes out at once, not when earlier bytes were acknowledged.
        try SocketOption.set(TCP_NODELAY, at: Int32(IPPROTO_TCP), to: 1, on: number)
        #if canImport(Darwin)
            try SocketOption.set(SO_NOSIGPIPE, at: SOL_SOCKET, to: 1, on: number)
        #endif
        try keepAlive?.apply(to: number)
        // The socket is ours alone, so that its flags are as well.
        guard fcntl(number, F_SETFL, O_NONBLOCK) == 0 else { throw Errno.last }
    }

    deinit {
        if number >= 0 { close(number) }
    }

    func connect(to address: SocketAddress, until deadline: ContinuousClock.Instant) async -> Outcome {
        do throws(Errno) {
            try address.connect(number)
            return .connected
        } catch {
            // "The connection shall be established asynchronously" in both cases (POSIX, `connect`).
            guard error.code == EINPROGRESS || error.code == EINTR else { return .failed(errno: error.code) }
        }
        switch await Poller.shared.wait(for: Int32(POLLOUT), on: number, until: deadline) {
        case .ready: break
        case .timedOut: return .timedOut
        case .cancelled: return .cancelled
        case .failed(let code): return .failed(errno: code)
        }
        do throws(Errno) {
            let pending = try SocketOption.get(SO_ERROR, at: SOL_SOCKET, on: number)
            return pending == 0 ? .connected : .failed(errno: pending)
        } catch {
            return .failed(errno: error.code)
        }
    }

    /// The number, whose closing is the caller's affair from now on.
    func release() -> Int32 {
        defer { number = -1 }
        return number
    }
}
