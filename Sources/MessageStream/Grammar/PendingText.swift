/// The last pieces of a text that grows by a few bytes at a time.
///
/// Appending a small piece to a `String` costs more than the piece itself. Pieces are therefore buffered here as bytes,
/// and appended a few thousand bytes at a time.
struct PendingText: Sendable {
    /// Room for `limit` bytes, or empty before the first text is moved. Invariant: the first `count` bytes are
    /// well-formed UTF-8, because they consist of complete strings.
    private var utf8: [UInt8] = []
    private var count = 0

    private static let limit = 8192

    var isEmpty: Bool { count == 0 }

    var text: String {
        if #available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *) {
            // Well-formed by the invariant: validating the bytes again would cost more than buffering them.
            return unsafe String(copying: UTF8Span(unchecked: utf8.span.extracting(first: count)))
        }
        return String(copyingUTF8: utf8.rawBytes.extracting(first: count))
    }

    /// Appends a piece if there is room for it.
    @inline(__always)
    mutating func append(_ piece: String) -> Bool {
        // The buffers are only used inside the closures.
        let isAppended = unsafe piece.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count <= utf8.count &- count else { return false }
            unsafe utf8.withUnsafeMutableBytes { room in
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
                    .copyMemory(from: UnsafeRawBufferPointer(bytes))
            }
            count &+= bytes.count
            return true
        }
        return isAppended ?? false
    }

    /// Moves the buffered text to the end of `text`.
    @inline(never)
    mutating func move(to text: inout String) {
        if utf8.isEmpty { utf8 = Array(repeating: 0, count: Self.limit) }
        text += self.text
        count = 0
    }
}
