/// How a Messages stream failed: what, when, with what in hand, and what to do about it.
public struct MessageStreamFailure: Error, Sendable {
    /// What failed.
    public let kind: Kind
    /// How far the stream had come.
    public let stage: Stage
    /// The status of the HTTP response, as sent. A stream can fail after 200.
    public let httpStatus: Int?
    /// The status that this failure would have had before the first byte of a response: the documented one of the error's
    /// type. Nil if there is none. A mid-stream overload has ``httpStatus`` 200 and this 529.
    public let equivalentStatus: Int?
    /// The id by which the service knows the request, to quote to its support.
    public let requestID: String?
    /// The offset in the body of the first byte of the frame that failed, or of the body's end.
    public let byteOffset: Int
    /// How many server-sent events came before the failure.
    public let eventIndex: Int
    /// A few words of the bytes at fault, for a person to recognise them. At most 120 characters.
    public let excerpt: String?
    /// The message as far as it was received; nil if it had not begun.
    public let partial: Message?
    /// Whether and how to try again.
    public let retry: RetryAdvice
    /// What was odd before the failure.
    public let diagnostics: [Diagnostic]

    /// What failed.
    @nonexhaustive
    public enum Kind: Sendable, Hashable {
        /// The service reported an error.
        case api(APIError)
        /// The body is not an event stream; `found` tells what it looks like.
        case notEventStream(found: BodyKind)
        /// The body ended before the message did.
        case truncated(Truncation)
        /// A frame's data is not the JSON that its event asks for. The offset is that of the fault in the data.
        case malformedEvent(name: String, JSONError)
        /// The events contradict each other, so that the message cannot be trusted.
        case protocolViolation(ProtocolViolation)
        /// A bound on what is held in memory was exceeded.
        case limitExceeded(StreamLimit)

        /// The kind's name: a part of the command's JSON.
        public var name: String {
            switch self {
            case .api: "api"
            case .notEventStream: "notEventStream"
            case .truncated: "truncated"
            case .malformedEvent: "malformedEvent"
            case .protocolViolation: "protocolViolation"
            case .limitExceeded: "limitExceeded"
            }
        }
    }

    /// How far a stream had come.
    public enum Stage: String, Sendable, Hashable, Comparable, CaseIterable {
        /// No response had come.
        case beforeResponse
        /// The message had not begun.
        case beforeMessage
        /// The message had begun, and nothing of its content had come: at most empty blocks.
        case beforeContent
        /// Some content had come.
        case afterContent
        /// The reason for the message's end had come, but not its end.
        case afterStopReason

        /// Whether `a` is earlier than `b`.
        public static func < (a: Self, b: Self) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }

    /// Where a body ended too early.
    public struct Truncation: Sendable, Hashable {
        /// The bytes of the frame in which it ended; 0 between two frames.
        public let unfinishedBytes: Int
        /// The number of bytes of the body.
        public let bodyBytes: Int
    }

    /// What a body that is not an event stream looks like.
    public enum BodyKind: String, Sendable, Hashable {
        /// A JSON text.
        case json
        /// An HTML or XML page.
        case markup
        /// Data compressed by gzip.
        case gzip
        /// Other bytes that are not text.
        case binary
        /// Text of some other kind.
        case text
    }

    /// A bound on what is held in memory.
    public enum StreamLimit: Sendable, Hashable {
        /// The longest line of the event stream, in bytes.
        case lineBytes(Int)
        /// The longest event of the event stream, in bytes.
        case eventBytes(Int)
    }
}

/// Whether and how to repeat a request that failed.
public struct RetryAdvice: Sendable, Hashable {
    /// Whether the fault is of a kind that passes: the same request may succeed later.
    public var isTransient: Bool
    /// What a repeat would do beside answering.
    public var replaySafety: ReplaySafety

    /// Whether a repeat may help and does no harm.
    public var isSafe: Bool { isTransient && replaySafety == .safe }

    /// What a repeat would do beside answering.
    public enum ReplaySafety: String, Sendable, Hashable {
        /// Nothing: no content was received.
        case safe
        /// The answer would be given twice: some of it was received.
        case duplicatesOutput
        /// Tools on the service's side may run a second time: one was used.
        case mayRepeatServerTools
        /// There is no use in a repeat.
        case never
    }
}

/// Something odd that does not make a message untrustworthy.
public struct Diagnostic: Sendable, Hashable {
    /// What it is.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// An event that the Messages API does not have.
        case unknownEvent
        /// Something follows `message_stop`.
        case eventAfterStop
        /// An error follows `message_stop`.
        case errorAfterStop
        /// Bytes of an unfinished frame follow the end of the message.
        case unfinishedFrameAfterStop
        /// A block begins at another index than the next one.
        case indexGap
        /// A block that is not open is stopped.
        case stopOfClosedBlock
        /// Content follows the reason for the end.
        case contentAfterStopReason
        /// The message ends, but a block does not.
        case openBlockAtStop
        /// The message ends without a reason.
        case noStopReason
        /// The input of a tool is not a whole JSON object although its block was stopped.
        case unusableToolInput
    }

    /// What it is.
    public let kind: Kind
    /// The offset in the body of the frame.
    public let byteOffset: Int
    /// How many server-sent events came before it.
    public let eventIndex: Int
    /// The name of the event, the index of the block, or whatever else tells which.
    public let detail: String
}

/// How the events of a stream contradict each other.
public enum ProtocolViolation: Sendable, Hashable {
    /// A second `message_start`: a spliced or repeated answer.
    case secondMessageStart
    /// An event of a message that has not begun.
    case eventBeforeMessageStart(name: String)
    /// A second block at an index.
    case secondBlock(index: Int)
    /// A delta for a block that never began.
    case deltaOfUnknownBlock(index: Int)
    /// A delta for a block that was stopped.
    case deltaOfClosedBlock(index: Int)
    /// A delta that does not fit its block.
    case deltaMismatch(index: Int, blockType: String)
    /// A member that an event cannot do without.
    case missingMember(event: String, name: String)
}
