/// The memory budget of a message, and the cost of each of its parts.
struct MessageBudget: Sendable {
    private let limit: Int
    private var bytes: Int

    /// - Parameter limit: The budget in bytes; `nil` for no limit.
    init(limit: Int?) {
        self.limit = limit ?? .max
        bytes = self.limit
    }

    /// The number of bytes reserved.
    var reserved: Int { limit - bytes }

    /// Reserves bytes.
    ///
    /// - Returns: Whether enough bytes were left. If not, nothing is reserved.
    @inline(__always)
    mutating func reserve(_ count: Int) -> Bool {
        guard count <= bytes else { return false }
        bytes &-= count
        return true
    }

    /// Releases reserved bytes.
    mutating func release(_ count: Int) {
        bytes += min(count, limit - bytes)
    }

    // MARK: Costs

    /// The cost of a block whose `content_block_start` has data of this length.
    static func cost(ofBlockWith dataBytes: Int) -> Int {
        dataBytes &+ MemoryLayout<MessageAccumulator.Block>.stride
    }

    /// The cost of a delta whose event has data of this length.
    static func cost(of delta: ContentDelta, _ dataBytes: Int) -> Int {
        switch delta {
        case .text(let text), .thinking(let text), .inputJSON(let text): text.utf8.count
        default: dataBytes
        }
    }

    /// The cost of `message_start`, without its content.
    static func cost(of start: Message) -> Int {
        cost(of: start.additionalMembers) + cost(of: start.usage.additionalMembers)
    }

    /// The cost of `message_delta`. Its known members replace earlier values, so only unknown ones count.
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
