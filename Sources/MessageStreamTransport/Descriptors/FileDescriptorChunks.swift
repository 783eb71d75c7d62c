/// The bytes that can be read from a file descriptor, in chunks: of a pipe, a file, a socket or a terminal.
///
///     for try await chunk in FileDescriptorChunks(0, ownership: .borrowed) { … }
///
/// A chunk holds what was there when it was asked for: at least one byte, at most ``chunkSize``. Nothing is read before
/// it is asked for, and no thread of the concurrency pool is ever held. The descriptor's flags stay as they are: it may
/// be shared with other processes, as standard input often is.
///
/// A cancelled task has its wait ended at once, with ``TransportError/Kind/cancelled``. What a read that was under way
/// brings after that is lost, so the descriptor is not to be read on.
///
/// The sequence is read once: several iterators share the bytes.
public struct FileDescriptorChunks: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = TransportError

    /// Whose the descriptor is.
    public enum Ownership: Sendable, Hashable {
        /// The sequence closes it, once, when the last copy of the sequence and the last iterator are gone.
        case owned
        /// Somebody else closes it, after the last read has ended.
        case borrowed
    }

    private let descriptor: Descriptor
    private let peer: String?
    /// The largest number of bytes of a chunk.
    public let chunkSize: Int

    /// Creates the sequence of a descriptor's bytes.
    ///
    /// - Parameters:
    ///   - descriptor: An open descriptor that can be read.
    ///   - ownership: Who closes it.
    ///   - chunkSize: The largest number of bytes of a chunk, at least 1.
    public init(_ descriptor: Int32, ownership: Ownership, chunkSize: Int = 64 << 10) {
        self.init(Descriptor(descriptor, isOwned: ownership == .owned), peer: nil, chunkSize: chunkSize)
    }

    init(_ descriptor: Descriptor, peer: String?, chunkSize: Int = 64 << 10) {
        precondition(chunkSize > 0, "a chunk holds at least one byte")
        self.descriptor = descriptor
        self.peer = peer
        self.chunkSize = chunkSize
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(descriptor: descriptor, peer: peer, chunkSize: chunkSize)
    }

    /// Reads the chunks one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// Nil once the end was reached or an error thrown.
        private var descriptor: Descriptor?
        private let peer: String?
        private let chunkSize: Int
        private var hasReceived = false

        fileprivate init(descriptor: Descriptor, peer: String?, chunkSize: Int) {
            self.descriptor = descriptor
            self.peer = peer
            self.chunkSize = chunkSize
        }

        /// The next chunk; nil at the end, and ever after the end or an error.
        ///
        /// - Throws: ``TransportError``: `receive` if the read failed, as by a reset of the connection; `cancelled` if
        ///   the task was cancelled, or the connection closed on this side.
        /// - Complexity: O(bytes read).
        public mutating func next() async throws(TransportError) -> [UInt8]? {
            try await next(isolation: #isolation)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            guard let descriptor else { return nil }
            let reading = Task.isCancelled ? .cancelled : await descriptor.read(atMost: chunkSize)
            switch reading {
            case .bytes(let bytes):
                hasReceived = true
                return bytes
            case .end:
                self.descriptor = nil
                return nil
            case .cancelled, .notReady:
                throw end(with: .cancelled)
            case .failed(let code):
                throw end(with: .receive, code: .errno(code))
            }
        }

        private mutating func end(with kind: TransportError.Kind, code: TransportError.Code? = nil) -> TransportError {
            descriptor = nil
            return TransportError(kind, code: code, peer: peer, progress: hasReceived ? .received : .maybeSent)
        }
    }
}

@available(*, unavailable)
extension FileDescriptorChunks.AsyncIterator: Sendable {}
