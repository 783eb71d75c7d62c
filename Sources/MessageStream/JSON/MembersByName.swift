import ServerSentEvents

/// Values under names, in the order in which the names came first.
///
/// A few names are compared one by one; more are found by their hash. Each call takes the same time however many there
/// are, and so does each member of an object that is hostile.
struct MembersByName<Value> {
    /// The names, and their values; nil where a value was taken.
    private var entries: [(name: String, value: Value?)] = []
    /// Where in `entries` a name is. Invariant: empty up to `searchLimit` entries, else as many as these.
    private var positions: [MemberName: Int] = [:]

    /// How many names are compared one by one.
    private static var searchLimit: Int { 16 }

    private func position(of name: String) -> Int? {
        if positions.isEmpty {
            let name = MemberName(name)
            return entries.firstIndex { MemberName($0.name) == name }
        }
        return positions[MemberName(name)]
    }

    /// The value under a name.
    subscript(name: String) -> Value? { position(of: name).flatMap { entries[$0].value } }

    /// Sets the value under a name; of several, the last wins, in the place of the first.
    ///
    /// - Complexity: O(length of the name), amortized.
    mutating func set(_ name: String, _ value: Value) {
        if let position = position(of: name) {
            entries[position].value = value
            return
        }
        entries.append((name: name, value: value))
        if !positions.isEmpty {
            positions[MemberName(name)] = entries.count - 1
        } else if entries.count > Self.searchLimit {
            for (position, entry) in entries.enumerated() { positions[MemberName(entry.name)] = position }
        }
    }

    /// Removes the value under a name.
    mutating func remove(_ name: String) -> Value? {
        guard let position = position(of: name) else { return nil }
        return entries[position].value.take()
    }

    /// The values that are there, with their names, each turned into an element.
    func map<Element>(_ transform: (String, Value) -> Element) -> [Element] {
        entries.compactMap { entry in entry.value.map { transform(entry.name, $0) } }
    }
}

extension MembersByName: Sendable where Value: Sendable {}

/// The name of a member. Names are the same if their scalars are: `==` on `String` takes canonically equivalent ones for
/// one.
private struct MemberName: Hashable, Sendable {
    private let name: String

    init(_ name: String) {
        self.name = name
    }

    static func == (a: Self, b: Self) -> Bool {
        Work.note(1)
        return a.name.utf8.elementsEqual(b.name.utf8)
    }

    func hash(into hasher: inout Hasher) {
        Work.note(1)
        // A string of Swift's own has its UTF-8 in one piece; the buffer is used inside the closure only.
        let isFed: Void? = unsafe name.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isFed == nil { for byte in name.utf8 { hasher.combine(byte) } }
        hasher.combine(0xFF as UInt8)
    }
}
