/// The last pieces of a text that grows by a few bytes at a time.
///
/// Appending to a `String` costs more than a whole small piece is worth. So pieces are gathered here as bytes, and
/// appended a few thousand bytes at a time.
struct PendingText: Sendable {
    /// Invariant: well-formed UTF-8, since it is made of whole strings; at most `limit` bytes.
    private var utf8: [UInt8] = []

    private static let limit = 4096

    var isEmpty: Bool { utf8.isEmpty }

    var text: String { String(copyingUTF8: utf8.rawBytes) }

    /// Appends a piece if there is room for it.
    @inline(__always)
    mutating func append(_ piece: String) -> Bool {
        // The buffer is used inside the closure only.
        let isAppended = unsafe piece.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.count <= Self.limit &- utf8.count else { return false }
            unsafe utf8.append(contentsOf: bytes)
            return true
        }
        return isAppended ?? false
    }

    /// Appends all to `text`.
    @inline(never)
    mutating func move(to text: inout String) {
        text += self.text
        utf8.removeAll(keepingCapacity: true)
    }
}
