/// The members of an infrequent object, read all at once and then removed by name.
///
/// Frequent objects, the deltas, are read directly from the bytes instead.
struct JSONObjectMembers {
    private struct Member {
        var value: RawJSON
        /// The offset of the value in the data.
        var offset: Int
    }

    private var members = MembersByName<Member>()

    /// Reads an object. If several members have the same name, the last one wins.
    ///
    /// - Parameters:
    ///   - base: The offset of the reader's bytes in the data; the offsets of errors are relative to the start of the
    ///     data.
    ///   - names: The names of the members to keep; `nil` to keep all.
    /// - Complexity: O(length of the object).
    init(reading reader: inout JSONReader, base: Int = 0, only names: [StaticString]? = nil) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            var isWanted = names == nil
            for name in names ?? [] where key.equals(name) { isWanted = true }
            let name = isWanted ? key.makeString() : ""
            let range = try reader.skipValue()
            guard isWanted else { continue }
            members.set(
                name,
                Member(value: RawJSON(checked: reader.bytes(in: range)), offset: base + range.lowerBound)
            )
        }
    }

    /// Reads a stored object, except for one of its members.
    init(_ object: RawJSON, except name: String) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader)
        _ = members.remove(name)
    }

    /// Reads some members of a stored object.
    init(_ object: RawJSON, only names: [StaticString]) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader, only: names)
    }

    private mutating func remove(_ name: String) -> Member? {
        // `null` counts as missing.
        members.remove(name).flatMap { $0.value.isNull ? nil : $0 }
    }

    /// Removes any value except `null`.
    mutating func removeRaw(_ name: String) -> RawJSON? { remove(name)?.value }

    /// Removes any value except `null`, and returns it with its offset in the data.
    mutating func removeRawAndOffset(_ name: String) -> (value: RawJSON, offset: Int)? {
        remove(name).map { (value: $0.value, offset: $0.offset) }
    }

    /// Removes a string. `null` counts as missing; any other value is an error.
    mutating func removeString(_ name: String) throws(JSONError) -> String? {
        guard let member = remove(name) else { return nil }
        var reader = JSONReader(member.value.utf8.rawBytes)
        guard try reader.peekKind() == .string else { throw mismatch(member) }
        return try reader.readString().makeString()
    }

    /// Removes an integer. `null` counts as missing; any other value is kept.
    mutating func removeInt(_ name: String) -> Int? {
        guard let value = members[name]?.value else { return nil }
        var reader = JSONReader(value.utf8.rawBytes)
        do throws(JSONError) {
            let value = try reader.readInt()
            _ = members.remove(name)
            return value
        } catch {
            if value.isNull { _ = members.remove(name) }
            return nil
        }
    }

    /// Removes an object. `null` counts as missing; any other value is kept.
    ///
    /// - Parameter names: The names of the object's members to keep; `nil` to keep all.
    mutating func removeObject(_ name: String, only names: [StaticString]? = nil) throws(JSONError)
        -> JSONObjectMembers?
    {
        guard let member = members[name] else { return nil }
        guard member.value.isObject else {
            if member.value.isNull { _ = members.remove(name) }
            return nil
        }
        _ = members.remove(name)
        var reader = JSONReader(member.value.utf8.rawBytes)
        return try JSONObjectMembers(reading: &reader, base: member.offset, only: names)
    }

    /// Removes an array and returns its elements, each with its offset in the data. `null` counts as missing; any other
    /// value is an error.
    mutating func removeArray(_ name: String) throws(JSONError) -> [(value: RawJSON, offset: Int)]? {
        guard let member = remove(name) else { return nil }
        var reader = JSONReader(member.value.utf8.rawBytes)
        guard try reader.peekKind() == .array else { throw mismatch(member) }
        var elements: [(value: RawJSON, offset: Int)] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let range = try reader.skipValue()
            let value = RawJSON(checked: reader.bytes(in: range))
            elements.append((value: value, offset: member.offset + range.lowerBound))
        }
        return elements
    }

    /// Removes an array and returns its elements. Any other value is kept.
    mutating func removeArrayIfPresent(_ name: String) throws(JSONError) -> [RawJSON]? {
        guard members[name]?.value.utf8.first == UInt8(ascii: "[") else { return nil }
        return try removeArray(name)?.map(\.value)
    }

    private func mismatch(_ member: Member) -> JSONError {
        JSONError(.typeMismatch, at: member.offset)
    }

    /// The members that were not removed.
    var rest: [JSONMember] { members.map { JSONMember(name: $0, value: $1.value) } }
}
