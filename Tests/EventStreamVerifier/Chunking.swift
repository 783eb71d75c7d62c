/// How a stream is cut into chunks.
public enum Chunking: Sendable, Hashable {
    /// One chunk.
    case whole
    /// Chunks of this many bytes.
    case fixed(Int)
    /// Two chunks, the first of this many bytes.
    case split(Int)
    /// Chunks of random sizes from 0 up to this many bytes.
    case random(seed: UInt64, upTo: Int)

    /// The end of each chunk of a stream of `count` bytes; an empty chunk ends where the one before does.
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
                // Empty chunks are rare enough for the end to come.
                end += random.chance(10) ? 0 : random.number(0...size)
                ends.append(min(end, count))
            }
        }
        if ends.last != count { ends.append(count) }
        return ends
    }
}
