import HTTPResponseParsing

extension MessageStreamFailure: CustomStringConvertible {
    /// One paragraph: the cause, the position, the number of the attempt, the retry advice, and the request ID.
    public var description: String {
        var sentences = ["\(what).", "\(when)."]
        if let bytes { sentences.append("The bytes at fault begin: \(bytes)") }
        if let attempts { sentences.append("\(attempts).") }
        sentences.append("\(advice).")
        if let request { sentences.append("Request id: \(request).") }
        if let gateways { sentences.append("Ids of gateways: \(gateways).") }
        return sentences.joined(separator: " ")
    }

    /// The same information as lines: first what failed, then the details with a title each.
    package var lines: (what: String, details: [(title: String, text: String)]) {
        let details = [
            ("when", when), ("bytes", bytes), ("attempts", attempts), ("retry", advice), ("request", request),
            ("gateways", gateways),
        ]
        return (what, details.compactMap { title, text in text.map { (title: title, text: $0) } })
    }

    private var bytes: String? { excerpt.flatMap { $0.isEmpty ? nil : $0 } }

    private var attempts: String? {
        guard !earlierAttempts.isEmpty else { return nil }
        let names = earlierAttempts.prefix(8).map(\.kind.name) + (earlierAttempts.count > 8 ? ["…"] : [])
        let earlier = names.joined(separator: ", ")
        return "This was attempt \(earlierAttempts.count + 1); the earlier ones failed too (\(earlier))"
    }

    /// The request ID, shortened.
    private var request: String? { requestID.map(Excerpt.shorten) }

    private var gateways: String? {
        guard !gatewayIDs.isEmpty else { return nil }
        return gatewayIDs.map { "\(Excerpt.shorten($0.name)) \(Excerpt.shorten($0.value))" }.joined(separator: ", ")
    }

    private var what: String { kind.headline(isHeadAssumed: isHeadAssumed) }

    private var when: String {
        let status = isHeadAssumed ? nil : httpStatus.map { "HTTP status \($0)" }
        let place = "at byte \(byteOffset), after \(eventIndex) \(eventIndex == 1 ? "event" : "events")"
        func sentence(_ parts: String?...) -> String {
            let text = parts.compactMap(\.self).joined(separator: ", ")
            return text.prefix(1).uppercased() + text.dropFirst()
        }
        switch stage {
        case .beforeResponse where httpStatus != nil: return sentence(status, "in the head of the response")
        case .beforeResponse: return "No response was received"
        case .beforeMessage where eventIndex == 0: return sentence(status, "before the message began")
        case .beforeMessage: return sentence(status, "\(place): the message had not begun")
        case .beforeContent: return sentence(status, "\(place): no content received")
        case .afterContent:
            let blocks = partial?.content ?? []
            // A decoder that keeps no content does not count blocks.
            guard !blocks.isEmpty else { return sentence(status, "\(place): some content received") }
            let complete = blocks.count { $0.isComplete }
            return sentence(status, "\(place): \(complete) of \(blocks.count) content blocks complete")
        case .afterStopReason: return sentence(status, "\(place): only the end of the message was missing")
        }
    }

    private var advice: String {
        var isSpendCap = false
        if case .api(let error) = kind { isSpendCap = error.namesSpendCap }
        return retry.words(isSpendCap: isSpendCap)
    }
}

extension MessageStreamFailure.Kind: CustomStringConvertible {
    /// What failed, as a sentence without its period: on one line, of limited length, without secrets.
    public var description: String { headline(isHeadAssumed: false) }

    /// - Parameter isHeadAssumed: Whether the status and the content type were assumed rather than received.
    fileprivate func headline(isHeadAssumed: Bool) -> String {
        switch self {
        case .api(let error):
            return "The service reported \(error)"
        case .http(let status, let sniffed):
            let type = APIErrorType(documentedFor: status).map { " (\($0) in terms of the API)" } ?? ""
            return
                "The response has the status \(status)\(type); its body \(sniffed) and reports no recognizable error"
        case .notEventStream(_, let sniffed) where isHeadAssumed:
            return "The body is not an event stream: it \(sniffed)"
        case .notEventStream(let contentType, let sniffed):
            let type = contentType.map { "has the content type \(Excerpt.shorten($0))" } ?? "has no content type"
            return "The response is not an event stream: it \(type), and its body \(sniffed)"
        case .truncated(let truncation):
            return "The stream ended before message_stop: \(truncation)"
        case .stalled(.silence, let duration):
            return "The stream stalled: no bytes were received for \(duration.words)"
        case .stalled(.noContent, let duration):
            return
                "The stream stalled: no content was received for \(duration.words), although the connection is alive"
        case .malformedEvent(let name, let error):
            // According to the standard, `message` is the type of an event without a name.
            let event =
                name.utf8.elementsEqual("message".utf8) ? "an unnamed event" : "the event \(Excerpt.shorten(name))"
            return "The data of \(event) is malformed: \(error.clause)"
        case .protocolViolation(let violation):
            return "The events contradict each other: \(violation)"
        case .limitExceeded(let limit):
            return limit.description
        case .transport(let fault):
            return "The connection failed: \(fault)"
        case .cancelled:
            return "The consumer ended the stream"
        }
    }
}

