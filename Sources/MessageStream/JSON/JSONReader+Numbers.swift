// Numbers (RFC 8259, section 6).
//
//     number = [ minus ] int [ frac ] [ exp ]
//     int    = zero / ( digit1-9 *DIGIT )
//     frac   = decimal-point 1*DIGIT
//     exp    = e [ minus / plus ] 1*DIGIT
//
// The text is checked and kept; it becomes an integer or a floating-point number only when asked.

extension JSONReader {
    /// Consumes a number.
    ///
    /// A number has no end of its own. What follows must be white space, `,`, `]`, `}` or the end of the text: anything
    /// else is refused here.
    @_lifetime(copy self)
    package mutating func readNumber() throws(JSONError) -> JSONNumberView {
        skipWhiteSpace()
        let start = position
        var offset = start
        var byte = bytes.byteOrZero(at: offset)
        guard Self.kind(startingWith: byte) == .number else { throw mismatch() }
        if byte == UInt8(ascii: "-") { offset &+= 1 }
        if bytes.byteOrZero(at: offset) == UInt8(ascii: "0") {
            offset &+= 1
        } else {
            offset = try digits(from: offset)
        }
        byte = bytes.byteOrZero(at: offset)
        var isInteger = true
        if byte == UInt8(ascii: ".") {
            isInteger = false
            offset = try digits(from: offset &+ 1)
            byte = bytes.byteOrZero(at: offset)
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            offset &+= 1
            byte = bytes.byteOrZero(at: offset)
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { offset &+= 1 }
            offset = try digits(from: offset)
            byte = bytes.byteOrZero(at: offset)
        }
        try checkEnd(at: offset, byte)
        position = offset
        return JSONNumberView(raw: bytes.extracting(start..<offset), isInteger: isInteger)
    }

    /// Consumes a number that is written as an integer and that an `Int` holds; any other is a `typeMismatch`.
    @inline(__always)
    package mutating func readInt() throws(JSONError) -> Int {
        // The usual: one digit, then what cannot belong to a number.
        skipWhiteSpace()
        let value = bytes.byteOrZero(at: position) &- UInt8(ascii: "0")
        let next = bytes.byteOrZero(at: position &+ 1)
        if value <= 9, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") {
            position &+= 1
            return Int(value)
        }
        return try readLongInt()
    }

    @inline(never)
    private mutating func readLongInt() throws(JSONError) -> Int {
        let start = position
        guard let value = try readNumber().int else {
            position = start
            throw JSONError(.typeMismatch, at: start)
        }
        return value
    }

    /// One digit or more.
    ///
    /// - Returns: the offset behind the last one.
    @inline(__always)
    private func digits(from start: Int) throws(JSONError) -> Int {
        var offset = start
        while bytes.byteOrZero(at: offset) &- UInt8(ascii: "0") <= 9 { offset &+= 1 }
        if offset == start { throw brokenNumber(at: offset) }
        return offset
    }

    @inline(__always)
    private func checkEnd(at offset: Int, _ byte: UInt8) throws(JSONError) {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x20, 0x0A, 0x0D, 0x09: return
        case 0 where offset >= bytes.byteCount: return
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            throw JSONError(.invalidNumber, at: offset)
        default: throw unexpected(at: offset)
        }
    }

    @inline(never)
    private func brokenNumber(at offset: Int) -> JSONError {
        offset < bytes.byteCount
            ? JSONError(.invalidNumber, at: offset) : JSONError(.unexpectedEnd, at: bytes.byteCount)
    }
}
