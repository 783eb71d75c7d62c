/// The memory that chunks lie in while they are fed.
///
/// It is used again for each chunk. The bytes on both sides of the chunk, and those that take its place afterwards,
/// would be lines and events if they were read.
struct PoisonedMemory {
    private var bytes: [UInt8] = []
    /// What fills the memory beside the chunk. Invariant: at least as long as `bytes`.
    private var poison: [UInt8] = []
    private var place = 0..<0

    /// The chunk, or what was not dropped of it.
    var chunk: Span<UInt8> { bytes.span.extracting(place) }

    /// Replaces the chunk.
    mutating func put(_ chunk: ArraySlice<UInt8>, _ random: inout SeededRandom) {
        let room = chunk.count + 160
        if bytes.count < room || poison.isEmpty {
            bytes = [UInt8](repeating: 0, count: max(room, bytes.count))
            let pattern = random.one(of: Self.poisons)
            poison = bytes.indices.map { pattern[$0 % pattern.count] }
        }
        bytes.replaceSubrange(0..<bytes.count, with: poison[0..<bytes.count])
        // Most chunks end at the same address, for the parser not to take one for the rest of another.
        let end = bytes.count - (random.chance(70) ? 80 : random.number(1...80))
        place = (end - chunk.count)..<end
        bytes.replaceSubrange(place, with: chunk)
    }

    /// Replaces the chunk, and the memory by a block of the chunk's size, where a sanitizer sees an access beyond.
    mutating func putAlone(_ chunk: ArraySlice<UInt8>) {
        bytes = Array(chunk)
        place = bytes.indices
    }

    /// Drops the first bytes of the chunk.
    mutating func dropFirst(_ count: Int) {
        place = (place.lowerBound + count)..<place.upperBound
    }

    private static let poisons = ["\n", "\r", "data:x\n\n", "id:x\r\r", "x", ":", " "].map { Array($0.utf8) }
}
