/// The bytes read from a file descriptor (a pipe, a file, a socket or a terminal), in chunks.
///
///     for try await chunk in FileDescriptorChunks(0, ownership: .borrowed) { … }
///
/// Each chunk holds the bytes available at the time of the read: at least one, and at most ``chunkSize``. The sequence
/// reads only on demand and never blocks a thread of the concurrency pool. It does not change the descriptor's flags,
/// so the descriptor can be shared with other processes, as standard input often is.
///
/// Cancelling the task ends its wait immediately with ``TransportError/Kind/cancelled``. Bytes of a read that was
/// already in progress are lost, so do not continue to read from the descriptor.
///
/// The bytes can be read only once: multiple iterators share them.
public struct FileDescriptorChunks: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = TransportError

    /// The ownership of a descriptor.
    public enum Ownership: Sendable, Hashable {
        /// The sequence closes the descriptor when the last copy of the sequence and the last iterator are released.
        case owned
        /// The caller closes the descriptor, after the last read has returned.
        case borrowed
    }

    private let descriptor: Descriptor
    private let peer: String?
    /// The maximum size of a chunk in bytes.
    public let chunkSize: Int

    /// Creates a sequence of the bytes of a descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: A descriptor open for reading.
    ///   - ownership: Whether the sequence closes the descriptor.
    ///   - chunkSize: The maximum size of a chunk in bytes, at least 1.
    public init(_ descriptor: Int32, ownership: Ownership, chunkSize: Int = 64 << 10) {
        self.init(Descriptor(descriptor, isOwned: ownership == .owned), peer: nil, chunkSize: chunkSize)
    }

    init(_ descriptor: Descriptor, peer: String?, chunkSize: Int = 64 << 10) {
        precondition(chunkSize > 0, "chunkSize must be at least 1")
        self.descriptor = descriptor
        self.peer = peer
        self.chunkSize = chunkSize
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(descriptor: descriptor, peer: peer, chunkSize: chunkSize)
    }

    /// Returns the chunks in order.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// `nil` after the end or an error.
        private var descriptor: Descriptor?
        private let peer: String?
        private let chunkSize: Int
        private var hasReceived = false

        fileprivate init(descriptor: Descriptor, peer: String?, chunkSize: Int) {
            self.descriptor = descriptor
            self.peer = peer
            self.chunkSize = chunkSize
        }

        /// Returns the next chunk, or `nil` at the end. After the end or an error, it always returns `nil`.
        ///
        /// - Throws: ``TransportError``: `receive` if the read failed, for example because the connection was reset;
        ///   `cancelled` if the task was cancelled or this side closed the connection.
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
