import ServerSentEvents

/// Judges the lines in an event stream that are not part of it.
///
/// A failing gateway may write its error into the stream without framing it:
///
///     data: {"type":"content_block_delta",…}
///
///     X-Seq: 1
///     {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
///     event: message_stop
///
/// The standard ignores such lines: their names are not those of fields. Here they are *stray lines*, unless they look
/// like a vendor's field: a name of lowercase letters, digits, `.`, `_` and `-`, and a colon. Consecutive stray lines
/// are a *run*, which any other line ends. JSON that reports an error may begin at any line of a run (``StrayJSON``),
/// and is found as soon as its last line is complete. The rest of a run is a text, which is noted once when the run
/// ends.
///
/// A vendor's field named `error` is also a stray error if its value is a JSON object that reports one.
///
/// The machine has two states:
///
///  - `run == nil`: the last line was not stray. → a run, by a stray line.
///  - a run: its text so far, and the JSON that may continue. → another run, by a stray line that is not adjacent to
///    the last one; → `nil`, by a vendor's field or ``endRun()``.
struct StrayLines: Sendable {
    /// Consecutive lines that report no error so far.
    fileprivate struct Run: Sendable {
        /// The offset of the first line in the body.
        var offset: Int
        /// The number of events before the first line.
        var eventIndex: Int
        /// The beginning of the lines, joined by LF, up to the length that an excerpt uses.
        var text: [UInt8] = []
        var json: StrayJSON
    }

    /// A result of judging lines.
    enum Finding {
        /// Text that reports no error: the beginning of a run.
        case text([UInt8], offset: Int, eventIndex: Int)
        /// An error, the JSON that reports it, and the offset of the JSON.
        case error(APIError, json: [UInt8], offset: Int)
    }

    private var run: Run?
    /// The maximum number of bytes of JSON to keep.
    private let limit: Int

    /// - Parameter limit: The maximum number of bytes of JSON to keep. Longer texts are not examined.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether no run is open.
    var isEmpty: Bool { run == nil }

    /// Receives a line that is not a field of the standard.
    ///
    /// - Parameters:
    ///   - line: The line, without its end.
    ///   - followsAnother: Whether the previous line was received here as well.
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
        // The part of the line before the error is text too.
        run.text.removeLast(run.text.count - found.textPosition)
        let before = line.extracting(first: max(0, found.offset - offset))
        if JSONToken.endOfWhitespace(in: before, from: 0) < before.byteCount { run.append(before) }
        return findings + run.findings + [.error(found.error, json: found.json, offset: found.offset)]
    }

    /// Ends the open run, if any: another line was received, or the stream has ended.
    mutating func endRun() -> [Finding] {
        guard var run = run.take() else { return [] }
        guard let found = run.json.finish() else { return run.findings }
        run.text.removeLast(run.text.count - found.textPosition)
        return run.findings + [.error(found.error, json: found.json, offset: found.offset)]
    }

    /// The error reported by a field named `error`: `error: {"error":{…}}`.
    private static func error(inFieldOf line: RawSpan, colon: Int, at offset: Int) -> [Finding] {
        guard line.extracting(first: colon).hasSameBytes(as: RawSpan("error")) else { return [] }
        let start = JSONToken.endOfWhitespace(in: line, from: colon + 1)
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
    /// The maximum length of `text`, in bytes, which is more than an excerpt uses.
    private static let textLimit = 4096

    mutating func append(_ line: RawSpan) {
        let remaining = Self.textLimit - text.count
        guard remaining > 0 else { return }
        if !text.isEmpty { text.append(0x0A) }
        text.append(copying: line.extracting(first: remaining))
    }

    /// The run as a text, if it is not only whitespace.
    var findings: [StrayLines.Finding] {
        text.allSatisfy { $0 <= 0x20 } ? [] : [.text(text, offset: offset, eventIndex: eventIndex)]
    }
}

extension RawSpan {
    /// The end of the name of a vendor's field: the offset of the colon after a lowercase letter and any number of
    /// lowercase letters, digits, `.`, `_` and `-`. `nil` if the line does not begin this way.
    ///
    /// The standard allows any field name, but the text of a failing server contains capitals or spaces.
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
