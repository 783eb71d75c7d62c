import Foundation

/// A socket address as returned by the resolver.
package struct SocketAddress: Sendable {
    package let family: Int32
    /// The bytes of the `sockaddr`.
    private let bytes: [UInt8]

    /// The result of a lookup.
    package enum Resolution: Sendable {
        case addresses([SocketAddress])
        case failed(TransportError.Code)
        case timedOut
        case cancelled
    }

    /// A function that looks up a host and may block its thread.
    package typealias Lookup = @Sendable (_ host: String, _ port: UInt16) -> Resolution

    /// Returns the addresses of a host, in the order in which to try them.
    ///
    /// A numeric host needs no lookup. A lookup may block for a long time and cannot be cancelled; it is abandoned at
    /// the deadline, or when the task is cancelled.
    package static func resolve(
        host: String,
        port: UInt16,
        until deadline: ContinuousClock.Instant?,
        on lookUps: Lookups = .shared,
        by lookUp: @escaping Lookup = { lookUpAddresses(of: $0, port: $1) }
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

    /// Queries the system's resolver.
    ///
    /// - Parameter flags: `AI_NUMERICHOST` to accept only a numeric address, which does not block.
    package static func lookUpAddresses(of host: String, port: UInt16, flags: Int32 = 0) -> Resolution {
        // All pointers in the structure are nil.
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Socket.streamType
        unsafe hints.ai_flags = AI_NUMERICSERV | flags
        var list: UnsafeMutablePointer<addrinfo>?
        // The strings and the structures outlive the call. The list is freed below and not used afterward.
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
        // The resolver owns each entry, and `ai_addr` points to `ai_addrlen` bytes.
        while let current = unsafe entry?.pointee {
            let address = unsafe UnsafeRawBufferPointer(start: current.ai_addr, count: Int(current.ai_addrlen))
            addresses.append(unsafe SocketAddress(family: current.ai_family, bytes: Array(address)))
            unsafe entry = current.ai_next
        }
        return .addresses(addresses)
    }

    /// Starts to connect a socket to this address.
    func connect(_ socket: Int32) throws(Errno) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            // The bytes are a complete `sockaddr`, and an array's storage is sufficiently aligned for it.
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
