import ServerSentEvents
import TestSupport

// Asynchronous sequences for tests.

/// The error that a source throws.
struct SourceError: Error, Hashable {}

/// A sequence that returns its elements without suspending, and then ends, throws, or waits.
///
/// Its iterator is not `Sendable`, and the sequence is `Sendable` only if its elements are.
struct Source<Element>: AsyncSequence {
    enum Ending {
        case end
        case error
        /// Waits until the task is cancelled, then ends.
        case silence
    }

    /// The number of elements requested, by all iterators.
    final class Requests {
        var count = 0
    }

    let elements: [Element]
    var ending = Ending.end
    let requests = Requests()

    init(_ elements: [Element], then ending: Ending = .end) {
        self.elements = elements
        self.ending = ending
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(rest: elements[...], ending: ending, requests: requests)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<Element>
        let ending: Ending
        let requests: Requests

        mutating func next(isolation actor: isolated (any Actor)?) async throws(SourceError) -> Element? {
            requests.count += 1
            if let element = rest.popFirst() { return element }
            switch ending {
            case .end: break
            case .error: throw SourceError()
            case .silence: while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
            }
            return nil
        }
    }
}

extension Source: Sendable where Element: Sendable {}
extension Source.Requests: @unchecked Sendable {}  // The tests read it only when nothing else runs.

extension Source<[UInt8]> {
    /// A stream in chunks.
    init(_ stream: [UInt8], _ chunking: Chunking, then ending: Ending = .end) {
        var start = 0
        let chunks = chunking.ends(count: stream.count).map { end in
            defer { start = end }
            return Array(stream[start..<end])
        }
        self.init(chunks, then: ending)
    }
}

extension Source where Element: Sendable {
    /// The same source with transformed elements.
    func map<Other>(_ change: (Element) -> Other) -> Source<Other> {
        Source<Other>(elements.map(change))
    }
}

extension AsyncSequence {
    /// All elements, and the error thrown after them.
    func all() async -> (elements: [Element], failure: Failure?) {
        var elements: [Element] = []
        var iterator = makeAsyncIterator()
        do throws(Failure) {
            while let element = try await iterator.next(isolation: nil) { elements.append(element) }
            return (elements, nil)
        } catch {
            return (elements, error)
        }
    }
}
