// Numbers (RFC 8259, section 6).
//
//     number = [ minus ] int [ frac ] [ exp ]
//     int    = zero / ( digit1-9 *DIGIT )
//     frac   = decimal-point 1*DIGIT
//     exp    = e [ minus / plus ] 1*DIGIT
//
// The text is checked and kept; it is converted to an integer or a floating-point number only on request.

extension JSONToken {
    /// Checks the number at `start`, and that the byte after it can follow a number.
    @inline(never)
    static func number(in bytes: RawSpan, from start: Int) throws(JSONError) -> (end: Int, isInteger: Bool) {
        var offset = start
        var byte = bytes.byteOrZero(at: offset)
        guard kind(startingWith: byte) == .number else { throw mismatch(in: bytes, at: start) }
        if byte == UInt8(ascii: "-") { offset &+= 1 }
        if bytes.byteOrZero(at: offset) == UInt8(ascii: "0") {
            // No other digit may follow a leading zero.
            offset &+= 1
        } else {
            offset = try endOfDigits(in: bytes, from: offset)
        }
        byte = bytes.byteOrZero(at: offset)
        var isInteger = true
        if byte == UInt8(ascii: ".") {
            isInteger = false
            offset = try endOfDigits(in: bytes, from: offset &+ 1)
            byte = bytes.byteOrZero(at: offset)
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            offset &+= 1
            byte = bytes.byteOrZero(at: offset)
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset &+= 1 }
            offset = try endOfDigits(in: bytes, from: offset)
            byte = bytes.byteOrZero(at: offset)
        }
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09: break
        case 0 where offset >= bytes.byteCount: break
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            throw JSONError(.invalidNumber, at: offset)
        default: throw unexpected(in: bytes, at: offset)
        }
        return (offset, isInteger)
    }

    /// Reads the number at `start` as an integer.
    @inline(never)
    static func int(in bytes: RawSpan, from start: Int) throws(JSONError) -> (value: Int, end: Int) {
        let number = try number(in: bytes, from: start)
        let view = JSONNumberView(raw: bytes.extracting(start..<number.end), isInteger: number.isInteger)
        guard let value = view.int else { throw JSONError(.typeMismatch, at: start) }
        return (value, number.end)
    }

    /// The offset after one or more digits.
    @inline(__always)
    private static func endOfDigits(in bytes: RawSpan, from start: Int) throws(JSONError) -> Int {
        var offset = start
        while bytes.byteOrZero(at: offset) &- UInt8(ascii: "0") <= 9 { offset &+= 1 }
        if offset == start { throw failure(.invalidNumber, in: bytes, at: offset) }
        return offset
    }
}
