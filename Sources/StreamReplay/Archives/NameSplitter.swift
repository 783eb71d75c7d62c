/// Splits a list of names, each ended by a separator.
///
/// The last name may lack its separator. An empty name is a name.
///
/// - Memory: one name, of at most ``MemberKey/limit`` bytes, and the names of one chunk.
package struct NameSplitter: Sendable {
    /// A name in the list.
    package struct Name: Sendable, Hashable {
        /// The bytes of the name, at most ``MemberKey/limit``.
        package var bytes: [UInt8]
        /// Whether the name was truncated.
        package var isCut = false

        package init(bytes: [UInt8], isCut: Bool = false) {
            self.bytes = bytes
            self.isCut = isCut
        }
    }

    private let separator: UInt8
    private var current = Name(bytes: [])

    /// - Parameter separator: The byte after each name.
    package init(separator: UInt8) { self.separator = separator }

    /// Receives the next bytes of the list, and returns the names that they complete.
    package mutating func receive(_ chunk: RawSpan) -> [Name] {
        var names: [Name] = []
        var start = 0
        while let end = chunk.firstOffset(of: separator, from: start) {
            append(chunk.extracting(start..<end))
            names.append(current)
            current = Name(bytes: [])
            start = end + 1
        }
        append(chunk.extracting(droppingFirst: start))
        return names
    }

    private mutating func append(_ bytes: RawSpan) {
        let room = MemberKey.limit - current.bytes.count
        current.bytes += bytes.extracting(first: min(room, bytes.byteCount)).copy()
        if bytes.byteCount > room { current.isCut = true }
    }

    /// Ends the list.
    ///
    /// - Returns: The last name, if it lacks its separator.
    package mutating func finish() -> Name? {
        guard !current.bytes.isEmpty else { return nil }
        defer { current = Name(bytes: []) }
        return current
    }
}
