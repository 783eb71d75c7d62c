internal import HTTPResponseParsing

/// Collects the parts of the responses of a capture.
struct PartCollector: ResponseSink, ~Copyable {
    /// The parts since the last `removeParts()`.
    private var parts: [CapturedPart] = []
    private var response = 0
    private var isOpen = false
    private var time: Duration?
    /// Parses the response; `nil` if its bytes are the body.
    private var parser: HTTPResponseParser?
    private var failure: HTTPResponseError?
    private var sizes: ChunkSizes
    /// The beginning of the next chunk, if the chunk sizes differ from the recorded ones.
    private var gathered: [UInt8] = []

    init(_ sizes: ChunkSizes) { self.sizes = sizes }

    /// The number of responses begun.
    var count: Int { response }

    /// Removes and returns the parts, in order.
    mutating func removeParts() -> [CapturedPart] {
        defer { parts = [] }
        return parts
    }

    private mutating func append(_ content: CapturedPart.Content) {
        parts.append(CapturedPart(response: response, time: time, content: content))
    }

    mutating func begin(_ format: ResponseFormat) {
        response += 1
        isOpen = true
        time = nil
        failure = nil
        switch format {
        case .body:
            parser = nil
            append(.head(CapturedPart.assumedHead))
        case .response(let isTransferDecoded):
            parser = HTTPResponseParser(isTransferDecoded: isTransferDecoded)
        }
    }

    mutating func advance(to time: Duration) { self.time = time }

    mutating func receive(_ bytes: RawSpan) {
        if failure != nil { return }
        guard var parser = parser.take() else { return appendBody(bytes.copy()) }
        var rest = bytes
        // One recorded chunk of the body becomes one chunk, even if it contains several HTTP chunks.
        var body: [UInt8] = []
        do throws(HTTPResponseError) {
            while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head):
                    append(.head(head))
                    // The content coding may have been removed, but the length counts the coded bytes.
                    if head.contentCoding != nil { parser.readUntilClose() }
                case .body(let piece): body += piece.copy()
                case .end: break
                @unknown default: break
                }
            }
        } catch {
            failure = error
        }
        self.parser = consume parser
        appendBody(body)
    }

    private mutating func appendBody(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let end = start + sizes.nextPiece(of: bytes.count - start)
            gathered += bytes[start..<end]
            if sizes.isAtBoundary { flushBody() }
            start = end
        }
    }

    private mutating func flushBody() {
        if gathered.isEmpty { return }
        append(.body(gathered))
        gathered = []
    }

    mutating func end() {
        guard isOpen else { return }
        isOpen = false
        flushBody()
        if let failure {
            append(.end(.malformed(failure)))
        } else if let parser = parser.take(), case .truncated(let place) = parser.finish() {
            append(.end(.truncated(in: place)))
        } else {
            append(.end(.complete))
        }
    }
}
