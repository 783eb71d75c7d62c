import StreamReplay

/// The overview of several responses.
extension ReportPage {
    mutating func writeOverview(_ entries: [Entry]) {
        let captures = self.captures
        write { html in
            html.element("section", ["aria-labelledby": "overview"]) { html in
                html.heading(2, id: "overview", "Overview")
                html.element("p", ["class": "sentence"], Self.summary(entries, captures))
                Self.writeKinds(entries, to: &html)
                if !entries.isEmpty { Self.writeResponses(entries, captures, to: &html) }
                Self.writeUnreadable(captures, to: &html)
            }
            html.markup("\n")
        }
    }

    private static func summary(_ entries: [Entry], _ captures: [CaptureReport]) -> String {
        let complete = entries.count(where: \.response.isComplete)
        let unreadable = captures.count { $0.unreadable != nil }
        let omitted = captures.reduce(0) { $0 + $1.omittedResponses }
        var parts = ["\(Units.number(complete)) complete", "\(Units.number(entries.count - complete)) failed"]
        if omitted > 0 { parts.append("\(Units.number(omitted)) not shown") }
        let sentence = "Of \(Units.count(entries.count + omitted, "response")): \(parts.joined(separator: ", "))."
        return unreadable == 0
            ? sentence : "\(sentence) \(Units.count(unreadable, "capture")) cannot be read completely."
    }

    /// The number of responses by the kind of their failure.
    private static func writeKinds(_ entries: [Entry], to html: inout HTMLWriter) {
        var counts: [(kind: String, count: Int)] = []
        for kind in entries.compactMap(\.response.failure?.kind) {
            if let index = counts.firstIndex(where: { $0.kind == kind }) {
                counts[index].count += 1
            } else {
                counts.append((kind, 1))
            }
        }
        guard !counts.isEmpty else { return }
        html.element("ul", ["class": "kinds", "aria-label": "Failures by kind"]) { html in
            for (kind, count) in counts.sorted(by: { ($1.count, $0.kind) < ($0.count, $1.kind) }) {
                html.element("li") { html in
                    html.element("strong", Units.number(count))
                    html.text(" \(kind)")
                }
            }
        }
    }

    private static func writeResponses(
        _ entries: [Entry],
        _ captures: [CaptureReport],
        to html: inout HTMLWriter
    ) {
        let hasTimes = entries.contains { $0.response.timeline != nil }
        html.table(label: "All responses") { html in
            var columns = [("response", false), ("verdict", false), ("stage", false), ("events", true), ("body", true)]
            if hasTimes { columns += [("first byte", true), ("largest gap", true)] }
            html.columns(columns.map { (title: $0.0, isNumber: $0.1) })
            html.element("tbody") { html in
                for entry in entries.prefix(overviewLimit) { writeRow(entry, hasTimes: hasTimes, to: &html) }
            }
        }
        if entries.count > overviewLimit {
            html.element("p", "\(Units.number(entries.count - overviewLimit)) more responses are not listed.")
        }
        if entries.count > detailLimit {
            html.element(
                "p",
                "Only the first \(Units.number(detailLimit)) responses have a section below. Report on fewer captures to see the others."
            )
        }
    }

    private static func writeRow(_ entry: Entry, hasTimes: Bool, to html: inout HTMLWriter) {
        let response = entry.response
        html.element("tr") { html in
            html.element("th", ["scope": "row"]) { html in
                if entry.hasSections {
                    html.element("a", ["href": "#\(entry.id)"]) { $0.received(entry.title) }
                } else {
                    html.received(entry.title)
                }
            }
            html.cell { $0.badge(isGood: response.isComplete, response.failure?.kind ?? "complete") }
            html.cell { $0.text(response.failure?.stage.words ?? "–") }
            html.number(response.eventCount)
            html.cell(isNumber: true) { $0.text(Units.bytes(response.bodyBytes)) }
            guard hasTimes else { return }
            html.cell(isNumber: true) { $0.text(response.times.firstByte.map(Units.time) ?? "–") }
            html.cell(isNumber: true) { $0.text(response.times.largestGap.map { Units.time($0.duration) } ?? "–") }
        }
    }

    private static func writeUnreadable(_ captures: [CaptureReport], to html: inout HTMLWriter) {
        let unreadable = captures.filter { $0.unreadable != nil }
        guard !unreadable.isEmpty else { return }
        html.heading(3, id: "unreadable", "Captures that cannot be read")
        html.element("ul") { html in
            for capture in unreadable {
                html.element("li") { html in
                    html.element("strong") { $0.received(capture.name) }
                    html.text(": ")
                    html.received(capture.unreadable ?? "")
                }
            }
        }
    }
}
