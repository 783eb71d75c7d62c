// The header collections of HTTP clients have elements with different labels, which are different types to generic
// code. The initializers are disfavored so that a literal of pairs creates fields, not a dictionary.

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
