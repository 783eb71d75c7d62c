internal import HTTPResponseParsing

/// Applies one fault to one response: parts in, parts out. It ends the response at most once, and ignores later parts.
///
/// A stage is a class because it contains a parser, which cannot be copied, and a chain contains stages of several
/// types.
protocol FaultStage: AnyObject {
    /// Whether the fault has changed anything, or certainly will.
    var hasApplied: Bool { get }
    /// Receives the next part and appends the resulting parts.
    func receive(_ part: DamagedPart, _ output: inout [DamagedPart])
}

extension StreamFault {
    /// The stage that applies this fault.
    ///
    /// - Parameter random: The source of its random choices.
    func stage(_ random: SplitMix64) -> any FaultStage {
        switch self {
        case .cut(let position, let isClean): PositionStage(position, .end(isClean ? .complete : .truncated))
        case .reset(let position): PositionStage(position, .end(.reset))
        case .halfClose(let position): PositionStage(position, .end(.halfClosed))
        case .stall(.head, let time): HeadStage(pause: .some(time)) { $0 }
        case .stall(.body(let position), let time): PositionStage(position, .pause(time))
        case .pings(let after, let count, let every):
            PositionStage(.event(after), .pings(count: count, every: every))
        case .error(let error): error.stage(random)
        case .drop(let event, let count): FrameStage(.drop(event..<event.advanced(clamped: count)))
        case .repeatEvent(let event, let times): FrameStage(.repeatEvent(event, times: times))
        case .reorder(let event, let by): FrameStage(.reorder(event, by: by))
        case .split(let event, let at, let form): FrameStage(.split(event, at: at, form))
        case .flip(let bytes): FlipStage(bytes, random)
        case .contentType(let type): HeadStage { $0.replacing(contentType: type) }
        case .html(let status): ReplacementStage { $0.page(status: status) }
        case .gzip(let isDeclared): GzipStage(isDeclared: isDeclared)
        case .status(let status):
            status.body == .keep
                ? HeadStage { $0.failed(status) } : ReplacementStage { ($0.failed(status), status.bytes) }
        case .rechunk(let size): RechunkStage(size.map(ChunkSizes.fixed) ?? .seeded(random.seed))
        case .dribble(let delay, let size): DribbleStage(delay, size)
        }
    }
}

extension InjectedError {
    fileprivate func stage(_ random: SplitMix64) -> any FaultStage {
        switch shape {
        case .empty: return ReplacementStage { ($0, []) }
        case .emptyMessage: return ReplacementStage { ($0, Self.emptyMessage) }
        case .jsonResponse:
            let body = APIErrorText.body(type: type, message: message, requestID: requestID)
            let status = status ?? 200
            return ReplacementStage { ($0.replacing(status: status, contentType: "application/json"), body) }
        case .brokenUTF8Response:
            // A Latin-1 letter in the message.
            var body = APIErrorText.body(type: type, message: "Caf? is closed", requestID: requestID)
            if let place = body.firstIndex(of: UInt8(ascii: "?")) { body[place] = 0xE9 }
            let failed = StreamFault.FailedStatus(status: status ?? 529, errorType: type)
            return ReplacementStage { ($0.failed(failed), body) }
        case .htmlResponse:
            let status = status ?? 502
            return ReplacementStage { $0.page(status: status) }
        case .gzip: return GzipStage(isDeclared: false)
        case .afterStop: return AppendixStage(bytes)
        case .silence: return PositionStage(.event(after), .pause(nil))
        default: return PositionStage(.event(after), .insert(bytes, next ?? shape.next))
        }
    }
}

extension StreamFault.FailedStatus {
    /// The body of the response.
    fileprivate var bytes: [UInt8] {
        switch body {
        case .json: APIErrorText.body(type: type, message: message)
        case .html: APIErrorText.page(status: status)
        case .text: Array((message ?? "upstream connect error or disconnect/reset before headers").utf8)
        case .empty, .keep: []
        }
    }

