internal import HTTPResponseParsing

/// The bytes of one response as sent to a client, with faults, framing and pace.
///
/// ## Theory of operation
///
/// The feed is pull-based: the server asks for bytes when the socket can accept some. The feed returns whether more are
/// available now, or at what time. It reads the capture in chunks, applies the faults, and frames the body: in chunks
/// for HTTP/1.1, until the connection closes for HTTP/1.0. Unless faults apply, a recording of a connection with its
/// framing is sent byte for byte, even if it is not valid HTTP.
///
/// Times are durations since the response began; the feed has no clock.
final class ResponseFeed {
    /// What follows the returned bytes.
    enum Status: Sendable, Hashable {
        /// More bytes.
        case more
        /// More bytes at this time.
        case wait(until: Duration)
        /// Nothing until this time, because of a stall; `nil` means forever.
        case stall(until: Duration?)
        case ended(DamagedPart.Ending, keepsConnection: Bool)
    }

    /// How the body is framed.
    enum Framing: Sendable, Hashable {
        case chunked
        /// Until the connection closes.
        case close
        /// The response has no body, because of its status or because the request is a HEAD request.
        case noBody
    }

    private var base: CaptureChunks.AsyncIterator?
    private let source: Source
    private let selection: ServedSelection
    private let pace: ReplayPace
    private let request: HTTPRequest
    private var framing = Framing.noBody
    /// The sum of the pauses so far.
    private var delay = Duration.zero
    /// The end of a pause that has begun.
    private var resumption: (time: Duration, isStall: Bool)?
    private var parts: ArraySlice<DamagedPart> = []
    private var hasHead = false
    private var recording = RecordingFraming()
    private var ending: Status?
    /// Whether the capture could not be read to its end.
    private(set) var failure: CaptureError?

    /// How the capture is read.
    private enum Source {
        case raw(RawPlayback)
        case parts(CapturePlayback, FaultBox)
    }

    /// Holds a chain, which cannot be copied.
    private final class FaultBox {
        var chain: FaultChain
        init(_ chain: consuming FaultChain) { self.chain = chain }
    }

    init(
        _ capture: ServedCapture,
        _ selection: ServedSelection,
        faults: [StreamFault],
        seed: UInt64,
        pace: ReplayPace,
        request: HTTPRequest
    ) {
        self.selection = selection
        self.pace = pace
        self.request = request
        let stream = capture.capture
        base = stream.chunks.makeAsyncIterator()
        if selection.form != .unframed, faults.isEmpty, request.minorVersion > 0, request.method != "HEAD" {
            source = .raw(RawPlayback(stream.input, number: selection.number))
        } else {
            let playback = CapturePlayback(stream.input, name: capture.name, .asRecorded)
            source = .parts(playback, FaultBox(FaultChain(faults, seed: seed)))
        }
    }

    /// Whether the client can know at the end of the response that the connection ends as well.
    private(set) var announcesClose = true

    /// Appends the next bytes.
    ///
    /// - Parameters:
    ///   - limit: The number of bytes in `output` at which to stop appending.
    ///   - time: The time since the response began.
    func fill(_ output: inout [UInt8], upTo limit: Int, at time: Duration) -> Status {
        while true {
            if let ending { return ending }
            if output.count >= limit { return .more }
            if let resumption {
                if resumption.time > time {
                    return resumption.isStall ? .stall(until: resumption.time) : .wait(until: resumption.time)
                }
                self.resumption = nil
            }
            switch source {
            case .raw(let playback):
                if !playback.bytes.isEmpty {
                    let bytes = playback.removeBytes()
                    recording.receive(bytes)
                    output += bytes
                } else if playback.isFinished || !advance() {
                    endRecording()
                }
            case .parts:
                guard let part = parts.first else {
                    if !advance() { end(.truncated) }
                    continue
                }
                if let due = pace.time(for: part.time), due + delay > time { return .wait(until: due + delay) }
                parts = parts.dropFirst()
                send(part, &output, at: time)
            }
        }
    }

    /// Reads more of the capture. Returns whether there may be more.
    private func advance() -> Bool {
        do throws(CaptureError) {
            let chunk = try base?.read()
            if chunk == nil, base == nil { return false }
            switch source {
            case .raw(let playback):
                if let chunk { try playback.receive(chunk) } else { try playback.finish() }
            case .parts(let playback, let faults):
                if let chunk { playback.receive(chunk) } else { playback.finish() }
                while let part = playback.removePart() {
                    guard part.response == selection.number else { continue }
                    var part = DamagedPart(part)
                    if selection.form == .headAlone, part.content == .end(.complete) { part.content = .end(.truncated) }
                    parts += faults.chain.receive(part)
                }
                if parts.isEmpty { try playback.throwFailure() }
                if faults.chain.isEnded { base = nil }
            }
            if chunk == nil { base = nil }
            return true
        } catch {
            failure = error
            base = nil
            return false
        }
    }

