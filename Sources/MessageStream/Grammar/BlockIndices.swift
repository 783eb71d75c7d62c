import ServerSentEvents

/// A set of block indices. Adjacent indices are kept as a range, so the set is small as long as there are no gaps.
struct BlockIndices: Sendable {
    /// The first index inserted, with its neighbors on both sides; `nil` for an empty set.
    private var range: ClosedRange<Int>?
    /// The other indices as bits: the key is an index without its lowest six bits, which select the bit in the word.
    /// Invariant: none of them is in `range` or adjacent to it.
    private var others: [Int: UInt64] = [:]

    /// - Complexity: O(1).
    func contains(_ index: Int) -> Bool {
        Work.note(1)
        return range?.contains(index) == true || (others[index >> 6] ?? 0) & Self.bit(of: index) != 0
    }

    /// The size in bytes of an index outside the range.
    static var cost: Int { 64 }

    /// Inserts an index.
    ///
    /// - Returns: Whether the index is outside the range.
    /// - Complexity: O(1), amortized.
    mutating func insert(_ index: Int) -> Bool {
        guard !contains(index) else { return false }
        guard let range else {
            self.range = index...index
            return false
        }
        if index &- 1 == range.upperBound {
            var last = index
            while last < .max, remove(last + 1) { last += 1 }
            self.range = range.lowerBound...last
        } else if index &+ 1 == range.lowerBound {
            var first = index
            while first > .min, remove(first - 1) { first -= 1 }
            self.range = first...range.upperBound
        } else {
            others[index >> 6, default: 0] |= Self.bit(of: index)
            return true
        }
        return false
    }

    /// Removes an index outside the range.
    ///
    /// - Returns: Whether the set contained it.
    private mutating func remove(_ index: Int) -> Bool {
        Work.note(1)
        guard let word = others[index >> 6], word & Self.bit(of: index) != 0 else { return false }
        let rest = word & ~Self.bit(of: index)
        others[index >> 6] = rest == 0 ? nil : rest
        return true
    }

    private static func bit(of index: Int) -> UInt64 { 1 << UInt64(index & 63) }
}
