// A pull reader for one JSON text (RFC 8259).
//
// The caller asks for what it expects and the reader walks forward through the bytes, once; it builds nothing. For
//
//     {"type":"ping","n":[1,2]}
//
// the calls are, in order: `beginObject()`, `nextKey()` → type, `readString()` → ping, `nextKey()` → n, `beginArray()`,
// `nextElement()` → true, `readInt()` → 1, `nextElement()` → true, `readInt()` → 2, `nextElement()` → false,
// `nextKey()` → nil, `finish()`. What nobody asked for is passed over with `skipValue()`.
//
// Where the reader stands is one offset, one counter and one flag:
//
//   position   the first byte not yet consumed.
//   depth      how many containers are open. At most `depthLimit`, checked when one is opened.
//   isFirst    set exactly between the opening of a container and the next call of `nextKey()` or `nextElement()`, which
//              needs to know whether a comma must stand before the member. Every other call leaves it clear, so it needs
//              no stack: an inner container has clear it again by the time its parent goes on.
//
// Nothing recurses. `skipValue()` and the like keep one bit per open container (`JSONReader+Walk.swift`).
//
// Decisions where RFC 8259 leaves a choice (section 9):
//
//   byte order mark     refused, as any other byte outside the grammar (section 8.1 lets a parser choose).
//   nesting             `depthLimit` containers, 512 unless told otherwise.
//   numbers             any size and precision is accepted and kept as text; see `JSONNumberView`.
//   lone surrogates     accepted, and U+FFFD in the decoded string.
//   ill-formed UTF-8    in a string: accepted, and U+FFFD for each maximal subpart, because an event stream is decoded
//                       with replacement before its data is looked at. Outside strings: an error.
//   duplicate keys      handed out as they come; the caller lets the last win by overwriting.
//   U+0000 … as escape  accepted; noncharacters and DEL are accepted in any form.

/// The type of a JSON value, as its first byte tells it.
package enum JSONKind: Sendable, Hashable {
    case object, array, string, number, `true`, `false`, null
}

/// Reads one JSON text from a span of bytes, piece by piece, without recursion and without allocating.
///
/// Each call either consumes what it names or throws a ``JSONError``. After a `typeMismatch` the reader stands before
/// the value and can be asked for another type; after any other error it must not be used any more. A copy of the
/// reader is a place to come back to.
///
/// The calls must fit the containers: `nextKey()` inside an object, followed by exactly one value, and `nextElement()`
/// inside an array. Calls that do not fit are answered with errors or with nonsense, never with a trap.
package struct JSONReader: ~Escapable {
    let bytes: RawSpan
    let depthLimit: Int

    /// The offset in bytes of the first byte not yet consumed.
    package internal(set) var position: Int
    /// How many objects and arrays are open.
    package internal(set) var depth: Int
    /// Whether a container was opened by the call before this one.
    var isFirst: Bool

    /// Creates a reader at the start of `bytes`, which must be the whole text.
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
    /// The answer rests on the value's first byte; only reading or skipping the value finds what is wrong further on.
    @inline(__always)
    package mutating func peekKind() throws(JSONError) -> JSONKind {
        skipWhiteSpace()
        guard let kind = Self.kind(startingWith: bytes.byteOrZero(at: position)) else { throw unexpected(at: position) }
        return kind
    }

    // MARK: Objects and arrays

    /// Consumes the `{` of an object. ``nextKey()`` goes on.
    @inline(__always)
    package mutating func beginObject() throws(JSONError) {
        try begin(UInt8(ascii: "{"))
    }

    /// Consumes the `[` of an array. ``nextElement()`` goes on.
    @inline(__always)
    package mutating func beginArray() throws(JSONError) {
        try begin(UInt8(ascii: "["))
    }

    @inline(__always)
    private mutating func begin(_ bracket: UInt8) throws(JSONError) {
        skipWhiteSpace()
        guard bytes.byteOrZero(at: position) == bracket else { throw mismatch() }
        guard depth < depthLimit else { throw JSONError(.depthLimitExceeded, at: position) }
        position &+= 1
        depth &+= 1
        isFirst = true
    }

    /// The next key of the open object, after which the reader stands behind the colon; nil at the end of the object,
    /// whose `}` is then consumed.
    @_lifetime(copy self)
    @inline(__always)
    package mutating func nextKey() throws(JSONError) -> JSONStringView? {
        // RFC 8259, section 4: object = begin-object [ member *( value-separator member ) ] end-object
        guard try nextMember(orEnd: UInt8(ascii: "}")) else { return nil }
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { throw unexpected(at: position) }
        let key = try scanString()
        // RFC 8259, section 4: member = string name-separator value
        if bytes.byteOrZero(at: position) != UInt8(ascii: ":") {
            skipWhiteSpace()
            guard bytes.byteOrZero(at: position) == UInt8(ascii: ":") else { throw unexpected(at: position) }
        }
        position &+= 1
        return key
    }

    /// Whether the open array has another element, before which the reader then stands; at the end of the array its
    /// `]` is consumed.
    @inline(__always)
    package mutating func nextElement() throws(JSONError) -> Bool {
        // RFC 8259, section 5: array = begin-array [ value *( value-separator value ) ] end-array
        try nextMember(orEnd: UInt8(ascii: "]"))
    }

    /// Consumes the end of the container, or the comma before its next member, and the white space behind the comma.
    @inline(__always)
    private mutating func nextMember(orEnd bracket: UInt8) throws(JSONError) -> Bool {
        skipWhiteSpace()
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
        guard byte == UInt8(ascii: ",") else { throw unexpected(at: position) }
        position &+= 1
        skipWhiteSpace()
        // A bracket behind the comma is no start of a value: whoever reads on refuses it.
        return true
    }

    // MARK: Scalars

    /// Consumes a string.
    @_lifetime(copy self)
    @inline(__always)
    package mutating func readString() throws(JSONError) -> JSONStringView {
        skipWhiteSpace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "\"") else { throw mismatch() }
        return try scanString()
    }

    /// Consumes `true` or `false`.
    @inline(__always)
    package mutating func readBool() throws(JSONError) -> Bool {
        skipWhiteSpace()
        switch bytes.byteOrZero(at: position) {
        case UInt8(ascii: "t"):
            try literal("true")
            return true
        case UInt8(ascii: "f"):
            try literal("false")
            return false
        default:
            throw mismatch()
        }
    }

    /// Consumes `null`.
    @inline(__always)
    package mutating func readNull() throws(JSONError) {
        skipWhiteSpace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "n") else { throw mismatch() }
        try literal("null")
    }

    /// Consumes `null` if it is next, and tells whether it was.
    @inline(__always)
    package mutating func readNullIfPresent() throws(JSONError) -> Bool {
        skipWhiteSpace()
        guard bytes.byteOrZero(at: position) == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Makes sure that nothing but white space follows.
    @inline(__always)
    package mutating func finish() throws(JSONError) {
        // RFC 8259, section 2: JSON-text = ws value ws
        skipWhiteSpace()
        guard position >= bytes.byteCount else { throw JSONError(.trailingBytes, at: position) }
    }

    /// The bytes in `range`, an answer of ``skipValue()``.
    @_lifetime(copy self)
    package func bytes(in range: Range<Int>) -> RawSpan {
        bytes.extracting(range)
    }
}