    private func send(_ part: DamagedPart, _ output: inout [UInt8], at time: Duration) {
        switch part.content {
        case .head(let head): output += begin(head).bytes
        case .body(let bytes):
            switch framing {
            case .noBody: break
            case .close: output += bytes
            case .chunked:
                output += String(bytes.count, radix: 16).utf8
                output += [0x0D, 0x0A]
                output += bytes
                output += [0x0D, 0x0A]
            }
        case .delay(let duration): pause(duration, isStall: false, at: time)
        case .pause(let duration?): pause(duration, isStall: true, at: time)
        case .pause(nil): ending = .stall(until: nil)
        case .end(.complete) where hasHead:
            if framing == .chunked { output += "0\r\n\r\n".utf8 }
            end(.complete)
        case .end(let ending): end(ending)
        }
    }

    private func pause(_ duration: Duration, isStall: Bool, at time: Duration) {
        delay += duration
        resumption = (time + duration, isStall)
    }

    private func end(_ ending: DamagedPart.Ending) {
        let isComplete = ending == .complete
        self.ending = .ended(
            ending,
            keepsConnection: isComplete && hasHead && framing != .close && request.keepsConnection
        )
    }

    /// Ends a recording. The connection stays open if the recording is complete, unless the recording says otherwise.
    private func endRecording() {
        guard recording.isWhole else { return end(.truncated) }
        announcesClose = recording.announcesClose
        let keepsConnection = !recording.announcesClose && !recording.hasExcess && request.keepsConnection
        ending = .ended(.complete, keepsConnection: keepsConnection)
    }

    /// The head as sent: with the framing of this server instead of the recorded one.
    private func begin(_ recorded: ResponseHead) -> ResponseHead {
        hasHead = true
        var head = recorded
        head.fields = recorded.fields.without(["transfer-encoding", "content-length", "connection", "keep-alive"])
        let hasBody = recorded.status >= 200 && recorded.status != 204 && recorded.status != 304
        if request.minorVersion == 0 {
            framing = .close
            head.fields.append(ResponseField(name: "connection", value: "close"))
        } else {
            framing = .chunked
            // "any response with a 1xx or 204 status code" has no transfer-encoding (RFC 9112, section 6.1).
            if hasBody { head.fields.append(ResponseField(name: "transfer-encoding", value: "chunked")) }
            if !request.keepsConnection { head.fields.append(ResponseField(name: "connection", value: "close")) }
        }
        if !hasBody || request.method == "HEAD" { framing = .noBody }
        return head
    }
}

/// Follows the framing of a recording that is sent unchanged.
private struct RecordingFraming: ~Copyable {
    /// `nil` after bytes that are not valid HTTP.
    private var parser: HTTPResponseParser? = HTTPResponseParser()
    private(set) var announcesClose = false
    /// Whether bytes follow the end of the response.
    private(set) var hasExcess = false

    /// Whether the response has ended as its framing says.
    var isWhole: Bool {
        switch parser {
        case .some(let parser): parser.isComplete
        case .none: false
        }
    }

    mutating func receive(_ bytes: [UInt8]) {
        guard var parser = parser.take() else { return }
        var rest = bytes.rawBytes
        do throws(HTTPResponseError) {
            while let part = try parser.next(in: &rest) {
                if case .head(let head) = part {
                    announcesClose = head.fields["connection"]?.lowercased().utf8.elementsEqual("close".utf8) ?? false
                }
            }
        } catch {
            return
        }
        if !rest.isEmpty { hasExcess = true }
        self.parser = consume parser
    }
}

/// Reads the bytes of one response of a capture, with their framing.
final class RawPlayback {
    private var reader: CaptureReader
    private var sink: Sink
    /// Whether the response has ended.
    var isFinished: Bool { sink.hasEnded }
    var bytes: [UInt8] { sink.bytes }

    private struct Sink: ResponseSink {
        let selected: Int
        var number = 0
        var bytes: [UInt8] = []
        var hasEnded = false
        var format: ResponseFormat?

        mutating func begin(_ format: ResponseFormat) {
            number += 1
            if number == selected { self.format = format }
        }

        mutating func receive(_ bytes: RawSpan) {
            if number == selected { self.bytes += bytes.copy() }
        }

        mutating func end() {
            if number == selected { hasEnded = true }
        }
    }

    init(_ input: CaptureInput, number: Int) {
        reader = CaptureReader(input, name: "the capture")
        sink = Sink(selected: number)
    }

    /// The format of the response, once it has begun.
    var format: ResponseFormat? { sink.format }

    func receive(_ chunk: [UInt8]) throws(CaptureError) { try reader.receive(chunk.rawBytes, &sink) }

    func finish() throws(CaptureError) {
        try reader.finish(&sink)
        if sink.number == sink.selected { sink.hasEnded = true }
    }

    func removeBytes() -> [UInt8] {
        defer { sink.bytes = [] }
        return sink.bytes
    }
}
