/// The members of an object that comes seldom, read in one go and then taken one by one by name.
///
/// Objects that come often, the deltas, are read straight from the bytes instead.
struct JSONObjectMembers {
    private struct Member {
        var value: RawJSON
        /// The offset of the value in the data.
        var offset: Int
    }

    private var members = MembersByName<Member>()

    /// Reads an object. Of several members of one name, the last wins.
    ///
    /// - Parameters:
    ///   - base: Where the reader's bytes begin in the data; the offsets of errors count from the data's start.
    ///   - names: The names of the members that are kept; nil to keep all.
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

    /// Reads an object that was kept, without one of its members.
    init(_ object: RawJSON, except name: String) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader)
        _ = members.take(name)
    }

    /// Reads some members of an object that was kept.
    init(_ object: RawJSON, only names: [StaticString]) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader, only: names)
    }

    private mutating func take(_ name: String) -> Member? {
        // `null` stands for what is not there.
        members.take(name).flatMap { $0.value.isNull ? nil : $0 }
    }

    /// Takes any value but `null`.
    mutating func takeRaw(_ name: String) -> RawJSON? { take(name)?.value }

    /// Takes any value but `null`, with its offset in the data.
    mutating func takeRawAndOffset(_ name: String) -> (value: RawJSON, offset: Int)? {
        take(name).map { (value: $0.value, offset: $0.offset) }
    }

    /// Takes a string; `null` is none, and anything else is an error.
    mutating func takeString(_ name: String) throws(JSONError) -> String? {
        guard let member = take(name) else { return nil }
        var reader = JSONReader(member.value.utf8.rawBytes)
        guard try reader.peekKind() == .string else { throw mismatch(member) }
        return try reader.readString().makeString()
    }

    /// Takes an integer; `null` is none, and anything else is left where it is.
    mutating func takeInt(_ name: String) -> Int? {
        guard let value = members[name]?.value else { return nil }
        var reader = JSONReader(value.utf8.rawBytes)
        do throws(JSONError) {
            let value = try reader.readInt()
            _ = members.take(name)
            return value
        } catch {
            if value.isNull { _ = members.take(name) }
            return nil
        }
    }

    /// Takes an object; `null` is none, and anything else is left where it is.
    ///
    /// - Parameter names: The names of the members of that object that are kept; nil to keep all.
    mutating func takeObject(_ name: String, only names: [StaticString]? = nil) throws(JSONError) -> JSONObjectMembers?
    {
        guard let member = members[name] else { return nil }
        guard member.value.isObject else {
            if member.value.isNull { _ = members.take(name) }
            return nil
        }
        _ = members.take(name)
        var reader = JSONReader(member.value.utf8.rawBytes)
        return try JSONObjectMembers(reading: &reader, base: member.offset, only: names)
    }

    /// Takes the elements of an array, each with its offset in the data; `null` is none, and anything else is an error.
    mutating func takeArray(_ name: String) throws(JSONError) -> [(value: RawJSON, offset: Int)]? {
        guard let member = take(name) else { return nil }
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

    /// Takes the elements of an array; anything else is left where it is.
    mutating func takeArrayIfPresent(_ name: String) throws(JSONError) -> [RawJSON]? {
        guard members[name]?.value.utf8.first == UInt8(ascii: "[") else { return nil }
        return try takeArray(name)?.map(\.value)
    }

    private func mismatch(_ member: Member) -> JSONError {
        JSONError(.typeMismatch, at: member.offset)
    }

    /// The members that were not taken.
    var rest: [JSONMember] { members.map { JSONMember(name: $0, value: $1.value) } }
}
