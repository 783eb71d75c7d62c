/// A member of a JSON object without a property of its own, kept as received.
public struct JSONMember: Sendable, Hashable {
    /// The name of the member.
    public var name: String
    /// The value of the member.
    public var value: RawJSON

    /// Creates a member.
    public init(name: String, value: RawJSON) {
        self.name = name
        self.value = value
    }
}

extension [JSONMember] {
    /// Sets all of `others`. If several members have the same name, the last one wins.
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
    /// Creates a collection of the members, in their order.
    init(_ members: [JSONMember]) {
        self.init()
        merge(members)
    }

    /// Sets all of `others`. If several members have the same name, the last one wins.
    ///
    /// - Complexity: O(`others.count`), amortized.
    mutating func merge(_ others: [JSONMember]) {
        for member in others { set(member.name, member.value) }
    }

    /// The values that have not been removed, each with its name.
    var members: [JSONMember] { map { JSONMember(name: $0, value: $1) } }
}
