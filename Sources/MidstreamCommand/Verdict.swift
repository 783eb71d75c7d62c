import MessageStream

/// What is said of a stream at its end.
struct Verdict {
    var message: Message?
    var failure: MessageStreamFailure?
    var diagnostics: Diagnostics

    /// The closing line of `replay --json`.
    var line: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("verdict")
        writer.beginObject()
        writer.member("outcome", failure == nil ? "complete" : "failed")
        writer.member("text", message?.text ?? "")
        writer.key("message")
        if let message { writer.message(message) } else { writer.null() }
        writer.key("failure")
        if let failure { Self.write(failure, to: &writer) } else { writer.null() }
        writer.key("diagnostics")
        writer.beginArray()
        for diagnostic in diagnostics { Self.write(diagnostic, to: &writer) }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func write(_ failure: MessageStreamFailure, to writer: inout JSONWriter) {
        var apiError: APIError?
        if case .api(let error) = failure.kind { apiError = error }
        writer.beginObject()
        writer.member("kind", failure.kind.name)
        writer.member("errorType", apiError?.type?.rawValue)
        writer.member("message", apiError?.message)
        writer.member("stage", failure.stage.rawValue)
        writer.member("httpStatus", failure.httpStatus)
        writer.member("equivalentStatus", failure.equivalentStatus)
        writer.member("requestID", failure.requestID)
        writer.member("byteOffset", failure.byteOffset)
        writer.member("eventIndex", failure.eventIndex)
        writer.member("isTransient", failure.retry.isTransient)
        writer.member("replaySafety", failure.retry.replaySafety.rawValue)
        writer.key("retryAfterSeconds")
        writeSeconds(failure.retry.delay(at: Clock.secondsSince1970()), to: &writer)
        writer.endObject()
    }

    /// Writes a whole number where it is one.
    private static func writeSeconds(_ duration: Duration?, to writer: inout JSONWriter) {
        guard let (seconds, attoseconds) = duration?.components else { return writer.null() }
        if attoseconds == 0 { writer.int(seconds) } else { writer.double(Double(seconds) + Double(attoseconds) / 1e18) }
    }

    private static func write(_ diagnostic: Diagnostic, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", diagnostic.kind.rawValue)
        writer.member("byteOffset", diagnostic.byteOffset)
        writer.member("eventIndex", diagnostic.eventIndex)
        writer.member("detail", diagnostic.detail)
        writer.endObject()
    }

    /// The verdict for a person: a line that says what happened, then details.
    var block: String {
        var lines: [String] = []
        if let failure {
            let (what, details) = failure.lines
            lines.append("failed (\(failure.kind.name)): \(what)")
            lines += details.map { title, text in
                "  \(title)\(String(repeating: " ", count: max(1, 10 - title.utf8.count)))\(text)"
            }
        } else {
            let stop = message?.stopReason.map { ", stop reason \(Self.printable($0.rawValue))" } ?? ""
            let tokens = message?.usage.outputTokens.map { ", \($0) output tokens" } ?? ""
            let blocks = message?.content.count ?? 0
            lines.append("complete: \(blocks) content \(blocks == 1 ? "block" : "blocks")\(stop)\(tokens)")
        }
        for block in message?.content ?? [] {
            guard let use = block.anyToolUse, use.input.json == nil else { continue }
            lines.append("note: the input of \(Self.printable(use.name)) is not whole; do not run the tool with it")
        }
        for diagnostic in diagnostics {
            lines.append("note: \(diagnostic.kind.rawValue) at byte \(diagnostic.byteOffset): \(diagnostic.detail)")
        }
        if diagnostics.total > diagnostics.count {
            lines.append("note: \(diagnostics.total - diagnostics.count) more things were odd")
        }
        return lines.map { $0.hasPrefix(" ") ? "\($0)\n" : "midstream: \($0)\n" }.joined()
    }

    /// Text of the stream for a terminal: without control characters.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || 0x7F...0x9F ~= $0.value ? " " : $0 })
        )
    }
}
