import MessageStream
import StreamReplay

/// The summary of a scan.
struct ScanSummary {
    let tally: ScanTally
    /// Whether a signal ended the scan early.
    let isInterrupted: Bool
    let style: ScanStyle

    /// The closing line of JSON output.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("summary")
        writer.beginObject()
        writer.member("schema", CaptureLine.schema)
        writer.member("captures", tally.captures)
        writer.member("complete", tally.complete)
        writer.member("failed", tally.failed)
        writer.member("unreadable", tally.unreadable)
        writer.member("skipped", tally.skipped)
        writer.member("passedOver", tally.passedOver)
        writer.member("interrupted", isInterrupted)
        Self.write("kinds", tally.kinds, to: &writer)
        Self.write("errorTypes", tally.errorTypes, to: &writer)
        Self.write("stages", tally.stages, to: &writer)
        write("slowestFirstBytes", tally.slowestFirstBytes, hasOffsets: false, to: &writer)
        write("largestGaps", tally.largestGaps, hasOffsets: true, to: &writer)
        writer.endObject()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func write(_ name: String, _ counts: ScanTally.Counts, to writer: inout JSONWriter) {
        writer.key(name)
        writer.beginObject()
        for (name, count) in counts.sorted { writer.member(name, count) }
        writer.endObject()
    }

    private func write(
        _ name: String,
        _ list: [ScanTally.Slow],
        hasOffsets: Bool,
        to writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.beginArray()
        for slow in list {
            writer.beginObject()
            CaptureLine.writeName(slow.name, style, to: &writer)
            writer.key("seconds")
            writer.double(slow.duration.seconds)
            if hasOffsets { writer.member("byteOffset", slow.byteOffset) }
            writer.endObject()
        }
        writer.endArray()
    }

    /// The human-readable summary.
    ///
    /// - Parameter duration: The duration of the scan.
    func lines(duration: Duration) -> [String] {
        let seconds = duration.seconds
        let rate = seconds > 0 ? ", \(Units.bytes(Int(Double(tally.byteCount) / seconds)))/s" : ""
        let interruption = isInterrupted ? "interrupted: " : ""
        let count = Units.count(tally.captures, "capture")
        var lines = ["\(interruption)\(count), \(Units.bytes(tally.byteCount)) in \(Units.time(duration))\(rate)"]
        let counts = [
            ("complete", tally.complete), ("failed", tally.failed), ("unreadable", tally.unreadable),
            ("skipped", tally.skipped), ("passed over", tally.passedOver),
        ]
        lines += Self.table(counts.filter { $0.1 > 0 }.map { ($0.0, Units.number($0.1)) })
        for (title, counts) in [
            ("failures by kind", tally.kinds), ("failures by error type", tally.errorTypes),
            ("failures by stage", tally.stages),
        ] where !counts.isEmpty {
            let others = counts.others > 0 ? [("(others)", Units.number(counts.others))] : []
            lines += [title] + Self.table(counts.sorted.map { ($0.name, Units.number($0.count)) } + others)
        }
        if !tally.slowestFirstBytes.isEmpty {
            let rows = tally.slowestFirstBytes.map { (Units.time($0.duration), Self.shown($0.name)) }
            lines += ["slowest first bytes"] + rows.map { "  \($0.0)  \($0.1)" }
        }
        if !tally.largestGaps.isEmpty {
            lines += ["largest gaps"]
            lines += tally.largestGaps.map {
                "  \(Units.time($0.duration))  \(Self.shown($0.name)), at byte \(Units.number($0.byteOffset))"
            }
        }
        return lines
    }

    /// Rows with names aligned on the left and numbers on the right.
    private static func table(_ rows: [(name: String, number: String)]) -> [String] {
        let names = rows.map { $0.name.shortened(to: Output.nameLimit) }
        let width = names.map(\.columns).max() ?? 0
        let numberWidth = rows.map(\.number.utf8.count).max() ?? 0
        return zip(names, rows).map { name, row in
            let gap = width - name.columns + numberWidth - row.number.utf8.count + 2
            return "  \(name)\(String(repeating: " ", count: gap))\(row.number)"
        }
    }

    private static func shown(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}
