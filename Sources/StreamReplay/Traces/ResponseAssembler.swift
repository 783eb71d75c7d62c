internal import HTTPResponseParsing

/// Assembles responses from the header lines and data that curl logged.
///
/// A log marks heads and bodies, so no search is necessary. Interim heads belong to the response that follows them. The
/// head of a proxy's response to CONNECT is dropped, as in ``ResponseSplitter``.
struct ResponseAssembler: ~Copyable {
    /// The position in a response, and its transitions.
    private enum State {
        /// Before a response. → `head`, by a line that begins with `HTTP/`; → `body`, by data, which then have no head.
        case between
        /// In a head. Invariant: `heads` contains it from `headStart`. → `head` after an interim one; → `headed`, by
        /// its blank line; → `body`, if it is not valid or too large.
        case head
        /// After a head. → `body`, once its data show whether their framing was removed; → `head`, by another head.
        case headed(RecordedHead)
        /// In a body. → `head`, by the next head.
        case body
    }

    private var state = State.between
    /// The bytes of the head, and of the interim heads before it.
    private var heads: [UInt8] = []
    private var headStart = 0
    /// When the head was complete.
    private var headTime: TraceTime?
    /// The data that do not yet show whether their framing was removed: less than 300 bytes, and one piece.
    private var pending: [(bytes: [UInt8], time: TraceTime?)] = []
    /// When the last request was sent, if nothing of its response has been received.
    private var requestTime: TraceTime?
    /// The origin of the times of the current response.
    private var startTime: TraceTime?
    /// Restores the bytes that the capture does not show; `nil` if it shows all of them.
    private var restorer: BodyRestorer?
    /// Whether data show dots in place of line breaks.
    var isLossy = false

    /// The media type of the current response, if its head has one.
    private(set) var mediaType: String?

    /// The number of bytes kept.
    var bufferedCount: Int { heads.count + pending.reduce(0) { $0 + $1.bytes.count } }

    // MARK: Inputs

    /// A request was sent.
    mutating func receiveRequest(at time: TraceTime?) { requestTime = time }

    /// Receives bytes of a head: a line, or several.
    mutating func receiveHeader(
        _ bytes: [UInt8],
        at time: TraceTime?,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            receiveHeaderLine(bytes[start..<end], at: time, &sink)
            start = end
        }
    }

    private mutating func receiveHeaderLine(
        _ line: ArraySlice<UInt8>,
        at time: TraceTime?,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        if line.starts(with: HeadSyntax.protocolName) {
            if case .head = state {
                // curl does not log the blank line of some interim heads.
                heads += Array("\r\n".utf8)
                endHead(&sink)
            }
            endResponse(&sink)
            // A head without a body may be forwarded only after the next request.
            if heads.isEmpty { beginTimes() }
            state = .head
            mediaType = nil
        }
        // Outside a head, the line is a trailer, which no event depends on.
        guard case .head = state else { return }
        heads += line
        headTime = time
        if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) {
            endHead(&sink)
        } else if heads.count > HeadReading.limit {
            begin(.response(isTransferDecoded: false), &sink)
        }
    }

    private mutating func endHead(_ sink: inout some ResponseSink & ~Copyable) {
        switch HeadReading(heads[headStart...]) {
        case .interim:
            headStart = heads.count
            state = .between
        case .final(let head):
            state = .headed(head)
            mediaType = head.head.mediaType
        case .malformed: begin(.response(isTransferDecoded: false), &sink)
        }
    }

    /// Receives a chunk of a body.
    mutating func receiveData(
        _ bytes: [UInt8],
        at time: TraceTime?,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        guard !bytes.isEmpty else { return }
        switch state {
        case .between where heads.isEmpty: begin(.body, &sink)
        // Not HTTP. The sink's parser reports the error.
        case .between, .head: begin(.response(isTransferDecoded: false), &sink)
        case .headed(let head):
            pending.append((bytes, time))
            decideFraming(of: head, isFinal: false, &sink)
            return
        case .body: break
        }
        forward(bytes, at: time, &sink)
    }

    /// Ends the capture, or the transfer.
    mutating func finish(_ sink: inout some ResponseSink & ~Copyable) {
        switch state {
        case .headed(let head):
            decideFraming(of: head, isFinal: true, &sink)
        case .head: begin(.response(isTransferDecoded: false), &sink)
        case .between where !heads.isEmpty: begin(.response(isTransferDecoded: false), &sink)
        case .between, .body: break
        }
    }

    // MARK: Responses

    /// Ends the current response, if any, at the head of the next one.
    private mutating func endResponse(_ sink: inout some ResponseSink & ~Copyable) {
        switch state {
        case .between: return
        case .headed(let head) where head.isBare && pending.isEmpty:
            // A proxy's response to CONNECT.
            heads = []
            headStart = 0
            return
        case .headed, .head: finish(&sink)
        case .body: break
        }
        sink.end()
    }

    private mutating func decideFraming(
        of head: RecordedHead,
        isFinal: Bool,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        let framing = head.framing(of: pending.flatMap(\.bytes)[...], isFinal: isFinal)
        if framing == .undecided { return }
        begin(.response(isTransferDecoded: framing == .removed), head: head, &sink)
        let chunks = pending
        pending = []
        for chunk in chunks { forward(chunk.bytes, at: chunk.time, &sink) }
    }

    private mutating func begin(
        _ format: ResponseFormat,
        head: RecordedHead? = nil,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        state = .body
        sink.begin(format)
        restorer = isLossy ? BodyRestorer(head?.head, heads, format) : nil
        if heads.isEmpty {
            beginTimes()
        } else {
            advance(to: headTime, &sink)
            sink.receive(heads.rawBytes)
        }
        heads = []
        headStart = 0
        headTime = nil
    }

    private mutating func forward(
        _ bytes: [UInt8],
        at time: TraceTime?,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        advance(to: time, &sink)
        guard restorer != nil else { return sink.receive(bytes.rawBytes) }
        var restored = bytes
        restorer?.restore(&restored)
        sink.receive(restored.rawBytes)
    }

    /// Counts the times of the response from its request, if that was recorded.
    private mutating func beginTimes() {
        startTime = requestTime
        requestTime = nil
    }

    private mutating func advance(to time: TraceTime?, _ sink: inout some ResponseSink & ~Copyable) {
        guard let time else { return }
        let start = startTime ?? time
        startTime = start
        sink.advance(to: start.duration(to: time))
    }
}
