import Foundation

extension TCPConnection {
    /// Connects to a host.
    ///
    /// The method tries the IPv4 and IPv6 addresses of the host in the order of the resolver. The remaining time is
    /// divided evenly among the remaining addresses, so that an unresponsive one leaves time for the others.
    ///
    /// - Parameters:
    ///   - host: A name or an address. Do not put an IPv6 address in brackets.
    ///   - port: The port.
    ///   - keepAlive: When the kernel probes a silent peer; `nil` for never.
    ///   - timeout: The time limit for the whole operation, including the lookup.
    /// - Throws: ``TransportError``: `resolve`; `connect`, with the error of the last address; `timeout`; `cancelled`.
    ///   In each case, nothing was sent.
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

        // Thrown if the lookup used up all the time.
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

/// A socket that is not connected yet. It is closed on deinitialization unless `release` was called.
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
        // Send a request immediately instead of waiting until earlier bytes are acknowledged.
        try SocketOption.set(TCP_NODELAY, at: Int32(IPPROTO_TCP), to: 1, on: number)
        #if canImport(Darwin)
            try SocketOption.set(SO_NOSIGPIPE, at: SOL_SOCKET, to: 1, on: number)
        #endif
        try keepAlive?.apply(to: number)
        // No other process shares this new socket, so changing its flags is safe.
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

    /// Transfers ownership of the descriptor to the caller, which must close it.
    func release() -> Int32 {
        defer { number = -1 }
        return number
    }
}
