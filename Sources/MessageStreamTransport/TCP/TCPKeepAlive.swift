import Foundation

/// The TCP keep-alive options: when the kernel probes a silent peer, and when it drops the connection (RFC 9293,
/// section 3.8.4).
///
/// Without keep-alive, a connection whose peer has vanished stays silent indefinitely. With the defaults, it fails
/// after 60 + 6 · 10 seconds of network silence. The peer's kernel answers the probes, so the connection to a service
/// that is merely slow does not fail.
public struct TCPKeepAlive: Sendable, Hashable {
    /// The idle time before the first probe, in whole seconds, at least one.
    public var idle: Duration
    /// The time between probes, in whole seconds, at least one.
    public var interval: Duration
    /// The number of unanswered probes after which the connection fails, at least one.
    public var count: Int

    /// Creates keep-alive options. Times are rounded up to whole seconds, the unit of the kernel.
    public init(idle: Duration = .seconds(60), interval: Duration = .seconds(10), count: Int = 6) {
        self.idle = .seconds(idle.wholeSeconds)
        self.interval = .seconds(interval.wholeSeconds)
        self.count = Swift.max(1, count)
    }
}

extension Duration {
    /// The duration in seconds, rounded up, from 1 to the kernel's maximum of 32767.
    fileprivate var wholeSeconds: Int32 {
        let (seconds, attoseconds) = components
        return Int32(Swift.min(32767, Swift.max(1, seconds + (attoseconds > 0 ? 1 : 0))))
    }
}

extension TCPKeepAlive {
    #if canImport(Darwin)
        private static let idleOption = TCP_KEEPALIVE
    #else
        private static let idleOption = TCP_KEEPIDLE
    #endif

    /// Applies the options to a socket.
    func apply(to socket: Int32) throws(Errno) {
        try SocketOption.set(SO_KEEPALIVE, at: SOL_SOCKET, to: 1, on: socket)
        try SocketOption.set(Self.idleOption, at: Int32(IPPROTO_TCP), to: idle.wholeSeconds, on: socket)
        try SocketOption.set(TCP_KEEPINTVL, at: Int32(IPPROTO_TCP), to: interval.wholeSeconds, on: socket)
        try SocketOption.set(TCP_KEEPCNT, at: Int32(IPPROTO_TCP), to: Int32(clamping: count), on: socket)
    }

    /// Reads the options of a socket; `nil` if keep-alive is disabled.
    init?(of socket: Int32) throws(Errno) {
        guard try SocketOption.get(SO_KEEPALIVE, at: SOL_SOCKET, on: socket) != 0 else { return nil }
        let idle = try SocketOption.get(Self.idleOption, at: Int32(IPPROTO_TCP), on: socket)
        let interval = try SocketOption.get(TCP_KEEPINTVL, at: Int32(IPPROTO_TCP), on: socket)
        let count = try SocketOption.get(TCP_KEEPCNT, at: Int32(IPPROTO_TCP), on: socket)
        self.init(idle: .seconds(idle), interval: .seconds(interval), count: Int(count))
    }
}

/// Socket options with an integer value.
enum SocketOption {
    static func set(_ option: Int32, at level: Int32, to value: Int32, on socket: Int32) throws(Errno) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        // The value outlives the call and has the given size.
        guard unsafe setsockopt(socket, level, option, &value, size) == 0 else { throw Errno.last }
    }

    static func get(_ option: Int32, at level: Int32, on socket: Int32) throws(Errno) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // The value outlives the call and has the given size.
        guard unsafe getsockopt(socket, level, option, &value, &size) == 0 else { throw Errno.last }
        return value
    }
}