extension MessageStreamFailure.StreamLimit: CustomStringConvertible {
    /// A sentence without its period that names the limit.
    public var description: String {
        switch self {
        case .lineBytes(let limit): "A line of the event stream is longer than \(limit) bytes"
        case .eventBytes(let limit): "An event is longer than \(limit) bytes"
        case .messageBytes(let limit): "The message is larger than the limit of \(limit) bytes"
        case .headBytes(let limit): "The head of the response is longer than \(limit) bytes"
        case .headFields(let limit): "The head of the response has more than \(limit) fields"
        }
    }
}

extension JSONError {
    /// A clause about the data of an event, referred to as "it".
    fileprivate var clause: String {
        switch reason {
        case .unexpectedEnd: offset == 0 ? "it is empty" : "its JSON ends too early, at byte \(offset)"
        case .unexpectedByte: offset == 0 ? "it is not JSON" : "its JSON is invalid at byte \(offset)"
        case .invalidNumber: "its JSON has an invalid number at byte \(offset)"
        case .invalidEscape: "its JSON has an invalid escape at byte \(offset)"
        case .controlCharacter: "its JSON has an unescaped control character at byte \(offset)"
        case .invalidUTF8: "it is not UTF-8 at byte \(offset)"
        case .depthLimitExceeded: "its JSON is nested too deeply at byte \(offset)"
        case .trailingBytes: "more bytes follow its JSON at byte \(offset)"
        case .typeMismatch: offset == 0 ? "it is not a JSON object" : "the value at byte \(offset) has the wrong type"
        }
    }
}

extension MessageStreamFailure.BodyKind: CustomStringConvertible {
    /// A predicate whose subject is the body.
    public var description: String {
        switch self {
        case .empty: "is empty"
        case .json: "looks like JSON"
        case .message: "is a complete message as JSON, as if the request did not ask for a stream"
        case .markup: "looks like an HTML or XML page"
        case .gzip: "looks like gzip data"
        case .encoded(let coding): "has the content coding \(Excerpt.shorten(coding))"
        case .binary: "looks like binary data"
        case .eventStream: "begins like an event stream"
        case .text: "looks like plain text"
        }
    }
}

extension MessageStreamFailure.Truncation: CustomStringConvertible {
    /// A clause that says where the stream ended and, if known, how the connection ended.
    public var description: String {
        let place =
            if case .truncated(in: .start) = response { "no bytes were received" } else if bodyBytes == 0 {
                "the body is empty"
            } else if unfinishedBytes == 0 {
                "it ends between two events"
            } else { "it ends inside an event, after \(unfinishedBytes) of its bytes" }
        return response.map { "\(place); \($0.clause)" } ?? place
    }
}

extension HTTPResponseEnding {
    /// A clause about how the response ended.
    package var clause: String {
        switch self {
        case .complete: "the server ended the response normally"
        case .truncated(in: .start): "the connection was closed before the response"
        case .truncated(in: .statusLine), .truncated(in: .fields):
            "the connection was closed in the head of the response"
        case .truncated(in: .body(let missing)): "the connection was closed \(missing) bytes before the announced end"
        case .truncated(in: .chunk(let missing)): "the connection was closed \(missing) bytes before the end of a chunk"
        case .truncated(in: .chunkFraming): "the connection was closed before the last chunk"
        case .truncated(in: .trailers): "the connection was closed in the trailers"
        case .truncated: "the connection was closed in the middle of the response"
        }
    }
}

extension APIError: CustomStringConvertible {
    /// A clause with the type or code, the status and the message. Names are at most 120 characters long, the message
    /// at most 2,000. Contains no secrets.
    public var description: String {
        let name =
            namedType.map(Excerpt.shorten) ?? code.map { "an error with code \(Excerpt.shorten($0))" } ?? "an error"
        let status = equivalentStatus.map { ", \(statusOrigin) status \($0)" } ?? ""
        let message = message.map { ": \(Excerpt.shorten($0, to: Excerpt.messageLimit))" } ?? ""
        return "\(name)\(status)\(message)"
    }

    /// The type, if it names an error: some gateways report an event name there, or their language's spelling of "no
    /// value".
    private var namedType: String? {
        guard let name = type?.rawValue else { return nil }
        let others = [
            "", "error", "none", "null", "nil", "undefined", "message", "ping", "message_start", "message_delta",
            "message_stop",
            "content_block_start", "content_block_delta", "content_block_stop",
        ]
        return others.contains { $0.utf8.elementsEqual(name.lowercased().utf8) } ? nil : name
    }

    /// The origin of the status: the type, the response, or the error itself.
    private var statusOrigin: String {
        guard responseStatus == nil || responseStatus != equivalentStatus else { return "with" }
        return type?.documentedStatus == nil ? "stated" : "as"
    }
}

extension ProtocolViolation: CustomStringConvertible {
    /// A clause that names the events.
    public var description: String {
        switch self {
        case .secondMessageStart: "a second message_start"
        case .eventBeforeMessageStart(let name): "\(Excerpt.shorten(name)) before message_start"
        case .secondBlock(let index): "a second content block \(index)"
        case .deltaOfUnknownBlock(let index): "a delta for content block \(index), which was never started"
        case .deltaOfClosedBlock(let index): "a delta for content block \(index), which is already stopped"
        case .deltaMismatch(let index, let type):
            "a delta that does not fit content block \(index) of type \(Excerpt.shorten(type))"
        case .missingMember(let event, let name): "\(Excerpt.shorten(event)) without \(Excerpt.shorten(name))"
        }
    }
}
