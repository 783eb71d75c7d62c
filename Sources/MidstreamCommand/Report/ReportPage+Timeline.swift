import StreamReplay

/// The timeline of a response: bars in lanes, as SVG, and the same numbers as a table.
///
/// The drawing has no view box. Its horizontal positions are percentages, so the bars fill any width while the text
/// keeps its size.
extension ReportPage {
    static func writeTimeline(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        let response = entry.response
        let drawing = TimelineDrawing(response, id: "\(entry.id)-timeline")
        guard !drawing.isEmpty else { return }
        html.section(level, id: "\(entry.id)-timeline", drawing.isOverTime ? "Timeline" : "Timeline over the body") {
            html in
            html.element("figure", ["class": "timeline"]) { html in
                drawing.write(to: &html)
                html.element("figcaption", drawing.caption)
            }
            html.element("details") { html in
                html.element("summary", "The timeline as a table")
                drawing.writeTable(to: &html)
            }
        }
    }
}

/// The geometry of a timeline.
struct TimelineDrawing {
    private let response: ResponseReport
    private let timeline: Timeline
    private let id: String
    let isOverTime: Bool
    private let lanes: [Lane]

    /// A row of bars.
    private struct Lane {
        var name: String
        /// A class name of the style sheet.
        var style: String
        var height: Int
        var value: (Timeline.Bin) -> Int
    }

    init(_ response: ResponseReport, id: String) {
        self.response = response
        self.id = id
        isOverTime = response.timeline != nil
        let timeline = response.timeline ?? response.offsets
        self.timeline = timeline
        let all = [
            Lane(name: "Bytes", style: "bytes", height: 44) { $0.bytes },
            Lane(name: "Events with content", style: "content", height: 44) { $0.content },
            Lane(name: "Other events of the message", style: "structure", height: 22) { $0.structure },
            Lane(name: "Pings", style: "pings", height: 22) { $0.pings },
            Lane(name: "Unknown events", style: "unknown", height: 22) { $0.unknown },
        ]
        let total = timeline.total
        lanes = all.filter { $0.value(total) > 0 }
    }

    /// Whether there is nothing to draw.
    var isEmpty: Bool { lanes.isEmpty }

    /// The length of the axis.
    private var span: Int { max(1, isOverTime ? timeline.end : timeline.end + 1) }

    private func label(_ position: Int) -> String {
        isOverTime ? Units.time(.microseconds(position)) : Units.bytes(position)
    }

    /// A horizontal position in percent.
    private func percent(_ position: Int) -> String {
        let scaled = Int((Double(min(max(0, position), span)) / Double(span) * 10_000).rounded())
        let fraction = String(scaled % 100)
        return "\(scaled / 100).\(fraction.utf8.count < 2 ? "0" : "")\(fraction)%"
    }

    /// The position at which the failure was detected, or `nil`.
    private var failurePosition: Int? {
        guard let failure = response.failure else { return nil }
        return isOverTime ? failure.time?.microseconds ?? span : failure.byteOffset
    }

    private var gap: ArrivalTimes.Gap? {
        guard isOverTime, let gap = response.times.largestGap, gap.duration.microseconds * 33 >= span else {
            return nil
        }
        return gap
    }

    /// A description of the drawing.
    var caption: String {
        let total = timeline.total
        var parts = [
            isOverTime
                ? "\(Units.bytes(response.bodyBytes)) in \(label(timeline.end))" : Units.bytes(response.bodyBytes),
            Units.count(total.content, "event") + " with content",
            Units.count(total.structure, "other event") + " of the message",
            Units.count(total.pings, "ping"),
        ]
        if total.unknown > 0 { parts.append(Units.count(total.unknown, "unknown event")) }
        var sentences = [parts.joined(separator: ", ")]
        if let gap = response.times.largestGap, isOverTime {
            sentences.append(
                "the largest gap, marked by stripes, is \(Units.time(gap.duration)) long and begins at \(Units.time(gap.start))"
            )
        }
        if let position = failurePosition {
            sentences.append("the failure, marked by a dashed line, is at \(label(position))")
        }
        return sentences.joined(separator: "; ") + "."
    }

    // MARK: The drawing

    private static let top = 22
    private static let titleHeight = 26

    private var height: Int { Self.top + lanes.reduce(0) { $0 + $1.height + Self.titleHeight } + 30 }

    func write(to html: inout HTMLWriter) {
        html.element(
            "svg",
            ["role": "img", "aria-labelledby": "\(id)-name \(id)-text", "width": "100%", "height": "\(height)"]
        ) { svg in
            svg.element("title", ["id": "\(id)-name"], isOverTime ? "Arrivals over time" : "Events over the body")
            svg.element("desc", ["id": "\(id)-text"], caption)
            if let gap { writeGap(gap, to: &svg) }
            var y = Self.top
            for lane in lanes {
                write(lane, y, to: &svg)
                y += lane.height + Self.titleHeight
            }
            writeAxis(y, to: &svg)
            if let position = failurePosition { writeFailure(position, y, to: &svg) }
        }
    }

