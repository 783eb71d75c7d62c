import ServerSentEvents

/// Values by name, in the order in which the names were first set.
///
/// A few names are compared one by one; more are found by their hash. The time of a call does not depend on the number
/// of names, even for the members of a hostile object.
struct MembersByName<Value> {
    /// The names and their values; `nil` for a removed value.
    private var entries: [(name: String, value: Value?)] = []
    /// The positions of the names in `entries`. Invariant: empty while there are at most `searchLimit` entries;
    /// otherwise, one position for each entry.
    private var positions: [MemberName: Int] = [:]

    /// The maximum number of names that are compared one by one.
    private static var searchLimit: Int { 16 }

    private func position(of name: String) -> Int? {
        if positions.isEmpty {
            let name = MemberName(name)
            return entries.firstIndex { MemberName($0.name) == name }
        }
        return positions[MemberName(name)]
    }

    /// The value for a name.
    subscript(name: String) -> Value? { position(of: name).flatMap { entries[$0].value } }

    /// Sets the value for a name. If a name is set more than once, the last value wins, at the position of the first.
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

    /// Removes the value for a name.
    mutating func remove(_ name: String) -> Value? {
        guard let position = position(of: name) else { return nil }
        return entries[position].value.take()
    }

    /// Transforms the values that have not been removed, with their names.
    func map<Element>(_ transform: (String, Value) -> Element) -> [Element] {
        entries.compactMap { entry in entry.value.map { transform(entry.name, $0) } }
    }
}

extension MembersByName: Sendable where Value: Sendable {}

/// The name of a member. Names are equal if their scalars are: `==` on `String` treats canonically equivalent strings
/// as equal.
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
        // A native string has contiguous UTF-8; the buffer is only used inside the closure.
        let isContiguous: Void? = unsafe name.utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isContiguous == nil { for byte in name.utf8 { hasher.combine(byte) } }
        hasher.combine(0xFF as UInt8)
    }
}
