public import Foundation
public import HTTPResponseParsing

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// The response to an HTTP request as it arrives: the head, then the chunks of the body.
///
///     var response = URLSession.shared.chunks(for: request).makeAsyncIterator()
///     let head = try await response.head()
///     while let chunk = try await response.next() { … }
///
/// Each iterator sends the request once, when it is first asked for something. A status other than 2xx is no error here:
/// the head tells it, and the body follows. Redirects are followed as the session does.
///
/// A cancelled task, and an iterator that is dropped, give up the connection. At most ``bufferLimit`` bytes, and what the
/// system hands over at once, wait in memory for the consumer; then the sender is held.
///
/// ## On Linux
///
/// With FoundationNetworking, each request belongs to a session of its own with the same configuration: cookies, headers
/// and timeouts are those of the session, but neither its delegate nor its cache is used. A request within four seconds
/// of another reuses its connection. A host may have any number of connections at a time: `httpMaximumConnectionsPerHost` has no
/// effect.
///
/// The sender cannot be held. Bytes that exceed ``bufferLimit`` wait in a temporary file without a name, at most
/// ``overflowLimit`` of them; a response that exceeds this too fails with ``TransportError/Kind/overflow``. A response with
/// status 401 is handed out as it is, whatever its `WWW-Authenticate`: no credentials are looked up for it.
///
/// No caller can prevent three things. A server that closes the connection in the middle of a response's head ends the
/// process: where servers are not trusted, use a ``TCPConnection`` to a proxy on the same machine, which encrypts. A
/// server that sends without end, faster than it can be read, delays all sessions of the process. And a request that is
/// sent at the very moment when the server closes the idle connection may get no answer until a clock or a timeout ends it.
///
/// An invalidated session sends no request: the error is ``TransportError/Kind/sessionInvalidated``. Requests sent before
/// go on. Apple's systems end the process, as for every task of such a session.
public struct URLSessionChunks: AsyncSequence, Sendable {
    public typealias Element = Data
    public typealias Failure = TransportError

    private let request: URLRequest
    private let session: URLSession
    /// The number of bytes that may wait in memory.
    public let bufferLimit: Int
    /// The number of bytes that may wait in a file, where the sender cannot be held.
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

    /// Reads the head, then the chunks one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let owner: Owner
        private var isFinished = false

        fileprivate init(_ exchange: URLSessionExchange) {
            owner = Owner(exchange)
        }

        /// The head of the response; before, between or behind the chunks, and as often as wanted.
        ///
        /// - Throws: ``TransportError`` if no head came.
        public func head() async throws(TransportError) -> ResponseHead {
            try await owner.exchange.head()
        }

        /// The next chunk, not empty; nil at the end of the body, and ever after the end or an error.
        ///
        /// - Throws: ``TransportError``, behind all chunks that came before it; `cancelled` at once.
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

        /// Has what is left of the response read and discarded, so that the connection can be used again. The iterator
        /// is not asked for more.
        func discardRest() { owner.exchange.discardRest() }
    }

    /// What the copies of an iterator share. When the last copy goes, the exchange ends.
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
    /// The response to `request` as it arrives. Nothing is sent before an iterator is asked.
    ///
    /// - Parameters:
    ///   - request: A request of HTTP or HTTPS.
    ///   - bufferLimit: The number of bytes that may wait in memory for the consumer, at least 1.
    ///   - overflowLimit: The number of bytes that may wait in a file, where the sender cannot be held: on Linux. The
    ///     temporary folder may be in memory.
    public func chunks(
        for request: URLRequest,
        bufferLimit: Int = 64 << 10,
        overflowLimit: Int = 256 << 20
    ) -> URLSessionChunks {
        precondition(bufferLimit > 0, "the limit is at least one byte")
        precondition(overflowLimit >= 0, "the limit is a number of bytes")
        return URLSessionChunks(request, session: self, bufferLimit: bufferLimit, overflowLimit: overflowLimit)
    }
}
