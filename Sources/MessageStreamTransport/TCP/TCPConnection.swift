import Foundation

/// A TCP connection: bytes out, and a sequence of chunks in.
///
///     let connection = try await TCPConnection.connect(host: "127.0.0.1", port: 8080, keepAlive: TCPKeepAlive())
///     try await connection.send(request)
///     for try await chunk in connection.chunks { … }
///
/// Meant for gateways and proxies on the same machine or network: it does not encrypt. It is closed by ``close()``, or
/// when the last reference to it and to its chunks is gone.
public final class TCPConnection: Sendable {
    private let descriptor: Descriptor
    /// The other end, as `host:port`.
    public let peer: String

    /// Takes over a connected socket.
    init(_ socket: Int32, peer: String) {
        descriptor = Descriptor(socket, isOwned: true)
        self.peer = peer
    }

    /// The bytes that arrive. They are read once: several iterators share them.
    public var chunks: FileDescriptorChunks {
        FileDescriptorChunks(descriptor, peer: peer)
    }

    /// Sends all of `bytes`, and waits as long as the other end does not take them.
    ///
    /// - Throws: ``TransportError``: `send`, or `cancelled` if the task was cancelled or the connection closed on this
    ///   side; a part of the bytes may have been sent then.
    public func send(_ bytes: some Collection<UInt8>) async throws(TransportError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            if Task.isCancelled { throw error(.cancelled) }
            let count = try call(.send) { (socket) throws(Errno) in try Self.send(rest, to: socket) }
            rest = rest.dropFirst(count)
            if count == 0 { try await waitUntilWritable() }
        }
    }

    /// Sends what the kernel takes without waiting; 0 if it takes nothing now.
    private static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) throws(Errno) -> Int {
        #if canImport(Darwin)
            let flags = Int32(MSG_DONTWAIT)  // SO_NOSIGPIPE is set.
        #else
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        #endif
        do throws(Errno) {
            return try retryingInterrupted {
                // The bytes are there for the call.
                unsafe bytes.withUnsafeBytes {
                    unsafe resultOrErrno(Foundation.send(socket, $0.baseAddress, $0.count, flags))
                }
            }
        } catch {
            if error.code == EAGAIN || error.code == EWOULDBLOCK { return 0 }
            throw error
        }
    }

    private func waitUntilWritable() async throws(TransportError) {
        switch await descriptor.wait(for: Int32(POLLOUT)) {
        case .ready: break
        case .cancelled, .timedOut: throw error(.cancelled)
        case .failed(let code): throw error(.send, code: code)
        }
    }

    /// Tells the other end that nothing more will be sent. Reading goes on.
    ///
    /// - Throws: ``TransportError``: `send` if there is no connection any more, `cancelled` if it was closed on this
    ///   side.
    public func shutdownWrite() throws(TransportError) {
        try call(.send) { (socket) throws(Errno) in
            guard shutdown(socket, Int32(SHUT_WR)) == 0 else { throw Errno.last }
        }
    }

    /// Closes the connection. Reads and sends under way end with ``TransportError/Kind/cancelled``. Closing twice is
    /// closing once.
    public func close() {
        descriptor.close()
    }

    /// The keep-alive options as the kernel has them; nil if it sends no keep-alives.
    ///
    /// - Throws: ``TransportError`` of kind `other` if the kernel does not tell, `cancelled` if the connection is closed.
    public func keepAlive() throws(TransportError) -> TCPKeepAlive? {
        try call(.other) { (socket) throws(Errno) in try TCPKeepAlive(of: socket) }
    }

    /// Calls `body` with the socket. An error of it becomes one of `kind`.
    private func call<Result>(
        _ kind: TransportError.Kind,
        _ body: (Int32) throws(Errno) -> Result
    ) throws(TransportError) -> Result {
        let result: Result?
        do throws(Errno) {
            result = try descriptor.use(body)
        } catch {
            // A call that fails because this side closes tells nothing of the other side.
            throw descriptor.isClosed ? self.error(.cancelled) : self.error(kind, code: error.code)
        }
        guard let result else { throw error(.cancelled) }
        return result
    }

    private func error(_ kind: TransportError.Kind, code: Int32? = nil) -> TransportError {
        TransportError(kind, code: code.map { .errno($0) }, peer: peer, progress: .maybeSent)
    }
}
