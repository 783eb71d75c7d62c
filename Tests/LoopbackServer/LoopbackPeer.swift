import Foundation
import MessageStream
import Synchronization

/// The server's end of a connection, as a script uses it. Every call is bounded in time, and ends when the server stops.
public final class LoopbackPeer: Sendable {
    /// What a call of a script fails with: the connection is gone, or time is up.
    public struct Gone: Error {
        public let code: Int32
    }

    /// How many connections came before this one.
    public let index: Int
    /// The gate of the server.
    public let gate: Gate
    /// Nil once it is closed.
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
            // The structure outlives the call, and has the size told.
            unsafe setsockopt(socket, SOL_SOCKET, option, &limit, size)
        }
    }

    deinit { close() }

    /// How many bytes the kernel has taken.
    public var bytesWritten: Int { written.load(ordering: .sequentiallyConsistent) }

    // MARK: Reading

    /// Reads what there is; empty at the end.
    public func read(atMost limit: Int = 64 << 10) throws -> [UInt8] {
        let socket = try open()
        // The kernel writes the bytes that it counts.
        var code: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let result = unsafe recv(socket, buffer.baseAddress, buffer.count, 0)
            if result < 0 { code = errno }
            count = max(0, result)
        }
        if code != 0 { throw Gone(code: code) }
        return bytes
    }

    /// Reads a request's head, byte by byte, so that nothing of the body is taken.
    public func readHead() throws -> String {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
            let byte = try read(atMost: 1)
            if byte.isEmpty { throw Gone(code: 0) }
            head += byte
        }
        return String(decoding: head, as: UTF8.self)
    }

    /// Reads a request whose body has a `Content-Length`, or none.
    public func readRequest() throws -> (head: String, body: [UInt8]) {
        let head = try readHead()
        let length =
            head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        var body: [UInt8] = []
        while body.count < length {
            let bytes = try read()
            if bytes.isEmpty { throw Gone(code: 0) }
            body += bytes
        }
        return (head, body)
    }

    /// Waits until the client closes or resets; false if time was up before.
    @discardableResult
    public func waitForClose() -> Bool {
        do {
            while try !read().isEmpty {}
            return true
        } catch {
            return (error as? Gone)?.code != EAGAIN
        }
    }

    // MARK: Writing

    /// Writes all of the bytes, as fast as the client takes them.
    public func write(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let socket = try open()
            // The bytes are there for the call.
            let count = unsafe rest.withUnsafeBytes { unsafe send(socket, $0.baseAddress, $0.count, noSignal) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Gone(code: errno) }
            written.add(count, ordering: .sequentiallyConsistent)
            rest = rest.dropFirst(count)
        }
    }

    /// Writes all of a text.
    public func write(_ text: String) throws {
        try write(Array(text.utf8))
    }

    /// Writes each byte by a call of its own; without delay, so that most go out alone.
    public func writeByteByByte(_ bytes: some Collection<UInt8>) throws {
        var on: Int32 = 1
        // The value outlives the call, and has the size told.
        unsafe setsockopt(
            try open(),
            Int32(IPPROTO_TCP),
            TCP_NODELAY,
            &on,
            socklen_t(MemoryLayout<Int32>.size)
        )
        for byte in bytes { try write(CollectionOfOne(byte)) }
    }

    /// Writes blocks until the client closes, as fast as a network does: libcurl attends to nothing else as long as
    /// there is more to read at once.
    public func writeForEver() throws -> Never {
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
        throw Gone(code: ETIMEDOUT)
    }

    // MARK: Ending

    /// Says that nothing more will be written.
    public func halfClose() throws {
        _ = shutdown(try open(), Int32(SHUT_WR))
    }

    /// Closes the connection by a reset.
    public func reset() {
        socket.withLock { socket in
            guard let number = socket.take() else { return }
            var option = linger(l_onoff: 1, l_linger: 0)
            // The structure outlives the call, and has the size told.
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

    /// Ends every call under way.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        socket.withLock { socket in
            if let socket { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private func open() throws -> Int32 {
        guard let socket = socket.withLock({ $0 }) else { throw Gone(code: EBADF) }
        return socket
    }

    #if canImport(Darwin)
        private let noSignal: Int32 = 0
    #else
        private let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}
