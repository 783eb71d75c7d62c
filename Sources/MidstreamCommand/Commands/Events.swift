import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream events`: shows the server-sent events of each body of a capture, whatever the head of the response says.
///
/// The events are those of the standard, and nothing is said of their meaning. But a response whose head or whose body is
/// that of no event stream has the verdict of `replay`, so that an error is not taken for a stream without events.
struct Events: CaptureDisplay, ~Copyable {
    private let isJSON: Bool
    /// Takes a response apart; nil if the capture is a body.
    private var responseParser: HTTPResponseParser?
    private var parser = EventStreamParser()
    /// Judges the same bytes.
    private var judge = MessageStreamDecoder(keepsContent: false)
    private var judgement: MessageStreamFailure?
    private var failure: EventStreamError?
    /// Whether the response breaks the rules of HTTP.
    private var isBroken = false
    private var count = 0
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private(set) var responseCount = 0
    private(set) var isConcluded = false
    private(set) var status = ExitStatus.complete

    private init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    /// Shows a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ path: [UInt8], _ arguments: Arguments) throws(CaptureError) -> CInt {
        var events = Events(isJSON: arguments.isJSON)
        return try CaptureReplay.run(path, arguments, &events)
    }

    // The end of an event stream is that of its body.
    var isSettled: Bool { hasFailed }
    var hasFailed: Bool { failure != nil || isBroken }

    // MARK: Inputs

    mutating func begin(_ format: CaptureFormat) {
        judge = MessageStreamDecoder(input: MessageStreamDecoder.Input(format), keepsContent: false)
        judgement = nil
        parser = EventStreamParser()
        responseParser =
            switch format {
            case .body: nil
            case .response(let isTransferDecoded): HTTPResponseParser(isTransferDecoded: isTransferDecoded)
            }
        failure = nil
        isBroken = false
        count = 0
        isConcluded = false
        responseCount += 1
    }

    mutating func take(_ bytes: RawSpan) {
        guard !hasFailed, !isConcluded else { return }
        if judgement == nil {
            do throws(MessageStreamFailure) {
                try judge.decode(bytes) { _ in }
            } catch {
                judgement = error
            }
        }
        guard var responseParser = self.responseParser.take() else { return show(bytes) }
        var rest = bytes
        do throws(HTTPResponseError) {
            while failure == nil, let part = try responseParser.next(in: &rest) {
                if case .body(let bytes) = part { show(bytes) }
            }
        } catch {
            // The judge reports the fault.
            isBroken = true
        }
        self.responseParser = consume responseParser
    }

    private mutating func show(_ chunk: RawSpan) {
        var rest = chunk
        do throws(EventStreamError) {
            while let event = try parser.next(in: &rest) {
                if isJSON { Self.writeJSON(event, to: &output) } else { Self.write(event, index: count, to: &output) }
                count += 1
                output.flushIfLarge()
            }
        } catch {
            failure = error
        }
    }

    mutating func flush() {
        output.flush()
    }

    // MARK: Outputs

    private static func writeJSON(_ event: EventView, to output: inout Output) {
        var line = JSONWriter()
        line.beginObject()
        line.key("type")
        if event.eventField.isEmpty { line.string("message") } else { line.string(utf8: event.eventField) }
        line.key("data")
        line.string(utf8: event.data)
        line.key("lastEventID")
        line.string(utf8: event.lastEventID)
        line.member("retry", event.retry)
        line.member("offset", event.offset)
        line.member("length", event.length)
        line.endObject()
        line.endLine()
        output.write(json: line.bytes)
    }

    private static func write(_ view: EventView, index: Int, to output: inout Output) {
        let event = ServerSentEvent(view)
        output.write("\(index)  bytes \(event.offset)..<\(event.offset + event.length)  ")
        output.write(name: event.type)
        output.write("\n")
        for line in event.data.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            output.write("   ")
            output.write(received: String(decoding: line, as: UTF8.self))
            output.write("\n")
        }
    }

    mutating func conclude(_ cause: ConclusionCause) {
        guard !isConcluded else { return }
        isConcluded = true
        let bytes = parser.position
        let unfinished = failure == nil ? parser.finish() : 0
        if isJSON { writeEnd(bytes: bytes, unfinished: unfinished) }
        output.flush()
        status = ExitStatus.complete
        if let failure {
            errors.write(line: "midstream: \(failure)")
            status = ExitStatus.failed(.limitExceeded(.lineBytes(0)))
        } else if cause == .interruption {
            errors.write(line: "midstream: interrupted")
            status = ExitStatus.failed(.cancelled)
        } else if let judgement = judgementOfResponse(cause) {
            // Other kinds say themselves that there is no event stream.
            let isError = judgement.kind.name == "api"
            let what = isError ? "the response is not an event stream; failed" : "failed"
            errors.write(line: "midstream: \(what) (\(judgement.kind.name)): \(judgement.lines.what)")
            status = ExitStatus.failed(judgement.kind)
        }
        if !isJSON { writeSummary(bytes: bytes, unfinished: unfinished, isOneOfSeveral: cause == .nextResponse) }
        errors.flush()
    }

    /// How `replay` judges the response, if that is no matter of its events.
    private mutating func judgementOfResponse(_ cause: ConclusionCause) -> MessageStreamFailure? {
        guard responseParser != nil else { return nil }
        if judgement == nil, cause != .pause {
            do throws(MessageStreamFailure) {
                _ = try judge.finish()
            } catch {
                judgement = error
            }
        }
        guard let judgement else { return nil }
        switch judgement.kind {
        case .http, .notEventStream, .transport: return judgement
        case .limitExceeded(.headBytes), .limitExceeded(.headFields): return judgement
        default: return judge.head?.isOfEventStream == false ? judgement : nil
        }
    }

    private mutating func writeEnd(bytes: Int, unfinished: Int) {
        var line = JSONWriter()
        line.beginObject()
        line.key("end")
        line.beginObject()
        line.member("bytes", bytes)
        line.member("events", count)
        line.key("lastEventID")
        line.string(utf8: parser.lastEventID)
        line.member("retry", parser.reconnectionTime)
        line.member("unfinishedBytes", unfinished)
        line.endObject()
        line.endObject()
        line.endLine()
        output.write(json: line.bytes)
    }

    /// Writes for a person how many events there were, and what a body without any looks like.
    private mutating func writeSummary(bytes: Int, unfinished: Int, isOneOfSeveral: Bool) {
        let prefix = isOneOfSeveral || responseCount > 1 ? "midstream: response \(responseCount): " : "midstream: "
        let rest = unfinished > 0 ? ", and \(unfinished) bytes of an unfinished frame" : ""
        errors.write(line: "\(prefix)\(count) \(count == 1 ? "event" : "events") in \(bytes) bytes\(rest)")
        guard count == 0, responseParser == nil, failure == nil else { return }
        if judgement == nil { judgement = judge.failureIfEnded() }
        guard case .notEventStream(_, let kind) = judgement?.kind else { return }
        errors.write(line: "\(prefix)note: the input is not an event stream: it \(kind)")
    }
}

extension ResponseHead {
    /// Whether the head says that the body is an event stream, or at least nothing else.
    fileprivate var isOfEventStream: Bool {
        (200...299).contains(status) && (mediaType?.utf8.elementsEqual("text/event-stream".utf8) ?? true)
    }
}
