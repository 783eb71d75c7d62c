// What the caller expects next, taken at a glance.
//
// A sender writes its objects the same way each time. Where the next bytes are the expected ones, comparing them with a
// constant is all the parsing they need, and the processor can run ahead of the comparison: the next offset does not
// depend on a search. Where they are not, nothing is lost: `false` says nothing about the text, nothing was consumed, and
// the general calls take over.
//
//     if reader.consumeKey("type"), reader.consumeString("text_delta"), reader.consumeKey("text") {
//         text = try reader.readString()
//     }

extension JSONReader {
    /// Consumes the next key of the open object, and its colon, if the text spells it exactly so: no white space, no
    /// escapes.
    ///
    /// - Parameter key: a key without quotation marks, backslashes and control characters.
    /// - Returns: whether it did. If not, ``nextKey()`` reads it.
    @inline(__always)
    package mutating func consumeKey(_ key: StaticString) -> Bool {
        var offset = position
        if !isFirst {
            guard bytes.byteOrZero(at: offset) == UInt8(ascii: ",") else { return false }
            offset &+= 1
        }
        guard let end = endOfExpectedString(key, at: offset), bytes.byteOrZero(at: end) == UInt8(ascii: ":") else {
            return false
        }
        position = end &+ 1
        isFirst = false
        return true
    }

    /// Consumes a string if the text spells it exactly so: no white space before it, no escapes.
    ///
    /// - Parameter string: a string without quotation marks, backslashes and control characters.
    /// - Returns: whether it did. If not, ``readString()`` reads it.
    @inline(__always)
    package mutating func consumeString(_ string: StaticString) -> Bool {
        guard let end = endOfExpectedString(string, at: position) else { return false }
        position = end
        return true
    }

    /// The offset behind `string` in its quotation marks, or nil if something else is at `offset`.
    @inline(__always)
    private func endOfExpectedString(_ string: StaticString, at offset: Int) -> Int? {
        let start = offset &+ 1
        let end = start &+ string.utf8CodeUnitCount
        guard end < bytes.byteCount, bytes.byteOrZero(at: offset) == UInt8(ascii: "\""),
            bytes.byteOrZero(at: end) == UInt8(ascii: "\""), bytes.extracting(start..<end).equals(string)
        else { return nil }
        return end &+ 1
    }
}
