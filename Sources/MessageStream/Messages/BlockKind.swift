/// The deltas that a block accepts. A `whole` block is of a known type without deltas.
enum BlockKind { case text, thinking, toolUse, whole, unknown }
