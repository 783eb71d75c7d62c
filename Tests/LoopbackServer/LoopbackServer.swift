import Foundation
import MessageStream

/// A server on the loopback interface that runs a script for each connection.
///
///     let server = try LoopbackServer { peer in
///         _ = try peer.readHead()
///         try peer.write("HTTP/1.1 200 OK\r\n\r\n")
///         peer.reset()
///     }
///     defer { server.stop() }
///
/// Each connection has its own thread and closes when its script returns or throws. `stop` ends all connections, and
/// returns once all threads and descriptors are released.
public final class LoopbackServer: Sendable {
    /// A script for a connection.
    public typealias Script = @Sendable (LoopbackPeer) throws -> Void

    /// The port, chosen by the system.
    public let port: UInt16
    /// A gate between the test and the scripts.
    public let gate = Gate()
    private let listener: Int32
    private let threads = DispatchGroup()
    private let state = Locked(State())

    private struct State {
        var peers: [Int: WeakPeer] = [:]
        var count = 0
        var isStopped = false
    }

    private struct WeakPeer {
        weak let peer: LoopbackPeer?
    }

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - isIPv6: Whether it listens on `::1` instead of `127.0.0.1`.
    ///   - script: The script to run for each connection.
    public init(isIPv6: Bool = false, script: @escaping Script) throws {
        (listener, port) = try Self.listen(isIPv6: isIPv6)
        threads.enter()
        let thread = Thread { [listener, threads] in
            while !self.isStopped {
                // Shutting down the listener does not wake `accept` on every system.
                var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                // The structure outlives the call.
                guard unsafe poll(&ready, 1, 50) > 0 else { continue }
                let socket = accept(listener, nil, nil)
                if socket >= 0 { self.serve(socket, script) }
            }
            threads.leave()
        }
        thread.start()
    }

    /// The number of accepted connections.
    public var connectionCount: Int { state.withLock { $0.count } }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    /// The URL for a path.
    public func url(_ path: String = "/", scheme: String = "http") -> String {
        "\(scheme)://127.0.0.1:\(port)\(path)"
    }

    /// Ends all connections, and returns once all threads and descriptors are released.
    public func stop() {
        let peers = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped ? nil : state.peers.values.compactMap(\.peer)
        }
        guard let peers else { return }
        _ = shutdown(listener, Int32(SHUT_RDWR))
        for peer in peers { peer.stop() }
        threads.wait()
        _ = close(listener)
    }

    private func serve(_ socket: Int32, _ script: @escaping Script) {
        let peer: LoopbackPeer? = state.withLock { state in
            guard !state.isStopped else { return nil }
            let peer = LoopbackPeer(socket, index: state.count, gate: gate)
            state.peers[state.count] = WeakPeer(peer: peer)
            state.count += 1
            return peer
        }
        guard let peer else {
            _ = close(socket)
            return
        }
        threads.enter()
        let thread = Thread { [threads] in
            // A script throws only if the client is gone, which the test observes itself.
            try? script(peer)
            peer.close()
            self.state.withLock { $0.peers[peer.index] = nil }
            threads.leave()
        }
        thread.stackSize = 256 << 10
        thread.start()
    }

    private static func listen(isIPv6: Bool) throws -> (socket: Int32, port: UInt16) {
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        let listener = socket(isIPv6 ? AF_INET6 : AF_INET, type, 0)
        guard listener >= 0 else { throw LoopbackPeer.ConnectionGone(code: errno) }
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        // The structure fits an address of either family, and each call receives its size.
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            if isIPv6 {
                unsafe pointer.pointee.sin6_family = sa_family_t(AF_INET6)
                unsafe pointer.pointee.sin6_addr = in6addr_loopback
            } else {
                size = socklen_t(MemoryLayout<sockaddr_in>.size)
                unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                    unsafe pointer.pointee.sin_family = sa_family_t(AF_INET)
                    unsafe pointer.pointee.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
                }
            }
            return unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, size) == 0 && Foundation.listen(listener, 1024) == 0
                    && getsockname(listener, pointer, &size) == 0
            }
        }
        guard isBound else {
            defer { _ = close(listener) }
            throw LoopbackPeer.ConnectionGone(code: errno)
        }
        // The port has the same offset in both families.
        return (listener, UInt16(bigEndian: address.sin6_port))
    }
}
