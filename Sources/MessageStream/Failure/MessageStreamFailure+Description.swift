import HTTPResponse

extension MessageStreamFailure: CustomStringConvertible {
    /// One paragraph: what failed, after how much, at which attempt, whether to try again, and the id to quote.
    public var description: String {
        var sentences = ["\(what).", "\(after)."]
        if let bytes { sentences.append("The bytes at fault begin: \(bytes)") }
        if let attempts { sentences.append("\(attempts).") }
        sentences.append("\(advice).")
        if let request { sentences.append("Request id: \(request).") }
        if let gateways { sentences.append("Ids of gateways: \(gateways).") }
        return sentences.joined(separator: " ")
    }

    /// The same as lines, the first one what failed, the others with a title each.
    package var lines: (what: String, details: [(title: String, text: String)]) {
        let details = [
            ("when", after), ("bytes", bytes), ("attempts", attempts), ("retry", advice), ("request", request),
            ("gateways", gateways),
        ]
        return (what, details.compactMap { title, text in text.map { (title: title, text: $0) } })
    }

    private var bytes: String? { excerpt.flatMap { $0.isEmpty ? nil : $0 } }

    private var attempts: String? {
        guard !earlierAttempts.isEmpty else { return nil }
        let earlier = earlierAttempts.map(\.kind.name).joined(separator: ", ")
        return "This was attempt \(earlierAttempts.count + 1); those before it failed as well (\(earlier))"
    }

    /// The id to quote.
    private var request: String? { requestID.map(Excerpt.shorten) }

    private var gateways: String? {
        guard !gatewayIDs.isEmpty else { return nil }
        return gatewayIDs.map { "\($0.name) \(Excerpt.shorten($0.value))" }.joined(separator: ", ")
    }

    private var what: String {
        switch kind {
        case .api(let error):
            return "The service reported \(error)"
        case .http(let status, let sniffed):
            let type = equivalentErrorType.map { " (what the API calls \($0))" } ?? ""
            return "The response has the status \(status)\(type), and its body \(sniffed) with no error in known words"
        case .notEventStream(let contentType, let sniffed):
            let type = contentType.map { "has the content type \($0)" } ?? "has no content type"
            return "The response is not an event stream: it \(type), and its body \(sniffed)"
        case .truncated(let truncation):
            return "The stream ended before message_stop: \(truncation)"
        case .stalled(.silence, let duration):
            return "The stream fell silent: no byte came for \(duration)"
        case .stalled(.noContent, let duration):
            return "The stream stalled: nothing of the message came for \(duration), though the connection lives"
        case .malformedEvent(let name, let error):
            return
                "The data of a \(name) event is malformed: \(error.reason.rawValue) at byte \(error.offset) of the data"
        case .protocolViolation(let violation):
            return "The events contradict each other: \(violation)"
        case .limitExceeded(.lineBytes(let limit)):
            return "A line of the event stream is longer than \(limit) bytes"
        case .limitExceeded(.eventBytes(let limit)):
            return "An event is longer than \(limit) bytes"
        case .limitExceeded(.headBytes(let limit)):
            return "The head of the response is longer than \(limit) bytes"
        case .limitExceeded(.headFields(let limit)):
            return "The head of the response has more than \(limit) fields"
        case .transport(let fault):
            return "The connection failed: \(fault)"
        case .cancelled:
            return "The stream was cancelled by its consumer"
        }
    }

    private var after: String {
        let place = "at byte \(byteOffset), after \(eventIndex) \(eventIndex == 1 ? "event" : "events")"
        let how = httpStatus.map { "HTTP status \($0), " } ?? ""
        switch stage {
        case .beforeResponse: return "No response had come"
        case .beforeMessage where eventIndex == 0: return "\(how)no message had begun"
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
        if retry.serverAdvice == false { return "The service says that the same request will not do better" }
        guard retry.serverAdvice ?? retry.isTransient else { return "The same request is not likely to do better" }
        let wait =
            if let delay = retry.delay { ", \(delay) from now" } else if retry.notBefore != nil {
                ", not before the date that the service names"
            } else { "" }
        let cap =
            retry.mayBeSpendCap ? "; no delay was named, so a spend cap may be reached rather than a rate limit" : ""
        switch retry.replaySafety {
        case .safe:
            return "The same request can be sent again\(wait): nothing was received that a repeat would double\(cap)"
        case .duplicatesOutput:
            return "The same request may do better\(wait), but would give again what was already received\(cap)"
        case .mayRepeatServerTools:
            return "The same request may do better\(wait), but tools on the service's side may run a second time\(cap)"
        case .never: return "The request is not to be repeated"
        }
    }
}

extension MessageStreamFailure.BodyKind: CustomStringConvertible {
    /// A predicate whose subject is the body.
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .json: "looks like JSON"
        case .message: "is a whole message as JSON, as if no stream had been asked for"
        case .markup: "looks like an HTML or XML page"
        case .gzip: "looks like gzip data"
        case .encoded(let coding): "has the content coding \(coding)"
        case .binary: "looks like binary data"
        case .eventStream: "begins like an event stream"
        case .text: "looks like plain text"
        }
    }
}

extension MessageStreamFailure.Truncation: CustomStringConvertible {
    /// A clause: where, and whose doing it was if that is known.
    public var description: String {
        let place =
            if case .truncated(in: .start) = response { "no byte came" } else if bodyBytes == 0 {
                "the body is empty"
            } else if unfinishedBytes == 0 {
                "it ends between two events"
            } else { "it ends inside an event of which \(unfinishedBytes) bytes came" }
        return response.map { "\(place); \($0.clause)" } ?? place
    }
}

extension HTTPResponseEnding {
    /// What happened to the response, in words.
    var clause: String {
        switch self {
        case .complete: "the server ended the response in due form"
        case .truncated(in: .start): "the connection was closed before the response"
        case .truncated(in: .statusLine), .truncated(in: .fields):
            "the connection was closed in the head of the response"
        case .truncated(in: .body(let missing)): "the connection was closed \(missing) bytes before the announced end"
        case .truncated(in: .chunk(let missing)): "the connection was closed \(missing) bytes before the end of a chunk"
        case .truncated(in: .chunkFraming): "the connection was closed before the last chunk"
        case .truncated(in: .trailers): "the connection was closed in the trailers"
        case .truncated: "the connection was closed in mid-response"
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
