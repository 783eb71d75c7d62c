internal import HTTPResponseParsing

/// Splits a capture into its responses. The capture is the output of `curl -iL` or `curl -i --retry`, or a recording of
/// a persistent connection.
///
/// ## Theory of operation
///
/// A capture that does not begin with `HTTP/` is a single body. Otherwise it is a sequence of heads, each with its
/// body. Interim heads (1xx) belong to the response that follows them. The splitter drops the head of a proxy's
/// response to CONNECT: a 2xx head without a content type, immediately followed by another head.
///
/// A response ends where its framing (chunks or a content length) ends it. A head may also immediately follow a head
/// that declares a body, because `curl -L` omits the bodies of redirects. In a body without framing, the splitter
/// searches for the next head: ``HeadStart`` defines what a head looks like, and ``BodyContext`` where it may begin.
/// Bytes after a framed response that are not a head belong to that response, as trailing bytes.
///
/// A body may be cut off before its content length and followed by the next response. The splitter therefore treats a
/// head inside such a body as the next response, unless the length proves correct: the capture ends, or another head
/// begins, exactly where the body should end.
///
/// The splitter forwards bytes as slices of the chunk. It buffers a head through the first byte of its body, a possible
/// start of a head (a few hundred bytes at most), and the rest of a body of doubtful length. Above a limit, it trusts
/// the length instead. After one wrong length, it trusts no other length in the capture, so that it examines each byte
/// only a few times.
package struct ResponseSplitter: ~Copyable {
    /// The position of the next byte in the capture.
    enum State {
        /// In the first bytes of the capture, or after an interim head, where the bytes may or may not begin a head.
        case beginning
        /// In a head. Invariant: `buffered` contains its bytes, from `headStart`.
        case head
        /// After a head. The bytes of `buffered` from `headEnd` are too few to recognize what follows the head.
        case afterHead(RecordedHead, HeadStart)
        /// In a chunked body, which `framing` parses.
        case chunked
        /// In a body with `remaining` bytes left.
        case body(remaining: Int)
        /// In a body that is searched for the next head, or after the end of a response.
        case unframed
        /// In a body that contains a head. `buffered` contains everything from that head. Whether another head follows
        /// the body decides whether the length is correct.
        case doubtful(HeadStart)
        /// In bytes that all belong to the current body or response.
        case passing
    }

    private let isResponse: Bool
    var state = State.beginning
    /// The bytes not yet forwarded: heads with the bytes after them, or a possible start of a head.
    var buffered: [UInt8] = []
    /// The range of the last head in `buffered`.
    private var headStart = 0
    private var headEnd = 0
    /// The length of the current line of a head.
    private var lineLength = 0
    private var framing: HTTPResponseParser?
    var context = BodyContext()
    /// In `unframed`, the match in progress, if `buffered` may be the start of a head.
    var candidate: HeadStart?
    /// In `unframed` and `doubtful`, the number of body bytes left to forward according to the head, if known.
    var remaining: Int?
    var distrustsLengths = false
    private var hasStarted = false
    /// Whether the capture has a head.
    private(set) var hasHead = false

    /// The maximum number of bytes to buffer for a doubtful length. Beyond it, the splitter trusts the length.
    static let doubtLimit = 1 << 20

    /// - Parameter isResponse: Whether the capture is a response, whatever its first bytes are.
    package init(isResponse: Bool) {
        self.isResponse = isResponse
    }

    /// Creates a splitter for a capture that is a body, whatever its first bytes are.
    package init(bodyFor sink: inout some ResponseSink & ~Copyable) {
        isResponse = false
        state = .passing
        hasStarted = true
        sink.begin(.body)
    }

    /// Whether no other response can follow the current one.
    package var isLast: Bool {
        if case .passing = state { true } else { false }
    }

    /// Receives the next bytes of the capture.
    package mutating func receive(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        var rest = chunk
        while !rest.isEmpty {
            switch state {
            case .beginning, .head, .afterHead:
                let byte = rest.byte(at: 0)
                rest = rest.extracting(droppingFirst: 1)
                receiveHeadByte(byte, &sink)
            case .chunked: rest = consumeChunked(rest, &sink)
            case .body(let remaining):
                let count = min(remaining, rest.byteCount)
                sink.receive(rest.extracting(first: count))
                rest = rest.extracting(droppingFirst: count)
                if remaining == count {
                    search(from: BodyContext())
                } else {
                    state = .body(remaining: remaining - count)
                }
            case .unframed: rest = consumeUnframed(rest, &sink)
            case .doubtful(let next): rest = consumeDoubtful(rest, next, &sink)
            case .passing:
                sink.receive(rest)
                return
            }
        }
    }

    /// Ends the capture and forwards the buffered bytes.
    ///
    /// - Parameter isResponse: Whether an empty capture is a response rather than a body.
    package mutating func finish(_ sink: inout some ResponseSink & ~Copyable, emptyIsResponse isResponse: Bool = false)
    {
        switch state {
        case .beginning:
            begin(self.isResponse || isResponse || !buffered.isEmpty && hasInterim, &sink)
        case .head: begin(true, &sink)
        case .afterHead(let head, _):
            let framing = head.framing(of: buffered[headEnd...], isFinal: true)
            begin(.response(isTransferDecoded: framing == .removed), &sink)
        case .unframed: forward(buffered[...], &sink)
        case .doubtful:
            if let remaining, buffered.count < remaining {
                reject(&sink)
                return finish(&sink)
            }
            forward(buffered[...], &sink)
        case .chunked, .body, .passing: break
        }
        buffered = []
        state = .passing
    }

    // MARK: Heads

    /// Whether an interim head precedes the current bytes.
    private var hasInterim: Bool { headStart > 0 }

    private mutating func receiveHeadByte(_ byte: UInt8, _ sink: inout some ResponseSink & ~Copyable) {
        buffered.append(byte)
        switch state {
        case .beginning:
            let count = buffered.count - headStart
            guard buffered[headStart...].elementsEqual(HeadSyntax.protocolName.prefix(count)) else {
                return begin(isResponse || hasInterim, &sink)
            }
            guard count == HeadSyntax.protocolName.count else { return }
            lineLength = count
            state = .head
        case .head: receiveByteInHead(byte, &sink)
        case .afterHead(let head, var start):
            let match = start.consume(byte)
            state = .afterHead(head, start)
            receive(match, after: head, &sink)
        default: break
        }
    }

    private mutating func receiveByteInHead(_ byte: UInt8, _ sink: inout some ResponseSink & ~Copyable) {
        guard byte == UInt8(ascii: "\n") else {
            lineLength += 1
            // The parser reports the error.
            if buffered.count > HeadReading.limit { begin(true, &sink) }
            return
        }
        let isEmpty = lineLength == 0 || (lineLength == 1 && buffered[buffered.count - 2] == UInt8(ascii: "\r"))
        lineLength = 0
        if isEmpty { endHead(&sink) }
    }

    /// Parses the head that begins at `headStart`, after its last byte.
    private mutating func endHead(_ sink: inout some ResponseSink & ~Copyable) {
        headEnd = buffered.count
        switch HeadReading(buffered[headStart...]) {
        case .final(let head): state = .afterHead(head, HeadStart(isStrict: false))
        case .interim:
            headStart = headEnd
            state = .beginning
        case .malformed:
            // The sink's parser reports the error. Another response may still follow.
            begin(.response(isTransferDecoded: false), &sink)
            search(from: BodyContext(after: UInt8(ascii: "\n")))
        }
    }

    /// Decides what follows a head, once the bytes suffice.
    private mutating func receive(
        _ match: HeadStart.Match,
        after head: RecordedHead,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        switch match {
        case .undecided: return
        case .yes:
            let next = Array(buffered[headEnd...])
            if head.isBare {
                // A proxy's response to CONNECT.
                buffered = []
            } else {
                buffered.removeLast(next.count)
                begin(.response(isTransferDecoded: head.majorVersion != 1 || head.isChunked), &sink)
                sink.end()
            }
            beginHead(with: next, &sink)
        case .no:
            let body = buffered[headEnd...]
            let framing = head.framing(of: body, isFinal: false)
            if framing == .undecided { return }
            let isDecoded = framing == .removed
            let bytes = Array(body)
            buffered.removeLast(bytes.count)
            let headBytes = Array(buffered[headStart...])
            begin(.response(isTransferDecoded: isDecoded), &sink)
            if !isDecoded, head.isChunked, head.hasBody {
                followChunks(after: headBytes)
            } else {
                search(from: BodyContext(), length: distrustsLengths || !head.hasBody ? nil : head.length)
            }
            receive(bytes.rawBytes, &sink)
        }
    }

    /// Begins a head that starts with `bytes`.
    mutating func beginHead(with bytes: [UInt8], _ sink: inout some ResponseSink & ~Copyable) {
        buffered = []
        headStart = 0
        remaining = nil
        state = .beginning
        for byte in bytes { receiveHeadByte(byte, &sink) }
    }

    /// Begins a body, or a response that lasts until the end of the capture, and forwards the buffered bytes.
    private mutating func begin(_ isResponse: Bool, _ sink: inout some ResponseSink & ~Copyable) {
        begin(isResponse ? .response(isTransferDecoded: false) : .body, &sink)
        state = .passing
    }

    private mutating func begin(_ format: ResponseFormat, _ sink: inout some ResponseSink & ~Copyable) {
        hasStarted = true
        if format != .body { hasHead = true }
        sink.begin(format)
        let bytes = buffered
        buffered = []
        headStart = 0
        forward(bytes[...], &sink)
    }

    func forward(_ bytes: ArraySlice<UInt8>, _ sink: inout some ResponseSink & ~Copyable) {
        // `UInt8` has no padding bytes.
        if !bytes.isEmpty { sink.receive(unsafe bytes.span.bytes) }
    }

    // MARK: Bodies with framing

    private mutating func followChunks(after head: [UInt8]) {
        var parser = HTTPResponseParser()
        var bytes = head.rawBytes
        do throws(HTTPResponseError) {
            _ = try parser.next(in: &bytes)
            framing = consume parser
            state = .chunked
        } catch {
            search(from: BodyContext())
        }
    }

    /// Forwards the bytes that belong to the response according to its framing, and returns the rest.
    @_lifetime(copy chunk)
    private mutating func consumeChunked(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard var parser = framing.take() else { return chunk }
        var rest = chunk
        var isBroken = false
        do throws(HTTPResponseError) {
            while try parser.next(in: &rest) != nil {}
        } catch {
            isBroken = true
        }
        let count = chunk.byteCount - rest.byteCount
        if count > 0 { sink.receive(chunk.extracting(first: count)) }
        if isBroken {
            // The framing is unusable from here. The sink's parser reports the error.
            search(from: BodyContext(after: UInt8(ascii: "\n")))
        } else if parser.isComplete {
            search(from: BodyContext())
        } else {
            framing = consume parser
        }
        return rest
    }
}

extension BodyContext {
    /// The context after a byte.
    init(after byte: UInt8) {
        self.init()
        advance(over: unsafe CollectionOfOne(byte).span.bytes)
    }
}
