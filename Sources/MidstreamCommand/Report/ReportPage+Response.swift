import MessageStream
import StreamReplay

/// The sections of one response.
extension ReportPage {
    /// - Parameter level: The level of the headings of the sections.
    mutating func write(_ entry: Entry, level: Int) {
        let response = entry.response
        write { html in
            html.element(
                "article",
                ["id": entry.id, "aria-labelledby": "\(entry.id)-\(level > 2 ? "title" : "verdict")"]
            ) {
                html in
                if level > 2 { html.heading(level - 1, id: "\(entry.id)-title") { $0.received(entry.title) } }
                Self.writeVerdict(entry, to: &html)
                Self.writeAdvice(entry, level, to: &html)
                Self.writeFacts(entry, level, to: &html)
                Self.writeTimeline(entry, level, to: &html)
                if let failure = response.failure { Self.writeFault(failure, entry, level, to: &html) }
                Self.writeBlocks(entry, level, to: &html)
                Self.writeMessage(entry, level, to: &html)
                Self.writeHead(entry, level, to: &html)
                Self.writeNotes(entry, level, to: &html)
                if level > 2 {
                    html.element("p", ["class": "back"]) {
                        $0.element("a", ["href": "#overview"], "Back to the overview")
                    }
                }
            }
            html.markup("\n")
        }
    }

    private static func writeVerdict(_ entry: Entry, to html: inout HTMLWriter) {
        let response = entry.response
        html.element("div", ["class": response.isComplete ? "verdict good" : "verdict bad"]) { html in
            html.element("p", ["class": "outcome"]) { html in
                html.badge(isGood: response.isComplete, response.failure.map { "Failed (\($0.kind))" } ?? "Complete")
            }
            html.element("p", ["class": "sentence", "id": "\(entry.id)-verdict"]) {
                $0.received(response.sentence)
            }
            for (title, text) in response.failure?.details ?? [] where title == "when" || title == "attempts" {
                html.element("p") { html in
                    html.received(text)
                    html.text(".")
                }
            }
        }
        html.markup("\n")
    }

    // MARK: What to do

    private static func writeAdvice(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        html.section(level, id: "\(entry.id)-advice", "What a client should do") { html in
            guard let failure = entry.response.failure else {
                let hasUnusableTool = entry.response.blocks.contains { $0.problem?.contains("do not run") == true }
                html.element(
                    "p",
                    hasUnusableTool
                        ? "The message is complete, but the input of a tool is not: do not run that tool."
                        : "Use the message. It is complete."
                )
                return
            }
            for (title, text) in failure.details where title == "retry" {
                html.element("p", ["class": "advice"]) { html in
                    html.received(text)
                    html.text(".")
                }
            }
            html.element("dl", ["class": "pairs"]) { html in
                html.pair("Transient", failure.isTransient ? "yes" : "no")
                html.pair("Effect of a retry", failure.replaySafety.rawValue)
                html.pair("HTTP status as sent", failure.httpStatus.map(String.init) ?? "not recorded")
                html.pair("Equivalent status", failure.equivalentStatus.map(String.init) ?? "none")
                for (title, text) in failure.details {
                    switch title {
                    case "request": html.pair("Request ID to quote", text)
                    case "gateways": html.pair("IDs of gateways", text)
                    default: break
                    }
                }
            }
        }
    }

    // MARK: Facts

    private static func writeFacts(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        let response = entry.response
        let times = response.times
        html.section(level, id: "\(entry.id)-facts", "Timing and size") { html in
            html.element("dl", ["class": "facts"]) { html in
                html.fact("Time to first byte", times.firstByte.map(Units.time))
                html.fact("Time to first content", times.firstContent.map(Units.time))
                html.fact(
                    "Largest gap",
                    times.largestGap.map { Units.time($0.duration) },
                    note: times.largestGap.map {
                        "from \(Units.time($0.start)) on, after \(Units.count($0.byteOffset, "byte"))"
                    }
                )
                html.fact("Last content", times.lastContent.map(Units.time))
                html.fact("Last byte", times.lastByte.map(Units.time))
                html.fact("Body", Units.bytes(response.bodyBytes), note: Units.count(response.eventCount, "event"))
            }
            html.element("p") { html in
                html.element("strong", "How it ended: ")
                html.received(response.ending)
                html.text(".")
            }
            if response.timeline == nil {
                html.element(
                    "p",
                    ["class": "hint"],
                    "The capture has no times. Record them with curl --trace FILE --trace-time."
                )
            } else {
                html.element(
                    "p",
                    ["class": "hint"],
                    "Times count from the request, or from the head of the response if the capture lacks the request."
                )
            }
            if entry.capture.format?.isLossy == true {
                html.element(
                    "p",
                    ["class": "hint"],
                    "The capture was made with --trace-ascii, which does not record line breaks and non-ASCII characters; they are guessed or shown as dots."
                )
            }
        }
    }

