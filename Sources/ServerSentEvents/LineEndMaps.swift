/// The line ends of a chunk as a bit map: one bit for each byte, set if and only if the byte is LF or CR.
///
/// ## Theory of operation
///
/// Both kinds of line ends are found in one pass, so a stream that uses either, or a mixture, costs the same. The pass
/// runs ahead of the parser by up to 2 KiB, in a loop without a branch that depends on the bytes. The parser then asks
/// for the first line end at or after some offset. Finding it takes a shift and a count of trailing zeros over the next
/// 64 bits, wherever they start. The same kind of line nearly always takes the same two or three steps, which a
/// processor predicts well.
///
/// Portable Swift has no instruction that extracts one bit of each byte of a vector, so 64 bytes become 64 bits as
/// follows. They are treated as eight groups of eight. Four 16-byte vectors are compared. From each comparison mask
/// (0x00 or 0xFF in every byte) one bit is kept, a different one for each group, and the groups are combined:
///
///     byte i of the word  =  bit 0: byte i of group 0 is a line end,  bit 1: byte i of group 1 is one, …
///
/// This is the map as an 8 × 8 matrix of bits, with rows and columns exchanged. Transposing it takes three steps, which
/// exchange blocks of one, two and four bits.
@safe @usableFromInline
struct LineEndMaps: ~Copyable, @unchecked Sendable {
    // Sendable: `words` has one owner, and all changes go through `mutating`.

    /// The number of words that are mapped at once.
    @usableFromInline static let capacity = 32

    /// The words in use, each for 64 bytes, followed by a word that is zero.
    ///
    /// They are allocated separately, because `InlineArray` requires macOS 26.
    ///
    /// Invariant: `capacity + 1` initialized words.
    @usableFromInline let words: UnsafeMutableBufferPointer<UInt64>
    /// The offset in the chunk of the first mapped byte. It is negative if the chunk is the rest of an earlier one and
    /// the byte precedes it.
    @usableFromInline var start = 0
    /// The offset in the chunk of the first unmapped byte, or any number above the length of the chunk.
    ///
    /// Invariant: `end - start` is a multiple of 64 and at most 64 × `capacity`; 0 at the start of a chunk.
    @usableFromInline var end = 0

    init() {
        // Freed by `deinit`.
        unsafe words = .allocate(capacity: Self.capacity + 1)
        unsafe words.initialize(repeating: 0)
    }

    // Inlinable, because otherwise Swift 6.3.1 crashes when it inlines this into inlinable code.
    @inlinable deinit {
        // Allocated by `init`; a trivial type needs no deinitialization.
        unsafe words.deallocate()
    }

    /// Discards the map, at the start of a different chunk.
    @inlinable @inline(__always)
    mutating func reset() {
        start = 0
        end = 0
    }

    /// The offset of the first LF or CR at or after `offset`, or -1 if no line end follows.
    ///
    /// - Precondition: `0 <= offset` and `start <= offset`; not checked.
    /// - Complexity: O(bytes up to the line end).
    @unsafe
    @inlinable @inline(__always)
    mutating func uncheckedFirstLineEnd(in bytes: RawSpan, from offset: Int) -> Int {
        assert(offset >= 0 && offset >= start)
        var index = offset
        while index < bytes.byteCount {
            // In bounds: 0 <= index < byteCount.
            if index &+ 64 > end, end < bytes.byteCount { unsafe uncheckedMap(bytes, from: index) }
            let distance = index &- start
            let shift = UInt64(truncatingIfNeeded: distance & 63)
            // In bounds: distance < end - start, and each word in use is followed by another word.
            let low = unsafe words[distance &>> 6]
            let high = unsafe words[(distance &>> 6) &+ 1]
            let window = (low &>> shift) | ((high &<< 1) &<< (63 &- shift))
            if window != 0 { return index &+ window.trailingZeroBitCount }
            index &+= 64
        }
        return -1
    }

