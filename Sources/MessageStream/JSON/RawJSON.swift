/// The text of one JSON value, kept as it was written.
///
/// This is how values survive that have no type of their own: unknown members, tool input, arguments of any shape.
/// Numbers keep every digit, objects keep the order of their members and their duplicate keys.
///
/// The text is always well-formed: RFC 8259, encoded in UTF-8, without white space before or after. Two of them are equal
/// if their bytes are; `1` and `1.0`, or the same object in another order, are not.
public struct RawJSON: Sendable, Hashable, CustomStringConvertible {
    /// The text in UTF-8.
    public let utf8: [UInt8]

    /// Checks a JSON text and keeps it, without the white space around the value.
    ///
    /// Ill-formed UTF-8 inside a string is kept as U+FFFD, one for each maximal subpart.
    ///
    /// - Parameters:
    ///   - text: the bytes of one JSON value, in UTF-8 and without a byte order mark.
    ///   - depthLimit: how deep arrays and objects may be nested.
    /// - Throws: ``JSONError`` with the offset in `text` of the first byte at fault.
    /// - Complexity: O(*n*), without recursion.
    public init(validating text: [UInt8], depthLimit: Int = 512) throws(JSONError) {
        var reader = JSONReader(text.rawBytes, depthLimit: depthLimit)
        let value = try reader.readRaw()
        try reader.finish()
        self = value
    }

    /// Checks a JSON text and keeps it, without the white space around the value.
    ///
    /// - Parameters:
    ///   - text: one JSON value.
    ///   - depthLimit: how deep arrays and objects may be nested.
    /// - Throws: ``JSONError`` with the offset in the UTF-8 of `text` of the first byte at fault.
    /// - Complexity: O(*n*), without recursion.
    public init(validating text: String, depthLimit: Int = 512) throws(JSONError) {
        try self.init(validating: Array(text.utf8), depthLimit: depthLimit)
    }

    /// Keeps what a reader has checked.
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
