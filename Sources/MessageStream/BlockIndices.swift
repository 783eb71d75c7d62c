/// A set of block indices, small as long as they are those of neighbours: they are kept as ranges.
struct BlockIndices: Sendable {
    /// Invariant: rising, and no two of them touch.
    private var ranges: [ClosedRange<Int>] = []

    /// The greatest of them.
    var last: Int? { ranges.last?.upperBound }

    /// - Complexity: O(log *n*) in the number of ranges.
    func contains(_ index: Int) -> Bool {
        let position = positionOfRange(endingAtOrAfter: index)
        return position < ranges.count && ranges[position].lowerBound <= index
    }

    /// - Complexity: O(1) for the successor of ``last``, else O(*n*) in the number of ranges.
    mutating func insert(_ index: Int) {
        var range = index...index
        var position = positionOfRange(endingAtOrAfter: index)
        if position < ranges.count, ranges[position].contains(index) { return }
        if position < ranges.count, ranges[position].lowerBound - 1 == index {
            range = index...ranges[position].upperBound
            ranges.remove(at: position)
        }
        if position > 0, ranges[position - 1].upperBound + 1 == index {
            position -= 1
            range = ranges[position].lowerBound...range.upperBound
            ranges.remove(at: position)
        }
        ranges.insert(range, at: position)
    }

    /// The position of the first range that ends at `index` or after it.
    private func positionOfRange(endingAtOrAfter index: Int) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = low + (high - low) / 2
            if ranges[middle].upperBound < index { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