    // MARK: Message, head and notes

    private static func writeMessage(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        guard let message = entry.response.message else { return }
        html.section(level, id: "\(entry.id)-usage", "Message and usage") { html in
            html.element("dl", ["class": "pairs"]) { html in
                html.pair("Model", message.model.isEmpty ? "not stated" : message.model)
                html.pair("Message ID", message.id.isEmpty ? "not stated" : message.id)
                html.pair("Stop reason", message.stopReason?.rawValue ?? "none received")
                if let sequence = message.stopSequence { html.pair("Stop sequence", sequence) }
                if let tier = message.usage.serviceTier { html.pair("Service tier", tier) }
            }
            let usage = message.usage
            let rows: [(String, Int?)] = [
                ("Input tokens", usage.inputTokens), ("Output tokens", usage.outputTokens),
                ("Input tokens read from a cache", usage.cacheReadInputTokens),
                ("Input tokens written to a cache", usage.cacheCreationInputTokens),
                ("… for five minutes", usage.cacheCreation?.ephemeral5mInputTokens),
                ("… for an hour", usage.cacheCreation?.ephemeral1hInputTokens),
                ("Web searches by the service", usage.serverToolUse?.webSearchRequests),
                ("Pages fetched by the service", usage.serverToolUse?.webFetchRequests),
            ]
            guard rows.contains(where: { $0.1 != nil }) else {
                return html.element("p", "The stream states no usage.")
            }
            html.table(label: entry.response.isComplete ? "Usage" : "Usage, as far as it was received") { html in
                html.columns([("what", false), ("count", true)])
                html.element("tbody") { html in
                    for (title, value) in rows where value != nil {
                        html.element("tr") { html in
                            html.element("th", ["scope": "row"], title)
                            html.number(value)
                        }
                    }
                }
            }
        }
    }

    private static func writeHead(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        html.section(level, id: "\(entry.id)-head", "Head of the response") { html in
            guard let head = entry.response.head else {
                return html.element(
                    "p",
                    "The capture has no head. It is read as the body of a response with status 200 and the content type text/event-stream. Record heads with curl -i."
                )
            }
            html.element("p") { html in
                html.text("Status ")
                html.element("strong", "\(head.status)")
                html.text(" ")
                html.received(head.reason)
            }
            guard !head.fields.isEmpty else { return html.element("p", "It has no fields.") }
            html.table(label: "Header fields") { html in
                html.columns([("field", false), ("value", false)])
                html.element("tbody") { html in
                    for (name, value) in head.fields {
                        html.element("tr") { html in
                            html.element("th", ["scope": "row", "class": "code"]) { $0.received(name) }
                            html.element("td", ["class": "code"]) { $0.received(value) }
                        }
                    }
                }
            }
            if head.omittedFields > 0 {
                html.element("p", "\(Units.count(head.omittedFields, "more field")) not shown.")
            }
        }
    }

    private static func writeNotes(_ entry: Entry, _ level: Int, to html: inout HTMLWriter) {
        guard !entry.response.notes.isEmpty else { return }
        html.section(level, id: "\(entry.id)-notes", "Notes") { html in
            html.element("p", "Irregularities that do not invalidate the message:")
            html.element("ul") { html in
                for note in entry.response.notes { html.element("li") { $0.received(note) } }
            }
        }
    }
}

extension HTMLWriter {
    /// Appends a term and its value.
    mutating func pair(_ title: String, _ value: String) {
        element("div") { html in
            html.element("dt", title)
            html.element("dd") { $0.received(value.shortened(to: Output.nameLimit)) }
        }
    }

    /// Appends a figure with its title.
    fileprivate mutating func fact(_ title: String, _ value: String?, note: String? = nil) {
        element("div") { html in
            html.element("dt", title)
            html.element("dd") { html in
                html.element("span", ["class": value == nil ? "value none" : "value"], value ?? "not recorded")
                if let note { html.element("span", ["class": "note"], note) }
            }
        }
    }
}
