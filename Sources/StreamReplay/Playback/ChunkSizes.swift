/// The sizes of the chunks in which a captured body is replayed.
///
/// Code that decodes a stream must not depend on them. A replay with unusual sizes checks that.
public struct ChunkSizes: Sendable {
    private enum Rule {
        case whole
        case fixed(Int)
        case seeded(SplitMix64)
    }

    private var rule: Rule
    /// The number of bytes left in the current chunk; `nil` for no limit.
    private var left: Int?
    /// Whether the last piece ended its chunk.
    package private(set) var isAtBoundary = true

    private init(_ rule: Rule) {
        self.rule = rule
        left = drawSize()
    }

    /// Chunks as recorded. Captures without chunk boundaries are replayed in chunks of up to 64 KiB.
    public static var asRecorded: ChunkSizes { ChunkSizes(.whole) }

    /// Chunks of `size` bytes, at least 1.
    public static func fixed(_ size: Int) -> ChunkSizes { ChunkSizes(.fixed(max(1, size))) }

    /// Each byte in its own chunk.
    public static var everyByte: ChunkSizes { fixed(1) }

    /// Chunks of 1 byte to 4 KiB at random. The same seed gives the same sizes.
    public static func seeded(_ seed: UInt64) -> ChunkSizes { ChunkSizes(.seeded(SplitMix64(seed: seed))) }

    private mutating func drawSize() -> Int? {
        switch rule {
        case .whole: return nil
        case .fixed(let size): return size
        case .seeded(var generator):
            let size = 1 + Int(generator.next() & 4095)
            rule = .seeded(generator)
            return size
        }
    }

    /// Returns the size of the next piece, given `count` available bytes. A longer chunk continues with the following
    /// bytes.
    ///
    /// - Precondition: `count > 0`.
    /// - Returns: 1 to `count`.
    package mutating func nextPiece(of count: Int) -> Int {
        guard let left else { return count }
        let piece = min(left, count)
        isAtBoundary = piece == left
        self.left = isAtBoundary ? drawSize() : left - piece
        return piece
    }
}

/// A small pseudorandom number generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
/// 2014).
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A seed that makes a new generator continue this sequence.
    var seed: UInt64 { state }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
