/// A contradiction between the events of a stream.
@nonexhaustive
public enum ProtocolViolation: Error, Sendable, Hashable {
    /// A second `message_start`: another response was spliced in, or the response was repeated.
    case secondMessageStart
    /// An event of a message that has not started.
    case eventBeforeMessageStart(name: String)
    /// A second block at the same index.
    case secondBlock(index: Int)
    /// A delta for a block that was never started.
    case deltaOfUnknownBlock(index: Int)
    /// A delta for a block that was stopped.
    case deltaOfClosedBlock(index: Int)
    /// A delta that does not match the type of its block.
    case deltaMismatch(index: Int, blockType: String)
    /// A required member is missing from an event.
    case missingMember(event: String, name: String)
}
