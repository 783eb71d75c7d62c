internal import HTTPResponseParsing

/// What takes the responses of a capture one after the other.
public protocol ResponseSink: ~Copyable {
    /// A body, or another response, begins.
    mutating func begin(_ format: CaptureFormat)
    /// The next bytes of it, in pieces of any size.
    mutating func take(_ bytes: RawSpan)
    /// The response has ended, and another one begins.
    mutating func end()
}

/// Tells the responses of a capture apart: what `curl -iL` and `curl -i --retry` write, or the recording of a connection
/// that is kept alive.
///
/// ## Theory of operation
///
/// A capture that does not begin with `HTTP/` is one body. Else it is a sequence of heads, each with its body. Interim
/// heads (1xx) belong to the response that follows them. The head of a proxy's answer to CONNECT, which is a 2xx one
/// without a content type and directly before another head, is left out.
///
/// Where a response ends, its framing says: chunks, or a content length. A head may also directly follow a head that
/// announces a body, since `curl -L` leaves out the bodies of redirections. In a body without framing the next head is
/// looked for in the bytes: ``HeadStart`` is what it looks like, and ``BodyContext`` is where it may stand. What follows
/// the end of a framed response and is no head belongs to that response, as bytes after its end.
///
/// A body may be cut before its content length, and then be followed by the next response. So a head inside such a body
/// is a head unless the length fits: unless the capture, or another head, follows where the body should end.
///
/// Bytes are handed on as pieces of the chunk. Held are a head up to the first byte of its body, and bytes that may
/// begin a head, of which there are at most a few hundred; and the rest of a body whose length is in doubt, up to a
/// limit beyond which the length is believed. Once a length was wrong, no length of the capture is believed, so that no
/// byte is looked at more than a few times.
public struct ResponseSplitter: ~Copyable {
    /// Where in the capture the next byte lies.
    enum State {
        /// In the first bytes of the capture, or of the head after an interim one, which tell whether it is a head.
        case beginning
        /// In a head. Invariant: the bytes from `headStart` on are held.
        case head
        /// After a head. The bytes held from `headEnd` on do not suffice to recognize what follows it.
        case afterHead(RecordedHead, HeadStart)
        /// In a body in chunks, which `framing` takes apart.
        case chunked
        /// In a body of which so many bytes are to come.
        case body(remaining: Int)
        /// In a body whose next head is looked for, or after the end of a response.
        case unframed
        /// In a body with a head inside, both held from there on. The head after the end of the body tells whether the
        /// length fits.
        case doubtful(HeadStart)
        /// In bytes that all belong to the one body or response in progress.
        case passing
    }

    private let isResponse: Bool
    var state = State.beginning
    /// Bytes not handed on yet: heads with the bytes after them, or the beginning of a candidate.
    var held: [UInt8] = []
    /// Where in `held` the last head begins and ends.
    private var headStart = 0
    private var headEnd = 0
    /// The length of the line in progress of a head.
    private var lineLength = 0
    private var framing: HTTPResponseParser?
    var context = BodyContext()
    /// Whether the bytes held in `unframed` may be a head.
    var candidate: HeadStart?
    /// In `unframed` and `doubtful`, how many bytes of the body are to be handed on, if its head says so.
    var remaining: Int?
    var distrustsLengths = false
    private var hasBegun = false

    /// A head, with the interim ones before it, that is longer than this is not waited for: no parser takes it.
    private static let headLimit = 256 << 10
    /// A length that is in doubt is believed if more bytes than this would have to be held.
    static let doubtLimit = 1 << 20

    /// - Parameter isResponse: Whether the capture is a response, whatever it begins with.
    public init(isResponse: Bool) {
        self.isResponse = isResponse
    }

    /// Creates a splitter for a capture that is a body, whatever it begins with.
    public init(bodyFor sink: inout some ResponseSink & ~Copyable) {
        isResponse = false
        state = .passing
        hasBegun = true
        sink.begin(.body)
    }

    /// Whether no other response can follow the one in progress.
    public var isLast: Bool {
        if case .passing = state { true } else { false }
    }

    /// Whether no byte has come.
    public var isEmpty: Bool { !hasBegun && held.isEmpty }

    /// Takes the next bytes.
    public mutating func take(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        var rest = chunk
        while !rest.isEmpty {
            switch state {
            case .beginning, .head, .afterHead:
                let byte = rest.byte(at: 0)
                rest = rest.extracting(droppingFirst: 1)
                takeOfHead(byte, &sink)
            case .chunked: rest = takeChunked(rest, &sink)
            case .body(let remaining):
                let count = min(remaining, rest.byteCount)
                sink.take(rest.extracting(first: count))
                rest = rest.extracting(droppingFirst: count)
                if remaining == count {
                    search(from: BodyContext())
                } else {
                    state = .body(remaining: remaining - count)
                }
            case .unframed: rest = takeUnframed(rest, &sink)
            case .doubtful(let next): rest = takeDoubtful(rest, next, &sink)
            case .passing:
                sink.take(rest)
                return
            }
        }
    }

