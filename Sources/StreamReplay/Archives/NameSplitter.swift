/// Splits a list of names, each ended by a separator.
///
/// The last name may lack its separator. An empty name is a name. Where LF separates names, a CR before it belongs to the
/// separator; a name that ends in CR needs another one.
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
            names.append(takeCurrent())
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
        return takeCurrent()
    }

    private mutating func takeCurrent() -> Name {
        var name = current
        current = Name(bytes: [])
        if separator == UInt8(ascii: "\n"), !name.isCut, name.bytes.last == UInt8(ascii: "\r") {
            name.bytes.removeLast()
        }
        return name
    }
}
