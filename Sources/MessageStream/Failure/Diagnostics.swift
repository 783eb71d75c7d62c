/// Something odd that does not make a message untrustworthy.
public struct Diagnostic: Sendable, Hashable {
    /// What it is.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// An event that the Messages API does not have.
        case unknownEvent
        /// Text that is no field of an event stream and reports no error, such as JSON that was never framed.
        case unframedData
        /// Something follows `message_stop`.
        case eventAfterStop
        /// An error follows `message_stop`.
        case errorAfterStop
        /// Bytes of an unfinished frame follow the end of the message.
        case unfinishedFrameAfterStop
        /// The response broke off, or broke the rules of HTTP, behind the end of the message.
        case responseBrokenAfterStop
        /// Bytes follow the end of the response.
        case dataAfterEnd
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

/// What was odd about a stream: the first things in their order, and how many there were of each kind.
public struct Diagnostics: Sendable, Hashable {
    /// The first ``limit`` of them.
    private var first: [Diagnostic] = []
    /// The number of all, the first ones included.
    private var counts: [Diagnostic.Kind: Int] = [:]

    /// How many are kept with their details.
    public static var limit: Int { 100 }

    /// How many of a kind there were, whether they are kept or not.
    public func count(of kind: Diagnostic.Kind) -> Int { counts[kind] ?? 0 }

    /// How many there were of all kinds, whether they are kept or not.
    public var total: Int { counts.values.reduce(0, +) }

    mutating func note(_ diagnostic: @autoclosure () -> Diagnostic, of kind: Diagnostic.Kind) {
        counts[kind, default: 0] += 1
        if first.count < Self.limit { first.append(diagnostic()) }
    }
}

extension Diagnostics: RandomAccessCollection {
    public var startIndex: Int { first.startIndex }
    public var endIndex: Int { first.endIndex }
    public subscript(position: Int) -> Diagnostic { first[position] }
}
