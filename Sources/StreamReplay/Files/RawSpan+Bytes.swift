#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Android)
    internal import Android
#endif

extension RawSpan {
    /// The byte at an offset, which must be in bounds.
    func byte(at offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < byteCount)
        // The offset is in bounds, and any byte is a valid `UInt8`.
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The offset of the first `byte` at or after `start`.
    func firstOffset(of byte: UInt8, from start: Int) -> Int? {
        guard start < byteCount else { return nil }
        return unsafe withUnsafeBytes { buffer in
            // The search stays within the buffer, because `start` is in bounds.
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + start, CInt(byte), buffer.count - start)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}

extension RawSpan {
    /// Whether the bytes at `start` equal `literal`.
    func hasBytes(_ literal: StaticString, at start: Int) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard start >= 0, start <= byteCount - count else { return false }
        // A literal of ASCII characters has a pointer, to that many bytes.
        return (0..<count).allSatisfy { unsafe literal.utf8Start[$0] == byte(at: start + $0) }
    }

    /// The bytes as an array.
    func copy() -> [UInt8] {
        // The buffer is used only during the call.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}

extension [UInt8] {
    /// The elements as raw bytes.
    var rawBytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // `Array.span` requires macOS 26. An array of bytes is contiguous and stays in place while it is borrowed.
            let bytes = unsafe withUnsafeBytes { unsafe $0 }.bytes
            return unsafe _overrideLifetime(bytes, borrowing: self)
        }
    }
}
