/// The meaning of an event stream according to WHATWG HTML, section 9.2.6, "Interpreting an event stream".
///
/// This is a transcription of the standard, sentence by sentence, for tests to compare the parser with: the complete
/// stream is decoded and split into lines, and the lines are processed in order. It is slow, requires the complete
/// stream, and shares no code with the parser.
public struct ReferenceEventStream: Sendable, Equatable {
    /// A part of the stream's text, decoded and as received.
    public struct Text: Sendable, Equatable {
        /// The decoded scalars.
        public var scalars: [Unicode.Scalar] = []
        /// The bytes from which they were decoded.
        public var bytes: [UInt8] = []

        /// Creates an empty text.
        public init() {}

        /// Creates a text from scalars and their bytes.
        public init(scalars: [Unicode.Scalar], bytes: [UInt8]) {
            self.scalars = scalars
            self.bytes = bytes
        }
    }

    /// A dispatched event.
    public struct Event: Sendable, Equatable {
        /// The type of the event: `message`, or the value of the `event` field.
        public var type: [Unicode.Scalar]
        /// The value of the `event` field; empty without one.
        public var eventField: Text
        /// The data of the event.
        public var data: Text
        /// The last event ID string at the time of dispatch.
        public var lastEventID: Text
        /// The last valid `retry` in the event's own lines.
        public var retry: Int?
        /// The offset of the first byte of the frame.
        public var offset: Int
        /// The number of bytes in the frame, through the byte that dispatches the event.
        public var length: Int

        /// Creates an event.
        public init(
            type: [Unicode.Scalar],
            eventField: Text,
            data: Text,
            lastEventID: Text,
            retry: Int?,
            offset: Int,
            length: Int
        ) {
            self.type = type
            self.eventField = eventField
            self.data = data
            self.lastEventID = lastEventID
            self.retry = retry
            self.offset = offset
            self.length = length
        }
    }

    /// An event or a comment.
    public enum Element: Sendable, Equatable {
        /// A dispatched event.
        case event(Event)
        /// The text after the colon of a line that begins with one.
        case comment(Text)
    }

    /// The first violation of a limit.
    public struct Violation: Sendable, Equatable {
        /// Whether a line is too long; otherwise an event is.
        public var isLine: Bool
        /// The offset of the first byte beyond the limit.
        public var offset: Int
    }

    /// The events and comments, in order, up to the violation, if any.
    public private(set) var elements: [Element] = []
    /// The last event ID string at the end.
    public private(set) var lastEventID: Text
    /// The reconnection time at the end, if the stream set one.
    public private(set) var reconnectionTime: Int?
    /// The number of bytes in the unfinished frame at the end.
    public private(set) var unfinishedBytes = 0
    /// The first violation of a limit, if any. Nothing after it is interpreted.
    public private(set) var violation: Violation?

