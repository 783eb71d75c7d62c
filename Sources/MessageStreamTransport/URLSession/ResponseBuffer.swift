import Foundation
import HTTPResponseParsing

/// What has come of a response and was not yet taken: the head, chunks of the body, and how it ended.
///
/// A machine without locks and tasks. It is open until the first `complete` or `cancel`, and complete ever after: then
/// it takes nothing in. What came before is handed out first, unless it was cancelled.
///
/// In memory are about as many bytes as the limit allows. What comes beyond is put into a file, or the sender is to be
/// held: that is the owner's choice. The owner also writes and reads the file: the buffer says where, so that a lock
/// around the buffer is not held meanwhile.
struct ResponseBuffer: ~Copyable {
    /// What the next thing to take is.
    enum Next<Value> {
        case value(Value)
        /// The next bytes are in this part of the file. The owner reads them and calls `didRead`.
        case inFile(Range<Int>)
        /// The body ended well.
        case end
        case failed(TransportError)
        /// Nothing has come yet; something will.
        case nothingYet
    }

    /// What the owner does with a chunk.
    enum Placement {
        /// Nothing more.
        case none
        /// The owner writes it into these parts of the file, in order, and calls `didWrite`.
        case inFile([Range<Int>])
        /// There is no room for it: the buffer is to be completed with an error that says so.
        case refused
    }

    /// How many bytes may wait in memory.
    let limit: Int
    /// The most bytes of the file that takes what exceeds ``limit``; nil if the sender is held instead.
    let fileLimit: Int?
    private(set) var head: ResponseHead?
    /// The chunks that were not taken, from `firstChunk` on.
    private var chunks: [Data] = []
    private var firstChunk = 0
    /// The number of bytes of these chunks.
    private(set) var byteCount = 0
    /// The bytes after these chunks, in the file. Invariant: no chunk is added while there are any.
    private var overflow: OverflowRing
    private var completion: Completion?

    /// How many bytes are taken out of the file at once.
    private static var takenAtOnce: Int { 64 << 10 }
    /// The size from which on a file that has become empty is not kept.
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

    /// Whether there is something to take.
    var hasChunk: Bool { byteCount > 0 || overflow.readyCount > 0 }

    /// Whether the sender is to be held.
    var isFull: Bool { completion == nil && fileLimit == nil && byteCount >= limit }

    /// Whether a sender that was held may go on. Not at the first byte taken, so as not to hold it again at once.
    var mayGoOn: Bool { completion != nil || byteCount <= limit / 2 }

    /// How far the exchange has come, once it was begun.
    var progress: TransportError.Progress { head == nil ? .maybeSent : .received }

    mutating func receive(_ head: ResponseHead) {
        // The first head stands: the bytes that follow a second one would be those of another response.
        if completion == nil, self.head == nil { self.head = head }
    }

    /// Takes a chunk in. The next one comes after this one is placed.
    mutating func receive(_ chunk: Data) -> Placement {
        guard completion == nil, !chunk.isEmpty else { return .none }
        if fileLimit != nil, byteCount >= limit || !overflow.isEmpty {
            return overflow.reserve(chunk.count).map { .inFile($0) } ?? .refused
        }
        chunks.append(chunk)
        byteCount += chunk.count
        return .none
    }

    /// The chunk that was placed last is in the file.
    mutating func didWrite() {
        // After a cancellation, nothing waits any more.
        if completion == nil { overflow.didWrite() }
    }

    /// The bytes that were taken last are read.
    ///
    /// - Returns: whether the file has been large and is empty, so that its room is to be given back: the next byte is
    ///   written into another one.
    mutating func didRead(_ range: Range<Int>) -> Bool {
        // Afterwards nothing is written, so that no room is needed.
        guard completion == nil else { return false }
        overflow.didRead(range.count)
        guard overflow.isEmpty, overflow.fileSize > Self.keptFileSize else { return false }
        dropOverflow()
        return true
    }

    /// Reading the file failed. The bytes after these are lost as well.
    mutating func failReading(_ error: Errno) {
        dropOverflow()
        completion = .failed(TransportError(.other, code: .errno(error.code), progress: .received))
    }

    /// The response has ended: well, or by `failure`.
    mutating func complete(_ failure: TransportError? = nil) {
        guard completion == nil else { return }
        completion = failure.map { .failed($0) } ?? .finished
    }

    /// Nobody wants the rest. Where something was still to come or to be taken, the end is `failure`: what was dropped
    /// shall not look like the end of the body.
    mutating func cancel(_ failure: TransportError) {
        if completion == nil || hasChunk { completion = .failed(failure) }
        dropChunks()
        dropOverflow()
    }

    /// The head, if it has come; never `end`.
    var nextHead: Next<ResponseHead> {
        if let head { return .value(head) }
        switch completion {
        case .failed(let error): return .failed(error)
        // A response that ends well has a head.
        case .finished: return .failed(TransportError(.receive, progress: .maybeSent))
        case nil: return .nothingYet
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
        if let range = overflow.take(atMost: Self.takenAtOnce) { return .inFile(range) }
        switch completion {
        case .finished: return .end
        case .failed(let error): return .failed(error)
        case nil: return .nothingYet
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
