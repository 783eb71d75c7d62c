/// Which deltas a block has. A `whole` block is of a known type that has none.
enum BlockKind { case text, thinking, toolUse, whole, unknown }
