import MessageStream

/// The first and the last bytes of a text of any length.
struct BoundedText {
    /// The maximum number of bytes to keep at each end.
    static let limit = 1024

    /// The number of bytes to keep at the end. They exceed those shown, because a secret may begin earlier.
    private static let tailSize = 2 * limit

    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// The length of the complete text, in bytes of UTF-8.
    private(set) var byteCount = 0

    mutating func append(_ text: String) {
        byteCount += text.utf8.count
        var rest = Array(text.utf8)[...]
        let room = Self.limit - head.count
        if room > 0 {
            head += rest.prefix(room)
            rest = rest.dropFirst(room)
        }
        tail += rest.suffix(Self.tailSize)
        if tail.count > 2 * Self.tailSize { tail.removeFirst(tail.count - Self.tailSize) }
    }

    /// The beginning of the text, or all of it if `end` is `nil`; the bytes before the end; and the end. Characters cut
    /// by the limit are omitted.
    var parts: (beginning: String, omittedBytes: Int, context: [UInt8], end: [UInt8]?) {
        if byteCount <= 2 * Self.limit { return (String(decoding: head + tail, as: UTF8.self), 0, [], nil) }
        var beginning = head[...]
        // The lead byte of a cut character is among the last four bytes (RFC 3629, section 3).
        let lead = beginning.suffix(4).lastIndex { $0 & 0xC0 != 0x80 } ?? beginning.endIndex - 1
        let length = beginning[lead] < 0xC0 ? 1 : beginning[lead] < 0xE0 ? 2 : beginning[lead] < 0xF0 ? 3 : 4
        if lead + length > beginning.endIndex { beginning = beginning[..<lead] }
        let end = tail.suffix(Self.limit).drop { $0 & 0xC0 == 0x80 }
        return (
            String(decoding: beginning, as: UTF8.self), byteCount - beginning.count - end.count,
            Array(tail[..<end.startIndex].suffix(Self.limit)), Array(end)
        )
    }
}
