/// The memory that holds each chunk while it is fed.
///
/// It is reused for each chunk. The bytes before and after the chunk, and the bytes that later replace it, are chosen
/// to change the result if they are read.
public struct PoisonedMemory {
    private var bytes: [UInt8] = []
    /// The patterns to choose from.
    private let patterns: [[UInt8]]
    /// The contents of the memory outside the chunk. Invariant: as long as `bytes`, or empty if there are no such
    /// contents.
    private var poison: [UInt8] = []
    private var place = 0..<0

    /// The total number of bytes before and after a chunk.
    private static let margin = 160

    /// Creates an empty memory.
    ///
    /// - Parameter patterns: The patterns to fill the memory with, one of which is chosen.
    public init(_ patterns: [[UInt8]] = [[0x0A]]) {
        self.patterns = patterns
    }

    /// The chunk, without the bytes that have been dropped.
    public var chunk: Span<UInt8> { bytes.span.extracting(place) }

    /// Replaces the chunk.
    public mutating func put(_ chunk: ArraySlice<UInt8>, _ random: inout SeededRandom) {
        let room = chunk.count + Self.margin
        if poison.count < room {
            poison = random.one(of: patterns)
            while poison.count < room { poison += poison }
            bytes = poison
        } else {
            write(poison[place], at: place.lowerBound)
        }
        // Most chunks end at the same address, so that a parser must not mistake one for the rest of another.
        let end = bytes.count - (random.chance(70) ? 80 : random.number(1...80))
        place = (end - chunk.count)..<end
        write(chunk, at: place.lowerBound)
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

    /// Replaces the chunk, and the memory by a block of the same size as the chunk, so that a sanitizer detects an
    /// access outside.
    public mutating func putWithoutMargin(_ chunk: ArraySlice<UInt8>) {
        poison = []
        bytes = Array(chunk)
        place = bytes.indices
    }

    /// Drops the first bytes of the chunk.
    public mutating func dropFirst(_ count: Int) {
        let end = place.lowerBound + count
        if !poison.isEmpty { write(poison[place.lowerBound..<end], at: place.lowerBound) }
        place = end..<place.upperBound
    }

    /// Overwrites the bytes starting at `start`.
    private mutating func write(_ source: ArraySlice<UInt8>, at start: Int) {
        let end = start + source.count
        unsafe bytes.withUnsafeMutableBytes { target in
            // Both ranges are checked. In debug builds, a copy byte by byte would take most of the time of the tests.
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: target[start..<end])
            unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
    }
}
