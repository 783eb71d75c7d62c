// Operations on complete values: skipping, keeping and copying them.
//
// One loop visits every token of a value, at any depth, using the same calls as a decoder. It has no grammar of its
// own. Instead of recursing, it stores one bit for each open container: object or array.

/// Receives each token of a value, in order. Commas and colons are implied.
protocol JSONTokenVisitor {
    mutating func beginObject()
    mutating func endObject()
    mutating func beginArray()
    mutating func endArray()
    mutating func key(_ key: JSONStringView)
    mutating func string(_ string: JSONStringView)
    mutating func number(_ number: JSONNumberView)
    mutating func bool(_ value: Bool)
    mutating func null()
}

extension JSONReader {
    /// Consumes and validates a value of any type and any depth within the limit.
    ///
    /// - Returns: The offsets of the value in the text, without the whitespace around it.
    /// - Complexity: O(*n*) in the length of the value. Beyond 64 levels of nesting, one bit of memory per level.
    @discardableResult
    package mutating func skipValue() throws(JSONError) -> Range<Int> {
        skipWhitespace()
        let start = position
        var skipper = TokenSkipper()
        try walkValue(&skipper)
        return start..<position
    }

    /// Consumes a value of any type and returns its text.
    package mutating func readRaw() throws(JSONError) -> RawJSON {
        let range = try skipValue()
        return RawJSON(checked: bytes(in: range))
    }

    /// Consumes a value and passes its tokens to `visitor`.
    mutating func walkValue<Visitor: JSONTokenVisitor>(_ visitor: inout Visitor) throws(JSONError) {
        var open = OpenContainers()
        repeat {
            // A value starts here.
            switch try peekKind() {
            case .object:
                try beginObject()
                visitor.beginObject()
                open.push(.object)
            case .array:
                try beginArray()
                visitor.beginArray()
                open.push(.array)
            case .string: visitor.string(try readQuoted())
            case .number: visitor.number(try readNumber())
            case .true, .false: visitor.bool(try readBool())
            case .null:
                try readNull()
                visitor.null()
            }
            // After a value or the start of a container: advance to the start of the next value, closing containers
            // that end.
            containers: while let container = open.innermost {
                switch container {
                case .object:
                    if let key = try nextKey() {
                        visitor.key(key)
                        break containers
                    }
                    visitor.endObject()
                case .array:
                    if try nextElement() { break containers }
                    visitor.endArray()
                }
                open.pop()
            }
        } while open.innermost != nil
    }
}

/// A visitor that ignores every token.
private struct TokenSkipper: JSONTokenVisitor {
    mutating func beginObject() {}
    mutating func endObject() {}
    mutating func beginArray() {}
    mutating func endArray() {}
    mutating func key(_ key: JSONStringView) {}
    mutating func string(_ string: JSONStringView) {}
    mutating func number(_ number: JSONNumberView) {}
    mutating func bool(_ value: Bool) {}
    mutating func null() {}
}

/// The types of the open containers, one bit each: up to 64 of the innermost ones in a word, the others as full words
/// in an array, which stays empty and unallocated for all JSON in practice.
struct OpenContainers {
    enum Container { case object, array }

    private var bits: UInt64 = 0
    private var depth = 0
    private var outer: [UInt64] = []

    @inline(__always)
    var innermost: Container? {
        depth == 0 ? nil : bits & 1 == 0 ? .object : .array
    }

    @inline(__always)
    mutating func push(_ container: Container) {
        if depth & 63 == 0, depth > 0 { outer.append(bits) }
        bits = bits << 1 | (container == .array ? 1 : 0)
        depth &+= 1
    }

    /// - Precondition: ``innermost`` is not `nil`.
    @inline(__always)
    mutating func pop() {
        depth &-= 1
        bits >>= 1
        if depth & 63 == 0, depth > 0 { bits = outer.removeLast() }
    }
}
