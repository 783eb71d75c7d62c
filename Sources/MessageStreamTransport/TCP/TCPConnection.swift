import Foundation

/// A TCP connection that sends bytes and receives a sequence of chunks.
///
///     let connection = try await TCPConnection.connect(host: "127.0.0.1", port: 8080, keepAlive: TCPKeepAlive())
///     try await connection.send(request)
///     for try await chunk in connection.chunks { … }
///
/// The connection is not encrypted. Use it for gateways and proxies on the same machine or network. It closes on
/// ``close()``, or when the last reference to it and to its chunks is released.
public final class TCPConnection: Sendable {
    private let descriptor: Descriptor
    /// The peer, as `host:port`.
    public let peer: String

    /// Takes ownership of a connected socket.
    init(_ socket: Int32, peer: String) {
        descriptor = Descriptor(socket, isOwned: true)
        self.peer = peer
    }

    /// The received bytes. They can be read only once: multiple iterators share them.
    public var chunks: FileDescriptorChunks {
        FileDescriptorChunks(descriptor, peer: peer)
    }

    /// Sends all of `bytes`, waiting while the send buffer is full.
    ///
    /// - Throws: ``TransportError``: `send`, or `cancelled` if the task was cancelled or this side closed the
    ///   connection. Some of the bytes may have been sent.
    public func send(_ bytes: some Collection<UInt8>) async throws(TransportError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            if Task.isCancelled { throw error(.cancelled) }
            let count = try call(.send) { (socket) throws(Errno) in try Self.send(rest, to: socket) }
            rest = rest.dropFirst(count)
            if count == 0 { try await waitUntilWritable() }
        }
    }

    /// Sends as many bytes as the kernel accepts without blocking and returns their number, possibly 0.
    private static func send(_ bytes: ArraySlice<UInt8>, to socket: Int32) throws(Errno) -> Int {
        #if canImport(Darwin)
            let flags = Int32(MSG_DONTWAIT)  // SO_NOSIGPIPE is set.
        #else
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        #endif
        do throws(Errno) {
            return try retryingInterrupted {
                // The bytes outlive the call.
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

    /// Shuts down the sending side of the connection. Receiving continues.
    ///
    /// - Throws: ``TransportError``: `send` if the connection is gone, `cancelled` if this side closed it.
    public func shutdownWrite() throws(TransportError) {
        try call(.send) { (socket) throws(Errno) in
            guard shutdown(socket, Int32(SHUT_WR)) == 0 else { throw Errno.last }
        }
    }

    /// Closes the connection. Reads and sends in progress fail with ``TransportError/Kind/cancelled``. Closing again
    /// has no effect.
    public func close() {
        descriptor.close()
    }

    /// Returns the kernel's keep-alive options, or `nil` if keep-alive is disabled.
    ///
    /// - Throws: ``TransportError`` of kind `other` if the options cannot be read, `cancelled` if the connection is
    ///   closed.
    public func keepAlive() throws(TransportError) -> TCPKeepAlive? {
        try call(.other) { (socket) throws(Errno) in try TCPKeepAlive(of: socket) }
    }

    /// Calls `body` with the socket and converts its error to one of `kind`.
    private func call<Result>(
        _ kind: TransportError.Kind,
        _ body: (Int32) throws(Errno) -> Result
    ) throws(TransportError) -> Result {
        let result: Result?
        do throws(Errno) {
            result = try descriptor.use(body)
        } catch {
            // If this side closed the connection, the error is a consequence of that.
            throw descriptor.isClosed ? self.error(.cancelled) : self.error(kind, code: error.code)
        }
        guard let result else { throw error(.cancelled) }
        return result
    }

    private func error(_ kind: TransportError.Kind, code: Int32? = nil) -> TransportError {
        TransportError(kind, code: code.map { .errno($0) }, peer: peer, progress: .maybeSent)
    }
}
