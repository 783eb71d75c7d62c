extension MessageStreamFailure: CustomStringConvertible {
    /// One paragraph: what failed, after how much, whether to try again, and the id to quote.
    public var description: String {
        var sentences = ["\(what)."]
        sentences.append("\(after).")
        if let excerpt, !excerpt.isEmpty { sentences.append("The bytes at fault begin: \(excerpt)") }
        sentences.append("\(advice).")
        if let requestID { sentences.append("Request id: \(Excerpt.shorten(requestID)).") }
        return sentences.joined(separator: " ")
    }

    private var what: String {
        switch kind {
        case .api(let error):
            return "The service reported \(error)"
        case .notEventStream(let found):
            let looks =
                switch found {
                case .json: "JSON"
                case .markup: "an HTML or XML page"
                case .gzip: "gzip data"
                case .binary: "binary data"
                case .text: "plain text"
                }
            return "The body is not an event stream; it looks like \(looks)"
        case .truncated(let truncation):
            let place =
                truncation.bodyBytes == 0
                ? "it is empty"
                : truncation.unfinishedBytes == 0
                    ? "it ends between two events"
                    : "it ends inside an event of which \(truncation.unfinishedBytes) bytes came"
            return "The stream ended before message_stop: \(place)"
        case .malformedEvent(let name, let error):
            return
                "The data of a \(name) event is malformed: \(error.reason.rawValue) at byte \(error.offset) of the data"
        case .protocolViolation(let violation):
            return "The events contradict each other: \(violation)"
        case .limitExceeded(.lineBytes(let limit)):
            return "A line of the event stream is longer than \(limit) bytes"
        case .limitExceeded(.eventBytes(let limit)):
            return "An event is longer than \(limit) bytes"
        }
    }

    private var after: String {
        let place = "at byte \(byteOffset), after \(eventIndex) \(eventIndex == 1 ? "event" : "events")"
        let how = httpStatus.map { "HTTP status \($0), " } ?? ""
        switch stage {
        case .beforeResponse: return "No response had come"
        case .beforeMessage: return "\(how)\(place): no message had begun"
        case .beforeContent: return "\(how)\(place): the message had no content yet"
        case .afterContent:
            let blocks = partial?.content ?? []
            let whole = blocks.count { $0.isComplete }
            return
                "\(how)\(place): \(whole) of \(blocks.count) content \(blocks.count == 1 ? "block" : "blocks") had come whole"
        case .afterStopReason: return "\(how)\(place): only the end of the message was missing"
        }
    }

    private var advice: String {
        guard retry.isTransient else { return "The same request is not likely to do better" }
        switch retry.replaySafety {
        case .safe: return "The same request can be sent again: nothing was received that a repeat would double"
        case .duplicatesOutput: return "The same request may do better, but would give again what was already received"
        case .mayRepeatServerTools:
            return "The same request may do better, but tools on the service's side may run a second time"
        case .never: return "The request must not be repeated"
        }
    }
}

extension APIError: CustomStringConvertible {
    /// A clause: the type or code, the status, the message; each at most 120 characters long, and without secrets.
    public var description: String {
        let name =
            type.map { Excerpt.shorten($0.rawValue) } ?? code.map { "an error with code \(Excerpt.shorten($0))" }
            ?? "an error"
        let status = equivalentStatus.map { ", as status \($0)" } ?? ""
        let message = message.map { ": \(Excerpt.shorten($0))" } ?? ""
        return "\(name)\(status)\(message)"
    }
}

extension ProtocolViolation: CustomStringConvertible {
    /// A clause that tells which events.
    public var description: String {
        switch self {
        case .secondMessageStart: "a second message_start"
        case .eventBeforeMessageStart(let name): "\(name) before message_start"
        case .secondBlock(let index): "a second content block \(index)"
        case .deltaOfUnknownBlock(let index): "a delta for content block \(index), which never began"
        case .deltaOfClosedBlock(let index): "a delta for content block \(index), which was stopped"
        case .deltaMismatch(let index, let type): "a delta that does not fit content block \(index), a \(type) block"
        case .missingMember(let event, let name): "\(event) without \(name)"
        }
    }
}
