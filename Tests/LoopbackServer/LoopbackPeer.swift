import Foundation
import MessageStream
import Synchronization

/// The server's end of a connection, for use by a script. Every call has a timeout, and ends when the server stops.
public final class LoopbackPeer: Sendable {
    /// The error of a call: the connection was lost, or the call timed out.
    public struct ConnectionGone: Error {
        public let code: Int32
    }

    /// The number of connections accepted before this one.
    public let index: Int
    /// The gate of the server.
    public let gate: Gate
    /// The socket, or `nil` once closed.
    private let socket: Locked<Int32?>
    private let isStopping = Atomic(false)
    private let written = Atomic(0)

    init(_ socket: Int32, index: Int, gate: Gate) {
        self.socket = Locked(socket)
        self.index = index
        self.gate = gate
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // The structure outlives the call and has the given size.
            unsafe setsockopt(socket, SOL_SOCKET, option, &limit, size)
        }
    }

    deinit { close() }

    /// The number of bytes accepted by the kernel.
    public var bytesWritten: Int { written.load(ordering: .sequentiallyConsistent) }

    // MARK: Reading

    /// Reads the available bytes; empty at the end.
    public func read(atMost limit: Int = 64 << 10) throws -> [UInt8] {
        let socket = try open()
        // The kernel initializes the first `count` bytes.
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let result = unsafe recv(socket, buffer.baseAddress, buffer.count, 0)
            if result < 0 { code = errno }
            count = max(0, result)
        }
        if code != 0 { throw ConnectionGone(code: code) }
        return bytes
    }

    /// Reads the head of a request byte by byte, to leave the body unread.
    public func readHead() throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let byte = try read(atMost: 1)
            if byte.isEmpty { throw ConnectionGone(code: 0) }
            head += byte
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// Reads a request, whose body must have a `Content-Length` unless it is empty.
    public func readRequest() throws -> (head: String, body: [UInt8]) {
        let head = try readHead()
        let length =
            head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        var body: [UInt8] = []
        while body.count < length {
            let bytes = try read()
            if bytes.isEmpty { throw ConnectionGone(code: 0) }
            body += bytes
        }
        return (head, body)
    }

    /// Waits until the client closes or resets the connection. Returns false on timeout.
    @discardableResult
    public func waitForClose() -> Bool {
        do {
            while try !read().isEmpty {}
            return true
        } catch {
            return (error as? ConnectionGone)?.code != EAGAIN
        }
    }

    // MARK: Writing

    /// Writes all of the bytes, as fast as the client reads them.
    public func write(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let socket = try open()
            // The bytes outlive the call.
            let count = unsafe rest.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, noSignal) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw ConnectionGone(code: errno) }
            written.add(count, ordering: .sequentiallyConsistent)
            rest = rest.dropFirst(count)
        }
    }

    /// Writes a text.
    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes each byte with a separate call and without delay, so that most are sent separately.
    public func writeByteByByte(_ bytes: some Collection<UInt8>) throws {
        var on: Int32 = 1
        // The value outlives the call and has the given size.
        unsafe setsockopt(
            try open(),
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
        for byte in bytes { try write(CollectionOfOne(byte)) }
    }

    /// Writes blocks until the client closes the connection, no faster than a network, because libcurl handles nothing
    /// else while more bytes are immediately available.
    public func writeEndlessly() throws -> Never {
        let block = [UInt8](repeating: UInt8(ascii: ":"), count: 1 << 14)
        while true {
            try write(block)
            usleep(1000)
        }
    }

    /// Waits until a test opens the gate.
    public func wait(for gate: Gate) throws {
        for _ in 0..<2000 {
            if gate.wait(milliseconds: 10) { return }
            if isStopping.load(ordering: .sequentiallyConsistent) { break }
        }
        throw ConnectionGone(code: ETIMEDOUT)
    }

    // MARK: Ending

    /// Shuts down the sending side of the connection.
    public func halfClose() throws {
        _ = shutdown(try open(), Int32(SHUT_WR))
    }

    /// Resets the connection.
    public func reset() {
        socket.withLock { socket in
            guard let number = socket.take() else { return }
            var option = linger(l_onoff: 1, l_linger: 0)
            // The structure outlives the call and has the given size.
            unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            _ = Foundation.close(number)
        }
    }

    /// Closes the connection.
    public func close() {
        socket.withLock { socket in
            if let number = socket.take() { _ = Foundation.close(number) }
        }
    }

    /// Ends every call in progress.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        socket.withLock { socket in
            if let socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func open() throws -> Int32 {
        guard let socket = socket.withLock({ $0 }) else { throw ConnectionGone(code: EBADF) }
        return socket
    }

    #if canImport(Darwin)
        private let noSignal: Int32 = 0
    #else
        private let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}
