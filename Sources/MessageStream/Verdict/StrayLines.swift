import ServerSentEvents

/// Judges the lines of an event stream that belong to nothing in it.
///
/// A gateway that dies may write its error into the stream without framing it:
///
///     data: {"type":"content_block_delta",…}
///
///     X-Seq: 1
///     {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
///     event: message_stop
///
/// The standard ignores such lines: their names are those of no field. Here they are *stray lines*, unless they look like
/// a vendor's field: a name of lowercase letters, digits, `.`, `_` and `-`, and a colon. Stray lines that follow each other
/// are a *run*; any other line ends it. JSON that reports an error may begin at any line of a run (``StrayJSON``), and is
/// found as soon as its last line is complete. What remains of a run is a text to be noted, once, when the run has ended.
///
/// A vendor's field named `error` is a stray error too if its value is a JSON object that reports one.
///
/// The machine has two states:
///
///  - `run == nil`: the last line was not stray. → a run, by a stray line.
///  - a run: its text so far, and the JSON that may continue. → another run, by a stray line that does not follow the one
///    before; → nil, by a vendor's field and by ``endRun()``.
struct StrayLines: Sendable {
    /// Lines that follow each other, and report no error so far.
    fileprivate struct Run: Sendable {
        /// The offset in the body of the first line.
        var offset: Int
        /// How many events came before it.
        var eventIndex: Int
        /// The beginning of the lines, joined by LF, as much as an excerpt looks at.
        var text: [UInt8] = []
        var json: StrayJSON
    }

    /// What the lines contain.
    enum Finding {
        /// Text that reports no error: the beginning of a run.
        case text([UInt8], offset: Int, eventIndex: Int)
        /// An error, the JSON that reports it, and where that begins.
        case error(APIError, json: [UInt8], offset: Int)
    }

    private var run: Run?
    /// How many bytes of JSON are held at most.
    private let limit: Int

    /// - Parameter limit: How many bytes of JSON are held at most: a longer text is not looked at.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether there is a run that has not ended.
    var isEmpty: Bool { run == nil }

    /// Receives a line that is no field of the standard.
    ///
    /// - Parameters:
    ///   - line: The line, without its end.
    ///   - followsAnother: Whether the line before it was received here as well.
    /// - Returns: The findings so far, in order. An error is the last one.
    mutating func receive(
        _ line: RawSpan,
        at offset: Int,
        followsAnother: Bool,
        eventIndex: Int
    ) -> [Finding] {
        if let colon = line.endOfVendorFieldName {
            return endRun() + Self.error(inFieldOf: line, colon: colon, at: offset)
        }
        var findings: [Finding] = []
        if !followsAnother { findings = endRun() }
        if case .error = findings.last { return findings }
        var run = self.run.take() ?? Run(offset: offset, eventIndex: eventIndex, json: StrayJSON(limit: limit))
        let found = run.json.receive(line, at: offset, textPosition: run.text.count)
        guard let found else {
            run.append(line)
            self.run = run
            return findings
        }
        // What stands before the error in its own line is text too.
        run.text.removeLast(run.text.count - found.textPosition)
        let before = line.extracting(first: max(0, found.offset - offset))
        if JSONToken.endOfWhiteSpace(in: before, from: 0) < before.byteCount { run.append(before) }
        return findings + run.findings + [.error(found.error, json: found.json, offset: found.offset)]
    }

    /// Ends the run, if there is one: another line has come, or the stream has ended.
    mutating func endRun() -> [Finding] {
        guard var run = run.take() else { return [] }
        guard let found = run.json.finish() else { return run.findings }
        run.text.removeLast(run.text.count - found.textPosition)
        return run.findings + [.error(found.error, json: found.json, offset: found.offset)]
    }

    /// The error that a field named `error` reports: `error: {"error":{…}}`.
    private static func error(inFieldOf line: RawSpan, colon: Int, at offset: Int) -> [Finding] {
        guard line.extracting(first: colon).hasSameBytes(as: RawSpan("error")) else { return [] }
        let start = JSONToken.endOfWhiteSpace(in: line, from: colon + 1)
        let value = line.extracting(droppingFirst: start)
        guard value.byteOrZero(at: 0) == UInt8(ascii: "{"), JSONReader.isText(value),
            let error = APIError(reporting: value) ?? APIError(flat: value)
        else { return [] }
        var json: [UInt8] = []
        json.append(copying: value)
        return [.error(error, json: json, offset: offset + start)]
    }
}

extension StrayLines.Run {
    /// More than an excerpt looks at.
    private static let textLimit = 4096

    mutating func append(_ line: RawSpan) {
        let room = Self.textLimit - text.count
        guard room > 0 else { return }
        if !text.isEmpty { text.append(0x0A) }
        text.append(copying: line.extracting(first: room))
    }

    /// The run as a text, if there is any beside white space.
    var findings: [StrayLines.Finding] {
        text.allSatisfy { $0 <= 0x20 } ? [] : [.text(text, offset: offset, eventIndex: eventIndex)]
    }
}

extension RawSpan {
    /// Where the name of a vendor's field ends: the offset of the colon after lowercase letters, digits, `.`, `_` and `-`,
    /// the first of them a letter. Nil if the line does not begin so.
    ///
    /// The standard lets field names be anything; text that a dying server leaves behind has capitals or spaces in it.
    var endOfVendorFieldName: Int? {
        for index in 0..<byteCount {
            switch byte(at: index) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): break
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                if index == 0 { return nil }
            case UInt8(ascii: ":"): return index == 0 ? nil : index
            default: return nil
            }
        }
        return nil
    }
}