    /// The type of the error.
    private var type: String { errorType ?? APIErrorText.type(for: status) }

    /// The content type; `nil` to keep that of the capture.
    fileprivate var contentType: String?? {
        switch body {
        case .json: .some("application/json")
        case .html: .some("text/html")
        case .text: .some("text/plain")
        case .empty: .some(nil)
        case .keep: nil
        }
    }
}

extension ResponseHead {
    fileprivate func replacing(status: Int? = nil, contentType: String?) -> ResponseHead {
        var head = self
        if let status, status != self.status {
            head.status = status
            head.reason = APIErrorText.reason(for: status)
        }
        head.fields = fields.without(["content-type"])
        if let contentType { head.fields.append(ResponseField(name: "content-type", value: contentType)) }
        return head
    }

    fileprivate func failed(_ failed: StreamFault.FailedStatus) -> ResponseHead {
        var head = self
        head.status = failed.status
        head.reason = APIErrorText.reason(for: failed.status)
        if let contentType = failed.contentType { head = head.replacing(contentType: contentType) }
        if let retryAfter = failed.retryAfter {
            head.fields = head.fields.without(["retry-after", "retry-after-ms"])
            head.fields.append(ResponseField(name: "retry-after", value: retryAfter))
        }
        return head
    }

    fileprivate func page(status: Int) -> (ResponseHead, [UInt8]) {
        (replacing(status: status, contentType: "text/html"), APIErrorText.page(status: status))
    }
}

extension ResponseFields {
    /// The fields except those with these lowercase names.
    func without(_ names: [String]) -> ResponseFields {
        ResponseFields(
            filter { field in
                let name = field.name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
                return !names.contains { $0.utf8.elementsEqual(name) }
            }
            .map { ($0.name, $0.value) }
        )
    }
}

extension Int {
    /// The sum, or the greatest representable number on overflow.
    fileprivate func advanced(clamped count: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(count)
        return overflow ? .max : sum
    }
}

// MARK: - Heads and complete responses

/// Changes the head.
final class HeadStage: FaultStage {
    private let change: (ResponseHead) -> ResponseHead
    /// A pause before the head. The outer `nil` means no pause, the inner one a pause without end.
    private let pause: Duration??
    private(set) var hasApplied = false
    private var hasEnded = false

    init(pause: Duration?? = nil, _ change: @escaping (ResponseHead) -> ResponseHead) {
        self.change = change
        self.pause = pause
    }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        guard !hasEnded else { return }
        guard case .head(let head) = part.content else { return output.append(part) }
        hasApplied = true
        if let pause {
            output.append(DamagedPart(content: .pause(pause)))
            if pause == nil {
                output.append(DamagedPart(content: .end(.truncated)))
                hasEnded = true
                return
            }
        }
        output.append(DamagedPart(time: part.time, content: .head(change(head))))
    }
}

/// Replaces the response.
final class ReplacementStage: FaultStage {
    private let replacement: (ResponseHead) -> (ResponseHead, [UInt8])
    private(set) var hasApplied = false

    init(_ replacement: @escaping (ResponseHead) -> (ResponseHead, [UInt8])) { self.replacement = replacement }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        guard !hasApplied, case .head(let original) = part.content else { return }
        hasApplied = true
        var (head, body) = replacement(original)
        head.fields = head.fields.without(["content-length", "transfer-encoding", "content-encoding"])
        output.append(DamagedPart(time: part.time, content: .head(head)))
        if !body.isEmpty { output.append(DamagedPart(time: part.time, content: .body(body))) }
        output.append(DamagedPart(time: part.time, content: .end(.complete)))
    }
}

/// Appends bytes to the body.
final class AppendixStage: FaultStage {
    private let bytes: [UInt8]
    private(set) var hasApplied = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        if case .end = part.content, !hasApplied {
            hasApplied = true
            output.append(DamagedPart(time: part.time, content: .body(bytes)))
        }
        output.append(part)
    }
}

