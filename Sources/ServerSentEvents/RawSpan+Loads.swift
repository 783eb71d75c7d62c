// The byte loads of the parser.
//
// A function with `unchecked` in its name trusts its caller: the offsets must be in bounds, and only a debug build
// checks them. Such functions are for the bytes that make up nearly all of a stream, where checks would cost a
// noticeable part of the time. All other bytes are read with checks.

extension RawSpan {
    /// The byte at `offset`.
    ///
    /// - Precondition: `0 <= offset < byteCount`; checked.
    @inlinable @inline(__always)
    package func byte(at offset: Int) -> UInt8 {
        // Any byte is a valid `UInt8`; the library checks the offset.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The bytes from `start` to `end`.
    ///
    /// - Precondition: `0 <= start <= end <= byteCount`; checked.
    @inlinable @inline(__always)
    @_lifetime(copy self)
    func bytes(from start: Int, to end: Int) -> RawSpan {
        extracting(start..<end)
    }

    /// The byte at `offset`.
    ///
    /// - Precondition: `0 <= offset < byteCount`; not checked.
    @unsafe
    @inlinable @inline(__always)
    package func uncheckedByte(at offset: Int) -> UInt8 {
        assert(offset >= 0 && offset < byteCount)
        // In bounds by the precondition, and any byte is a valid `UInt8`.
        return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// The two bytes starting at `offset`.
    ///
    /// - Precondition: `0 <= offset <= byteCount - 2`; not checked.
    @unsafe
    @inlinable @inline(__always)
    func uncheckedHalfWord(at offset: Int) -> UInt16 {
        assert(offset >= 0 && offset <= byteCount - 2)
        // In bounds by the precondition, and any two bytes are a valid `UInt16`.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt16.self)
    }

    /// The four bytes starting at `offset`.
    ///
    /// - Precondition: `0 <= offset <= byteCount - 4`; not checked.
    @unsafe
    @inlinable @inline(__always)
    func uncheckedWord(at offset: Int) -> UInt32 {
        assert(offset >= 0 && offset <= byteCount - 4)
        // In bounds by the precondition, and any four bytes are a valid `UInt32`.
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    }

    /// The bytes from `start` to `end`.
    ///
    /// - Precondition: `0 <= start <= end <= byteCount`; not checked.
    @unsafe
    @inlinable @inline(__always)
    @_lifetime(copy self)
    func uncheckedBytes(from start: Int, to end: Int) -> RawSpan {
        assert(start >= 0 && start <= end && end <= byteCount)
        // In bounds by the precondition.
        return unsafe extracting(unchecked: Range(uncheckedBounds: (start, end)))
    }

    /// The start of the value of a field: "If value starts with a U+0020 SPACE character, remove it from value."
    ///
    /// - Parameters:
    ///   - colon: The offset of the colon.
    ///   - end: The offset of the line end.
    /// - Precondition: `0 <= colon < end <= byteCount`; not checked.
    @unsafe
    @inlinable @inline(__always)
    func uncheckedValueStart(after colon: Int, to end: Int) -> Int {
        assert(colon >= 0 && colon < end && end <= byteCount)
        let start = colon &+ 1
        // In bounds: start < end.
        return unsafe start < end && uncheckedByte(at: start) == UInt8(ascii: " ") ? start &+ 1 : start
    }

    /// The address of the end, used only for comparison.
    @inlinable @inline(__always)
    var endAddress: UInt {
        // Nothing is read.
        unsafe withUnsafeBytes { UInt(bitPattern: $0.baseAddress) &+ UInt(bitPattern: $0.count) }
    }

    /// Whether any byte is NUL.
    var containsNull: Bool {
        for index in 0..<byteCount where byte(at: index) == 0 { return true }
        return false
    }

    /// The offset of the first colon in `start ..< end`, or `end` if there is no colon.
    func colon(from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, byte(at: index) != UInt8(ascii: ":") { index += 1 }
        return index
    }

    /// Whether both spans hold the same bytes.
    @inlinable
    package func hasSameBytes(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for index in 0..<byteCount {
            // In bounds: both spans have `byteCount` bytes.
            if unsafe uncheckedByte(at: index) != other.uncheckedByte(at: index) { return false }
        }
        return true
    }
}

extension RawSpan {
    /// The bytes of a literal, which live as long as the program.
    @inlinable
    @_lifetime(immortal)
    package init(_ literal: StaticString) {
        // Literals with a pointer representation have `utf8CodeUnitCount` bytes at `utf8Start`, which are never freed.
        let bytes = unsafe RawSpan(_unsafeStart: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        self = unsafe _overrideLifetime(bytes, copying: ())
    }
}

extension UInt8 {
    /// Whether the byte is LF or CR.
    @inlinable @inline(__always)
    var isLineEnd: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
}
