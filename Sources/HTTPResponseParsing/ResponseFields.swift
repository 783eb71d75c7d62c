/// A field of a response's head, or of its trailers: a name and a value (RFC 9110, section 5).
public struct ResponseField: Sendable, Hashable {
    /// The name as it came; names are compared without regard to case.
    public var name: String
    /// The value, without white space around it.
    public var value: String

    /// Creates a field.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// The fields of a response, in the order in which they came; a name may stand there several times.
///
///     let fields: ResponseFields = ["content-type": "text/event-stream", "request-id": "req_1"]
///     fields["Content-Type"]  // "text/event-stream"
public struct ResponseFields: Sendable, Hashable {
    private var fields: [ResponseField]

    /// Creates fields from pairs of a name and a value.
    public init(_ pairs: some Sequence<(String, String)> = []) {
        fields = pairs.map { ResponseField(name: $0.0, value: $0.1) }
    }

    /// The value of the field `name`; where it stands several times, the values joined by a comma and a space (RFC
    /// 9110, section 5.3). Nil if there is no such field.
    ///
    /// - Complexity: O(number of fields).
    public subscript(name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The values of all fields `name`, in order.
    ///
    /// - Complexity: O(number of fields).
    public func values(of name: String) -> [String] {
        fields.lazy.filter { $0.name.utf8.isSameFieldName(as: name.utf8) }.map { $0.value }
    }

    /// Appends a field.
    public mutating func append(_ field: ResponseField) {
        fields.append(field)
    }
}

extension ResponseFields: RandomAccessCollection {
    public var startIndex: Int { fields.startIndex }
    public var endIndex: Int { fields.endIndex }
    public subscript(position: Int) -> ResponseField { fields[position] }
}

extension ResponseFields: ExpressibleByDictionaryLiteral {
    /// Creates fields in the order of the literal; a name may stand there several times.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}

extension Collection<UInt8> {
    /// Whether both are the same name of a field: "Field names are case-insensitive" (RFC 9110, section 5.1), in ASCII.
    func isSameFieldName(as other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { a, b in a == b || (a.isLetter && a | 0x20 == b | 0x20) }
    }
}
