// The loads that the JSON reader is built on.
//
// All memory accesses without the library's own checks are in this file, in `JSONStringView+Text.swift` and in
// `RawSpan+Unescaping.swift`. Each function here checks its own bounds and is safe for every argument that its
// precondition allows, so the grammar above it cannot break memory safety. Bytes after the end of the span are never
// read. They are reported as zero, which JSON allows neither between tokens nor inside a string (RFC 8259, sections 2
// and 7). The grammar therefore tests for the end only after it finds a byte it cannot use.

extension RawSpan {
    /// The byte at `offset`, or 0 after the end.
    @inline(__always)
    func byteOrZero(at offset: Int) -> UInt8 {
        guard UInt(bitPattern: offset) < UInt(bitPattern: byteCount) else { return 0 }
        // In bounds: checked above.
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The eight bytes starting at `offset`, with the first in the lowest bits, and with zeros after the end.
    ///
    /// - Precondition: `offset` is not negative.
    @inline(__always)
    func wordOrZeros(at offset: Int) -> UInt64 {
        if offset <= byteCount &- 8 {
            // All eight bytes are in bounds: checked above, and `offset` is not negative.
            return UInt64(
                littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
            )
        }
        return lastWord(from: offset)
    }

    @inline(never)
    private func lastWord(from offset: Int) -> UInt64 {
        if byteCount >= 8 {
            // The last eight bytes of the span; those before `offset` are shifted out.
            let last = UInt64(
                littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: byteCount &- 8, as: UInt64.self)
            )
            return last >> UInt64(8 &* (offset &- (byteCount &- 8)))
        }
        var word: UInt64 = 0
        var index = byteCount
        while index > offset {
            index &-= 1
            word = word << 8 | UInt64(byteOrZero(at: index))
        }
        return word
    }

    /// Whether sixteen bytes can be loaded at `offset`.
    ///
    /// - Precondition: `offset` is not negative.
    @inline(__always)
    func hasBlock(at offset: Int) -> Bool {
        offset <= byteCount &- 16
    }

    /// The sixteen bytes starting at `offset`.
    ///
    /// - Precondition: ``hasBlock(at:)``.
    @inline(__always)
    func block(at offset: Int) -> SIMD16<UInt8> {
        precondition(offset >= 0 && hasBlock(at: offset))
        // All sixteen bytes are in bounds: checked above.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Whether the span holds the same bytes as `literal`.
    ///
    /// Inlined into a call with a literal, this compares the lengths once, and eight bytes at a time with a constant.
    @inline(__always)
    func equals(_ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard byteCount == count else { return false }
        // Both hold `count` bytes, and no load below reads past them; a static string's storage is immortal.
        let other = unsafe UnsafeRawPointer(literal.utf8Start)
        if count >= 8 {
            var offset = 0
            while offset < count &- 8 {
                let word = unsafe other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                if unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self) != word { return false }
                offset &+= 8
            }
            // The last eight bytes, some of which may already have been compared.
            let word = unsafe other.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 8, as: UInt64.self) == word
        }
        if count >= 4 {
            let head = unsafe other.loadUnaligned(as: UInt32.self)
            let tail = unsafe other.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            let ownHead = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
            let ownTail = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: count &- 4, as: UInt32.self)
            return ownHead == head && ownTail == tail
        }
        for offset in 0..<count {
            let byte = unsafe other.load(fromByteOffset: offset, as: UInt8.self)
            if byteOrZero(at: offset) != byte { return false }
        }
        return true
    }
}

extension [UInt8] {
    /// The elements as raw bytes.
    package var rawBytes: RawSpan {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            // `Array.span` requires macOS 26. The storage of a byte array is contiguous, and stays in place while the
            // array is borrowed.
            let bytes = unsafe withUnsafeBytes { unsafe $0 }.bytes
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }
}

/// Eight bytes in one word, tested in parallel.
///
/// A test returns a word whose lowest set bit is bit 7 of the first matching byte. Higher bytes may be reported
/// wrongly, because the subtraction carries; only the lowest set bit may be used.
enum ByteWord {
    @inline(__always)
    static func every(_ byte: UInt8) -> UInt64 {
        UInt64(byte) &* 0x0101_0101_0101_0101
    }

    @inline(__always)
    static func firstEqual(to byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ every(byte)
        return (difference &- every(0x01)) & ~difference & every(0x80)
    }

    @inline(__always)
    static func firstControl(in word: UInt64) -> UInt64 {
        (word &- every(0x20)) & ~word & every(0x80)
    }

    /// Bit 7 of each byte that is not ASCII. Exact for every byte.
    @inline(__always)
    static func nonASCII(in word: UInt64) -> UInt64 {
        word & every(0x80)
    }

    /// The index of the byte with the lowest set bit.
    @inline(__always)
    static func index(of hits: UInt64) -> Int {
        hits.trailingZeroBitCount &>> 3
    }

    /// Sixteen bytes as two words, with the first byte in the lowest bits of the first word.
    @inline(__always)
    static func pair(of block: SIMD16<UInt8>) -> (UInt64, UInt64) {
        // Both types have sixteen bytes, and every bit pattern is valid.
        let words = unsafe unsafeBitCast(block, to: SIMD2<UInt64>.self)
        return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    }

    /// Sixteen results as two words, 0xFF for each hit.
    @inline(__always)
    static func pair(of mask: SIMDMask<SIMD16<Int8>>) -> (UInt64, UInt64) {
        // A mask is a vector of sixteen integers, each all ones or all zeros.
        let words = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
        return (UInt64(littleEndian: words[0]), UInt64(littleEndian: words[1]))
    }
}
