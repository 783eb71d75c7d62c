import Foundation
import HTTPResponseParsing

/// The received but unconsumed parts of a response: the head, chunks of the body, and the outcome.
///
/// It is a state machine without locks or tasks. The first `complete` or `cancel` completes it, and it accepts nothing
/// afterward. After `complete`, the buffered parts are still returned; after `cancel`, they are discarded.
///
/// It keeps about `limit` bytes in memory. The owner chooses whether to store further bytes in a file or to suspend the
/// sender. The owner also performs the file I/O at the positions that the buffer returns, so that it need not hold a
/// lock around the buffer meanwhile.
struct ResponseBuffer: ~Copyable {
    /// The result of requesting the next part.
    enum Next<Value> {
        case value(Value)
        /// The next bytes are in this range of the file. The owner reads them and calls `didRead`.
        case inFile(Range<Int>)
        /// The body is complete.
        case end
        case failed(TransportError)
        /// Nothing has been received yet.
        case pending
    }

    /// The action that the owner must take for a chunk.
    enum Placement {
        /// Nothing.
        case none
        /// The owner writes the chunk to these ranges of the file, in order, and calls `didWrite`.
        case inFile([Range<Int>])
        /// The chunk exceeds the limit. The owner completes the buffer with an overflow error.
        case refused
    }

    /// The number of bytes that may wait in memory.
    let limit: Int
    /// The maximum size of the file for bytes beyond ``limit``; `nil` if the sender is suspended instead.
    let fileLimit: Int?
    private(set) var head: ResponseHead?
    /// The unconsumed chunks, starting at `firstChunk`.
    private var chunks: [Data] = []
    private var firstChunk = 0
    /// The total size of these chunks in bytes.
    private(set) var byteCount = 0
    /// The bytes after these chunks, in the file. Invariant: no chunk is added while this is not empty.
    private var overflow: OverflowRing
    private var completion: Completion?

    /// The number of bytes to read from the file at a time.
    private static var readSize: Int { 64 << 10 }
    /// The maximum size of an empty file that is kept.
    private static var keptFileSize: Int { 1 << 20 }

    private enum Completion {
        case finished
        case failed(TransportError)
    }

    init(limit: Int, fileLimit: Int?) {
        self.limit = limit
        self.fileLimit = fileLimit
        overflow = OverflowRing(limit: fileLimit ?? 0)
    }

    var isComplete: Bool { completion != nil }

    /// Whether body bytes can be read.
    var hasChunk: Bool { byteCount > 0 || overflow.readyCount > 0 }

    /// Whether the sender must be suspended.
    var isFull: Bool { completion == nil && fileLimit == nil && byteCount >= limit }

    /// Whether a suspended sender can resume. This requires half of the buffer to be free, so that the sender is not
    /// suspended again immediately.
    var canResume: Bool { completion != nil || byteCount <= limit / 2 }

    /// How far a started exchange got.
    var progress: TransportError.Progress { head == nil ? .maybeSent : .received }

    mutating func receive(_ head: ResponseHead) {
        // Only the first head counts: the bytes after a second one would belong to another response.
        if completion == nil, self.head == nil { self.head = head }
    }

    /// Receives a chunk. The owner must act on the returned placement before the next call.
    mutating func receive(_ chunk: Data) -> Placement {
        guard completion == nil, !chunk.isEmpty else { return .none }
        if fileLimit != nil, byteCount >= limit || !overflow.isEmpty {
            return overflow.reserve(chunk.count).map { .inFile($0) } ?? .refused
        }
        chunks.append(chunk)
        byteCount += chunk.count
        return .none
    }

    /// Records that the owner has written the last chunk to the file.
    mutating func didWrite() {
        // A cancelled buffer is empty.
        if completion == nil { overflow.didWrite() }
    }

    /// Records that the owner has read the last range from the file.
    ///
    /// - Returns: Whether to delete the file because it has grown large and is now empty. Later bytes go to a new file.
    mutating func didRead(_ range: Range<Int>) -> Bool {
        // A complete buffer writes no more bytes, so the space need not be reclaimed.
        guard completion == nil else { return false }
        overflow.didRead(range.count)
        guard overflow.isEmpty, overflow.fileSize > Self.keptFileSize else { return false }
        dropOverflow()
        return true
    }

    /// Records that the file cannot be read. The bytes after the range are lost as well.
    mutating func failReading(_ error: Errno) {
        dropOverflow()
        completion = .failed(TransportError(.other, code: .errno(error.code), progress: .received))
    }

    /// Completes the response, with or without a failure.
    mutating func complete(_ failure: TransportError? = nil) {
        guard completion == nil else { return }
        completion = failure.map { .failed($0) } ?? .finished
    }

    /// Discards everything. If the response was incomplete or unconsumed, it ends with `failure`, so that discarded
    /// bytes do not look like the end of the body.
    mutating func cancel(_ failure: TransportError) {
        if completion == nil || hasChunk { completion = .failed(failure) }
        dropChunks()
        dropOverflow()
    }

    /// The head, if it has been received. Never `end`.
    var nextHead: Next<ResponseHead> {
        if let head { return .value(head) }
        switch completion {
        case .failed(let error): return .failed(error)
        // A complete response has a head, so this does not happen.
        case .finished: return .failed(TransportError(.receive, progress: .maybeSent))
        case nil: return .pending
        }
    }

    mutating func nextChunk() -> Next<Data> {
        if firstChunk < chunks.count {
            let chunk = chunks[firstChunk]
            chunks[firstChunk] = Data()
            firstChunk += 1
            byteCount -= chunk.count
            if firstChunk == chunks.count { dropChunks() }
            return .value(chunk)
        }
        if let range = overflow.beginRead(atMost: Self.readSize) { return .inFile(range) }
        switch completion {
        case .finished: return .end
        case .failed(let error): return .failed(error)
        case nil: return .pending
        }
    }

    private mutating func dropOverflow() {
        overflow = OverflowRing(limit: fileLimit ?? 0)
    }

    private mutating func dropChunks() {
        chunks.removeAll(keepingCapacity: true)
        firstChunk = 0
        byteCount = 0
    }
}
