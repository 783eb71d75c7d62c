/// How much of a message may still be kept, and what each of its parts takes of that.
struct MessageRoom: Sendable {
    private let limit: Int
    private var bytes: Int

    /// - Parameter limit: How many bytes there are at first; nil for no limit.
    init(limit: Int?) {
        self.limit = limit ?? .max
        bytes = self.limit
    }

    /// Takes room.
    ///
    /// - Returns: whether there is so much. If not, nothing is taken.
    @inline(__always)
    mutating func take(_ count: Int) -> Bool {
        guard count <= bytes else { return false }
        bytes &-= count
        return true
    }

    /// Gives room back, at most as much as was taken.
    mutating func giveBack(_ count: Int) {
        bytes += min(count, limit - bytes)
    }

    // MARK: Costs

    /// What a block takes that begins with so much data.
    static func cost(ofBlockWith dataBytes: Int) -> Int {
        dataBytes &+ MemoryLayout<MessageAccumulator.Block>.stride
    }

    /// What a delta takes of which the event has so much data.
    static func cost(of delta: ContentDelta, _ dataBytes: Int) -> Int {
        switch delta {
        case .text(let text), .thinking(let text), .inputJSON(let text): text.utf8.count
        default: dataBytes
        }
    }

    /// What the beginning of a message takes, without its content.
    static func cost(of start: Message) -> Int {
        cost(of: start.additionalMembers) + cost(of: start.usage.additionalMembers)
    }

    /// What the end of a message takes. What it has under a known name replaces what was there.
    static func cost(of delta: MessageDelta) -> Int {
        cost(of: delta.additionalMembers) + cost(of: delta.additionalEventMembers)
            + cost(of: delta.usage?.additionalMembers ?? [])
    }

    private static func cost(of members: [JSONMember]) -> Int {
        members.reduce(0) {
            $0 + $1.name.utf8.count + $1.value.utf8.count + MemoryLayout<JSONMember>.stride
        }
    }
}
