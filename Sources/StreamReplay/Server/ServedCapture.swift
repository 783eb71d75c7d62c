internal import MessageStream

/// A capture that the server offers, under a name.
public struct ServedCapture: Sendable {
    /// The name: the path in the URL, without the leading slash.
    public let name: String
    let capture: CapturedStream
    /// The size of the file in bytes, for the listing; nil if it is not known.
    let size: Int?

    /// Offers a capture.
    public init(name: String, _ capture: CapturedStream) {
        self.init(name: name, capture, size: nil)
    }

    init(name: String, _ capture: CapturedStream, size: Int?) {
        self.name = name
        self.capture = capture
        self.size = size
    }

    /// Opens a capture in a regular file. A small one is read now, so that serving it to many clients takes no more
    /// descriptors.
    ///
    /// - Throws: ``CaptureError`` if the file cannot be read, is compressed, or is not in the format given.
    public init(name: String, contentsOf path: String, input: CaptureInput = .auto) throws(CaptureError) {
        let chunks = CaptureChunks(source: .file(path: path))
        var iterator = chunks.makeAsyncIterator()
        var bytes: [UInt8] = []
        while bytes.count <= Self.smallSize, let chunk = try iterator.read() { bytes += chunk }
        if bytes.count <= Self.smallSize {
            do throws(CaptureError) {
                self.init(name: name, try CapturedStream(bytes, input: input), size: bytes.count)
            } catch {
                throw CaptureError(name: path, cause: error.cause)
            }
        } else {
            self.init(name: name, try CapturedStream(contentsOf: path, input: input), size: nil)
        }
    }

    /// The most bytes of a file that are kept in memory.
    private static let smallSize = 1 << 20
}

/// What a client should make of a response, as the decoder judges it: computed once for each capture.
package struct ServedVerdict: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case complete
        /// The response ended early, or stalled forever.
        case truncated
        /// It failed in another way.
        ///
        /// - status: The status of the error, as HTTP would have it, if it is known.
        case failed(kind: String, isTransient: Bool, status: Int?)
        /// The response is too large to be judged beforehand.
        case unknown
    }

    package var outcome = Outcome.unknown
    /// How long the service asks to wait before a repeat.
    package var delay: Duration?
    /// What the service itself says about a repeat.
    package var serverAdvice: Bool?
    /// How many bytes of the response, head and framing included, a client needs to see content; nil if there is none.
    package var contentOffset: Int?
    /// How many bytes a client needs to know the outcome; nil if it needs the end of the response.
    package var outcomeOffset: Int?

    /// The most bytes that are judged.
    static let limit = 8 << 20

    /// Judges the bytes that a client would receive from this feed.
    init(_ feed: ResponseFeed) {
        var decoder = MessageStreamDecoder(input: .httpResponse, keepsContent: false)
        var offset = 0
        var time = Duration.zero
        var isStalled = false
        reading: while true {
            var bytes: [UInt8] = []
            let status = feed.fill(&bytes, upTo: 1 << 14, at: time)
            // Small pieces, so that the places are known well.
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(256)
                offset += piece.count
                do throws(MessageStreamFailure) {
                    var hasContent = false
                    try decoder.decode(piece) { if $0.contribution == .content { hasContent = true } }
                    if hasContent, contentOffset == nil { contentOffset = offset }
                } catch {
                    fail(error)
                    outcomeOffset = offset
                    return
                }
                if decoder.isComplete, outcomeOffset == nil { outcomeOffset = offset }
                rest = rest.dropFirst(piece.count)
            }
            if offset > Self.limit { return }
            switch status {
            case .more: continue
            case .wait(let end), .stall(until: let end?): time = end
            case .stall(until: nil):
                isStalled = true
                break reading
            case .ended: break reading
            }
        }
        do throws(MessageStreamFailure) {
            _ = try decoder.finish()
            outcome = .complete
        } catch {
            fail(error)
            if isStalled { outcome = .truncated }
        }
    }

    private mutating func fail(_ failure: MessageStreamFailure) {
        delay = failure.retry.delay
        serverAdvice = failure.retry.serverAdvice
        switch failure.kind {
        case .truncated, .transport: outcome = .truncated
        case let kind:
            outcome = .failed(
                kind: kind.name,
                isTransient: failure.retry.isTransient,
                status: failure.equivalentStatus
            )
        }
    }

    /// A verdict about a response that is not judged.
    package init() {}
}