// MARK: - Tokens and their errors

extension JSONReader {
    /// RFC 8259, section 2: white space is space, horizontal tab, line feed and carriage return, and nothing else.
    @inline(__always)
    mutating func skipWhiteSpace() {
        guard bytes.byteOrZero(at: position) <= 0x20 else { return }
        skipWhiteSpaceRun()
    }

    @inline(never)
    private mutating func skipWhiteSpaceRun() {
        while Self.isWhiteSpace(bytes.byteOrZero(at: position)) { position &+= 1 }
    }

    @inline(__always)
    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

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

    /// Consumes one of the three literal names (RFC 8259, section 3), of which the first byte is known to be there.
    @inline(__always)
    private mutating func literal(_ name: StaticString) throws(JSONError) {
        let count = name.utf8CodeUnitCount
        guard bytes.byteCount &- position >= count,
            bytes.extracting(position..<(position &+ count)).equals(name)
        else { throw brokenLiteral(name) }
        position &+= count
    }

    @inline(never)
    private func brokenLiteral(_ name: StaticString) -> JSONError {
        var offset = position
        for scalar in name.description.utf8 {
            if bytes.byteOrZero(at: offset) != scalar { break }
            offset += 1
        }
        return unexpected(at: offset)
    }

    /// What is wrong with the byte at `offset`, at which the grammar allows none such.
    @inline(never)
    func unexpected(at offset: Int) -> JSONError {
        guard offset < bytes.byteCount else { return JSONError(.unexpectedEnd, at: bytes.byteCount) }
        // RFC 8259, section 8.1: JSON text is UTF-8.
        let isText = bytes.byteOrZero(at: offset) < 0x80 || UTF8Sequence(in: bytes, at: offset).isWellFormed
        return JSONError(isText ? .unexpectedByte : .invalidUTF8, at: offset)
    }

    /// What is wrong when the next value does not start as the caller expects.
    @inline(never)
    func mismatch() -> JSONError {
        let isValue = Self.kind(startingWith: bytes.byteOrZero(at: position)) != nil
        return isValue ? JSONError(.typeMismatch, at: position) : unexpected(at: position)
    }
}
