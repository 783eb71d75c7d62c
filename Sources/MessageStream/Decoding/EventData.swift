import ServerSentEvents

/// The meaning of a server-sent event in the Messages API.
enum EventData {
    /// An event of the stream.
    case event(MessageStreamEvent)
    /// An error: the stream ends here.
    case error
    /// The data of a known event does not have the expected form.
    case malformed(name: String, JSONError)
    /// A known event lacks a required member.
    case missingMember(event: String, name: String)

    /// Decodes an event of any kind, its members in any order.
    ///
    /// The `type` of the data determines what the event is; without a `type`, the name of the server-sent event does. The
    /// event is an error if either of them is `error`; if the data has a nonempty `error` and either no `type` or the type
    /// of an error; or if it is a flat object whose `object` is `error`. Nested values do not count.
    ///
    /// The data of a ping has no meaning, unless its `type` is `error` or that of another event.
    ///
    /// - Parameter layout: Set to the layout of the data, if the event is a delta with a string.
    init(_ event: EventView, layout: inout DeltaLayout?) {
        if event.hasType("error") {
            self = .error
            return
        }
        let named = KnownEvent(event)
        let data = event.data
        let members: EventMembers
        do throws(JSONError) {
            members = try EventMembers(data)
        } catch {
            // The data of a ping and of an unknown event is not validated.
            self =
                if named == .ping {
                    .event(.ping)
                } else if named == nil, !event.hasType("message") {
                    .event(.unknown(UnknownEvent(name: event.eventName, data: String(decoding: data))))
                } else {
                    .malformed(name: event.eventName, error)
                }
            return
        }
        let known: KnownEvent
        switch members.type {
        case .error:
            self = .error
            return
        case .known(let type):
            known = type
        case .other(let location):
            if members.isErrorObject || (members.hasError && members.allowsError(data)) {
                self = .error
            } else {
                let name = location.view(in: data).makeString()
                self = .event(.unknown(UnknownEvent(name: name, data: String(decoding: data))))
            }
            return
        case nil:
            if named != .ping, members.isErrorObject || members.hasError {
                self = .error
                return
            }
            guard let named else {
                self = .event(.unknown(UnknownEvent(name: event.eventName, data: String(decoding: data))))
                return
            }
            known = named
        }
        do throws(JSONError) {
            self = try Self.decode(known, members, data, &layout)
        } catch {
            self = .malformed(name: known.rawValue, error)
        }
    }

    /// Decodes an event of any kind.
    init(_ event: EventView) {
        var layout: DeltaLayout?
        self.init(event, layout: &layout)
    }

    private static func decode(
        _ event: KnownEvent,
        _ members: EventMembers,
        _ data: RawSpan,
        _ layout: inout DeltaLayout?
    ) throws(JSONError) -> EventData {
        var reader = JSONReader(data)
        func missing(_ name: String) -> EventData { .missingMember(event: event.rawValue, name: name) }
        switch event {
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
            switch event {
            case .contentBlockStart:
                guard let block = members.contentBlock else { return missing("content_block") }
                reader = JSONReader(data)
                reader.position = block
                return .event(
                    .contentBlockStart(index: index, try ContentBlock(reading: &reader, isComplete: false))
                )
            case .contentBlockDelta:
                guard members.hasDelta else { return missing("delta") }
                return .event(.contentBlockDelta(try delta(at: index, members, data, &layout)))
            default: return .event(.contentBlockStop(index: index))
            }
        }
    }
}

extension EventData {
    private static func delta(
        at index: Int,
        _ members: EventMembers,
        _ data: RawSpan,
        _ layout: inout DeltaLayout?
    ) throws(JSONError) -> ContentBlockDelta {
        var text: ValueLocation?
        let event = ContentBlockDelta(index: index, delta: try ContentDelta(members.delta, data, text: &text))
        if let text, text.kind == .string, let kind = event.delta.blockKind {
            layout = DeltaLayout(
                index: index,
                kind: kind,
                text: text.string,
                scalars: members.ignored,
                dependsOnName: members.type == nil
            )
        }
        return event
    }
}

extension EventView {
    /// The name of the server-sent event.
    fileprivate var eventName: String { eventField.isEmpty ? "message" : String(decoding: eventField) }
}

/// The events with a meaning in the Messages API, except `error`.
enum KnownEvent: String {
    case messageStart = "message_start"
    case contentBlockStart = "content_block_start"
    case contentBlockDelta = "content_block_delta"
    case contentBlockStop = "content_block_stop"
    case messageDelta = "message_delta"
    case messageStop = "message_stop"
    case ping

    /// The event named by the `type` of its data.
    @inline(__always)
    init?(_ name: JSONStringView) {
        self.init { literal in name.equals(literal) }
    }

    /// The event named by a server-sent event.
    init?(_ event: EventView) {
        self.init { literal in event.eventField.equals(literal) }
    }

    @inline(__always)
    private init?(isNamed: (StaticString) -> Bool) {
        // The most frequent one comes first.
        if isNamed("content_block_delta") {
            self = .contentBlockDelta
        } else if isNamed("content_block_start") {
            self = .contentBlockStart
        } else if isNamed("content_block_stop") {
            self = .contentBlockStop
        } else if isNamed("message_start") {
            self = .messageStart
        } else if isNamed("message_delta") {
            self = .messageDelta
        } else if isNamed("message_stop") {
            self = .messageStop
        } else if isNamed("ping") {
            self = .ping
        } else {
            return nil
        }
    }
}
