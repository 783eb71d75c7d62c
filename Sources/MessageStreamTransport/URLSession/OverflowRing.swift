/// Which parts of a file hold the bytes that wait in it: first in, first out.
///
/// The file is divided into blocks. A block whose bytes were all read is used again, so that the file grows to as many
/// blocks as ever held waiting bytes at a time, and never beyond the limit. Nothing is read or written here.
///
/// Bytes go through three states, in order: reserved, when there is room for them; ready, when they are written; and
/// taken, until they are read.
package struct OverflowRing: Sendable {
    package static let blockSize = 64 << 10

    /// How many blocks the file may have.
    private let capacity: Int
    /// The blocks of the file that hold bytes, in the order of the bytes.
    private var blocks: [Int] = []
    private var freeBlocks: [Int] = []
    /// How many blocks the file has.
    private var blockCount = 0
    /// Positions of bytes, counted from the start of the first of `blocks`. Invariant: each is at most the next one.
    private var readEnd = 0
    private var takenEnd = 0
    private var readyEnd = 0
    private var reservedEnd = 0

    /// Creates the ring of an empty file.
    ///
    /// - Parameter limit: The number of bytes that the file may have; rounded up to whole blocks.
    package init(limit: Int) {
        capacity = limit / Self.blockSize + (limit % Self.blockSize > 0 ? 1 : 0)
    }

    /// How many bytes can be taken.
    package var readyCount: Int { readyEnd - takenEnd }

    /// Whether no byte waits, be it written or not, and none is being read.
    package var isEmpty: Bool { readEnd == reservedEnd }

    /// The number of bytes of the file, at most.
    package var fileSize: Int { blockCount * Self.blockSize }

    /// Makes room for bytes.
    ///
    /// - Returns: where to write them, in order; nil if they do not fit below the limit.
    package mutating func reserve(_ count: Int) -> [Range<Int>]? {
        let end = reservedEnd + count
        let missing = (end + Self.blockSize - 1) / Self.blockSize - blocks.count
        guard missing <= freeBlocks.count + capacity - blockCount else { return nil }
        for _ in 0..<max(0, missing) {
            if let block = freeBlocks.popLast() {
                blocks.append(block)
            } else {
                blocks.append(blockCount)
                blockCount += 1
            }
        }
        var ranges: [Range<Int>] = []
        while reservedEnd < end {
            let range = range(from: reservedEnd, to: end)
            reservedEnd += range.count
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// All reserved bytes are written.
    package mutating func didWrite() {
        readyEnd = reservedEnd
    }

    /// Takes the first bytes that are ready, at most `limit`.
    ///
    /// - Returns: where to read them; nil if none is ready.
    package mutating func take(atMost limit: Int) -> Range<Int>? {
        guard readyCount > 0 else { return nil }
        let range = range(from: takenEnd, to: takenEnd + min(limit, readyCount))
        takenEnd += range.count
        return range
    }

    /// The oldest bytes taken are read: their room is free.
    package mutating func didRead(_ count: Int) {
        readEnd += count
        while readEnd >= Self.blockSize {
            freeBlocks.append(blocks.removeFirst())
            readEnd -= Self.blockSize
            takenEnd -= Self.blockSize
            readyEnd -= Self.blockSize
            reservedEnd -= Self.blockSize
        }
    }

    /// Where the bytes between two positions stand in the file, as far as they are in one block.
    private func range(from start: Int, to end: Int) -> Range<Int> {
        let (index, offset) = start.quotientAndRemainder(dividingBy: Self.blockSize)
        let first = blocks[index] * Self.blockSize + offset
        return first..<first + min(end - start, Self.blockSize - offset)
    }
}
