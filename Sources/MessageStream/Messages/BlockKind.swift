/// The kind of a block, which determines the deltas that it accepts. `withoutDeltas` stands for the known types that
/// have no deltas.
enum BlockKind { case text, thinking, toolUse, withoutDeltas, unknown }
