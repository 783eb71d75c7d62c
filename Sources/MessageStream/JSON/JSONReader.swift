// A pull reader for one JSON text (RFC 8259).
//
// The caller requests what it expects and the reader moves forward through the bytes, once; it builds nothing. For
//
//     {"type":"ping","n":[1,2]}
//
// the calls are, in order: `beginObject()`, `nextKey()` → type, `readString()` → ping, `nextKey()` → n, `beginArray()`,
// `nextElement()` → true, `readInt()` → 1, `nextElement()` → true, `readInt()` → 2, `nextElement()` → false,
// `nextKey()` → nil, `finish()`. Unwanted values are skipped with `skipValue()`.
//
// The state of the reader is one offset, one counter and one flag:
//
//   position   the first byte not yet consumed.
//   depth      the number of open containers. At most `depthLimit`, checked when a container is opened.
//   isFirst    set only between the start of a container and the next call of `nextKey()` or `nextElement()`, which
//              needs to know whether a comma must precede the member. Every other call leaves it clear, so it needs no
//              stack: an inner container clears it before its parent continues.
//
// Nothing recurses. `skipValue()` and similar calls keep one bit per open container (`JSONReader+Walk.swift`).
//
// Decisions where RFC 8259 leaves a choice (section 9):
//
//   byte order mark     rejected, like any other byte outside the grammar (section 8.1 lets a parser choose).
//   nesting             `depthLimit` containers, by default 512.
//   numbers             any size and precision is accepted and kept as text; see `JSONNumberView`.
//   lone surrogates     accepted, and U+FFFD in the decoded string.
//   ill-formed UTF-8    in a string: accepted, and U+FFFD for each maximal subpart, because an event stream is decoded
//                       with replacement before its data is used. Outside strings: an error.
//   duplicate keys      returned in order; the caller lets the last one win by overwriting.
//   U+0000 … as escape  accepted; noncharacters and DEL are accepted in any form.

/// The type of a JSON value, as determined by its first byte.
package enum JSONKind: Sendable, Hashable {
    case object, array, string, number, `true`, `false`, null
}

