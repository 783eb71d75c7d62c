import Foundation
import HTTPResponseParsing
import MessageStream

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The parts of the response to an HTTP request: the head, then the chunks of the body.
///
/// If the peer cuts the body short, the sequence fails with ``TransportError/Kind/closed`` on systems that distinguish
/// a close from a reset.
struct URLSessionResponse: AsyncSequence, Sendable {
    typealias Element = ResponsePart<Data>
    typealias Failure = TransportError

    let chunks: URLSessionChunks

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks.makeAsyncIterator()) }

    /// Returns the head, then the chunks in order.
    struct AsyncIterator: AsyncIteratorProtocol {
        private var chunks: URLSessionChunks.AsyncIterator
        private var state = State.atHead

        private enum State {
            /// Before the head. → `inBody`, or `atEnd` after an error.
            case atHead
            /// After the head. → `atEnd`.
            case inBody
            /// After the end or an error.
            case atEnd
        }

        fileprivate init(_ chunks: URLSessionChunks.AsyncIterator) {
            self.chunks = chunks
        }

        /// Returns the next part, or `nil` at the end. After the end or an error, it always returns `nil`.
        ///
        /// - Throws: ``TransportError``, after every preceding part has been returned; `cancelled` immediately.
        mutating func next(
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
    func messageDidComplete() { chunks.discardRest() }
}

@available(*, unavailable)
extension URLSessionResponse.AsyncIterator: Sendable {}
