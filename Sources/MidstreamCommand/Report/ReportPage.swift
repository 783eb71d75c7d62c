import MessageStream
import StreamReplay

/// The report as one HTML page without scripts or external references.
///
/// The page depends only on the reports. It contains no date, so the same captures give the same page.
struct ReportPage {
    let captures: [CaptureReport]
    private(set) var html = HTMLWriter()

    /// The maximum number of responses with complete sections. The overview lists more.
    static let detailLimit = 500
    /// The maximum number of rows of the overview.
    static let overviewLimit = 10_000

    /// The page in UTF-8.
    static func make(_ captures: [CaptureReport]) -> [UInt8] {
        var page = ReportPage(captures: captures)
        page.writeDocument()
        return page.html.bytes
    }

    private init(captures: [CaptureReport]) {
        self.captures = captures
    }

    /// A response, its capture and its place on the page.
    struct Entry {
        var capture: CaptureReport
        var response: ResponseReport
        /// The position on the page, from 1.
        var position: Int

        /// The identifier of the response on the page.
        var id: String { "response-\(position)" }
        var hasSections: Bool { position <= ReportPage.detailLimit }

        /// The name of the response: that of its capture, with its number if the capture has several.
        var title: String {
            let isOnly = capture.responses.count == 1 && capture.omittedResponses == 0
            return isOnly ? capture.name : "\(capture.name), response \(response.number)"
        }
    }

    /// All responses, in order.
    var entries: [Entry] {
        var entries: [Entry] = []
        for capture in captures {
            for response in capture.responses {
                entries.append(Entry(capture: capture, response: response, position: entries.count + 1))
            }
        }
        return entries
    }

    // MARK: The document

    private mutating func writeDocument() {
        let entries = self.entries
        let only = entries.count == 1 && captures.count == 1 && captures[0].unreadable == nil ? entries.first : nil
        html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        html.void("meta", ["http-equiv": "Content-Security-Policy", "content": ReportStyle.policy])
        html.void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        html.void("meta", ["name": "color-scheme", "content": "light dark"])
        html.void("meta", ["name": "referrer", "content": "no-referrer"])
        let title = only.map { VisibleText($0.title).plain } ?? heading
        html.element("title", "\(title) – midstream report")
        html.style(ReportStyle.sheet)
        html.markup("\n</head>\n<body>\n")
        html.element("a", ["class": "skip", "href": "#main"], "Skip to the report")
        let heading = self.heading
        html.element("header") { html in
            html.element("p", ["class": "brand"], "midstream report")
            html.element("h1") { html in
                if let only { html.received(only.title) } else { html.text(heading) }
            }
        }
        html.markup("\n<main id=\"main\">\n")
        if let only {
            write(only, level: 2)
        } else {
            writeOverview(entries)
            for entry in entries where entry.hasSections { write(entry, level: 3) }
        }
        html.markup("\n</main>\n")
        html.element("footer") { html in
            html.element(
                "p",
                "Made by \(Version.line). Secrets are masked as far as they are recognized; read the page before you share it."
            )
        }
        html.markup("\n</body>\n</html>\n")
    }

    /// The heading of a page with several responses.
    private var heading: String {
        let responses = captures.reduce(0) { $0 + $1.responses.count + $1.omittedResponses }
        return "\(Units.count(responses, "response")) in \(Units.count(captures.count, "capture"))"
    }

    /// Applies a function that can access only the writer.
    mutating func write(_ contents: (inout HTMLWriter) -> Void) { contents(&html) }
}

extension HTMLWriter {
    /// Appends a heading.
    ///
    /// - Parameter level: 2 to 4.
    mutating func heading(_ level: Int, id: String, _ text: String) {
        heading(level, id: id) { $0.text(text) }
    }

    mutating func heading(_ level: Int, id: String, _ contents: (inout HTMLWriter) -> Void) {
        let names: [StaticString] = ["h2", "h3", "h4"]
        element(names[min(max(0, level - 2), 2)], ["id": id], contents)
    }

    /// Appends a section with its heading.
    mutating func section(_ level: Int, id: String, _ title: String, _ contents: (inout HTMLWriter) -> Void) {
        element("section", ["aria-labelledby": id]) { html in
            html.heading(level, id: id, title)
            contents(&html)
        }
        markup("\n")
    }

    /// Appends a table in a region that scrolls horizontally if the table is too wide.
    mutating func table(label: String, _ contents: (inout HTMLWriter) -> Void) {
        element("div", ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": label]) { html in
            html.element("table") { html in
                html.element("caption", label)
                contents(&html)
            }
        }
    }

    /// Appends the head of a table.
    mutating func columns(_ titles: [(title: String, isNumber: Bool)]) {
        element("thead") { html in
            html.element("tr") { html in
                for column in titles {
                    html.element("th", ["scope": "col", "class": column.isNumber ? "number" : "text"], column.title)
                }
            }
        }
    }

    /// Appends a cell.
    mutating func cell(isNumber: Bool = false, _ contents: (inout HTMLWriter) -> Void) {
        element("td", ["class": isNumber ? "number" : "text"], contents)
    }

    mutating func number(_ value: Int?) {
        cell(isNumber: true) { $0.text(value.map(Units.number) ?? "–") }
    }

    /// Appends a word with a symbol for its outcome, so that the color is not essential.
    mutating func badge(isGood: Bool, _ word: String) {
        element("span", ["class": isGood ? "badge good" : "badge bad"]) { html in
            html.element("span", ["aria-hidden": "true"], isGood ? "✓ " : "✕ ")
            html.text(word)
        }
    }
}
