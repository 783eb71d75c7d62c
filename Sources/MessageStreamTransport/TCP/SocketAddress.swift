import Foundation

/// An address to connect to, as the resolver gave it.
package struct SocketAddress: Sendable {
    package let family: Int32
    /// The bytes of the `sockaddr`.
    private let bytes: [UInt8]

    /// The result of a look-up.
    package enum Resolution: Sendable {
        case addresses([SocketAddress])
        case failed(TransportError.Code)
        case timedOut
        case cancelled
    }

    /// What looks a host up, on a thread that may wait.
    package typealias LookUp = @Sendable (_ host: String, _ port: UInt16) -> Resolution

    /// The addresses of a host, in the order in which to try them.
    ///
    /// A host that is an address is not looked up. A look-up may wait for long and cannot be ended: it is abandoned at
    /// the deadline, or when the task is cancelled.
    package static func resolve(
        host: String,
        port: UInt16,
        until deadline: ContinuousClock.Instant?,
        on lookUps: LookUps = .shared,
        by lookUp: @escaping LookUp = { lookUpAddresses(of: $0, port: $1) }
    ) async -> Resolution {
        let numeric = lookUpAddresses(of: host, port: port, flags: AI_NUMERICHOST)
        if case .addresses = numeric { return numeric }
        return await lookUps.result(
            of: { lookUp(host, port) },
            until: deadline,
            timedOut: .timedOut,
            cancelled: .cancelled
        )
    }

    /// Asks the system's resolver.
    ///
    /// - Parameter flags: `AI_NUMERICHOST` for an address alone, which takes no time.
    package static func lookUpAddresses(of host: String, port: UInt16, flags: Int32 = 0) -> Resolution {
        // Without addresses in it, the structure has no pointer that could dangle.
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Socket.streamType
        unsafe hints.ai_flags = AI_NUMERICSERV | flags
        var list: UnsafeMutablePointer<addrinfo>?
        // The strings and the structures outlive the call; the list is freed below, and not used after.
        let service = String(port)
        let (code, error) = unsafe host.withCString { host in
            unsafe service.withCString { service in
                (unsafe getaddrinfo(host, service, &hints, &list), Errno.last)
            }
        }
        guard code == 0 else { return .failed(code == EAI_SYSTEM ? .errno(error.code) : .addressInfo(code)) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = unsafe list
        // Each entry is the resolver's, with an address of the length that it tells.
        while let current = unsafe entry?.pointee {
            let address = unsafe UnsafeRawBufferPointer(start: current.ai_addr, count: Int(current.ai_addrlen))
            addresses.append(unsafe SocketAddress(family: current.ai_family, bytes: Array(address)))
            unsafe entry = current.ai_next
        }
        return .addresses(addresses)
    }

    /// Begins to connect a socket.
    func connect(_ socket: Int32) throws(Errno) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            // The bytes are a `sockaddr` with its length. An array's bytes are aligned for it.
            unsafe resultOrErrno(
                Int(
                    Foundation.connect(
                        socket,
                        buffer.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                        socklen_t(buffer.count)
                    )
                )
            )
        }
        if result < 0 { throw Errno(code: Int32(-result)) }
    }
}
