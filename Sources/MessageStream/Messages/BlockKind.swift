/// The deltas that a block accepts. A `withoutDeltas` block is of a known type without deltas.
enum BlockKind { case text, thinking, toolUse, withoutDeltas, unknown }
