import MessageStream
import StreamReplay

/// The format of the results of a scan.
enum ScanStyle: Sendable {
    /// A line for each capture that is not complete.
    case human
    /// A JSON object for each capture, whose name is `file`.
    case json
    /// A JSON object for each input, whose name is `key`.
    case stage
}

/// The result for one capture: its output, and its counts.
struct ScanReport: Sendable {
    /// The line to print, if any.
    var line: Line?
    var entry: ScanTally.Entry

    enum Line: Sendable {
        case text(String)
        case json([UInt8])
    }

    /// A capture that was judged.
    init(_ verdict: CaptureVerdict, of name: [UInt8], byteCount: Int, style: ScanStyle) {
        var outcome = ScanTally.Entry.Outcome.complete
        if let failure = verdict.failure {
            outcome = .failed(
                kind: failure.kind.name,
                errorType: failure.errorType.map { Excerpt.shorten($0) },
                stage: failure.stage.rawValue
            )
        }
        entry = ScanTally.Entry(outcome: outcome, name: name, times: verdict.times, byteCount: byteCount)
        switch style {
        case .human:
            line = verdict.failure.map { failure in
                .text(
                    "\(Self.shown(name)): failed (\(failure.kind.name)): \(failure.lines.what), at byte "
                        + "\(failure.byteOffset)"
                )
            }
        case .json, .stage: line = .json(CaptureLine.line(verdict, of: name, style: style))
        }
    }

    /// A capture that cannot be read. The name is `nil` for bytes of the input that belong to no capture.
    init(unreadable name: [UInt8]?, _ reason: String, style: ScanStyle) {
        entry = ScanTally.Entry(outcome: .unreadable, name: name ?? [])
        switch style {
        case .human: line = .text("\(Self.shown(name ?? [])): unreadable: \(reason)")
        case .json, .stage: line = .json(CaptureLine.line("unreadable", reason, of: name, style: style))
        }
    }

    /// A path that is not a capture.
    init(skipped name: [UInt8], _ reason: String, style: ScanStyle) {
        entry = ScanTally.Entry(outcome: .skipped, name: name)
        switch style {
        case .human: line = .text("\(Self.shown(name)): skipped: \(reason)")
        case .json, .stage: line = .json(CaptureLine.line("skipped", reason, of: name, style: style))
        }
    }

    /// A name for display, with invalid UTF-8 repaired.
    private static func shown(_ name: [UInt8]) -> String {
        name.isEmpty ? "(no name)" : String(decoding: name, as: UTF8.self)
    }
}

/// The JSON line of a capture. Its members are documented in `Tests/Engines/README.md`.
enum CaptureLine {
    /// The schema version. It changes if a member is removed or changes its meaning.
    static let schema = 1

    static func line(_ verdict: CaptureVerdict, of name: [UInt8], style: ScanStyle) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writeName(name, style, to: &writer)
        writer.member("schema", schema)
        writer.member("outcome", verdict.failure == nil ? "complete" : "failed")
        let failure = verdict.failure
        writer.member("kind", failure?.kind.name)
        writer.member("errorType", failure?.errorType)
        writer.member("stage", failure?.stage.rawValue)
        writer.member("httpStatus", failure?.httpStatus)
        writer.member("equivalentStatus", failure?.equivalentStatus)
        writer.member("requestID", verdict.requestID)
        writer.member("byteOffset", failure?.byteOffset)
        writer.member("eventIndex", failure?.eventIndex)
        writer.key("isTransient")
        if let failure { writer.bool(failure.retry.isTransient) } else { writer.null() }
        writer.member("replaySafety", failure?.retry.replaySafety.rawValue)
        writer.member("excerpt", failure?.excerpt)
        writer.member("stopReason", verdict.stopReason?.rawValue)
        writer.member("responses", verdict.responseCount)
        writer.key("diagnosticCounts")
        writer.beginObject()
        for (kind, count) in verdict.diagnostics.counts { writer.member(kind.rawValue, count) }
        writer.endObject()
        writer.key("times")
        if let times = verdict.times { write(times, to: &writer) } else { writer.null() }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The line for a path that is skipped, or for a capture that cannot be read.
    static func line(_ outcome: String, _ reason: String, of name: [UInt8]?, style: ScanStyle) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writeName(name, style, to: &writer)
        writer.member("schema", schema)
        writer.member("outcome", outcome)
        writer.member(outcome, reason)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// Writes the name. If it is not UTF-8, its bytes follow as hexadecimal digits, so that different names have
    /// different members.
    static func writeName(_ name: [UInt8]?, _ style: ScanStyle, to writer: inout JSONWriter) {
        let key = style == .stage ? "key" : "file"
        guard let name else {
            writer.key(key)
            return writer.null()
        }
        writer.key(key)
        if let text = String(validating: name, as: UTF8.self) {
            writer.string(text)
        } else {
            writer.string(String(decoding: name, as: UTF8.self))
            writer.member(key + "Hex", Hexadecimal.text(name))
        }
    }

    private static func write(_ times: ArrivalTimes, to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, time) in [
            ("firstByteSeconds", times.firstByte), ("firstContentSeconds", times.firstContent),
            ("lastContentSeconds", times.lastContent), ("lastByteSeconds", times.lastByte),
            ("largestGapSeconds", times.largestGap?.duration),
        ] {
            writer.key(name)
            if let time { writer.double(time.seconds) } else { writer.null() }
        }
        writer.member("largestGapByteOffset", times.largestGap?.byteOffset)
        writer.endObject()
    }
}

extension MessageStreamFailure {
    /// The type of the error that the service reported.
    fileprivate var errorType: String? {
        if case .api(let error) = kind { error.type?.rawValue } else { nil }
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// Bytes as pairs of hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
    }

    /// The bytes, or `nil` if the text does not have this form.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
