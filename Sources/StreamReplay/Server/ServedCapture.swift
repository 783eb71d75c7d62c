internal import MessageStream

/// A capture that the server offers, under a name.
public struct ServedCapture: Sendable {
    /// The name: the path in the URL, without the leading slash.
    public let name: String
    let capture: CapturedStream
    /// The size of the file in bytes, for the listing; `nil` if unknown.
    let size: Int?

    /// Creates a capture to serve.
    public init(name: String, _ capture: CapturedStream) {
        self.init(name: name, capture, size: nil)
    }

    init(name: String, _ capture: CapturedStream, size: Int?) {
        self.name = name
        self.capture = capture
        self.size = size
    }

    /// Opens a capture in a regular file. A small file is read immediately, so that serving it to many clients requires
    /// no more descriptors.
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

    /// The maximum size of a file that is kept in memory, in bytes.
    private static let smallSize = 1 << 20
}

/// The correct interpretation of a response, according to the decoder. Computed once for each capture.
package struct ServedVerdict: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case complete
        /// The response ended early, or stalled forever.
        case truncated
        /// The response failed in another way.
        ///
        /// - status: The equivalent HTTP status of the error, if known.
        case failed(kind: String, isTransient: Bool, status: Int?)
        /// The response is too large to be judged in advance.
        case unknown
    }

    package var outcome = Outcome.unknown
    /// The time that the service asks to wait before a retry.
    package var delay: Duration?
    /// Whether the service itself advises a retry; `nil` without advice.
    package var serverAdvice: Bool?
    /// The number of bytes of the response, head and framing included, up to the first content; `nil` without content.
    package var contentOffset: Int?
    /// The number of bytes after which the outcome is known; `nil` if the outcome depends on the end of the response.
    package var outcomeOffset: Int?

    /// The maximum number of bytes to judge.
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
            // Small pieces make the positions precise.
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

    /// The verdict on a response that is not judged.
    package init() {}
}
