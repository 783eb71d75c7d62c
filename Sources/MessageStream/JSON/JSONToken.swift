// The tokens of JSON, each scanned from a known start.
//
// These are functions of the bytes and an offset, without state: each returns the offset after its token, or throws if
// the bytes are not such a token. `JSONReader` checks their order. It reads the common cases itself and uses these
// functions for the others.

enum JSONToken {
    /// The type of the value that starts with `byte`, or `nil` if no value does.
    @inline(__always)
    static func kind(startingWith byte: UInt8) -> JSONKind? {
        switch byte {
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
        case UInt8(ascii: "t"): .true
        case UInt8(ascii: "f"): .false
        case UInt8(ascii: "n"): .null
        default: nil
        }
    }

    /// RFC 8259, section 2: whitespace is space, line feed, carriage return and horizontal tab, and nothing else.
    @inline(__always)
    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// The offset of the first byte at or after `start` that is not whitespace.
    @inline(never)
    static func endOfWhitespace(in bytes: RawSpan, from start: Int) -> Int {
        var offset = start
        while isWhitespace(bytes.byteOrZero(at: offset)) { offset &+= 1 }
        return offset
    }

    /// The offset after the literal `name` at `start` (RFC 8259, section 3).
    @inline(__always)
    static func endOfLiteral(_ name: StaticString, in bytes: RawSpan, from start: Int) throws(JSONError) -> Int {
        let count = name.utf8CodeUnitCount
        guard bytes.byteCount &- start >= count, bytes.extracting(start..<(start &+ count)).equals(name) else {
            throw brokenLiteral(name, in: bytes, from: start)
        }
        return start &+ count
    }

    // MARK: Errors

    /// The error for the byte at `offset`, which the grammar does not allow there.
    @inline(never)
    static func unexpected(in bytes: RawSpan, at offset: Int) -> JSONError {
        guard offset < bytes.byteCount else { return JSONError(.unexpectedEnd, at: bytes.byteCount) }
        // RFC 8259, section 8.1: JSON text is UTF-8.
        let isText = UTF8Sequence(in: bytes, at: offset).isWellFormed
        return JSONError(isText ? .unexpectedByte : .invalidUTF8, at: offset)
    }

    /// The error for a value at `offset` that does not start as expected.
    @inline(never)
    static func mismatch(in bytes: RawSpan, at offset: Int) -> JSONError {
        let isValue = kind(startingWith: bytes.byteOrZero(at: offset)) != nil
        return isValue ? JSONError(.typeMismatch, at: offset) : unexpected(in: bytes, at: offset)
    }

    /// The error with `reason` at `offset`, or the error that the text ends there.
    @inline(never)
    static func failure(_ reason: JSONError.Reason, in bytes: RawSpan, at offset: Int) -> JSONError {
        JSONError(offset < bytes.byteCount ? reason : .unexpectedEnd, at: min(offset, bytes.byteCount))
    }

    @inline(never)
    private static func brokenLiteral(_ name: StaticString, in bytes: RawSpan, from start: Int) -> JSONError {
        var offset = start
        for byte in name.description.utf8 {
            if bytes.byteOrZero(at: offset) != byte { break }
            offset &+= 1
        }
        return unexpected(in: bytes, at: offset)
    }
}