/// Reads one JSON text from a span of bytes, piece by piece, without recursion and without allocating.
///
/// Each call either consumes the part it names or throws a ``JSONError``. After a `typeMismatch`, the reader is still
/// before the value and can read it as another type; after any other error, it must not be used again. A copy of the
/// reader marks a position to return to.
///
/// The calls must match the containers: `nextKey()` inside an object, followed by exactly one value, and
/// `nextElement()` inside an array. Calls that do not match produce errors or meaningless results, but never trap.
package struct JSONReader: ~Escapable {
    let bytes: RawSpan
    let depthLimit: Int

    /// The offset in bytes of the first byte not yet consumed.
    package internal(set) var position: Int
    /// The number of open objects and arrays.
    package internal(set) var depth: Int
    /// Whether the previous call opened a container.
    var isFirst: Bool

    /// Creates a reader at the start of `bytes`, which must be the complete text.
    @_lifetime(copy bytes)
    @inline(__always)
    package init(_ bytes: RawSpan, depthLimit: Int = 512) {
        self.bytes = bytes
        self.depthLimit = depthLimit
        self.position = 0
        self.depth = 0
        self.isFirst = false
    }

    /// The type of the next value, which is not consumed.
    ///
    /// The first byte of the value decides; later errors are found only by reading or skipping the value.
    @inline(__always)
    package mutating func peekKind() throws(JSONError) -> JSONKind {
        skipWhitespace()
        guard let kind = JSONToken.kind(startingWith: bytes.byteOrZero(at: position)) else { throw unexpected() }
        return kind
    }

    // MARK: Objects and arrays

    /// Consumes the `{` of an object. ``nextKey()`` continues.
    @inline(__always)
    package mutating func beginObject() throws(JSONError) {
        try begin(UInt8(ascii: "{"))
    }

    /// Consumes the `[` of an array. ``nextElement()`` continues.
    @inline(__always)
    package mutating func beginArray() throws(JSONError) {
        try begin(UInt8(ascii: "["))
    }

    @inline(__always)
    private mutating func begin(_ bracket: UInt8) throws(JSONError) {
        skipWhitespace()
        guard bytes.byteOrZero(at: position) == bracket else { throw mismatch() }
        guard depth < depthLimit else { throw JSONError(.depthLimitExceeded, at: position) }
        position &+= 1
        depth &+= 1
        isFirst = true
    }

    /// Returns the next key of the open object and consumes its colon. At the end of the object, returns `nil` and
    /// consumes the `}`.
    @_lifetime(copy self)
    @inline(__always)
    package mutating func nextKey() throws(JSONError) -> JSONStringView? {
        guard try beginKey() else { return nil }
        let key = try readQuoted()
        try endKey()
        return key
    }

    /// Returns whether the open object has another key, which is then next. At the end of the object, consumes its `}`.
    @inline(__always)
    mutating func beginKey() throws(JSONError) -> Bool {
        // RFC 8259, section 4: object = begin-object [ member *( value-separator member ) ] end-object
        guard try nextMember(orEnd: UInt8(ascii: "}")) else { return false }
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { throw unexpected() }
        return true
    }

    /// Consumes the colon after a key.
    @inline(__always)
    mutating func endKey() throws(JSONError) {
        // RFC 8259, section 4: member = string name-separator value
        skipWhitespace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: ":") else { throw unexpected() }
        position &+= 1
    }

    /// Returns whether the open array has another element, which is read next. At the end of the array, consumes the
    /// `]`.
    @inline(__always)
    package mutating func nextElement() throws(JSONError) -> Bool {
        // RFC 8259, section 5: array = begin-array [ value *( value-separator value ) ] end-array
        try nextMember(orEnd: UInt8(ascii: "]"))
    }

    /// Consumes the end of the container, or the comma before its next member, and the whitespace after the comma.
    @inline(__always)
    private mutating func nextMember(orEnd bracket: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        let byte = bytes.byteOrZero(at: position)
        if byte == bracket {
            position &+= 1
            depth &-= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == UInt8(ascii: ",") else { throw unexpected() }
        position &+= 1
        skipWhitespace()
        // A bracket after the comma does not start a value: the next read rejects it.
        return true
    }

    // MARK: Scalars

    /// Consumes a string.
    @_lifetime(copy self)
    @inline(__always)
    package mutating func readString() throws(JSONError) -> JSONStringView {
        skipWhitespace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { throw mismatch() }
        return try readQuoted()
    }

    /// Consumes a number.
    ///
    /// A number does not mark its own end. It must be followed by whitespace, `,`, `]`, `}` or the end of the text:
    /// anything else is rejected here.
    @_lifetime(copy self)
    @inline(__always)
    package mutating func readNumber() throws(JSONError) -> JSONNumberView {
        skipWhitespace()
        let start = position
        let number = try JSONToken.number(in: bytes, from: start)
        position = number.end
        return JSONNumberView(raw: bytes.extracting(start..<number.end), isInteger: number.isInteger)
    }

    /// Consumes a number that is written as an integer and fits an `Int`; any other number is a `typeMismatch`.
    @inline(__always)
    package mutating func readInt() throws(JSONError) -> Int {
        skipWhitespace()
        let value = bytes.byteOrZero(at: position) &- UInt8(ascii: "0")
        let next = bytes.byteOrZero(at: position &+ 1)
        if value <= 9, next == UInt8(ascii: ",") || next == UInt8(ascii: "}") {
            // The common case: one digit, then a byte that cannot be part of a number.
            position &+= 1
            return Int(value)
        }
        let number = try JSONToken.int(in: bytes, from: position)
        position = number.end
        return number.value
    }

    /// Consumes `true` or `false`.
    @inline(__always)
    package mutating func readBool() throws(JSONError) -> Bool {
        skipWhitespace()
        switch bytes.byteOrZero(at: position) {
        case UInt8(ascii: "t"):
            position = try JSONToken.endOfLiteral("true", in: bytes, from: position)
            return true
        case UInt8(ascii: "f"):
            position = try JSONToken.endOfLiteral("false", in: bytes, from: position)
            return false
        default:
            throw mismatch()
        }
    }

    /// Consumes `null`.
    @inline(__always)
    package mutating func readNull() throws(JSONError) {
        skipWhitespace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "n") else { throw mismatch() }
        position = try JSONToken.endOfLiteral("null", in: bytes, from: position)
    }

    /// Consumes `null` if it is next, and returns whether it was.
    @inline(__always)
    package mutating func readNullIfPresent() throws(JSONError) -> Bool {
        skipWhitespace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "n") else { return false }
        position = try JSONToken.endOfLiteral("null", in: bytes, from: position)
        return true
    }

    /// Checks that only whitespace follows.
    @inline(__always)
    package mutating func finish() throws(JSONError) {
        // RFC 8259, section 2: JSON-text = ws value ws
        skipWhitespace()
        guard position >= bytes.byteCount else { throw JSONError(.trailingBytes, at: position) }
    }

    /// The bytes in `range`, as returned by ``skipValue()``.
    @_lifetime(copy self)
    package func bytes(in range: Range<Int>) -> RawSpan {
        bytes.extracting(range)
    }

    // MARK: Tokens

    @inline(__always)
    mutating func skipWhitespace() {
        // Up to eight spaces are counted without a branch: no processor predicts where a text has some and where not.
        position &+= ByteWord.index(of: bytes.wordOrZeros(at: position) ^ ByteWord.every(0x20))
        if bytes.byteOrZero(at: position) <= 0x20 { position = JSONToken.endOfWhitespace(in: bytes, from: position) }
    }

    /// Consumes the string whose opening quotation mark is at ``position``.
    @_lifetime(copy self)
    @inline(__always)
    mutating func readQuoted() throws(JSONError) -> JSONStringView {
        let start = position &+ 1
        // The common case: a string of less than eight bytes. A longer one is scanned from its ninth byte.
        let stop = StringStop(in: bytes.wordOrZeros(at: start))
        let end = start &+ stop.index
        if bytes.byteOrZero(at: end) == UInt8(ascii: "\"") {
            position = end &+ 1
            return JSONStringView(raw: bytes.extracting(start..<end), hasEscapes: false, isASCII: stop.nonASCII == 0)
        }
        let string = try JSONToken.string(in: bytes, from: end, nonASCII: stop.nonASCII)
        position = string.end &+ 1
        return JSONStringView(
            raw: bytes.extracting(start..<string.end),
            hasEscapes: string.hasEscapes,
            isASCII: string.isASCII
        )
    }

    @inline(__always)
    private func unexpected() -> JSONError {
        JSONToken.unexpected(in: bytes, at: position)
    }

    @inline(__always)
    private func mismatch() -> JSONError {
        JSONToken.mismatch(in: bytes, at: position)
    }
}
