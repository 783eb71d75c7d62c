/// Something odd that does not make a message untrustworthy.
public struct Diagnostic: Sendable, Hashable {
    /// What it is.
    @nonexhaustive
    public enum Kind: String, Sendable, Hashable {
        /// An event that the Messages API does not have.
        case unknownEvent
        /// Text that is no field of an event stream and reports no error, such as JSON that was never framed.
        case unframedData
        /// An event named `error` without data, which is no event (WHATWG HTML, section 9.2.6).
        case errorWithoutData
        /// The head names a content coding, but the body is not coded.
        case contentCodingUndone
        /// The `message_start` came a second time, before anything followed the first.
        case repeatedMessageStart
        /// Text or tool input has U+FFFD on the wire: a relay decoded bytes piece by piece and lost characters. The count
        /// is that of the characters.
        case replacementCharacters
        /// The message ends as if it were whole, but its content or its usage says otherwise.
        case doubtfulCompletion
        /// Something follows `message_stop`.
        case eventAfterStop
        /// An error follows `message_stop`.
        case errorAfterStop
        /// Bytes of an unfinished frame follow the end of the message.
        case unfinishedFrameAfterStop
        /// The response broke off, or violated HTTP, after the end of the message.
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
    /// The name of the event, the index of the block, or another detail.
    public let detail: String
}

/// The diagnostics of a stream: the first of each kind, the first ones overall, and a count for each kind.
public struct Diagnostics: Sendable, Hashable {
    /// At most ``limit`` of them, in the order in which they came, the first of each kind among them.
    private var kept: [Diagnostic] = []
    /// How many came of each kind, those that are not kept included, in the order in which the kinds came first.
    public private(set) var counts: [(kind: Diagnostic.Kind, count: Int)] = []

    /// How many are kept with their details.
    public static var limit: Int { 100 }

    /// How many of a kind there were, whether they are kept or not.
    public func count(of kind: Diagnostic.Kind) -> Int { counts.first { $0.kind == kind }?.count ?? 0 }

    /// How many there were of all kinds, whether they are kept or not.
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

    /// Adds to a diagnostic that stands for all of its kind, and keeps the place of the first one.
    ///
    /// - Parameters:
    ///   - count: How many come to it.
    ///   - detail: What it says of the number of all.
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

    /// Makes room: removes the last diagnostic that is not the first one of its kind.
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

    /// Feeds the diagnostics that are kept.
    public func hash(into hasher: inout Hasher) { hasher.combine(kept) }
}

extension Diagnostics: RandomAccessCollection {
    public var startIndex: Int { kept.startIndex }
    public var endIndex: Int { kept.endIndex }
    public subscript(position: Int) -> Diagnostic { kept[position] }
}