    /// Maps the bytes starting at `offset`, until the bytes or the words end.
    ///
    /// - Precondition: `0 <= offset <= bytes.byteCount`; not checked.
    @unsafe
    @usableFromInline @inline(never)
    mutating func uncheckedMap(_ bytes: RawSpan, from offset: Int) {
        assert(offset >= 0 && offset <= bytes.byteCount)
        let count = bytes.byteCount
        start = offset
        var index = offset
        var word = 0
        while index &+ 64 <= count, word < Self.capacity {
            // In bounds: index + 64 <= count, word < capacity.
            unsafe words[word] = Self.uncheckedMap(bytes, at: index)
            index &+= 64
            word &+= 1
        }
        if index < count, word < Self.capacity {
            // In bounds: index < count, word < capacity.
            unsafe words[word] = Self.uncheckedTailMap(bytes, at: index)
            index &+= 64
            word &+= 1
        }
        // In bounds: word <= capacity.
        unsafe words[word] = 0
        end = index
        Work.note(end - start)
    }

    /// The map of the last bytes of a span, if there are fewer than 64.
    ///
    /// - Precondition: `max(0, bytes.byteCount - 64) < offset <= bytes.byteCount`; not checked.
    @unsafe
    private static func uncheckedTailMap(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        assert(offset >= 0 && offset <= bytes.byteCount && offset > bytes.byteCount - 64)
        let start = bytes.byteCount &- 64
        if start >= 0 {
            // The map of the last 64 bytes, without those before `offset`. In bounds: start + 64 is the count.
            return unsafe uncheckedMap(bytes, at: start) &>> UInt64(truncatingIfNeeded: offset &- start)
        }
        var result: UInt64 = 0
        var index = offset
        while index < bytes.byteCount {
            // In bounds: offset <= index < byteCount.
            if unsafe bytes.uncheckedByte(at: index).isLineEnd {
                result |= 1 &<< UInt64(truncatingIfNeeded: index &- offset)
            }
            index &+= 1
        }
        return result
    }

    /// The map of the 64 bytes starting at `offset`.
    ///
    /// - Precondition: `0 <= offset <= bytes.byteCount - 64`; not checked.
    @unsafe
    @inline(__always)
    private static func uncheckedMap(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        // In bounds by the precondition.
        let groups =
            unsafe (uncheckedHits(bytes, at: offset) & SIMD16<UInt8>(repeating: 0b0000_0001))
            | (uncheckedHits(bytes, at: offset &+ 16) & SIMD16<UInt8>(repeating: 0b0000_0100))
            | (uncheckedHits(bytes, at: offset &+ 32) & SIMD16<UInt8>(repeating: 0b0001_0000))
            | (uncheckedHits(bytes, at: offset &+ 48) & SIMD16<UInt8>(repeating: 0b0100_0000))
        // Same size, every bit pattern is valid.
        let words = unsafe unsafeBitCast(groups, to: SIMD2<UInt64>.self)
        return transposed(words[0].littleEndian | (words[1].littleEndian &<< 1))
    }

    /// 0xFF for each of the 16 bytes starting at `offset` that is a line end, and 0x00 for the others.
    ///
    /// - Precondition: `0 <= offset <= bytes.byteCount - 16`; not checked.
    @unsafe
    @inline(__always)
    private static func uncheckedHits(_ bytes: RawSpan, at offset: Int) -> SIMD16<UInt8> {
        assert(offset >= 0 && offset <= bytes.byteCount - 16)
        // In bounds by the precondition, and any 16 bytes are a valid vector.
        let vector = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
        // The full type is spelled out on the right: a scalar, or an inferred vector type, compiles to a loop over
        // bytes.
        let hits = (vector .== SIMD16<UInt8>(repeating: 0x0A)) .| (vector .== SIMD16<UInt8>(repeating: 0x0D))
        // Same size; a mask is 0x00 or 0xFF in every byte.
        return unsafe unsafeBitCast(hits, to: SIMD16<UInt8>.self)
    }

    /// The 8 × 8 bits of `word`, with one row in each byte, with rows and columns exchanged.
    @inline(__always)
    private static func transposed(_ word: UInt64) -> UInt64 {
        var bits = word
        var swap = (bits ^ (bits &>> 7)) & 0x00AA_00AA_00AA_00AA
        bits ^= swap ^ (swap &<< 7)
        swap = (bits ^ (bits &>> 14)) & 0x0000_CCCC_0000_CCCC
        bits ^= swap ^ (swap &<< 14)
        swap = (bits ^ (bits &>> 28)) & 0x0000_0000_F0F0_F0F0
        return bits ^ swap ^ (swap &<< 28)
    }
}
