import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream events`: shows the server-sent events of each body of a capture, regardless of the head of the response.
///
/// The events are those of the standard; their data is not interpreted. If the head or the body of a response is not
/// that of an event stream, the command also reports the verdict of `replay`, so that an error does not look like a
/// stream without events.
struct Events: CaptureDisplay, ~Copyable {
    private let isJSON: Bool
    /// Parses the response; `nil` if the capture is a body.
    private var responseParser: HTTPResponseParser?
    private var parser = EventStreamParser()
    /// Decodes the same bytes for the verdict of `replay`.
    private var decoder = MessageStreamDecoder(keepsContent: false)
    private var decoderFailure: MessageStreamFailure?
    private var failure: EventStreamError?
    /// Whether the response is invalid HTTP.
    private var isMalformed = false
    private var count = 0
    private var output = Output.standardOutput
    private var errors = Output.standardError
    var chunks = ChunkSizes.asRecorded
    private(set) var responseCount = 0
    private(set) var isConcluded = false
    private(set) var status = ExitStatus.complete

    private init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    /// Shows a capture.
    ///
    /// - Returns: The exit status.
    static func run(_ path: [UInt8], _ arguments: EventsCommand) throws(CaptureError) -> CInt {
        var events = Events(isJSON: arguments.isJSON)
        return try CaptureReplay.run(path, arguments.reading, &events)
    }

    // An event stream has no end of its own; it ends with the body.
    var isSettled: Bool { hasFailed }
    var hasFailed: Bool { failure != nil || isMalformed }

    // MARK: Inputs

    mutating func begin(_ format: ResponseFormat) {
        decoder = MessageStreamDecoder(input: MessageStreamDecoder.Input(format), keepsContent: false)
        decoderFailure = nil
        parser = EventStreamParser()
        responseParser =
            switch format {
            case .body: nil
            case .response(let isTransferDecoded): HTTPResponseParser(isTransferDecoded: isTransferDecoded)
            }
        failure = nil
        isMalformed = false
        count = 0
        isConcluded = false
        responseCount += 1
    }

    mutating func decode(_ bytes: RawSpan) {
        guard !hasFailed, !isConcluded else { return }
        if decoderFailure == nil {
            do throws(MessageStreamFailure) {
                try decoder.decode(bytes) { _ in }
            } catch {
                decoderFailure = error
            }
        }
        guard var responseParser = self.responseParser.take() else { return show(bytes) }
        var rest = bytes
        do throws(HTTPResponseError) {
            while failure == nil, let part = try responseParser.next(in: &rest) {
                if case .body(let bytes) = part { show(bytes) }
            }
        } catch {
            // The decoder reports the error.
            isMalformed = true
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
            status = ExitStatus.failed(MessageStreamFailure.Kind(failure))
        } else if cause == .interruption {
            errors.write(line: "midstream: interrupted")
            status = ExitStatus.failed(.cancelled)
        } else if let responseFailure = responseFailure(cause) {
            // Messages of other kinds already state that the response is not an event stream.
            let isError = responseFailure.kind.name == "api"
            let what = isError ? "the response is not an event stream; failed" : "failed"
            errors.write(line: "midstream: \(what) (\(responseFailure.kind.name)): \(responseFailure.lines.what)")
            status = ExitStatus.failed(responseFailure.kind)
        }
        if !isJSON { writeSummary(bytes: bytes, unfinished: unfinished, isOneOfSeveral: cause == .nextResponse) }
        errors.flush()
    }

    /// The failure that `replay` reports for the response, unless it is about the events themselves.
    private mutating func responseFailure(_ cause: ConclusionCause) -> MessageStreamFailure? {
        guard responseParser != nil else { return nil }
        if decoderFailure == nil, cause != .pause {
            do throws(MessageStreamFailure) {
                _ = try decoder.finish()
            } catch {
                decoderFailure = error
            }
        }
        guard let decoderFailure else { return nil }
        switch decoderFailure.kind {
        case .http, .notEventStream, .transport: return decoderFailure
        case .limitExceeded(.headBytes), .limitExceeded(.headFields): return decoderFailure
        default: return decoder.head?.allowsEventStream == false ? decoderFailure : nil
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

    /// Writes the number of events and, for a body without events, a description of its bytes.
    private mutating func writeSummary(bytes: Int, unfinished: Int, isOneOfSeveral: Bool) {
        let prefix = isOneOfSeveral || responseCount > 1 ? "midstream: response \(responseCount): " : "midstream: "
        let rest = unfinished > 0 ? ", including \(unfinished) bytes of an unfinished event" : ""
        errors.write(line: "\(prefix)\(count) \(count == 1 ? "event" : "events") in \(bytes) bytes\(rest)")
        guard count == 0, responseParser == nil, failure == nil else { return }
        if decoderFailure == nil { decoderFailure = decoder.failureIfEnded() }
        guard case .notEventStream(_, let kind) = decoderFailure?.kind else { return }
        errors.write(line: "\(prefix)note: the input is not an event stream: it \(kind)")
    }
}

extension ResponseHead {
    /// Whether the status is 2xx and the content type is that of an event stream or absent.
    fileprivate var allowsEventStream: Bool {
        isSuccess && (mediaType?.utf8.elementsEqual("text/event-stream".utf8) ?? true)
    }
}
