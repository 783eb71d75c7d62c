/// An anomaly that does not make a message untrustworthy.
public struct Diagnostic: Sendable, Hashable {
    /// The kind of anomaly.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// An event that is not part of the Messages API.
        case unknownEvent
        /// Text that is not a field of an event stream and reports no error, such as JSON without framing.
        case unframedData
        /// An event named `error` without data, which is not dispatched (WHATWG HTML, section 9.2.6).
        case errorWithoutData
        /// The head names a content coding, but the body is not coded.
        case contentCodingUndone
        /// A second `message_start` before any other event of the message.
        case repeatedMessageStart
        /// Text or tool input contains U+FFFD as received: a relay decoded bytes piece by piece and lost characters.
        /// The count is the number of these characters.
        case replacementCharacters
        /// The message ends as if it were complete, but its content or its usage indicates otherwise.
        case doubtfulCompletion
        /// An event follows `message_stop`.
        case eventAfterStop
        /// An error follows `message_stop`.
        case errorAfterStop
        /// Bytes of an unfinished frame follow the end of the message.
        case unfinishedFrameAfterStop
        /// The response broke off, or violated HTTP, after the end of the message.
        case responseBrokenAfterStop
        /// Bytes follow the end of the response.
        case dataAfterEnd
        /// The index of a new block is not the next one.
        case indexGap
        /// A `content_block_stop` for a block that is not open.
        case stopOfClosedBlock
        /// Content follows the stop reason.
        case contentAfterStopReason
        /// The message ends while a block is still open.
        case openBlockAtStop
        /// The message ends without a stop reason.
        case noStopReason
        /// The input of a tool is not a complete JSON object although its block was stopped.
        case unusableToolInput
    }

    /// The kind of anomaly.
    public let kind: Kind
    /// The offset of the frame in the body.
    public let byteOffset: Int
    /// The number of server-sent events before it.
    public let eventIndex: Int
    /// The event name, the block index, or another detail.
    public let detail: String
}

/// The diagnostics of a stream: the first of each kind, the first ones overall, and a count for each kind.
public struct Diagnostics: Sendable, Hashable {
    /// At most ``limit`` diagnostics in the order received, including the first of each kind.
    private var kept: [Diagnostic] = []
    /// The number of diagnostics of each kind, including those not kept, ordered by the first occurrence of the kind.
    public private(set) var counts: [(kind: Diagnostic.Kind, count: Int)] = []

    /// The maximum number of diagnostics kept with their details.
    public static var limit: Int { 100 }

    /// The number of diagnostics of a kind, including those not kept.
    public func count(of kind: Diagnostic.Kind) -> Int { counts.first { $0.kind == kind }?.count ?? 0 }

    /// The number of diagnostics of all kinds, including those not kept.
    public var total: Int { counts.reduce(0) { $0 &+ $1.count } }

    /// Adds a diagnostic.
    mutating func note(_ diagnostic: @autoclosure () -> Diagnostic, of kind: Diagnostic.Kind) {
        if let index = counts.firstIndex(where: { $0.kind == kind }) {
            counts[index].count &+= 1
            if kept.count < Self.limit { kept.append(diagnostic()) }
        } else {
            counts.append((kind, 1))
            if kept.count == Self.limit { removeLastRepeated() }
            kept.append(diagnostic())
        }
    }

    /// Adds to a single diagnostic that stands for all of its kind, and keeps the position of the first one.
    ///
    /// - Parameters:
    ///   - count: The number to add.
    ///   - detail: Returns the detail for the total number.
    mutating func add(_ count: Int, to diagnostic: Diagnostic, detail: (Int) -> String) {
        let kind = diagnostic.kind
        var more = count
        if self.count(of: kind) == 0 {
            note(diagnostic, of: kind)
            more -= 1
        }
        guard let number = counts.firstIndex(where: { $0.kind == kind }),
            let index = kept.firstIndex(where: { $0.kind == kind })
        else { return }
        counts[number].count &+= more
        let first = kept[index]
        kept[index] = Diagnostic(
            kind: kind,
            byteOffset: first.byteOffset,
            eventIndex: first.eventIndex,
            detail: detail(self.count(of: kind))
        )
    }

    /// Makes room by removing the last diagnostic that is not the first of its kind.
    private mutating func removeLastRepeated() {
        let repeated = kept.indices.last { index in kept[..<index].contains { $0.kind == kept[index].kind } }
        if let repeated { kept.remove(at: repeated) }
    }

    /// Removes all diagnostics of a kind.
    mutating func remove(_ kind: Diagnostic.Kind) {
        guard count(of: kind) > 0 else { return }
        kept.removeAll { $0.kind == kind }
        counts.removeAll { $0.kind == kind }
    }

    /// Whether both hold the same diagnostics and the same counts.
    public static func == (a: Self, b: Self) -> Bool {
        a.kept == b.kept && a.counts.elementsEqual(b.counts) { $0 == $1 }
    }

    /// Hashes the diagnostics that are kept.
    public func hash(into hasher: inout Hasher) { hasher.combine(kept) }
}

extension Diagnostics: RandomAccessCollection {
    public var startIndex: Int { kept.startIndex }
    public var endIndex: Int { kept.endIndex }
    public subscript(position: Int) -> Diagnostic { kept[position] }
}
