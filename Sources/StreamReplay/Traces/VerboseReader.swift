internal import HTTPResponseParsing

/// Reads the output of `curl -v` with the body: standard error and standard output in one file.
///
///     * Connected to 127.0.0.1 (127.0.0.1) port 8080 (#0)
///     > GET /v1/messages HTTP/1.1
///     < HTTP/1.1 200 OK
///     < Content-Type: text/event-stream
///     <
///     { [41 bytes data]
///     event: ping
///     data: {"type":"ping"}
///
///     * Connection #0 to host 127.0.0.1 left intact
///
/// ## Theory of operation
///
/// The lines that begin with `<` are the head. After it, everything is the body except curl's own lines: those of the
/// forms above, the progress meter, and curl's final error message. If the body does not end with a line break, curl's
/// next message follows it on the same line; ``VerboseLog`` lists the messages that are recognized there. The log
/// contains neither times nor chunk boundaries.
///
/// - Memory: one line of the log; within a body, at most ``VerboseLog/limit`` bytes of it.
struct VerboseReader: ~Copyable {
    /// The position of the next byte, and its transitions.
    private enum State {
        /// Before or in a head: all lines belong to curl. → `body`, by the blank line of a head.
        case log(Phase)
        /// In a body. → `skipping`, at a line of the log; → `candidate`, at what may be one.
        case body
        /// At what may be the beginning of the log. Invariant: `line` contains it, and `context` is that of its first
        /// byte.
        case candidate
        /// In the rest of a line of the log. → `body`.
        case skipping
        /// In the copy of a head that `curl -v -i` writes. → `body`, by the blank line.
        case copiedHead
    }

    private enum Phase {
        /// No head has begun since the last body.
        case before
        case head
    }

    private var state = State.log(.before)
    private var line: [UInt8] = []
    private var isLineCut = false
    /// Whether the next byte of the body is the first one on its line.
    private var isAtLineStart = true
    /// Whether the last bytes were a progress meter, which curl ends with a line break when the transfer ends.
    private var isAfterMeter = false
    /// Whether a line of the log has been read.
    private var hasLog = false
    /// Whether a byte of the current body has been read.
    private var hasBody = false
    private var assembler = ResponseAssembler()

    /// The maximum number of bytes of a line to keep in the log. No head may be longer.
    private static let lineLimit = HeadReading.limit

    /// The number of bytes kept.
    var bufferedCount: Int { line.count + assembler.bufferedCount }

    /// Receives the next bytes of the capture.
    mutating func receive(_ chunk: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        var start = 0
        while start < chunk.byteCount {
            switch state {
            case .log(let phase): start = readLogLine(chunk, from: start, phase, &sink)
            case .skipping:
                guard let end = chunk.firstOffset(of: UInt8(ascii: "\n"), from: start) else { return }
                start = end + 1
                state = .body
                isAtLineStart = true
            case .copiedHead:
                line.append(chunk.byte(at: start))
                start += 1
                if line.last == UInt8(ascii: "\n") {
                    if line.count <= 2 { state = .body }
                    line = []
                } else if line.count > 2 {
                    // Only whether the line is blank matters.
                    line = [0, 0]
                }
            case .body: start = readBody(chunk, from: start, &sink)
            case .candidate:
                line.append(chunk.byte(at: start))
                start += 1
                decide(isFinal: false, &sink)
            }
        }
    }

    // MARK: The log

    private mutating func readLogLine(
        _ chunk: RawSpan,
        from start: Int,
        _ phase: Phase,
        _ sink: inout some ResponseSink & ~Copyable
    ) -> Int {
        let found = chunk.firstOffset(of: UInt8(ascii: "\n"), from: start)
        let end = found ?? chunk.byteCount
        let room = Self.lineLimit - line.count
        isLineCut = isLineCut || end - start > room
        line += chunk.extracting(start..<min(end, start + room)).copy()
        guard found != nil else { return end }
        let complete = line
        line = []
        defer { isLineCut = false }
        receiveLogLine(complete, phase, &sink)
        return end + 1
    }

