import MessageStream

/// The final report on a stream.
struct Verdict {
    var message: Message?
    var failure: MessageStreamFailure?
    var diagnostics: Diagnostics
    /// The request ID in the head of the response.
    var requestID: String?
    /// The indices of the message's blocks.
    var blockIndices: [Int] = []

    /// The closing line of `replay --json`.
    ///
    /// - Parameters:
    ///   - file: The name of the input, or `nil` to omit it.
    ///   - response: The number of the response, if it is one of several.
    ///   - isSpilled: Whether the beginning of the text of the block with this index is stored elsewhere and must be
    ///     inserted.
    func line(file: String?, response: Int?, isSpilled: (Int) -> Bool = { _ in false }) -> JSONWriter {
        let inserted = blockIndices.map { isSpilled($0) ? $0 : nil }
        var writer = JSONWriter()
        writer.beginObject()
        if let file { writer.member("file", file) }
        if let response { writer.member("response", response) }
        writer.key("verdict")
        writer.beginObject()
        writer.member("outcome", failure == nil ? "complete" : "failed")
        writer.key("text")
        writer.string(textParts(inserted))
        writer.key("message")
        if let message { writer.message(message, inserted: inserted) } else { writer.null() }
        writer.key("failure")
        if let failure { Self.write(failure, to: &writer) } else { writer.null() }
        writer.key("diagnostics")
        writer.beginArray()
        for diagnostic in diagnostics { Self.write(diagnostic, to: &writer) }
        writer.endArray()
        writer.key("diagnosticCounts")
        writer.beginObject()
        for (kind, count) in diagnostics.counts { writer.member(kind.rawValue, count) }
        writer.endObject()
        writer.endObject()
        writer.endObject()
        writer.endLine()
        return writer
    }

    /// The text of all text blocks.
    private func textParts(_ inserted: [Int?]) -> [JSONWriter.StringPart] {
        (message?.content ?? []).enumerated().compactMap { position, block in
            block.text.map { (position < inserted.count ? inserted[position] : nil, $0) }
        }
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
        writeSeconds(failure.retry.delay(at: WallClock.secondsSince1970()), to: &writer)
        writer.member("notBefore", failure.retry.notBefore.flatMap(InternetDate.text(secondsSince1970:)))
        writer.key("serverAdvice")
        if let advice = failure.retry.serverAdvice { writer.bool(advice) } else { writer.null() }
        writer.member("spendCapSuspected", failure.retry.mayBeSpendCap)
        writer.member("excerpt", failure.excerpt)
        writer.key("error")
        if let json = failure.errorJSON { writer.value(json) } else { writer.null() }
        writer.endObject()
    }

    /// Writes an integer if the duration is an integral number of seconds.
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

    /// The `replay --json` line for an input that cannot be read.
    static func unreadableLine(file: String, reason: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("file", file)
        writer.member("unreadable", reason)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The human-readable verdict: a line that says what happened, then details.
    ///
    /// - Parameter response: The number of the response, if it is one of several.
    func lines(response: Int?) -> [VerdictLine] {
        let prefix = response.map { "midstream: response \($0): " } ?? "midstream: "
        var lines: [VerdictLine] = []
        func name(_ text: String) -> String { text.shortened(to: Output.nameLimit) }

        if let failure {
            let (what, details) = failure.lines
            lines.append(.headline(prefix: prefix, text: "failed (\(failure.kind.name)): \(what)", isGood: false))
            for (title, text) in details { lines.append(.detail(title: title, text: text)) }
        } else {
            let stop = message?.stopReason.map { ", stop reason \(name($0.rawValue))" } ?? ""
            let tokens = message?.usage.outputTokens.map { ", \($0) output tokens" } ?? ""
            let blocks = message?.content.count ?? 0
            let text = "complete: \(blocks) content \(blocks == 1 ? "block" : "blocks")\(stop)\(tokens)"
            lines.append(.headline(prefix: prefix, text: text, isGood: true))
            if let requestID { lines.append(.detail(title: "request", text: name(requestID))) }
        }
        func addNote(_ text: String) { lines.append(.note(prefix: prefix, text: text)) }
        let unusable = message?.content.compactMap(\.anyToolUse).filter { $0.input.json == nil } ?? []
        for use in unusable.prefix(Self.noteLimit) {
            addNote("the input of \(name(use.name)) is incomplete or invalid; do not run the tool")
        }
        if unusable.count > Self.noteLimit {
            addNote("the inputs of \(unusable.count - Self.noteLimit) more tools are incomplete or invalid")
        }
        for (kind, count) in diagnostics.counts {
            guard let first = diagnostics.first(where: { $0.kind == kind }) else { continue }
            let detail = first.detail.isEmpty ? "" : ": \(name(first.detail))"
            let more = count > 1 ? " (the first of \(count))" : ""
            addNote("\(kind.rawValue) at byte \(first.byteOffset)\(more)\(detail)")
        }
        return lines
    }

    /// The maximum number of tool input notes to show.
    private static let noteLimit = 10
}
