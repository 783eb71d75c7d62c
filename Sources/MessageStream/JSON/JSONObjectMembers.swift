/// The members of an object, found in one pass and then removed by name.
///
/// Nothing is copied or decoded until it is requested.
struct JSONObjectMembers: ~Escapable {
    private struct Member {
        let name: ValueLocation
        /// `nil` once removed.
        var value: ValueLocation?
    }

    /// The text that contains the object.
    private let text: RawSpan
    private var members: [Member] = []

    /// Reads an object.
    ///
    /// - Parameter names: The names of the members to keep; `nil` to keep all.
    /// - Complexity: O(length of the object).
    @_lifetime(copy reader)
    init(reading reader: inout JSONReader, only names: [StaticString]? = nil) throws(JSONError) {
        text = reader.bytes
        try reader.beginObject()
        while try reader.beginKey() {
            let name = try ValueLocation(reading: &reader)
            try reader.endKey()
            let value = try ValueLocation(reading: &reader)
            if let names {
                let name = name.view(in: text)
                var isWanted = false
                for wanted in names where name.equals(wanted) { isWanted = true }
                guard isWanted else { continue }
            }
            members.append(Member(name: name, value: value))
        }
    }

    /// Reads a stored object.
    ///
    /// - Parameter names: The names of the members to keep; `nil` to keep all.
    @_lifetime(borrow object)
    init(_ object: borrowing RawJSON, only names: [StaticString]? = nil) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader, only: names)
    }

    /// The value of a member. If several members have the same name, the last one wins.
    private func value(_ name: StaticString) -> ValueLocation? {
        for member in members.reversed() {
            guard let value = member.value, member.name.view(in: text).equals(name) else { continue }
            return value
        }
        return nil
    }

    /// Removes the members of a name, and returns the value of the last one, even if it is `null`.
    @discardableResult
    private mutating func removeAny(_ name: StaticString) -> ValueLocation? {
        var last: ValueLocation?
        for index in members.indices {
            guard let value = members[index].value, members[index].name.view(in: text).equals(name) else { continue }
            last = value
            members[index].value = nil
        }
        return last
    }

    /// Removes a value; `null` counts as missing.
    private mutating func remove(_ name: StaticString) -> ValueLocation? {
        removeAny(name).flatMap { $0.kind == .null ? nil : $0 }
    }

    /// A reader before a value.
    @_lifetime(copy self)
    private func reader(at location: ValueLocation) -> JSONReader {
        var reader = JSONReader(text)
        reader.position = location.offset
        return reader
    }

    private func raw(_ location: ValueLocation) -> RawJSON {
        RawJSON(checked: text.extracting(location.offset..<location.end))
    }

    /// Removes a member of any value, and discards it.
    mutating func discard(_ name: StaticString) { removeAny(name) }

    /// Removes a value of any type; `null` counts as missing.
    mutating func removeRaw(_ name: StaticString) -> RawJSON? {
        guard let location = remove(name) else { return nil }
        return raw(location)
    }

    /// Removes a string; `null` counts as missing, and any other value is an error.
    mutating func removeString(_ name: StaticString) throws(JSONError) -> String? {
        try remove(name)?.makeString(text)
    }

    /// Removes an integer. `null` counts as missing, and any other value remains.
    mutating func removeInt(_ name: StaticString) -> Int? {
        guard let location = value(name) else { return nil }
        var number: Int?
        if location.kind == .number {
            var reader = reader(at: location)
            number = try? reader.readInt()
        }
        if number != nil || location.kind == .null { removeAny(name) }
        return number
    }

    /// Removes an object. `null` counts as missing, and any other value remains.
    ///
    /// - Parameter names: The names of the members of that object to keep; `nil` to keep all.
    @_lifetime(copy self)
    mutating func removeObject(
        _ name: StaticString,
        only names: [StaticString]? = nil
    ) throws(JSONError) -> JSONObjectMembers? {
        guard let location = value(name), location.kind == .object || location.kind == .null else { return nil }
        removeAny(name)
        guard location.kind == .object else { return nil }
        var reader = reader(at: location)
        return try JSONObjectMembers(reading: &reader, only: names)
    }

    /// Removes an array and reads its elements. `null` counts as missing, and any other value is an error.
    ///
    /// - Parameter readElement: Consumes an element.
    /// - Returns: Whether the member is an array.
    @discardableResult
    mutating func removeArray(
        _ name: StaticString,
        _ readElement: (inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) -> Bool {
        guard let location = remove(name) else { return false }
        guard location.kind == .array else { throw JSONError(.typeMismatch, at: location.offset) }
        var reader = reader(at: location)
        try reader.beginArray()
        while try reader.nextElement() { try readElement(&reader) }
        return true
    }

    /// Removes an array and returns its first element, if that is an object. Any other value remains.
    ///
    /// - Parameter names: The names of the members of that object to keep; `nil` to keep all.
    @_lifetime(copy self)
    mutating func removeFirstObject(
        _ name: StaticString,
        only names: [StaticString]? = nil
    ) throws(JSONError) -> JSONObjectMembers? {
        guard let location = value(name), location.kind == .array else { return nil }
        removeAny(name)
        var reader = reader(at: location)
        try reader.beginArray()
        guard try reader.nextElement(), try reader.peekKind() == .object else { return nil }
        return try JSONObjectMembers(reading: &reader, only: names)
    }

    /// Removes an array and returns its elements; any other value remains.
    mutating func removeArrayIfPresent(_ name: StaticString) throws(JSONError) -> [RawJSON]? {
        guard value(name)?.kind == .array else { return nil }
        var elements: [RawJSON] = []
        try removeArray(name) { reader throws(JSONError) in elements.append(try reader.readRaw()) }
        return elements
    }

    /// The remaining members, in the order in which their names occur first.
    var rest: [JSONMember] {
        var rest = MembersByName<RawJSON>()
        for member in members {
            guard let value = member.value else { continue }
            rest.set(member.name.view(in: text).makeString(), raw(value))
        }
        return rest.members
    }
}
