import Foundation
import HTTPResponse

/// What has come of a response and was not yet taken: the head, chunks of the body, and how it ended.
///
/// A machine without locks and tasks. It is open until the first `complete` or `cancel`, and complete ever after: then
/// it takes nothing in. What came before is handed out first, unless it was cancelled.
///
/// In memory are about as many bytes as the limit allows. What comes beyond is put into a file, or the sender is to be
/// held: that is the owner's choice.
struct ResponseBuffer: ~Copyable {
    /// What the next thing to take is.
    enum Next<Value> {
        case value(Value)
        /// The body ended well.
        case end
        case failed(TransportError)
        /// Nothing has come yet; something will.
        case nothingYet
    }

    /// How many bytes may wait in memory.
    let limit: Int
    /// Whether what is beyond the limit is put into a file; if not, the sender is to be held.
    let usesFile: Bool
    private(set) var head: HTTPResponseHead?
    /// The chunks that were not taken, from `firstChunk` on.
    private var chunks: [Data] = []
    private var firstChunk = 0
    /// The number of bytes of these chunks.
    private(set) var byteCount = 0
    /// What came behind these chunks. Invariant: as long as it has bytes, no chunk is added.
    private var overflow = OverflowFile()
    private var completion: Completion?

    /// How many bytes are taken out of the file at once.
    private static var takenAtOnce: Int { 64 << 10 }

    private enum Completion {
        case finished
        case failed(TransportError)
    }

    init(limit: Int, usesFile: Bool) {
        self.limit = limit
        self.usesFile = usesFile
    }

    var isComplete: Bool { completion != nil }

    /// Whether there is something to take.
    var hasChunk: Bool { byteCount > 0 || overflow.byteCount > 0 }

    /// Whether the sender is to be held.
    var isFull: Bool { completion == nil && !usesFile && byteCount >= limit }

    /// Whether a sender that was held may go on. Not at the first byte taken, so as not to hold it again at once.
    var mayGoOn: Bool { completion != nil || byteCount <= limit / 2 }

    /// How far the exchange has come, once it was begun.
    var progress: TransportError.Progress { head == nil ? .maybeSent : .received }

    mutating func receive(_ head: HTTPResponseHead) {
        // The first head stands: the bytes that follow a second one would be those of another response.
        if completion == nil, self.head == nil { self.head = head }
    }

    /// Takes a chunk in.
    ///
    /// - Throws: The error of the file. The buffer is to be completed with it: a part of the chunk is lost.
    mutating func receive(_ chunk: Data) throws(Errno) {
        guard completion == nil, !chunk.isEmpty else { return }
        if usesFile, byteCount >= limit || overflow.byteCount > 0 {
            try overflow.append(chunk)
        } else {
            chunks.append(chunk)
            byteCount += chunk.count
        }
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
        overflow.removeAll()
    }

    /// The head, if it has come; never `end`.
    var nextHead: Next<HTTPResponseHead> {
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
        if overflow.byteCount > 0 {
            do throws(Errno) {
                return .value(try overflow.take(atMost: Self.takenAtOnce))
            } catch {
                overflow.removeAll()
                completion = .failed(TransportError(.other, code: .errno(error.code), progress: .received))
            }
        }
        switch completion {
        case .finished: return .end
        case .failed(let error): return .failed(error)
        case nil: return .nothingYet
        }
    }

    private mutating func dropChunks() {
        chunks.removeAll(keepingCapacity: true)
        firstChunk = 0
        byteCount = 0
    }
}
