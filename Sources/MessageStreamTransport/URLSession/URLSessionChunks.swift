public import Foundation
public import HTTPResponseParsing

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// The response to an HTTP request as it is received: the head, then the chunks of the body.
///
///     var response = URLSession.shared.chunks(for: request).makeAsyncIterator()
///     let head = try await response.head()
///     while let chunk = try await response.next() { … }
///
/// Each iterator sends the request once, on its first call. A status other than 2xx is not an error: the head contains
/// the status, and the body follows. The session follows redirects.
///
/// Cancelling the task or releasing the iterator closes the connection. At most ``bufferLimit`` bytes, plus one
/// delivery from the system, wait in memory for the consumer; then the sender is suspended.
///
/// ## On Linux
///
/// With FoundationNetworking, each request uses a separate session with the same configuration. Cookies, headers and
/// timeouts are those of the original session, but its delegate and its cache are not used. A request within four
/// seconds of another reuses its connection. The number of connections to a host is not limited:
/// `httpMaximumConnectionsPerHost` has no effect.
///
/// The sender cannot be suspended. Bytes that exceed ``bufferLimit`` go to an unnamed temporary file, up to
/// ``overflowLimit``. A response that exceeds both limits fails with ``TransportError/Kind/overflow``. A response with
/// status 401 is returned like any other, regardless of its `WWW-Authenticate` field; the session looks up no
/// credentials.
///
/// FoundationNetworking has three limitations that a caller cannot avoid. A server that closes the connection in the
/// middle of a response head crashes the process: if you do not trust the server, use a ``TCPConnection`` to a TLS
/// proxy on the same machine. A server that sends endlessly, faster than the bytes can be read, delays all sessions of
/// the process. A request sent at the moment when the server closes the idle connection may get no response until a
/// stall clock or a timeout ends it.
///
/// An invalidated session sends no requests and fails with ``TransportError/Kind/sessionInvalidated``. Earlier
/// requests continue. On Apple platforms, creating a task in an invalidated session crashes the process.
public struct URLSessionChunks: AsyncSequence, Sendable {
    public typealias Element = Data
    public typealias Failure = TransportError

    private let request: URLRequest
    private let session: URLSession
    /// The number of bytes that may wait in memory.
    public let bufferLimit: Int
    /// The number of bytes that may wait in a file if the sender cannot be suspended.
    public let overflowLimit: Int

    init(_ request: URLRequest, session: URLSession, bufferLimit: Int, overflowLimit: Int) {
        self.request = request
        self.session = session
        self.bufferLimit = bufferLimit
        self.overflowLimit = overflowLimit
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(
            URLSessionExchange(request, session: session, bufferLimit: bufferLimit, overflowLimit: overflowLimit)
        )
    }

    /// Returns the head, then the chunks in order.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let owner: Owner
        private var isFinished = false

        fileprivate init(_ exchange: URLSessionExchange) {
            owner = Owner(exchange)
        }

        /// Returns the head of the response. You can call this any number of times, before, between or after the
        /// chunks.
        ///
        /// - Throws: ``TransportError`` if no head was received.
        public func head() async throws(TransportError) -> ResponseHead {
            try await owner.exchange.head()
        }

        /// Returns the next chunk, never empty, or `nil` at the end of the body. After the end or an error, it always
        /// returns `nil`.
        ///
        /// - Throws: ``TransportError``, after every preceding chunk has been returned; `cancelled` immediately.
        public mutating func next() async throws(TransportError) -> Data? {
            try await next(isolation: #isolation)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> Data? {
            if isFinished { return nil }
            do throws(TransportError) {
                let chunk = try await owner.exchange.chunk()
                isFinished = chunk == nil
                return chunk
            } catch {
                isFinished = true
                throw error
            }
        }

        /// Reads and discards the rest of the response in the background, so that the connection can be reused. Do not
        /// call `next` afterward.
        func discardRest() { owner.exchange.discardRest() }
    }

    /// The shared state of the copies of an iterator. Releasing the last copy ends the exchange.
    private final class Owner: Sendable {
        let exchange: URLSessionExchange

        init(_ exchange: URLSessionExchange) {
            self.exchange = exchange
        }

        deinit {
            exchange.release()
        }
    }
}

@available(*, unavailable)
extension URLSessionChunks.AsyncIterator: Sendable {}

extension URLSession {
    /// Returns the response to `request` as it is received. The first call of an iterator sends the request.
    ///
    /// - Parameters:
    ///   - request: An HTTP or HTTPS request.
    ///   - bufferLimit: The number of bytes that may wait in memory for the consumer, at least 1.
    ///   - overflowLimit: The number of bytes that may wait in a file if the sender cannot be suspended, which is the
    ///     case on Linux. Note that the temporary directory may be in memory.
    public func chunks(
        for request: URLRequest,
        bufferLimit: Int = 64 << 10,
        overflowLimit: Int = 256 << 20
    ) -> URLSessionChunks {
        precondition(bufferLimit > 0, "bufferLimit must be at least 1")
        precondition(overflowLimit >= 0, "overflowLimit must not be negative")
        return URLSessionChunks(request, session: self, bufferLimit: bufferLimit, overflowLimit: overflowLimit)
    }
}
