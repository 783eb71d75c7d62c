public import MessageStream

/// One response of a ``CapturedStream``: its head, then the chunks of its body, with recorded timing or another pace.
///
/// The sequence throws ``CaptureError``, an `HTTPResponseError` if the response is not valid HTTP, and the error of the
/// clock, such as `CancellationError`. For a response that was cut off, the sequence ends without an error.
public struct CapturedResponse: AsyncSequence, Sendable {
    public typealias Element = ResponsePart<[UInt8]>
    public typealias Failure = any Error

    /// Selects a response of a capture.
    public enum Selection: Sendable, Hashable {
        /// The last response. If the capture may have several, all of it is read first to count them.
        case last
        /// The response with this number, from 1. If there is no such response, the sequence is empty.
        case number(Int)
    }

    let capture: CapturedStream
    let selection: Selection
    let sizes: ChunkSizes
    let pacer: Pacer

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Reads the parts one after another. Do not copy an iterator: both copies would read the same capture.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let response: CapturedResponse
        /// The parts and the number of the response, once it is known.
        private var parts: (iterator: CapturedParts<CaptureChunks>.AsyncIterator, number: Int)?
        private var isFinished = false

        init(_ response: CapturedResponse) { self.response = response }

        /// The next part, at its time; `nil` at the end of the response.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> ResponsePart<[UInt8]>? {
            if isFinished { return nil }
            if parts == nil { parts = try open() }
            while let part = try await parts?.iterator.next(isolation: actor) {
                guard part.response == parts?.number else { continue }
                switch part.content {
                case .head(let head): return .head(head)
                case .body(let bytes): return .body(bytes)
                case .end(let ending):
                    finish()
                    if case .malformed(let error) = ending { throw error }
                    return nil
                }
            }
            finish()
            return nil
        }

        private func open() throws(CaptureError) -> (CapturedParts<CaptureChunks>.AsyncIterator, Int) {
            let number =
                switch response.selection {
                case .number(let number): number
                case .last: response.capture.format == .body ? 1 : try response.capture.responseCount()
                }
            // Other responses are skipped without pauses.
            var pacer = response.pacer
            pacer.onlyResponse = number
            return (response.capture.parts(response.sizes, pacer).makeAsyncIterator(), number)
        }

        private mutating func finish() {
            isFinished = true
            parts = nil
        }
    }
}