    private func writeGap(_ gap: ArrivalTimes.Gap, to svg: inout HTMLWriter) {
        let (start, end) = (gap.start.microseconds, (gap.start + gap.duration).microseconds)
        svg.element("defs") { svg in
            svg.element(
                "pattern",
                [
                    "id": "\(id)-stripes", "width": "8", "height": "8", "patternUnits": "userSpaceOnUse",
                    "patternTransform": "rotate(45)",
                ]
            ) { $0.element("rect", ["width": "2", "height": "8", "class": "stripe"], "") }
        }
        svg.element(
            "rect",
            [
                "x": percent(start), "y": "\(Self.top)", "width": percent(end - start),
                "height": "\(height - Self.top - 30)", "fill": "url(#\(id)-stripes)",
            ]
        ) { $0.element("title", "No bytes for \(Units.time(gap.duration))") }
        guard (end - start) * 12 > span else { return }
        svg.element(
            "text",
            [
                "x": percent(start + (end - start) / 2), "y": "\(Self.top + 48)", "class": "gap",
                "text-anchor": "middle",
            ],
            Units.time(gap.duration)
        )
    }

    private func write(_ lane: Lane, _ y: Int, to svg: inout HTMLWriter) {
        let largest = timeline.bins.map(lane.value).max() ?? 0
        let unit = isOverTime || lane.style != "bytes" ? label(timeline.width) : ""
        let most = lane.style == "bytes" ? Units.bytes(largest) : Units.number(largest)
        svg.element("text", ["x": "0", "y": "\(y + 17)", "class": "lane"]) { svg in
            svg.text(lane.name)
            svg.element("tspan", ["class": "scale"], " up to \(most) in \(unit)")
        }
        let bottom = y + Self.titleHeight + lane.height
        svg.element("line", ["x1": "0", "x2": "100%", "y1": "\(bottom)", "y2": "\(bottom)", "class": "base"], "")
        svg.element("g", ["class": lane.style]) { svg in
            for (index, bin) in timeline.bins.enumerated() where lane.value(bin) > 0 {
                let value = lane.value(bin)
                let bar = max(2, Int((Double(value) / Double(max(1, largest)) * Double(lane.height)).rounded()))
                // The last bin can begin at the end of the axis.
                let start = min(index * timeline.width, max(0, span - timeline.width))
                svg.element(
                    "rect",
                    [
                        "x": percent(start), "width": percent(timeline.width), "y": "\(bottom - bar)",
                        "height": "\(bar)",
                    ]
                ) { $0.element("title", "\(label(index * timeline.width)): \(Units.number(value))") }
            }
        }
    }

    private func writeAxis(_ y: Int, to svg: inout HTMLWriter) {
        for position in stride(from: 0, through: span, by: Self.step(for: span)) {
            let isLast = Double(position) > 0.93 * Double(span)
            svg.element(
                "line",
                ["x1": percent(position), "x2": percent(position), "y1": "\(y)", "y2": "\(y + 5)", "class": "tick"],
                ""
            )
            svg.element(
                "text",
                [
                    "x": percent(position), "y": "\(y + 20)", "class": "tick",
                    "text-anchor": position == 0 ? "start" : isLast ? "end" : "middle",
                ],
                label(position)
            )
        }
    }

    /// The distance between ticks: 1, 2 or 5 times a power of ten, with at most six ticks.
    private static func step(for span: Int) -> Int {
        var power = 1
        while span / 10 >= power * 5 { power *= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { span / $0 <= 5 } ?? power * 10
    }

    private func writeFailure(_ position: Int, _ y: Int, to svg: inout HTMLWriter) {
        let x = percent(position)
        svg.element("line", ["x1": x, "x2": x, "y1": "\(Self.top - 4)", "y2": "\(y)", "class": "failure"], "")
        let isLeft = position * 2 < span
        svg.element(
            "text",
            ["x": x, "y": "\(Self.top - 8)", "class": "failure", "text-anchor": isLeft ? "start" : "end"],
            "✕ failure at \(label(position))"
        )
    }

    // MARK: The table

    func writeTable(to html: inout HTMLWriter) {
        let (bins, width) = timeline.rows(limit: 30)
        html.table(label: isOverTime ? "Arrivals over time" : "Events over the body") { html in
            html.columns([("from", true)] + lanes.map { ($0.name, true) })
            html.element("tbody") { html in
                for (index, bin) in bins.enumerated() {
                    html.element("tr") { html in
                        html.element("th", ["scope": "row", "class": "number"], label(index * width))
                        for lane in lanes { html.number(lane.value(bin)) }
                    }
                }
            }
        }
    }
}
