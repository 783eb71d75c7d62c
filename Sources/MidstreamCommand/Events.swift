import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream events`: shows the server-sent events of a body.
struct Events: ~Copyable {
    private var parser = EventStreamParser()
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private var count = 0
    private var failure: EventStreamError?

    /// Shows a capture.
    ///
    /// - Returns: the exit status.
    static func run(_ file: consuming CaptureFile, _ arguments: Arguments) throws(CaptureError) -> CInt {
        var events = Events()
        try file.forEachChunk(arguments.chunks) { chunk in
            events.show(chunk, isJSON: arguments.isJSON)
            events.output.flush()
            return events.failure == nil
        }
        return events.conclude(isJSON: arguments.isJSON)
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
            failure = error
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
        if let failure {
            errors.write("midstream: \(failure)\n")
        } else if !isJSON {
            errors.write(
                "midstream: \(count) \(count == 1 ? "event" : "events") in \(bytes) bytes\(unfinished > 0 ? ", and \(unfinished) bytes of an unfinished frame" : "")\n"
            )
        }
        output.flush()
        errors.flush()
        return failure == nil ? ExitStatus.complete : ExitStatus.failed(.limitExceeded(.lineBytes(0)))
    }
}
