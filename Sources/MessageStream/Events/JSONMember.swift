/// A member of a JSON object that has no property of its own, kept as it came.
public struct JSONMember: Sendable, Hashable {
    /// The member's name.
    public var name: String
    /// The member's value.
    public var value: RawJSON

    /// Creates a member.
    public init(name: String, value: RawJSON) {
        self.name = name
        self.value = value
    }
}

extension [JSONMember] {
    /// Sets the member `name`; the last of several members of one name wins.
    mutating func set(_ name: String, _ value: RawJSON) {
        // Names are compared by scalars: `==` on `String` takes canonically equivalent names for one.
        if let index = firstIndex(where: { $0.name.unicodeScalars.elementsEqual(name.unicodeScalars) }) {
            self[index].value = value
        } else {
            append(JSONMember(name: name, value: value))
        }
    }

    /// Sets all of `others`.
    mutating func merge(_ others: [JSONMember]) {
        for member in others { set(member.name, member.value) }
    }
}