    /// Ends the capture: hands on the bytes held.
    ///
    /// - Parameter isResponse: Whether a capture without a byte is a response rather than a body.
    public mutating func finish(_ sink: inout some ResponseSink & ~Copyable, emptyIsResponse isResponse: Bool = false) {
        switch state {
        case .beginning:
            begin(self.isResponse || isResponse || !held.isEmpty && hasInterim, &sink)
        case .head: begin(true, &sink)
        case .afterHead(let head, _):
            let format = CaptureFormat.isTransferDecoded(head, body: held[headEnd...], isAll: true) ?? false
            begin(.response(isTransferDecoded: format), &sink)
        case .unframed: handOn(held[...], &sink)
        case .doubtful:
            if let remaining, held.count < remaining {
                reject(&sink)
                return finish(&sink)
            }
            handOn(held[...], &sink)
        case .chunked, .body, .passing: break
        }
        held = []
        state = .passing
    }

    // MARK: Heads

    /// Whether an interim head was received before the bytes in progress.
    private var hasInterim: Bool { headStart > 0 }

    private mutating func takeOfHead(_ byte: UInt8, _ sink: inout some ResponseSink & ~Copyable) {
        held.append(byte)
        switch state {
        case .beginning:
            let count = held.count - headStart
            guard held[headStart...].elementsEqual(HeadStart.protocolName.prefix(count)) else {
                return begin(isResponse || hasInterim, &sink)
            }
            guard count == HeadStart.protocolName.count else { return }
            lineLength = count
            state = .head
        case .head: takeInHead(byte, &sink)
        case .afterHead(let head, var start):
            let answer = start.take(byte)
            state = .afterHead(head, start)
            take(answer, after: head, &sink)
        default: break
        }
    }

    private mutating func takeInHead(_ byte: UInt8, _ sink: inout some ResponseSink & ~Copyable) {
        guard byte == UInt8(ascii: "\n") else {
            lineLength += 1
            // The parser reports the fault.
            if held.count > Self.headLimit { begin(true, &sink) }
            return
        }
        let isEmpty = lineLength == 0 || (lineLength == 1 && held[held.count - 2] == UInt8(ascii: "\r"))
        lineLength = 0
        if isEmpty { endHead(&sink) }
    }

    /// Takes the end of the head that begins at `headStart`.
    private mutating func endHead(_ sink: inout some ResponseSink & ~Copyable) {
        headEnd = held.count
        var parser = HTTPResponseParser(isTransferDecoded: true)
        var bytes = held.rawBytes.extracting(droppingFirst: headStart)
        do throws(HTTPResponseError) {
            if case .head(let head) = try parser.next(in: &bytes) {
                state = .afterHead(RecordedHead(head, bytes: held[headStart...]), HeadStart(isStrict: false))
                return
            }
            // An interim response; the head of the final one follows.
            headStart = headEnd
            state = .beginning
        } catch {
            // The parser of the response reports the same fault. Another response may still follow.
            begin(.response(isTransferDecoded: false), &sink)
            search(from: BodyContext(after: UInt8(ascii: "\n")))
        }
    }

    /// Decides what follows a head, if that can be told.
    private mutating func take(
        _ answer: HeadStart.Answer,
        after head: RecordedHead,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        switch answer {
        case .more: return
        case .yes:
            let next = Array(held[headEnd...])
            if head.isBare {
                // What a proxy answered to CONNECT.
                held = []
            } else {
                held.removeLast(next.count)
                begin(.response(isTransferDecoded: head.major != 1 || head.isChunked), &sink)
                sink.end()
            }
            beginHead(with: next, &sink)
        case .no:
            let body = held[headEnd...]
            guard let isDecoded = CaptureFormat.isTransferDecoded(head, body: body, isAll: false) else { return }
            let bytes = Array(body)
            held.removeLast(bytes.count)
            let headBytes = Array(held[headStart...])
            begin(.response(isTransferDecoded: isDecoded), &sink)
            if !isDecoded, head.isChunked, head.hasBody {
                followChunks(after: headBytes)
            } else {
                search(from: BodyContext(), length: distrustsLengths || !head.hasBody ? nil : head.length)
            }
            take(bytes.rawBytes, &sink)
        }
    }

    /// Begins a head of which `bytes` have come.
    mutating func beginHead(with bytes: [UInt8], _ sink: inout some ResponseSink & ~Copyable) {
        held = []
        headStart = 0
        remaining = nil
        state = .beginning
        for byte in bytes { takeOfHead(byte, &sink) }
    }

    /// Begins a body, or a response whose end is not looked for, and hands on the bytes held.
    private mutating func begin(_ isResponse: Bool, _ sink: inout some ResponseSink & ~Copyable) {
        begin(isResponse ? .response(isTransferDecoded: false) : .body, &sink)
        state = .passing
    }

    private mutating func begin(_ format: CaptureFormat, _ sink: inout some ResponseSink & ~Copyable) {
        hasBegun = true
        sink.begin(format)
        let bytes = held
        held = []
        headStart = 0
        handOn(bytes[...], &sink)
    }

    func handOn(_ bytes: ArraySlice<UInt8>, _ sink: inout some ResponseSink & ~Copyable) {
        // `UInt8` has no padding bytes.
        if !bytes.isEmpty { sink.take(unsafe bytes.span.bytes) }
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

    /// Takes what the framing says to belong to the response, and returns the rest.
    @_lifetime(copy chunk)
    private mutating func takeChunked(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) -> RawSpan {
        guard var parser = framing.take() else { return chunk }
        var rest = chunk
        var isBroken = false
        do throws(HTTPResponseError) {
            while try parser.next(in: &rest) != nil {}
        } catch {
            isBroken = true
        }
        let taken = chunk.byteCount - rest.byteCount
        if taken > 0 { sink.take(chunk.extracting(first: taken)) }
        if isBroken {
            // The framing is of no more use. The parser of the response reports the fault.
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
