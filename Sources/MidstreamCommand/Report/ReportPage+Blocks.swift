/// The content blocks of a response.
extension ReportPage {
    static func writeBlocks(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        let response = entry.response
        html.section(level, id: "\(entry.id)-blocks", "Content blocks") { html in
            guard !response.blocks.isEmpty else {
                return html.element("p", "No content block was received.")
            }
            writeTable(response, to: &html)
            if response.omittedBlocks > 0 {
                html.element("p", "\(Units.count(response.omittedBlocks, "more block")) not shown.")
            }
            for block in response.blocks where block.text.byteCount > 0 { write(block, to: &html) }
        }
    }

    private static func writeTable(_ response: ResponseReport, to html: inout HTMLWriter) {
        let hasTimes = response.timeline != nil
        html.table(label: "Content blocks and their completeness") { html in
            var columns = [
                ("index", true), ("type", false), ("state", false), ("deltas", true), ("text", true),
                ("bytes of the body", true),
            ]
            if hasTimes { columns += [("received from", true), ("to", true)] }
            html.columns(columns.map { (title: $0.0, isNumber: $0.1) })
            html.element("tbody") { html in
                for block in response.blocks {
                    html.element("tr") { html in
                        html.element("th", ["scope": "row", "class": "number"], Units.number(block.index))
                        html.cell { html in
                            html.element("code") { $0.received(block.type) }
                            if let name = block.name {
                                html.text(" ")
                                html.received(name)
                            }
                        }
                        html.cell { html in
                            html.badge(isGood: block.isComplete, block.isComplete ? "complete" : "incomplete")
                            if let problem = block.problem {
                                html.element("span", ["class": "note"], problem)
                            }
                        }
                        html.number(block.deltaCount)
                        html.cell(isNumber: true) { $0.text(Units.bytes(block.text.byteCount)) }
                        html.cell(isNumber: true) { html in
                            html.text(
                                block.bytes.map {
                                    "\(Units.number($0.lowerBound))–\(Units.number($0.upperBound))"
                                } ?? "–"
                            )
                        }
                        guard hasTimes else { return }
                        for time in [block.firstTime, block.lastTime] {
                            html.cell(isNumber: true) { $0.text(time.map(Units.time) ?? "–") }
                        }
                    }
                }
            }
        }
    }

    /// Writes the kept text of a block.
    private static func write(_ block: ResponseReport.Block, to html: inout HTMLWriter) {
        let (beginning, omitted, context, end) = block.text.parts
        html.element("details") { html in
            html.element("summary") { html in
                html.text("Block \(Units.number(block.index)): ")
                html.received(block.type)
                html.text(", \(Units.bytes(block.text.byteCount))")
            }
            html.element("pre", ["class": "content", "dir": "auto"]) {
                $0.text(VisibleText(beginning, keepsLines: true, isCut: end != nil))
            }
            if let end {
                html.element("p", ["class": "omitted"], "\(Units.count(omitted, "byte")) left out")
                html.element("pre", ["class": "content", "dir": "auto"]) {
                    $0.text(VisibleText(end, after: context, keepsLines: true, isCut: !block.isComplete))
                }
            }
        }
    }
}
