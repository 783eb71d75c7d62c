/// How a stream is split into chunks.
public enum Chunking: Sendable, Hashable {
    /// One chunk.
    case whole
    /// Chunks of this many bytes.
    case fixed(Int)
    /// Two chunks, the first of this many bytes.
    case split(Int)
    /// Chunks of random sizes from 0 up to this many bytes.
    case random(seed: UInt64, upTo: Int)

    /// The end of each chunk of a stream of `count` bytes. An empty chunk ends where the previous one ends.
    public func ends(count: Int) -> [Int] {
        var ends: [Int] = []
        switch self {
        case .whole:
            break
        case .fixed(let size):
            ends = Array(stride(from: size, to: max(count, size), by: size))
        case .split(let size):
            ends = [min(size, count)]
        case .random(let seed, let size):
            var random = SeededRandom(seed: seed)
            var end = 0
            while end < count {
                // Empty chunks are rare, so that the end is reached.
                end += random.chance(10) ? 0 : random.number(0...size)
                ends.append(min(end, count))
            }
        }
        if ends.last != count { ends.append(count) }
        return ends
    }

    /// The end of each chunk except the last.
    public func cuts(count: Int) -> [Int] { ends(count: count).dropLast() }

    /// Chunkings of different kinds for a stream of `count` bytes: one chunk, chunks of each of the sizes, a split in
    /// two at each offset, and random sizes.
    ///
    /// - Parameters:
    ///   - count: The length of the stream.
    ///   - sizes: The sizes of chunks of equal size.
    ///   - splits: The maximum number of splits in two, which are evenly spread.
    ///   - random: The number of seeds for random sizes.
    ///   - largest: The maximum random sizes, used in turn.
    public static func all(
        count: Int,
        sizes: [Int] = [1, 2, 3, 5, 7, 16, 63, 64, 65, 127, 128, 129, 1400],
        splits: Int = .max,
        random: Int = 20,
        upTo largest: [Int] = [1, 2, 5, 20, 200, 2000]
    ) -> [Chunking] {
        let step = max(0, count - 1) / max(1, splits) + 1
        return [.whole] + sizes.map { .fixed($0) } + stride(from: 0, through: count, by: step).map { .split($0) }
            + (0..<random).map { .random(seed: UInt64($0), upTo: largest[$0 % largest.count]) }
    }
}
