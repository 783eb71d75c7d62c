/// How the events of a stream contradict each other.
@nonexhaustive
public enum ProtocolViolation: Error, Sendable, Hashable {
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
