public import HTTPResponseParsing

/// Reads a response piece by piece: a chunk, a line or a head with each request.
///
/// The closure erases the type of the sequence. An inlinable function creates it, so the compiler specializes it in the
/// client's module: a piece costs one dynamic call, regardless of its size, and its bytes are not copied.
///
/// There is only one closure, because two would share the iterator, which cannot be proved free of data races. It has
/// an isolated parameter, because a `nonisolated(nonsending)` closure checks its executor after each call that may
/// suspend, which takes 70 ns for a single byte.
@usableFromInline
struct ResponseReader {
    @usableFromInline
    enum Request {
        /// Read the next piece and pass it to a receiver. `activity` is the activity of the last piece.
        case read(any ResponseReceiver, after: StreamActivity)
        /// Finish, because the message is complete. The reader waits for no more bytes, and is released.
        case finish
    }

    /// Performs a request. Returns whether there was a piece; false at the end of the response.
    @usableFromInline let perform: (Request, isolated (any Actor)?) async throws -> Bool
}

/// Receives the pieces of a response.
@usableFromInline
protocol ResponseReceiver: AnyObject {
    /// Whether single bytes may be buffered up to the end of a line, because nothing else can have an effect.
    var buffersLines: Bool { get }

    /// Receives a head, which precedes the body.
    func receive(_ head: ResponseHead)

    /// Receives bytes, possibly none.
    func receive(bytes: RawSpan)
}

extension ResponseReceiver {
    /// Receives a chunk. A contiguous one is read in place; others are copied first.
    @inlinable
    func receive(_ chunk: some Collection<UInt8>) {
        let isContiguous: Void? = chunk.withContiguousStorageIfAvailable { buffer in
            // The buffer is valid for this call.
            receive(bytes: unsafe buffer.span.bytes)
        }
        // `UInt8` has no padding bytes.
        if isContiguous == nil { receive(bytes: unsafe ContiguousArray(chunk).span.bytes) }
    }
}

/// An iterator that distinguishes its release after a complete message from an early release.
package protocol ResponseIterator {
    /// The message is complete. No further element is requested.
    func messageDidComplete()
}

// MARK: - Kinds of sequences

extension ResponseReader {
    /// Reads chunks.
    @inlinable
    init<Base: AsyncSequence & Sendable>(chunks base: Base) where Base.Element: Collection<UInt8> {
        var iterator = base.makeAsyncIterator()
        perform = { (request: Request, actor: isolated (any Actor)?) in
            guard case .read(let receiver, _) = request else { return Self.finish(iterator) }
            guard let chunk = try await iterator.next(isolation: actor) else { return false }
            receiver.receive(chunk)
            return true
        }
    }

    /// Reads a head and the chunks of a body.
    @inlinable
    init<Base: AsyncSequence & Sendable, Bytes>(parts base: Base) where Base.Element == ResponsePart<Bytes> {
        var iterator = base.makeAsyncIterator()
        perform = { (request: Request, actor: isolated (any Actor)?) in
            guard case .read(let receiver, _) = request else { return Self.finish(iterator) }
            switch try await iterator.next(isolation: actor) {
            case .head(let head): receiver.receive(head)
            case .body(let bytes): receiver.receive(bytes)
            case nil: return false
            }
            return true
        }
    }

    /// Reads single bytes, up to the end of a line.
    ///
    /// The receiver gets all bytes read before the end of the sequence, an error or a cancellation.
    @inlinable
    init<Base: AsyncSequence & Sendable>(bytes base: Base) where Base.Element == UInt8 {
        // Both are moved out during a request, which avoids an access to a captured variable for each byte.
        var storedIterator: Base.AsyncIterator? = base.makeAsyncIterator()
        var storedLine: [UInt8] = []
        perform = { (request: Request, actor: isolated (any Actor)?) in
            guard var iterator = storedIterator.take() else { return false }
            defer { storedIterator = iterator }
            guard case .read(let receiver, _) = request else { return Self.finish(iterator) }
            var line = storedLine
            storedLine = []
            defer {
                receiver.receive(line)
                line.removeAll(keepingCapacity: true)
                storedLine = line
            }
            let capacity = receiver.buffersLines ? Self.lineCapacity : 1
            repeat {
                guard let byte = try await iterator.next(isolation: actor) else { return false }
                line.append(byte)
                if byte == 0x0A || byte == 0x0D { break }
            } while line.count < capacity && !Task.isCancelled
            return true
        }
    }

    /// The maximum number of bytes of a line to buffer.
    @usableFromInline static var lineCapacity: Int { 1024 }

    /// Reports to an iterator that the message is complete.
    ///
    /// - Returns: False, as at the end.
    @usableFromInline
    static func finish(_ iterator: some AsyncIteratorProtocol) -> Bool {
        (iterator as? any ResponseIterator)?.messageDidComplete()
        return false
    }
}
