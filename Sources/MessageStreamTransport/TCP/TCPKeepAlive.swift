import Foundation

/// When the kernel asks a silent peer whether it is still there, and when it gives it up (RFC 9293, section 3.8.4).
///
/// Without it, a connection whose other end has vanished stays silent for ever. With the default, it fails after
/// 60 + 6 · 10 seconds of silence of the network; keep-alives are answered by the peer's kernel, so that a service that
/// only thinks for long is not given up.
public struct TCPKeepAlive: Sendable, Hashable {
    /// The silence after which the first probe is sent. Whole seconds, at least one.
    public var idle: Duration
    /// The time between two probes. Whole seconds, at least one.
    public var interval: Duration
    /// The number of unanswered probes after which the connection fails, at least one.
    public var count: Int

    /// Creates the options. Times are rounded up to whole seconds, which is what the kernel takes.
    public init(idle: Duration = .seconds(60), interval: Duration = .seconds(10), count: Int = 6) {
        self.idle = .seconds(idle.wholeSeconds)
        self.interval = .seconds(interval.wholeSeconds)
        self.count = Swift.max(1, count)
    }
}

extension Duration {
    /// The seconds, rounded up, at least one and at most the 32767 of the kernel.
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

    /// Sets the options of a socket.
    func apply(to socket: Int32) throws(Errno) {
        try SocketOption.set(SO_KEEPALIVE, at: SOL_SOCKET, to: 1, on: socket)
        try SocketOption.set(Self.idleOption, at: Int32(IPPROTO_TCP), to: idle.wholeSeconds, on: socket)
        try SocketOption.set(TCP_KEEPINTVL, at: Int32(IPPROTO_TCP), to: interval.wholeSeconds, on: socket)
        try SocketOption.set(TCP_KEEPCNT, at: Int32(IPPROTO_TCP), to: Int32(clamping: count), on: socket)
    }

    /// The options that the kernel has for a socket; nil if it sends no keep-alives.
    init?(of socket: Int32) throws(Errno) {
        guard try SocketOption.get(SO_KEEPALIVE, at: SOL_SOCKET, on: socket) != 0 else { return nil }
        let idle = try SocketOption.get(Self.idleOption, at: Int32(IPPROTO_TCP), on: socket)
        let interval = try SocketOption.get(TCP_KEEPINTVL, at: Int32(IPPROTO_TCP), on: socket)
        let count = try SocketOption.get(TCP_KEEPCNT, at: Int32(IPPROTO_TCP), on: socket)
        self.init(idle: .seconds(idle), interval: .seconds(interval), count: Int(count))
    }
}

/// Options of sockets whose value is one number.
enum SocketOption {
    static func set(_ option: Int32, at level: Int32, to value: Int32, on socket: Int32) throws(Errno) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        // The value outlives the call, and has the size told.
        guard unsafe setsockopt(socket, level, option, &value, size) == 0 else { throw Errno.last }
    }

    static func get(_ option: Int32, at level: Int32, on socket: Int32) throws(Errno) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // The value outlives the call, and has the size told.
        guard unsafe getsockopt(socket, level, option, &value, &size) == 0 else { throw Errno.last }
        return value
    }
}
