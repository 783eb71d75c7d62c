/// Bytes to compare with other bytes, a vector at a time.
struct BytePattern: Sendable {
    /// The number of bytes.
    let count: Int
    /// For 16 bytes or more: the vectors at 0, 16 and so on. The last one ends with the bytes, and may overlap the one before
    /// it. For fewer bytes: one vector that ends with them, after zeros.
    private let blocks: [SIMD16<UInt8>]
    /// The bytes to compare in a single vector, as bytes of all ones.
    private let mask: SIMD16<UInt8>

    /// Copies `bytes`.
    init(_ bytes: RawSpan) {
        count = bytes.byteCount
        if count >= 16 {
            var blocks: [SIMD16<UInt8>] = []
            blocks.reserveCapacity((count &+ 15) / 16)
            var offset = 0
            while offset < count &- 16 {
                blocks.append(bytes.block(at: offset))
                offset &+= 16
            }
            blocks.append(bytes.block(at: count &- 16))
            self.blocks = blocks
            mask = SIMD16(repeating: 0xFF)
        } else {
            var block = SIMD16<UInt8>()
            var mask = SIMD16<UInt8>()
            for offset in 0..<count {
                block[16 &- count &+ offset] = bytes.byteOrZero(at: offset)
                mask[16 &- count &+ offset] = 0xFF
            }
            blocks = [block]
            self.mask = mask
        }
    }

    /// Whether `other` has these bytes at `start`.
    @inline(__always)
    func matches(_ other: RawSpan, at start: Int) -> Bool {
        let end = start &+ count
        guard start >= 0, end <= other.byteCount else { return false }
        // There are too few bytes before a short pattern to load a vector that ends with it.
        guard end >= 16 else { return matchesEach(other, at: start) }
        var difference = (other.block(at: end &- 16) ^ blocks[blocks.count &- 1]) & mask
        var offset = start
        for index in 0..<(blocks.count &- 1) {
            difference |= other.block(at: offset) ^ blocks[index]
            offset &+= 16
        }
        let (first, second) = ByteWord.pair(of: difference)
        return first | second == 0
    }

    @inline(never)
    private func matchesEach(_ other: RawSpan, at start: Int) -> Bool {
        for offset in 0..<count where other.byteOrZero(at: start &+ offset) != blocks[0][16 &- count &+ offset] {
            return false
        }
        return true
    }
}
