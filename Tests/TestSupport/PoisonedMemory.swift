/// The memory that holds each chunk while it is fed.
///
/// It is reused for each chunk. The bytes before and after the chunk, and those that take its place later, are chosen to
/// change the result if they are read.
public struct PoisonedMemory {
    private var bytes: [UInt8] = []
    /// The patterns to choose from.
    private let patterns: [[UInt8]]
    /// The content of the memory outside the chunk. Invariant: at least as long as `bytes`.
    private var poison: [UInt8] = []
    private var place = 0..<0

    /// Creates an empty memory.
    ///
    /// - Parameter patterns: The texts to fill the memory with, of which one is chosen.
    public init(_ patterns: [String] = ["\n"]) {
        self.patterns = patterns.map { Array($0.utf8) }
    }

    /// The chunk, without the bytes that have been dropped.
    public var chunk: Span<UInt8> { bytes.span.extracting(place) }

    /// Replaces the chunk.
    public mutating func put(_ chunk: ArraySlice<UInt8>, _ random: inout SeededRandom) {
        let room = chunk.count + 160
        if bytes.count < room || poison.isEmpty {
            bytes = [UInt8](repeating: 0, count: max(room, bytes.count))
            let pattern = random.one(of: patterns)
            poison = Array(repeatElement(pattern, count: bytes.count / pattern.count + 1).joined())
        }
        bytes.replaceSubrange(0..<bytes.count, with: poison[0..<bytes.count])
        // Most chunks end at the same address, so that a parser must not take one for the rest of another.
        let end = bytes.count - (random.chance(70) ? 80 : random.number(1...80))
        place = (end - chunk.count)..<end
        bytes.replaceSubrange(place, with: chunk)
    }

    /// Replaces the chunk, with the given bytes directly before and after it.
    public mutating func put(_ chunk: ArraySlice<UInt8>, before: [UInt8], after: [UInt8]) {
        poison = []
        bytes.removeAll(keepingCapacity: true)
        bytes += before
        bytes += chunk
        bytes += after
        place = before.count..<(before.count + chunk.count)
    }

    /// Replaces the chunk, and the memory by a block of the chunk's size, so that a sanitizer detects an access outside.
    public mutating func putAlone(_ chunk: ArraySlice<UInt8>) {
        poison = []
        bytes = Array(chunk)
        place = bytes.indices
    }

    /// Drops the first bytes of the chunk.
    public mutating func dropFirst(_ count: Int) {
        place = (place.lowerBound + count)..<place.upperBound
    }
}
