/// Why a text is not the JSON that was asked for, and where.
public struct JSONError: Error, Sendable, Hashable {
    /// The reason, for the byte at ``offset``.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte stands where the grammar of RFC 8259 allows none such.
        case unexpectedByte
        /// A number that section 6 of RFC 8259 does not allow, such as `01` or `1.`.
        case invalidNumber
        /// An escape that section 7 of RFC 8259 does not name, or a `\u` without four hexadecimal digits.
        case invalidEscape
        /// An unescaped control character inside a string (RFC 8259, section 7).
        case controlCharacter
        /// Bytes that are not UTF-8 (RFC 8259, section 8.1).
        case invalidUTF8
        /// Arrays and objects nested deeper than the reader's limit.
        case depthLimitExceeded
        /// Something other than white space follows the value.
        case trailingBytes
        /// A value of another type than the caller asked for, as far as its first byte tells.
        case typeMismatch
    }

    /// The reason.
    public var reason: Reason
    /// The offset in bytes, from the start of the text, of the byte at fault; its length when the text ends too early.
    public var offset: Int

    /// Creates an error.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
