#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

/// A connection of the loop: a socket, and the bytes to send on it.
final class LoopConnection {
    let socket: Int32
    let id: Int
    var machine: ServerConnection
    var feed: ResponseFeed?
    /// The bytes to send, and the number already sent.
    var output: [UInt8] = []
    var sent = 0
    /// The number of bytes of the response that the system has accepted.
    var delivered = 0
    /// When the response began, and when it continues; `nil` unless a time determines it.
    var start = Duration.zero
    var wait: Duration?
    var isStalled = false
    var keepsConnection = true
    var hasInputEnded = false
    var isClosed = false

    init(_ socket: Int32, id: Int, at time: Duration) {
        self.socket = socket
        self.id = id
        machine = ServerConnection(at: time)
    }

    /// Begins a complete, generated response.
    func begin(_ bytes: [UInt8], keepsConnection: Bool) {
        output += bytes
        self.keepsConnection = keepsConnection
        feed = nil
    }

    /// Begins a response with a capture.
    func begin(_ feed: ResponseFeed, at time: Duration) {
        self.feed = feed
        start = time
        delivered = 0
        isStalled = false
    }

    /// Whether no bytes are left to send.
    var isDrained: Bool { sent == output.count }

    /// Whether the response continues without action by the client.
    var isWaiting: Bool { machine.isResponding && isDrained && (wait != nil || isStalled) }

    /// Whether the shutdown of the server waits for this connection.
    var isEnding: Bool { machine.isResponding && !isStalled || !isDrained }

    var deadline: Duration? { isWaiting ? wait : machine.deadline }

    /// The events to wait for.
    var events: Int16 {
        var events: Int16 = 0
        if machine.wantsInput, !hasInputEnded { events |= Int16(POLLIN) }
        if !isDrained || (machine.isResponding && !isWaiting) { events |= Int16(POLLOUT) }
        return events
    }
}
