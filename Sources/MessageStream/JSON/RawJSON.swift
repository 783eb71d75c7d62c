/// The text of one JSON value, kept as written.
///
/// This preserves values without a type of their own: unknown members, tool input, arguments of any shape. Numbers keep
/// every digit, and objects keep the order of their members and their duplicate keys.
///
/// The text is always well-formed JSON (RFC 8259) in UTF-8, without whitespace before or after. Two values are equal if
/// their bytes are: `1` and `1.0` differ, and so do objects with the same members in a different order.
public struct RawJSON: Sendable, Hashable, CustomStringConvertible {
    /// The text in UTF-8.
    public let utf8: [UInt8]

    /// Validates a JSON text and keeps it, without the whitespace around the value.
    ///
    /// Ill-formed UTF-8 inside a string is kept as U+FFFD, one for each maximal subpart.
    ///
    /// - Parameters:
    ///   - text: The bytes of one JSON value, in UTF-8 and without a byte order mark.
    ///   - depthLimit: The maximum depth to which arrays and objects may be nested.
    /// - Throws: ``JSONError`` with the offset in `text` of the first faulty byte.
    /// - Complexity: O(*n*), without recursion.
    public init(validating text: [UInt8], depthLimit: Int = 512) throws(JSONError) {
        var reader = JSONReader(text.rawBytes, depthLimit: depthLimit)
        let value = try reader.readRaw()
        try reader.finish()
        self = value
    }

    /// Validates a JSON text and keeps it, without the whitespace around the value.
    ///
    /// - Parameters:
    ///   - text: One JSON value.
    ///   - depthLimit: The maximum depth to which arrays and objects may be nested.
    /// - Throws: ``JSONError`` with the offset of the first faulty byte in the UTF-8 of `text`.
    /// - Complexity: O(*n*), without recursion.
    public init(validating text: String, depthLimit: Int = 512) throws(JSONError) {
        try self.init(validating: Array(text.utf8), depthLimit: depthLimit)
    }

    /// Keeps bytes that a reader has validated.
    init(checked bytes: RawSpan) {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(bytes.byteCount)
        utf8.append(repairingUTF8: bytes)
        self.utf8 = utf8
    }

    /// The text.
    public var description: String {
        String(decoding: utf8, as: UTF8.self)
    }
}