// MARK: - Bytes and chunks

/// Changes bits of bytes.
final class FlipStage: FaultStage {
    /// The offsets in ascending order, and the bits to change there.
    private var flips: [(offset: Int, mask: UInt8)]
    private var next = 0
    private var position = 0
    var hasApplied: Bool { next > 0 }

    init(_ bytes: StreamFault.FlippedBytes, _ random: SplitMix64) {
        var random = random
        func mask() -> UInt8 { UInt8(1 + random.next() % 255) }
        switch bytes {
        case .byte(let offset): flips = [(offset, mask())]
        case .random(let count, let within):
            var offsets: Set<Int> = []
            while offsets.count < min(count, within) { offsets.insert(Int(random.next() % UInt64(within))) }
            flips = offsets.sorted().map { ($0, mask()) }
        }
    }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        guard case .body(var bytes) = part.content else { return output.append(part) }
        while next < flips.count, flips[next].offset < position + bytes.count {
            bytes[flips[next].offset - position] ^= flips[next].mask
            next += 1
        }
        position += bytes.count
        output.append(DamagedPart(time: part.time, content: .body(bytes)))
    }
}

/// Wraps the body in the gzip format.
final class GzipStage: FaultStage {
    private var writer = GzipWriter()
    private let isDeclared: Bool
    let hasApplied = true

    init(isDeclared: Bool) { self.isDeclared = isDeclared }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        func body(_ bytes: [UInt8]) -> DamagedPart { DamagedPart(time: part.time, content: .body(bytes)) }
        switch part.content {
        case .head(var head):
            head.fields = head.fields.without(["content-length", "content-encoding"])
            if isDeclared { head.fields.append(ResponseField(name: "content-encoding", value: "gzip")) }
            output.append(DamagedPart(time: part.time, content: .head(head)))
            output.append(body(GzipWriter.header))
        case .body(let bytes):
            var codes: [UInt8] = []
            writer.append(bytes, to: &codes)
            if !codes.isEmpty { output.append(body(codes)) }
        case .end(.complete):
            var codes: [UInt8] = []
            writer.end(to: &codes)
            output.append(body(codes))
            output.append(part)
        case .end, .pause, .delay: output.append(part)
        }
    }
}

/// Splits the body into chunks of other sizes.
final class RechunkStage: FaultStage {
    private var sizes: ChunkSizes
    private var chunk: [UInt8] = []
    private(set) var hasApplied = false

    init(_ sizes: ChunkSizes) { self.sizes = sizes }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        hasApplied = true
        guard case .body(let bytes) = part.content else {
            flush(at: part.time, &output)
            return output.append(part)
        }
        var start = 0
        while start < bytes.count {
            let end = start + sizes.nextPiece(of: bytes.count - start)
            chunk += bytes[start..<end]
            if sizes.isAtBoundary { flush(at: part.time, &output) }
            start = end
        }
    }

    private func flush(at time: Duration?, _ output: inout [DamagedPart]) {
        if chunk.isEmpty { return }
        output.append(DamagedPart(time: time, content: .body(chunk)))
        chunk = []
    }
}

/// Pauses before each chunk.
final class DribbleStage: FaultStage {
    private let delay: Duration
    private let size: Int?
    private(set) var hasApplied = false

    init(_ delay: Duration, _ size: Int?) {
        self.delay = delay
        self.size = size
    }

    func receive(_ part: DamagedPart, _ output: inout [DamagedPart]) {
        guard case .body(let bytes) = part.content else { return output.append(part) }
        hasApplied = true
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size ?? rest.count)
            output.append(DamagedPart(content: .delay(delay)))
            output.append(DamagedPart(time: part.time, content: .body(Array(chunk))))
            rest = rest.dropFirst(chunk.count)
        }
    }
}
