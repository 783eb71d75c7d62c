/// The space management of a file that holds a first-in, first-out queue of bytes.
///
/// The file is divided into blocks. A block is reused once all its bytes have been read, so the file never has more
/// blocks than were ever in use at the same time, and never exceeds the limit. The ring performs no I/O.
///
/// Bytes pass through three states: reserved, until they are written; ready, until a read begins; and being read, until
/// the read is done.
package struct OverflowRing: Sendable {
    package static let blockSize = 64 << 10

    /// The maximum number of blocks in the file.
    private let capacity: Int
    /// The blocks in use, in the order of their bytes.
    private var blocks: [Int] = []
    private var freeBlocks: [Int] = []
    /// The number of blocks in the file.
    private var blockCount = 0
    /// Byte positions relative to the start of the first of `blocks`. Invariant: they are in ascending order.
    private var readEnd = 0
    private var readingEnd = 0
    private var readyEnd = 0
    private var reservedEnd = 0

    /// Creates the ring for an empty file.
    ///
    /// - Parameter limit: The maximum size of the file in bytes, rounded up to whole blocks.
    package init(limit: Int) {
        capacity = limit / Self.blockSize + (limit % Self.blockSize > 0 ? 1 : 0)
    }

    /// The number of bytes that can be read.
    package var readyCount: Int { readyEnd - readingEnd }

    /// Whether no bytes are reserved, ready or being read.
    package var isEmpty: Bool { readEnd == reservedEnd }

    /// The size of the file in bytes, in full blocks. It never shrinks.
    package var fileSize: Int { blockCount * Self.blockSize }

    /// Reserves space for bytes.
    ///
    /// - Returns: Where to write them, in order, or `nil` if they would exceed the limit.
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

    /// Records that all reserved bytes have been written.
    package mutating func didWrite() {
        readyEnd = reservedEnd
    }

    /// Begins to read the oldest ready bytes, at most `limit`.
    ///
    /// - Returns: Where to read them, or `nil` if no bytes are ready.
    package mutating func beginRead(atMost limit: Int) -> Range<Int>? {
        guard readyCount > 0 else { return nil }
        let range = range(from: readingEnd, to: readingEnd + min(limit, readyCount))
        readingEnd += range.count
        return range
    }

    /// Records that the read of the oldest `count` bytes is done, which frees their space.
    package mutating func didRead(_ count: Int) {
        readEnd += count
        while readEnd >= Self.blockSize {
            freeBlocks.append(blocks.removeFirst())
            readEnd -= Self.blockSize
            readingEnd -= Self.blockSize
            readyEnd -= Self.blockSize
            reservedEnd -= Self.blockSize
        }
    }

    /// The file range of the bytes between two positions, up to the end of the first block.
    private func range(from start: Int, to end: Int) -> Range<Int> {
        let (index, offset) = start.quotientAndRemainder(dividingBy: Self.blockSize)
        let first = blocks[index] * Self.blockSize + offset
        return first..<first + min(end - start, Self.blockSize - offset)
    }
}
