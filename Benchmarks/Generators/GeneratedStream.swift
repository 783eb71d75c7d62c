internal import ServerSentEvents

/// The contents of a generated message.
package enum StreamKind: String, CaseIterable, Sendable {
    /// Text deltas of a few English words; about 6 % of them have characters outside ASCII. The frames have about 130
    /// bytes.
    case text
    /// A line of text, then `tool_use` blocks whose input arrives in pieces of JSON.
    case tools
    /// `thinking` blocks, each closed by a signature, alternating with text blocks.
    case thinking
    /// Text deltas in many scripts, with emoji, combining marks and every kind of JSON escape.
    case multilingual
    /// The same, with every character outside ASCII as `\u` escapes.
    case escaped
    /// Two text blocks at a time, whose deltas alternate.
    case interleaved
}

/// The line ends of a stream.
package enum LineEnd: String, CaseIterable, Sendable {
    case lf
    case crlf

    var written: EventStreamWriter.LineEnd {
        switch self {
        case .lf: .lineFeed
        case .crlf: .carriageReturnLineFeed
        }
    }

    package var bytes: [UInt8] { Array(written.rawValue.utf8) }
}

/// The bytes of an event stream, and the expected result of parsing them.
package struct GeneratedStream: Sendable {
    /// The complete stream.
    package var bytes: [UInt8]
    /// The number of events that the stream dispatches.
    package var eventCount: Int
    /// The total number of bytes in the data of all events.
    package var dataByteCount: Int
    /// The number of line feeds in ``bytes``.
    package var lineFeedCount: Int

    package init(bytes: [UInt8], eventCount: Int, dataByteCount: Int, lineFeedCount: Int) {
        self.bytes = bytes
        self.eventCount = eventCount
        self.dataByteCount = dataByteCount
        self.lineFeedCount = lineFeedCount
    }

    /// One complete message of about `byteCount` bytes, from `message_start` to `message_stop`.
    ///
    /// The same arguments produce the same bytes. A stream is never shorter than the smallest complete message of its
    /// kind, and exceeds `byteCount` at most by the ends of its last block and of the message.
    package static func message(
        _ kind: StreamKind,
        byteCount: Int,
        spelling: Spelling = .api,
        lineEnd: LineEnd = .lf,
        seed: UInt64 = 1
    ) -> GeneratedStream {
        var generator = MessageGenerator(byteCount: byteCount, spelling: spelling, lineEnd: lineEnd, seed: seed)
        return generator.message(of: kind)
    }

    /// One event whose only line is `byteCount` bytes long without its line end; at least 7, for `data: ` and a byte.
    package static func longLine(byteCount: Int) -> GeneratedStream {
        var writer = EventStreamWriter(limits: EventStreamLimits(lineBytes: .max, eventBytes: .max))
        let data = [UInt8](repeating: UInt8(ascii: "x"), count: byteCount - "data: ".utf8.count)
        do throws(EventStreamWriterError) {
            try writer.event(nil, data: data)
        } catch {
            preconditionFailure("one line without limits: \(error)")
        }
        return GeneratedStream(bytes: writer.bytes, eventCount: 1, dataByteCount: data.count, lineFeedCount: 2)
    }

    /// Only `count` empty lines, without any event.
    package static func emptyLines(count: Int) -> GeneratedStream {
        let bytes = [UInt8](repeating: 0x0A, count: count)
        return GeneratedStream(bytes: bytes, eventCount: 0, dataByteCount: 0, lineFeedCount: count)
    }
}
