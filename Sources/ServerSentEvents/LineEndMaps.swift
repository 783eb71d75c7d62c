/// Where the line ends of a chunk are: a bit for each byte, set if and only if the byte is LF or CR.
///
/// ## Theory of operation
///
/// Both line ends are found in one pass, so a stream that uses either, or a mixture, costs the same. The pass goes ahead
/// of the parser by up to 2 KiB, in a loop without a branch that depends on the bytes. The parser then asks for the
/// first line end from some offset on; that is a shift and a count of trailing zeros over the next 64 bits, wherever
/// they start, and nearly always the same two or three steps for the same kind of line: what a processor predicts well.
///
/// Portable Swift has no instruction that takes one bit of each byte of a vector, so 64 bytes become 64 bits as follows.
/// They are eight groups of eight. Four 16-byte vectors are compared, and of each comparison mask (0x00 or 0xFF in
/// every byte) one bit is kept, another one for each group; the groups are then laid over each other:
///
///     byte i of the word  =  bit 0: byte i of group 0 is a line end,  bit 1: byte i of group 1 is one, …
///
/// That is the map as an 8 × 8 matrix of bits, with rows and columns exchanged; transposing it takes three steps
/// that exchange blocks of one, two and four bits.
@safe @usableFromInline
struct LineEndMaps: ~Copyable, @unchecked Sendable {
    // Sendable: `words` has one owner, and all changes go through `mutating`.

    /// How many words are mapped at once.
    @usableFromInline static let capacity = 32

    /// The words in use, each for 64 bytes, and after them one that is zero.
    ///
    /// They have memory of their own, since `InlineArray` needs macOS 26.
    ///
    /// Invariant: `capacity + 1` initialized words.
    @usableFromInline let words: UnsafeMutableBufferPointer<UInt64>
    /// The offset in the chunk of the first mapped byte. It is negative if that lies before the chunk, which is then
    /// the rest of an earlier one.
    @usableFromInline var start = 0
    /// The offset in the chunk of the first byte that is not mapped, or something above the chunk's length.
    ///
    /// Invariant: `end - start` is a multiple of 64 and at most 64 × `capacity`; 0 at the start of a chunk.
    @usableFromInline var end = 0

    init() {
        // Freed by `deinit`.
        unsafe words = .allocate(capacity: Self.capacity + 1)
        unsafe words.initialize(repeating: 0)
    }

    // Inlinable, or Swift 6.3.1 crashes where it inlines this into code that is inlinable.
    @inlinable deinit {
        // Allocated by `init`; a trivial type needs no deinitialization.
        unsafe words.deallocate()
    }

    /// Knows nothing any more: another chunk begins.
    @inlinable @inline(__always)
    mutating func forget() {
        start = 0
        end = 0
    }

    /// The offset of the first LF or CR at or after `offset`, or -1 if there is none.
    ///
    /// - Precondition: `start <= offset`; not checked.
    /// - Complexity: O(bytes up to the line end).
    @inlinable @inline(__always)
    mutating func firstLineEnd(_ bytes: RawSpan, from offset: Int) -> Int {
        var index = offset
        while index < bytes.byteCount {
            if index &+ 64 > end, end < bytes.byteCount { map(bytes, from: index) }
            let distance = index &- start
            let shift = UInt64(truncatingIfNeeded: distance & 63)
            // In bounds: distance < end - start, and a word follows each word in use.
            let low = unsafe words[distance &>> 6]
            let high = unsafe words[(distance &>> 6) &+ 1]
            let window = (low &>> shift) | ((high &<< 1) &<< (63 &- shift))
            if window != 0 { return index &+ window.trailingZeroBitCount }
            index &+= 64
        }
        return -1
    }

    /// Maps the bytes from `offset` on, as far as they reach and the words do.
    @usableFromInline @inline(never)
    mutating func map(_ bytes: RawSpan, from offset: Int) {
        let count = bytes.byteCount
        start = offset
        var index = offset
        var word = 0
        while index &+ 64 <= count, word < Self.capacity {
            // In bounds: index + 64 <= count, word < capacity.
            unsafe words[word] = Self.map(bytes, at: index)
            index &+= 64
            word &+= 1
        }
        if index < count, word < Self.capacity {
            // In bounds: word < capacity.
            unsafe words[word] = Self.tailMap(bytes, at: index)
            index &+= 64
            word &+= 1
        }
        // In bounds: word <= capacity.
        unsafe words[word] = 0
        end = index
        Work.note(end - start)
    }

    /// The map of the last bytes of a span, fewer than 64.
    private static func tailMap(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        let start = bytes.byteCount &- 64
        if start >= 0 {
            // The map of the last 64 bytes, without those before `offset`.
            return map(bytes, at: start) &>> UInt64(truncatingIfNeeded: offset &- start)
        }
        var result: UInt64 = 0
        for index in offset..<bytes.byteCount where bytes.isLineEnd(at: index) {
            result |= 1 &<< UInt64(truncatingIfNeeded: index &- offset)
        }
        return result
    }

    /// The map of the 64 bytes from `offset` on, which the caller knows to be in bounds.
    @inline(__always)
    private static func map(_ bytes: RawSpan, at offset: Int) -> UInt64 {
        let groups =
            (hits(bytes, at: offset) & SIMD16<UInt8>(repeating: 0b0000_0001))
            | (hits(bytes, at: offset &+ 16) & SIMD16<UInt8>(repeating: 0b0000_0100))
            | (hits(bytes, at: offset &+ 32) & SIMD16<UInt8>(repeating: 0b0001_0000))
            | (hits(bytes, at: offset &+ 48) & SIMD16<UInt8>(repeating: 0b0100_0000))
        // Same size, every bit pattern is valid.
        let words = unsafe unsafeBitCast(groups, to: SIMD2<UInt64>.self)
        return transposed(words[0].littleEndian | (words[1].littleEndian &<< 1))
    }

    /// 0xFF for each of the 16 bytes from `offset` on that is a line end, 0x00 for each other.
    @inline(__always)
    private static func hits(_ bytes: RawSpan, at offset: Int) -> SIMD16<UInt8> {
        // In bounds: as the caller of `map` knows.
        let vector = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
        // The full type on the right: a scalar, or an inferred vector type, compiles to a loop over bytes.
        let hits = (vector .== SIMD16<UInt8>(repeating: 0x0A)) .| (vector .== SIMD16<UInt8>(repeating: 0x0D))
        // Same size; a mask is 0x00 or 0xFF in every byte.
        return unsafe unsafeBitCast(hits, to: SIMD16<UInt8>.self)
    }

    /// The 8 × 8 bits of `word`, a row in each byte, with rows and columns exchanged.
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

extension RawSpan {
    /// The byte at `offset`, which the caller knows to be in bounds.
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        // The caller's precondition: 0 <= offset < byteCount.
        unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The bytes in `range`, which the caller knows to be in bounds.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    package func bytes(from start: Int, to end: Int) -> RawSpan {
        // The caller's precondition: 0 <= start <= end <= byteCount.
        unsafe extracting(unchecked: Range(uncheckedBounds: (start, end)))
    }
}
