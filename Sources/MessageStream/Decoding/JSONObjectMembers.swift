/// The members of an object that comes seldom, read as a whole and then taken one by one by name.
///
/// Objects that come often, the deltas, are read straight from the bytes instead.
struct JSONObjectMembers {
    private struct Member {
        var name: String
        var value: RawJSON
        /// The offset of the value in the data.
        var offset: Int
    }

    private var members: [Member] = []

    /// Reads an object. Of several members of one name, the last wins.
    ///
    /// - Parameter base: Where the reader's bytes begin in the data; the offsets of errors count from the data's start.
    init(reading reader: inout JSONReader, base: Int = 0) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let name = key.makeString()
            let range = try reader.skipValue()
            let member = Member(
                name: name,
                value: RawJSON(checked: reader.bytes(in: range)),
                offset: base + range.lowerBound
            )
            if let index = index(of: name) { members[index] = member } else { members.append(member) }
        }
    }

    /// Reads an object that was kept, without one of its members.
    init(_ object: RawJSON, except name: String) throws(JSONError) {
        var reader = JSONReader(object.utf8.rawBytes, depthLimit: .max)
        try self.init(reading: &reader)
        if let index = index(of: name) { members.remove(at: index) }
    }

    private func index(of name: String) -> Int? {
        // By scalars: `==` on `String` takes canonically equivalent names for one.
        members.firstIndex { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }
    }

    private mutating func take(_ name: String) -> Member? {
        guard let index = index(of: name) else { return nil }
        let member = members.remove(at: index)
        // `null` stands for what is not there.
        return member.value.isNull ? nil : member
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
        guard let index = index(of: name) else { return nil }
        let value = members[index].value
        var reader = JSONReader(value.utf8.rawBytes)
        do throws(JSONError) {
            let value = try reader.readInt()
            members.remove(at: index)
            return value
        } catch {
            if value.isNull { members.remove(at: index) }
            return nil
        }
    }

    /// Takes an object; `null` is none, and anything else is left where it is.
    mutating func takeObject(_ name: String) throws(JSONError) -> JSONObjectMembers? {
        guard let index = index(of: name) else { return nil }
        guard members[index].value.isObject else {
            if members[index].value.isNull { members.remove(at: index) }
            return nil
        }
        let member = members.remove(at: index)
        var reader = JSONReader(member.value.utf8.rawBytes)
        return try JSONObjectMembers(reading: &reader, base: member.offset)
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
        guard let index = index(of: name), members[index].value.utf8.first == UInt8(ascii: "[") else { return nil }
        return try takeArray(name)?.map(\.value)
    }

    private func mismatch(_ member: Member) -> JSONError {
        JSONError(.typeMismatch, at: member.offset)
    }

    /// What nobody took.
    var rest: [JSONMember] { members.map { JSONMember(name: $0.name, value: $0.value) } }
}