    private mutating func receiveLogLine(
        _ bytes: [UInt8],
        _ phase: Phase,
        _ sink: inout some ResponseSink & ~Copyable
    ) {
        let whole = bytes.rawBytes
        let content = whole.extracting(droppingFirst: VerboseLog.endOfMeters(whole))
        let prefix = LinePrefix(content)
        let line = content.extracting(droppingFirst: prefix.end)
        if line.hasBytes("<", at: 0) {
            hasLog = true
            // Editors and terminals remove the space and the CR of the blank line.
            var field = line.extracting(droppingFirst: line.hasBytes("< ", at: 0) ? 2 : 1).copy()
            if case .before = phase {
                guard field.starts(with: HeadSyntax.protocolName) else { return }
                hasBody = false
            }
            let isEnd = field.isEmpty || field == [UInt8(ascii: "\r")]
            field.append(UInt8(ascii: "\n"))
            assembler.receiveHeader(field, at: nil, &sink)
            state = isEnd ? .body : .log(.head)
            isAtLineStart = true
        } else if VerboseLog.isLogLine(line) {
            hasLog = true
        } else if case .before = phase, !hasLog, !line.isEmpty, !VerboseLog.isBeginning(line) {
            // There is a progress meter, but no log: everything else is the body.
            state = .body
            var rest = line.copy()
            rest.append(UInt8(ascii: "\n"))
            receive(rest.rawBytes, &sink)
        }
    }

    // MARK: The body

    private mutating func readBody(
        _ chunk: RawSpan,
        from start: Int,
        _ sink: inout some ResponseSink & ~Copyable
    ) -> Int {
        var index = start
        while index < chunk.byteCount {
            let byte = chunk.byte(at: index)
            let isAfterHead = !hasBody && index == start
            if isAfterMeter
                || VerboseLog.mayBegin(with: byte, isAtLineStart: isAtLineStart, isAfterHead: isAfterHead)
            {
                forward(chunk.extracting(start..<index), &sink)
                line = []
                state = .candidate
                return index
            }
            isAtLineStart = byte == UInt8(ascii: "\n")
            index += 1
        }
        forward(chunk.extracting(start..<index), &sink)
        return index
    }

    private mutating func forward(_ bytes: RawSpan, _ sink: inout some ResponseSink & ~Copyable) {
        if bytes.isEmpty { return }
        hasBody = true
        assembler.receiveData(bytes.copy(), at: nil, &sink)
    }

    /// Decides whether `line` is the beginning of the log, once its bytes suffice.
    private mutating func decide(isFinal: Bool, _ sink: inout some ResponseSink & ~Copyable) {
        let context = VerboseLog.Context(
            isAtLineStart: isAtLineStart,
            isAfterMeter: isAfterMeter,
            // No line of an event stream begins with an asterisk.
            allowsAnyMessage: assembler.mediaType.map { $0.utf8.elementsEqual("text/event-stream".utf8) } ?? true,
            isAfterHead: !hasBody
        )
        switch VerboseLog.match(line.rawBytes, context, isFinal: isFinal) {
        case .undecided:
            if !isFinal { return }
            // For a line break after the meter, the end decides; everything else is text.
            if isAfterMeter, line == [UInt8(ascii: "\n")] { line = [] }
            rejectCandidate(&sink)
        case .none: rejectCandidate(&sink)
        case .meter:
            line = []
            isAfterMeter = true
            state = .body
        case .log:
            line = []
            isAfterMeter = false
            state = .skipping
        case .copiedHead:
            isAfterMeter = false
            state = .copiedHead
        case .lineOfLog:
            line = []
            isAfterMeter = false
            isAtLineStart = true
            state = .body
        case .exchange(let start):
            let beginning = Array(line[start...])
            line = []
            isAfterMeter = false
            state = .log(.before)
            receive(beginning.rawBytes, &sink)
        }
    }

    /// The candidate is text. The log may begin after its first byte.
    private mutating func rejectCandidate(_ sink: inout some ResponseSink & ~Copyable) {
        let bytes = line
        line = []
        isAfterMeter = false
        state = .body
        guard let first = bytes.first else { return }
        forward(bytes.rawBytes.extracting(first: 1), &sink)
        isAtLineStart = first == UInt8(ascii: "\n")
        receive(bytes.rawBytes.extracting(droppingFirst: 1), &sink)
    }

    /// Ends the capture.
    mutating func finish(_ sink: inout some ResponseSink & ~Copyable) {
        while case .candidate = state { decide(isFinal: true, &sink) }
        assembler.finish(&sink)
    }
}