    /// The events, in order.
    public var events: [Event] {
        elements.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    /// Interprets a complete stream.
    ///
    /// - Parameters:
    ///   - bytes: The stream.
    ///   - lastEventID: The last event ID string of an earlier connection.
    ///   - reconnectionTime: The reconnection time of an earlier connection.
    ///   - lineBytes: The maximum length of a line, without its end.
    ///   - eventBytes: The maximum total length of a frame's lines without comments, counting one byte for the end of
    ///     each line but the last.
    public init(
        _ bytes: [UInt8],
        lastEventID: Text = Text(),
        reconnectionTime: Int? = nil,
        lineBytes: Int = .max,
        eventBytes: Int = .max
    ) {
        self.lastEventID = lastEventID
        self.reconnectionTime = reconnectionTime
        var stream = DecodedScalar.decode(bytes)
        var frame = Frame(start: 0, lastEventID: lastEventID)
        // "Streams must be decoded using the UTF-8 decode algorithm. Note: The UTF-8 decode algorithm strips one
        // leading UTF-8 Byte Order Mark (BOM), if any."
        if stream.first?.scalar == "\u{FEFF}" {
            stream.removeFirst()
            frame.start = 3
        }
        for line in Line.split(stream, streamEnd: bytes.count) {
            // One or two bytes that may be the beginning of a byte order mark are not known to be a line.
            if bytes == [0xEF] || bytes == [0xEF, 0xBB] { break }
            violation = frame.count(line, lineBytes: lineBytes, eventBytes: eventBytes)
            if violation != nil { return }
            // A line without an end does not count: "Once the end of the file is reached, any pending data must be
            // discarded."
            guard let firstByteOfEnd = line.firstByteOfEnd else { break }
            if line.scalars.isEmpty {
                dispatch(&frame, at: firstByteOfEnd, source: bytes)
                frame = Frame(start: line.next, lastEventID: self.lastEventID)
            } else {
                process(line.scalars, &frame, source: bytes)
            }
        }
        unfinishedBytes = bytes.count - frame.start
    }

    /// "The steps to process the field", and the rules for the lines themselves.
    private mutating func process(_ line: [DecodedScalar], _ frame: inout Frame, source: [UInt8]) {
        // "If the line starts with a U+003A COLON character (:): Ignore the line."
        if line[0].scalar == ":" {
            elements.append(.comment(Text(line.dropFirst(), source: source)))
            return
        }
        var field = line[...]
        var value: ArraySlice<DecodedScalar> = []
        // "If the line contains a U+003A COLON character (:): Collect the characters on the line before the first
        // U+003A COLON character (:), and let field be that string. Collect the characters on the line after the first
        // U+003A COLON character (:), and let value be that string. If value starts with a U+0020 SPACE character,
        // remove it from value."
        if let colon = line.firstIndex(where: { $0.scalar == ":" }) {
            field = line[..<colon]
            value = line[(colon + 1)...]
            if value.first?.scalar == " " { value = value.dropFirst() }
        }
        // "Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process the field
        // using the steps described below, using the whole line as the field name, and the empty string as the field
        // value."
        let name = field.map(\.scalar)
        let text = Text(value, source: source)
        if name == Array("event".unicodeScalars) {
            // "Set the event type buffer to field value."
            frame.eventType = text
        } else if name == Array("data".unicodeScalars) {
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the
            // data buffer."
            frame.data.scalars += text.scalars + ["\n"]
            frame.data.bytes += text.bytes + [0x0A]
        } else if name == Array("id".unicodeScalars) {
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
            // Otherwise, ignore the field."
            if !text.scalars.contains("\0") { frame.lastEventID = text }
        } else if name == Array("retry".unicodeScalars) {
            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base
            // ten, and set the event stream's reconnection time to that integer. Otherwise, ignore the field."
            let digits: ClosedRange<Unicode.Scalar> = "0"..."9"
            if !text.scalars.isEmpty, text.scalars.allSatisfy({ digits.contains($0) }) {
                var string = ""
                string.unicodeScalars.append(contentsOf: text.scalars)
                frame.retry = Int(string) ?? .max
                reconnectionTime = frame.retry
            }
        }
        // "Otherwise: The field is ignored."
    }

    /// "Dispatch the event" that ends with the line end at `firstByteOfEnd`.
    private mutating func dispatch(_ frame: inout Frame, at firstByteOfEnd: Int, source: [UInt8]) {
        // 1. "Set the last event ID string of the event source to the value of the last event ID buffer."
        lastEventID = frame.lastEventID
        // 2. "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string
        //    and return."
        if frame.data.scalars.isEmpty { return }
        // 3. "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character
        //    from the data buffer."
        if frame.data.scalars.last == "\n" {
            frame.data.scalars.removeLast()
            frame.data.bytes.removeLast()
        }
        // 4. to 6. "Initialize event's type attribute to "message", its data attribute to data, […] and its lastEventId
        //    attribute to the last event ID string of the event source. If the event type buffer has a value other than
        //    the empty string, change the type of the newly created event to equal the value of the event type buffer."
        elements.append(
            .event(
                Event(
                    type: frame.eventType.scalars.isEmpty
                        ? Array("message".unicodeScalars) : frame.eventType.scalars,
                    eventField: frame.eventType,
                    data: frame.data,
                    lastEventID: lastEventID,
                    retry: frame.retry,
                    offset: frame.start,
                    length: firstByteOfEnd + 1 - frame.start
                )
            )
        )
    }
}

extension ReferenceEventStream {
    /// The buffers of the frame in progress.
    private struct Frame {
        var start: Int
        var eventType = Text()
        var data = Text()
        var lastEventID: Text
        var retry: Int?
        /// The total length of its lines so far without comments, counting one byte for the end of each line.
        var bytes = 0

        init(start: Int, lastEventID: Text) {
            self.start = start
            self.lastEventID = lastEventID
        }

        /// Counts a line. Returns the violation of a limit in it, if any.
        mutating func count(_ line: Line, lineBytes: Int, eventBytes: Int) -> Violation? {
            let isComment = line.scalars.first?.scalar == ":"
            for offset in line.bytes {
                let length = offset + 1 - line.bytes.lowerBound
                if length > lineBytes { return Violation(isLine: true, offset: offset) }
                if !isComment, bytes + length > eventBytes { return Violation(isLine: false, offset: offset) }
            }
            if !isComment { bytes += line.bytes.count + 1 }
            return nil
        }
    }

    /// A line, or the rest of the stream after the last line end.
    private struct Line {
        /// The scalars of the line, without its end.
        var scalars: [DecodedScalar] = []
        /// The range of the line in the stream, without its end.
        var bytes: Range<Int>
        /// The offset of the byte that ends the line; the CR of a CRLF.
        var firstByteOfEnd: Int?
        /// The offset of the next line.
        var next: Int

        /// "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single
        /// U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character."
        static func split(_ stream: [DecodedScalar], streamEnd: Int) -> [Line] {
            var lines: [Line] = []
            var scalars: [DecodedScalar] = []
            var index = 0
            while index < stream.count {
                let item = stream[index]
                index += 1
                guard item.scalar == "\r" || item.scalar == "\n" else {
                    scalars.append(item)
                    continue
                }
                let end = item.bytes.lowerBound
                var next = end + 1
                if item.scalar == "\r", index < stream.count, stream[index].scalar == "\n" {
                    index += 1
                    next += 1
                }
                let start = scalars.first?.bytes.lowerBound ?? end
                lines.append(Line(scalars: scalars, bytes: start..<end, firstByteOfEnd: end, next: next))
                scalars = []
            }
            let start = scalars.first?.bytes.lowerBound ?? streamEnd
            lines.append(Line(scalars: scalars, bytes: start..<streamEnd, firstByteOfEnd: nil, next: streamEnd))
            return lines
        }
    }
}

extension ReferenceEventStream.Text {
    /// The text of scalars decoded from `source`.
    fileprivate init(_ decoded: ArraySlice<DecodedScalar>, source: [UInt8]) {
        scalars = decoded.map(\.scalar)
        if let first = decoded.first, let last = decoded.last {
            bytes = Array(source[first.bytes.lowerBound..<last.bytes.upperBound])
        }
    }
}
