extension MessageStreamEvent {
    /// The contribution of an event to the message. This is the single rule of what counts as content: it determines
    /// the stage of a failure, the safety of a retry, the events that a retry holds back, and the stall clock for
    /// content.
    package enum Contribution: Sendable {
        /// Nothing: a ping, or an event of an unknown type.
        case nothing
        /// A part of the message with nothing to show, such as the start of an empty block.
        case structure
        /// Content that a consumer may show or act on.
        case content
        /// The stop reason, or the end.
        case ending
    }

    package var contribution: Contribution {
        switch self {
        case .ping, .unknown: .nothing
        case .messageStart(let message): message.content.contains(where: \.hasContent) ? .content : .structure
        case .contentBlockStart(_, let block): block.hasContent ? .content : .structure
        case .contentBlockDelta(let event): event.delta.hasContent ? .content : .structure
        case .contentBlockStop: .structure
        case .messageDelta, .messageStop: .ending
        }
    }
}

extension ContentDelta {
    /// Whether the delta adds anything: an empty text does not.
    fileprivate var hasContent: Bool {
        switch self {
        case .text(let text), .thinking(let text), .inputJSON(let text): !text.isEmpty
        case .signature, .citation, .other: true
        }
    }
}
