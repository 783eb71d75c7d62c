/// A header or trailer field: a name and a value (RFC 9110, section 5).
public struct ResponseField: Sendable, Hashable {
    /// The name as received. Name lookups are case-insensitive.
    public var name: String
    /// The value, without leading and trailing whitespace.
    public var value: String

    /// Creates a field.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// The header or trailer fields of a response, in the order received. A name may occur more than once.
///
///     let fields: ResponseFields = ["content-type": "text/event-stream", "request-id": "req_1"]
///     fields["Content-Type"]  // "text/event-stream"
public struct ResponseFields: Sendable, Hashable {
    private var fields: [ResponseField]

    /// Creates fields from name-value pairs.
    public init(_ pairs: some Sequence<(String, String)> = []) {
        fields = pairs.map { ResponseField(name: $0.0, value: $0.1) }
    }

    /// The value of the field `name`, or `nil` if there is no such field. The values of a repeated field are joined by
    /// a comma and a space (RFC 9110, section 5.3).
    ///
    /// - Complexity: O(number of fields).
    public subscript(name: String) -> String? {
        let values = values(of: name)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The values of all fields named `name`, in order.
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
    /// Creates fields in the order of the literal. A name may occur more than once.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }
}

extension Collection<UInt8> {
    /// Whether both are the same field name, ignoring ASCII case: "Field names are case-insensitive" (RFC 9110, section
    /// 5.1).
    func isSameFieldName(as other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { a, b in a == b || (a.isLetter && a | 0x20 == b | 0x20) }
    }
}
