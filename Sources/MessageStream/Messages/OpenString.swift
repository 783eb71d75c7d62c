/// A string of the wire that names one of several things, of which more may come at any time.
///
/// Known values are static members of the types that conform; any other value is kept as it came.
public protocol OpenString: RawRepresentable, Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral
where RawValue == String {
    /// The value named `rawValue`, known or not.
    init(rawValue: String)
}

extension OpenString {
    /// The value named by a literal, known or not.
    public init(stringLiteral value: String) {
        self.init(rawValue: value)
    }

    /// The value's name on the wire.
    public var description: String { rawValue }
}
