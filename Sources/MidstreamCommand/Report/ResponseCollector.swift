import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay

/// Collects the report on each response of a capture during decoding.
///
/// ## Theory of operation
///
/// Two machines read the same bytes. The decoder judges them and returns the events, as in `replay`. An HTTP parser
/// extracts the body from the response, for the bytes around a fault and for the way the response ended. `Observations`
/// collects the results of both, and contains no rule of the protocol. At the end of a response, everything becomes a
/// ``ResponseReport``.
///
/// - Memory: bounded, whatever the size of the capture: texts by ``BoundedText``, the timeline by its bins, blocks and
///   responses by their number.
struct ResponseCollector: ResponseSink, ~Copyable {
    private(set) var responses: [ResponseReport] = []
    /// The number of responses begun.
    private(set) var responseCount = 0
    private var decoder = MessageStreamDecoder()
    private var failure: MessageStreamFailure?
    /// Parses the response; `nil` if the capture is a body, and after an HTTP error.
    private var parser: HTTPResponseParser?
    private var isBody = true
    private var isOpen = false
    private var time: Duration?
    private var observations = Observations()
    /// The number of bytes since text was last removed from the decoder.
    private var bytesSinceRemoval = 0

    /// The maximum number of responses of a capture to report on.
    static let limit = 1000

    // MARK: Inputs

    mutating func begin(_ format: ResponseFormat) {
        responseCount += 1
        isOpen = true
        decoder = MessageStreamDecoder(input: MessageStreamDecoder.Input(format))
        failure = nil
        time = nil
        observations = Observations()
        bytesSinceRemoval = 0
        switch format {
        case .body:
            isBody = true
            parser = nil
        case .response(let isTransferDecoded):
            isBody = false
            parser = HTTPResponseParser(isTransferDecoded: isTransferDecoded)
        }
    }

    mutating func advance(to time: Duration) { self.time = time }

    mutating func receive(_ bytes: RawSpan) {
        let body = isBody ? bytes.copy() : removeBody(bytes)
        let start = observations.contentCount
        if failure == nil {
            do throws(MessageStreamFailure) {
                try Self.decode(bytes, &decoder, &observations, time)
            } catch {
                failure = error
                observations.failureTime = time
            }
        }
        observations.receive(body, at: time, deliversContent: observations.contentCount > start)
        bytesSinceRemoval += bytes.byteCount
        if bytesSinceRemoval >= 1 << 20 {
            bytesSinceRemoval = 0
            decoder.removeText { _, _ in }
        }
    }

    private static func decode(
        _ bytes: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ observations: inout Observations,
        _ time: Duration?
    ) throws(MessageStreamFailure) {
        try decoder.decodeFrames(bytes) { event, frame in observations.receive(event, frame, at: time) }
    }

    /// The body bytes of a piece of the response.
    private mutating func removeBody(_ bytes: RawSpan) -> [UInt8] {
        guard var parser = parser.take() else { return [] }
        var body: [UInt8] = []
        var rest = bytes
        do throws(HTTPResponseError) {
            while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head):
                    // The content coding may have been removed, but the length counts the coded bytes.
                    if head.contentCoding != nil { parser.readUntilClose() }
                case .body(let piece): body += piece.copy()
                default: break
                }
            }
        } catch {
            // The decoder reports the error.
        }
        self.parser = consume parser
        return body
    }

    mutating func end() {
        guard isOpen else { return }
        isOpen = false
        if failure == nil {
            do throws(MessageStreamFailure) {
                _ = try decoder.finish()
            } catch {
                failure = error
                observations.failureTime = time
            }
        }
        guard responses.count < Self.limit else { return }
        responses.append(makeReport())
    }

    // MARK: The report

    private func makeReport() -> ResponseReport {
        var report = ResponseReport(number: responseCount, ending: ending)
        report.head = isBody ? nil : decoder.head.map { ResponseReport.Head($0) }
        report.failure = failure.map { failure in
            ResponseReport.Failure(
                failure,
                window: observations.finder.window(around: failure.byteOffset),
                time: observations.failureTime
            )
        }
        let message = failure.map { $0.partial } ?? decoder.partial
        (report.blocks, report.omittedBlocks) = observations.blocks(of: message, indices: decoder.blockIndices)
        report.message = message
        report.message?.content = []
        report.notes = Self.notes(failure?.diagnostics ?? decoder.diagnostics)
        report.times = observations.times
        report.timeline = observations.timeline
        report.offsets = observations.offsets
        report.bodyBytes = observations.finder.count
        report.eventCount = observations.eventCount
        return report
    }

    private var ending: String {
        if isBody { return "not recorded: the capture has only the body" }
        switch parser {
        case nil: return "not recorded"
        case .some(let parser):
            if let error = parser.failure {
                return "the bytes are not valid HTTP from byte \(error.offset) of the response on"
            }
            return parser.knownEnding?.clause ?? "not recorded: the capture does not have the framing of the body"
        }
    }

    private static func notes(_ diagnostics: Diagnostics) -> [String] {
        diagnostics.counts.compactMap { kind, count in
            guard let first = diagnostics.first(where: { $0.kind == kind }) else { return nil }
            let detail = first.detail.isEmpty ? "" : ": \(first.detail.shortened(to: Output.nameLimit))"
            let more = count > 1 ? " (the first of \(Units.number(count)))" : ""
            return "\(kind.rawValue) at byte \(Units.number(first.byteOffset))\(more)\(detail)"
        }
    }
}

extension ResponseReport.Head {
    /// The maximum number of fields to show.
    private static let limit = 100

    fileprivate init(_ head: ResponseHead) {
        status = head.status
        reason = head.reason.shortened(to: Output.nameLimit)
        fields = head.fields.prefix(Self.limit).map { ($0.name.shortened(to: Output.nameLimit), $0.value) }
        for index in fields.indices { fields[index].value = Self.masked(fields[index]) }
        omittedFields = max(0, head.fields.count - Self.limit)
    }

    /// The value of a field with its secrets masked. The name may indicate that the value is secret.
    private static func masked(_ field: (name: String, value: String)) -> String {
        let line = Excerpt.shorten("\(field.name): \(field.value)", to: 1000)
        let prefix = "\(field.name): "
        return line.hasPrefix(prefix) ? String(line.dropFirst(prefix.count)) : line
    }
}

extension ResponseReport.Failure {
    fileprivate init(_ failure: MessageStreamFailure, window: ByteWindow, time: Duration?) {
        let (what, details) = failure.lines
        self.init(
            kind: failure.kind.name,
            what: what,
            details: details,
            stage: failure.stage,
            byteOffset: failure.byteOffset,
            eventIndex: failure.eventIndex,
            httpStatus: failure.isHeadAssumed ? nil : failure.httpStatus,
            equivalentStatus: failure.equivalentStatus,
            isTransient: failure.retry.isTransient,
            replaySafety: failure.retry.replaySafety,
            window: window,
            time: time
        )
    }
}

extension RawSpan {
    /// The bytes as an array.
    fileprivate func copy() -> [UInt8] {
        // The buffer is used only during the call.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
