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
    /// Sets all of `others`; the last of several members of one name wins.
    ///
    /// - Complexity: O(`count` + `others.count`).
    mutating func merge(_ others: [JSONMember]) {
        guard !others.isEmpty else { return }
        var members = MembersByName(self)
        members.merge(others)
        self = members.members
    }
}

extension MembersByName<RawJSON> {
    /// The members, in their order.
    init(_ members: [JSONMember]) {
        self.init()
        merge(members)
    }

    /// Sets all of `others`; the last of several members of one name wins.
    ///
    /// - Complexity: O(`others.count`), amortized.
    mutating func merge(_ others: [JSONMember]) {
        for member in others { set(member.name, member.value) }
    }

    /// The values that are there, each with its name.
    var members: [JSONMember] { map { JSONMember(name: $0, value: $1) } }
}
