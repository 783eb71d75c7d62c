// Conversion from bytes to `String`.
//
// A `String` can only be created from memory, so the unsafe code for this is here and in `RawSpan+Loads.swift`. The
// standard library's initializers replace each maximal subpart of ill-formed UTF-8 with one U+FFFD. Decoding escapes
// first and repairing afterward gives the same result as the opposite order: the decoding of an escape starts with a
// byte that continues no sequence, and is complete.

extension JSONStringView {
    /// The decoded string. Up to 15 bytes of UTF-8 are stored inside the `String`, without allocating.
    ///
    /// - Complexity: O(*n*).
    package func makeString() -> String {
        hasEscapes ? makeUnescapedString() : String(copyingUTF8: raw)
    }

    /// Appends the decoded string.
    ///
    /// - Complexity: O(*n*).
    package func append(to string: inout String) {
        string.append(makeString())
    }

    @inline(never)
    private func makeUnescapedString() -> String {
        // Every escape conforms to the grammar, so there is a result.
        let capacity = raw.byteCount &+ RawSpan.unescapingSlack
        guard capacity > 512 else { return raw.withUnescaped { utf8, _ in String(copyingUTF8: utf8) } ?? "" }
        // A long text is decoded into its final memory.
        return unsafe String(unsafeUninitializedCapacity: capacity) { buffer in
            unsafe raw.unescape(into: UnsafeMutableRawBufferPointer(buffer))?.count ?? 0
        }
    }
}

extension String {
    /// Copies `bytes`, with U+FFFD for each maximal subpart of an ill-formed sequence.
    @inline(__always)
    init(copyingUTF8 bytes: RawSpan) {
        let count = bytes.byteCount
        if count <= 15 {
            // This many bytes fit inside the `String` itself: no memory is allocated, and only non-ASCII bytes are
            // validated.
            self = unsafe String(unsafeUninitializedCapacity: 15) { buffer in
                unsafe bytes.copyUpTo16(to: UnsafeMutableRawBufferPointer(buffer))
                return count
            }
            return
        }
        // The pointer is only used inside the closure.
        self = unsafe bytes.withUnsafeBytes { bytes in
            unsafe String(decoding: bytes.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
        }
    }
}

extension [UInt8] {
    /// Appends `bytes` unchanged.
    @inline(__always)
    mutating func append(copying bytes: RawSpan) {
        // The pointer is only used inside the closure.
        unsafe bytes.withUnsafeBytes { bytes in unsafe append(contentsOf: bytes) }
    }
}

extension RawSpan {
    /// Copies up to 16 bytes in two overlapping words.
    ///
    /// - Parameter buffer: At least as many bytes, which is checked.
    @inline(__always)
    fileprivate func copyUpTo16(to buffer: UnsafeMutableRawBufferPointer) {
        precondition(byteCount <= 16 && byteCount <= buffer.count)
        // Every access is in bounds: the two words may overlap, and the second one ends at the last byte.
        if byteCount >= 8 {
            let end = byteCount &- 8
            let head = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt64.self)
            let tail = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt64.self)
            unsafe buffer.storeBytes(of: head, as: UInt64.self)
            unsafe buffer.storeBytes(of: tail, toByteOffset: end, as: UInt64.self)
        } else if byteCount >= 4 {
            let end = byteCount &- 4
            let head = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
            let tail = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt32.self)
            unsafe buffer.storeBytes(of: head, as: UInt32.self)
            unsafe buffer.storeBytes(of: tail, toByteOffset: end, as: UInt32.self)
        } else {
            for offset in 0..<byteCount { unsafe buffer[offset] = byteOrZero(at: offset) }
        }
    }
}
