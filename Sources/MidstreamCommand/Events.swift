import HTTPResponse
import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream events`: shows the server-sent events of a body, whatever the head of the response says of that.
struct Events: ~Copyable {
    /// Takes a response apart; nil if the file is a body.
    private var responseParser: HTTPResponseParser?
    private var parser = EventStreamParser()
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var count = 0
    private var failure: Failure?

    /// Why the events end early.
    private enum Failure {
        case eventStream(EventStreamError)
        case response(HTTPResponseError)
    }

    private init(_ format: CaptureFormat) {
        responseParser =
            switch format {
            case .body: nil
            case .response(_, let isTransferDecoded): HTTPResponseParser(isTransferDecoded: isTransferDecoded)
            }
    }

    /// Shows a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ file: consuming CaptureFile, _ arguments: Arguments) throws(CaptureError) -> CInt {
        var events = Events(try file.format(arguments.input))
        try file.forEachChunk(arguments.chunks ?? .asRead) { chunk in
            events.take(chunk, isJSON: arguments.isJSON)
            events.output.flush()
            return events.failure == nil
        }
        return events.conclude(isJSON: arguments.isJSON)
    }

    private mutating func take(_ chunk: RawSpan, isJSON: Bool) {
        guard var responseParser = self.responseParser.take() else { return show(chunk, isJSON: isJSON) }
        var rest = chunk
        do throws(HTTPResponseError) {
            while failure == nil, let part = try responseParser.next(in: &rest) {
                if case .body(let bytes) = part { show(bytes, isJSON: isJSON) }
            }
        } catch {
            failure = .response(error)
        }
        self.responseParser = consume responseParser
    }

    private mutating func show(_ chunk: RawSpan, isJSON: Bool) {
        var rest = chunk
        do throws(EventStreamError) {
            while let event = try parser.next(in: &rest) {
                if isJSON { Self.writeJSON(event, to: &output) } else { Self.write(event, index: count, to: &output) }
                count += 1
                output.flushIfLarge()
            }
        } catch {
            failure = .eventStream(error)
        }
    }

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
        output.bytes += line.bytes
    }

    private static func write(_ view: EventView, index: Int, to output: inout Output) {
        let event = ServerSentEvent(view)
        output.write("\(index)  bytes \(event.offset)..<\(event.offset + event.length)  ")
        output.write(received: event.type)
        output.write("\n")
        for line in event.data.split(separator: "\n", omittingEmptySubsequences: false) {
            output.write("   ")
            output.write(received: String(line))
            output.write("\n")
        }
    }

    private mutating func conclude(isJSON: Bool) -> CInt {
        let bytes = parser.position
        let unfinished = failure == nil ? parser.finish() : 0
        if isJSON {
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
            output.bytes += line.bytes
        }
        var status = ExitStatus.complete
        switch failure {
        case .eventStream(let error):
            errors.write("midstream: \(error)\n")
            status = ExitStatus.failed(.limitExceeded(.lineBytes(0)))
        case .response(let error):
            errors.write("midstream: \(error)\n")
            status = ExitStatus.failed(.transport(MessageStreamFailure.TransportFault(error)))
        case nil where isJSON: break
        case nil:
            errors.write(
                "midstream: \(count) \(count == 1 ? "event" : "events") in \(bytes) bytes\(unfinished > 0 ? ", and \(unfinished) bytes of an unfinished frame" : "")\n"
            )
        }
        output.flush()
        errors.flush()
        return status
    }
}
