// The collections in which HTTP clients hand out fields have elements that differ in their labels, and to generic code
// these are different types. The initializers are disfavored so that a literal of pairs makes fields, not a dictionary.

extension ResponseFields {
    /// Creates fields from pairs of a name and a value, such as the headers of SwiftNIO.
    @_disfavoredOverload
    public init(_ pairs: some Sequence<(name: String, value: String)>) {
        self.init(pairs.lazy.map { ($0.name, $0.value) })
    }

    /// Creates fields from pairs of a name and a value, such as a dictionary.
    @_disfavoredOverload
    public init(_ pairs: some Sequence<(key: String, value: String)>) {
        self.init(pairs.lazy.map { ($0.key, $0.value) })
    }
}
