public import Foundation
import HTTPResponseParsing
public import MessageStream

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The parts of the response to an HTTP request: the head, then the chunks of the body.
///
/// A body that the other end cuts short ends with ``TransportError/Kind/closed``, where the system tells a close from a
/// reset.
public struct URLSessionResponse: AsyncSequence, Sendable {
    public typealias Element = ResponsePart<Data>
    public typealias Failure = TransportError

    let chunks: URLSessionChunks

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks.makeAsyncIterator()) }

    /// Reads the head, then the chunks one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var chunks: URLSessionChunks.AsyncIterator
        private var state = State.atHead

        private enum State {
            /// Nothing was asked for. Goes to `inBody` or, by an error, to `atEnd`.
            case atHead
            /// The head is out. Goes to `atEnd`.
            case inBody
            /// Nothing comes any more.
            case atEnd
        }

        fileprivate init(_ chunks: URLSessionChunks.AsyncIterator) {
            self.chunks = chunks
        }

        /// The next part; nil at the end, and ever after the end or an error.
        ///
        /// - Throws: ``TransportError``, behind all parts that came before it; `cancelled` at once.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(TransportError) -> ResponsePart<Data>? {
            do throws(TransportError) {
                switch state {
                case .atHead:
                    state = .atEnd
                    let head = try await chunks.head()
                    state = .inBody
                    return .head(head)
                case .inBody:
                    if let chunk = try await chunks.next(isolation: actor) { return .body(chunk) }
                    state = .atEnd
                    return nil
                case .atEnd:
                    return nil
                }
            } catch {
                state = .atEnd
                throw error
            }
        }
    }
}

extension URLSessionResponse.AsyncIterator: ResponseIterator {
    package func messageDidComplete() { chunks.discardRest() }
}

@available(*, unavailable)
extension URLSessionResponse.AsyncIterator: Sendable {}
