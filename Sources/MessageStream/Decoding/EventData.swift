import ServerSentEvents

/// What the data of a server-sent event is, in the Messages API.
enum EventData {
    /// An event of the stream.
    case event(MessageStreamEvent)
    /// An error: the stream ends here.
    case error
    /// The data of an event that has a meaning is not what that asks for.
    case malformed(name: String, JSONError)
    /// An event that has a meaning lacks a member that it cannot do without.
    case missingMember(event: String, name: String)

    /// Decodes an event of any kind, its members in any order.
    ///
    /// The `type` of the data says what the event is; only without one does the name that the event stream gave. It is an
    /// error if either of them is `error`, or if the data has an `error` that says something and no `type`, or the type of
    /// an error; or if it is a flat object that calls itself an error. Nothing that is nested counts.
    ///
    /// The data of a ping means nothing, unless its `type` is `error` or that of another event.
    init(_ event: EventView) {
        if event.hasType("error") {
            self = .error
            return
        }
        let streamName = event.eventField.isEmpty ? "message" : String(decoding: event.eventField)
        let isNamed = !event.hasType("message")
        let members: Members
        do throws(JSONError) {
            members = try Members(event.data)
        } catch {
            // The data of a ping and of an unknown event is not validated.
            let known = isNamed ? KnownEvent(rawValue: streamName) : nil
            self =
                switch known {
                case .ping: .event(.ping)
                case nil where isNamed:
                    .event(.unknown(UnknownEvent(name: streamName, data: String(decoding: event.data))))
                default: .malformed(name: streamName, error)
                }
            return
        }
        let typed = members.type.flatMap(KnownEvent.init(rawValue:))
        if members.type == "error" {
            self = .error
            return
        }
        if typed == .ping || (members.type == nil && event.hasType("ping")) {
            self = .event(.ping)
            return
        }
        if typed == nil, members.isErrorObject || (members.hasError && members.allowsError) {
            self = .error
            return
        }
        let name = members.type ?? streamName
        guard let known = typed ?? KnownEvent(rawValue: name) else {
            self = .event(.unknown(UnknownEvent(name: name, data: String(decoding: event.data))))
            return
        }
        do throws(JSONError) {
            self = try Self.known(known, members, event.data)
        } catch {
            self = .malformed(name: name, error)
        }
    }

    private static func known(
        _ known: KnownEvent,
        _ members: Members,
        _ data: RawSpan
    ) throws(JSONError) -> EventData {
        /// A reader that stands before the value at an offset.
        var reader = JSONReader(data)
        func missing(_ name: String) -> EventData { .missingMember(event: known.rawValue, name: name) }
        switch known {
        case .ping: return .event(.ping)
        case .messageStop: return .event(.messageStop)
        case .messageDelta: return .event(.messageDelta(try MessageDelta(reading: &reader)))
        case .messageStart:
            guard let message = members.message else { return missing("message") }
            reader.position = message
            var start = try Message(reading: &reader)
            // Some gateways put the usage beside the message.
            if let usage = members.usage {
                reader = JSONReader(data)
                reader.position = usage
                if try reader.peekKind() == .object { start.usage.merge(try Usage(reading: &reader)) }
            }
            return .event(.messageStart(start))
        case .contentBlockStart, .contentBlockDelta, .contentBlockStop:
            guard let position = members.index else { return missing("index") }
            reader.position = position
            let index = try reader.readInt()
            if known == .contentBlockStop { return .event(.contentBlockStop(index: index)) }
            let member = known == .contentBlockStart ? members.contentBlock : members.delta
            guard let member else { return missing(known == .contentBlockStart ? "content_block" : "delta") }
            reader = JSONReader(data)
            reader.position = member
            if known == .contentBlockStart {
                return .event(.contentBlockStart(index: index, try ContentBlock(reading: &reader, isComplete: false)))
            }
            return .event(
                .contentBlockDelta(ContentBlockDelta(index: index, delta: try ContentDelta(reading: &reader)))
            )
        }
    }
}

/// The events that mean something here, `error` apart.
enum KnownEvent: String {
    case messageStart = "message_start"
    case contentBlockStart = "content_block_start"
    case contentBlockDelta = "content_block_delta"
    case contentBlockStop = "content_block_stop"
    case messageDelta = "message_delta"
    case messageStop = "message_stop"
    case ping
}

/// Where the members of an event's data are that matter. Of several members of one name, the last wins.
private struct Members {
    /// The `type`, if it is a string.
    var type: String?
    /// Whether there is an `error` that says something.
    var hasError = false
    /// Whether the `object` is `error`.
    var isErrorObject = false
    /// The offsets of values.
    var index: Int?
    var delta: Int?
    var contentBlock: Int?
    var message: Int?
    var usage: Int?

    /// - Throws: if `data` is not a JSON object.
    init(_ data: RawSpan) throws(JSONError) {
        var reader = JSONReader(data)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let kind = try reader.peekKind()
            if key.equals("type") {
                if kind == .string {
                    type = try reader.readString().makeString()
                    continue
                }
                type = nil
            }
            if key.equals("error") {
                hasError = try reader.skipStatement()
                continue
            }
            if key.equals("object") {
                isErrorObject = try reader.skipString(equalTo: "error")
                continue
            }
            let start = try reader.skipValue().lowerBound
            if key.equals("index") {
                index = start
            } else if key.equals("delta") {
                delta = start
            } else if key.equals("content_block") {
                contentBlock = start
            } else if key.equals("message") {
                message = start
            } else if key.equals("usage") {
                usage = start
            }
        }
        try reader.finish()
    }

    /// Whether an `error` member makes the event an error: there is no `type`, or it is the type of an error.
    var allowsError: Bool { type.map { APIErrorType(rawValue: $0).documentedStatus != nil } ?? true }
}
