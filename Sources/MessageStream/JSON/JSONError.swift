/// An error in a JSON text: why it is not the JSON that was requested, and where.
public struct JSONError: Error, Sendable, Hashable {
    /// The reason, for the byte at ``offset``.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte that the grammar of RFC 8259 does not allow at this point.
        case unexpectedByte
        /// A number that RFC 8259, section 6, does not allow, such as `01` or `1.`.
        case invalidNumber
        /// An escape that RFC 8259, section 7, does not define, or a `\u` without four hexadecimal digits.
        case invalidEscape
        /// An unescaped control character inside a string (RFC 8259, section 7).
        case controlCharacter
        /// Bytes that are not UTF-8 (RFC 8259, section 8.1).
        case invalidUTF8
        /// Arrays and objects are nested deeper than the reader's limit.
        case depthLimitExceeded
        /// Something other than whitespace follows the value.
        case trailingBytes
        /// The value is not of the type that the caller asked for, according to its first byte.
        case typeMismatch
    }

    /// The reason.
    public var reason: Reason
    /// The offset of the faulty byte in bytes from the start of the text; the length of the text if it ends too early.
    public var offset: Int

    /// Creates an error.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
