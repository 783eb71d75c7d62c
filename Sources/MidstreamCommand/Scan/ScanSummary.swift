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

    /// The summary for people.
    ///
    /// - Parameter seconds: How long the scan took.
    func lines(seconds: Double) -> [String] {
        let count = tally.captures == 1 ? "1 capture" : "\(tally.captures) captures"
        let rate = seconds > 0 ? ", \(ByteText.of(Int(Double(tally.byteCount) / seconds)))/s" : ""
        let interruption = isInterrupted ? "interrupted: " : ""
        var lines = [
            "\(interruption)\(count), \(ByteText.of(tally.byteCount)) in \(SecondsText.of(seconds))\(rate)"
        ]
        let counts = [
            ("complete", tally.complete), ("failed", tally.failed), ("unreadable", tally.unreadable),
            ("skipped", tally.skipped), ("passed over", tally.passedOver),
        ]
        lines += Self.table(counts.filter { $0.1 > 0 }.map { ($0.0, "\($0.1)") })
        for (title, counts) in [
            ("failures by kind", tally.kinds), ("failures by error type", tally.errorTypes),
            ("failures by stage", tally.stages),
        ] where !counts.isEmpty {
            let others = counts.others > 0 ? [("(others)", "\(counts.others)")] : []
            lines += [title] + Self.table(counts.sorted.map { ($0.name, "\($0.count)") } + others)
        }
        if !tally.slowestFirstBytes.isEmpty {
            let rows = tally.slowestFirstBytes.map { (SecondsText.of($0.duration.seconds), Self.shown($0.name)) }
            lines += ["slowest first bytes"] + rows.map { "  \($0.0)  \($0.1)" }
        }
        if !tally.largestGaps.isEmpty {
            lines += ["largest gaps"]
            lines += tally.largestGaps.map {
                "  \(SecondsText.of($0.duration.seconds))  \(Self.shown($0.name)), at byte \($0.byteOffset)"
            }
        }
        return lines
    }

    /// Rows with their names on the left and their numbers aligned on the right.
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

/// A number of bytes for people, in decimal units.
enum ByteText {
    static func of(_ count: Int) -> String {
        var value = Double(max(0, count))
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        while value >= 999.5, unit + 1 < units.count {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(Int(value)) B" : "\(fixed(value, digits: value < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// A nonnegative number with this many digits after the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((min(value, 1e12) * Double(scale)).rounded())
        guard digits > 0 else { return "\(scaled)" }
        let rest = String(scaled % scale)
        return "\(scaled / scale).\(String(repeating: "0", count: digits - rest.utf8.count))\(rest)"
    }
}

/// A number of seconds for people.
enum SecondsText {
    static func of(_ seconds: Double) -> String { "\(ByteText.fixed(seconds, digits: seconds < 10 ? 3 : 1)) s" }

    /// A time left: whole seconds, or minutes or hours beside them.
    static func coarse(_ seconds: Double) -> String {
        let whole = Int(min(max(0, seconds), 359_999).rounded(.up))
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}
