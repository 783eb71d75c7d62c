import ServerSentEvents

/// A set of block indices, small as long as they are those of neighbors: these are kept as a range.
struct BlockIndices: Sendable {
    /// The index that came first, and its neighbors on both sides; nil for an empty set.
    private var range: ClosedRange<Int>?
    /// The other ones, a bit for each: the lowest six bits of an index say which bit of the word under the rest of it.
    /// Invariant: none is in `range` or next to it.
    private var others: [Int: UInt64] = [:]

    /// - Complexity: O(1).
    func contains(_ index: Int) -> Bool {
        Work.note(1)
        return range?.contains(index) == true || (others[index >> 6] ?? 0) & Self.bit(of: index) != 0
    }

    /// What an index takes that is kept apart from the range, in bytes.
    static var cost: Int { 64 }

    /// Inserts an index.
    ///
    /// - Returns: whether it is kept apart from the range.
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

    /// Removes one of the others.
    ///
    /// - Returns: whether it was there.
    private mutating func remove(_ index: Int) -> Bool {
        Work.note(1)
        guard let word = others[index >> 6], word & Self.bit(of: index) != 0 else { return false }
        let rest = word & ~Self.bit(of: index)
        others[index >> 6] = rest == 0 ? nil : rest
        return true
    }

    private static func bit(of index: Int) -> UInt64 { 1 << UInt64(index & 63) }
}
