/// The head of a response: the status line and the header fields (RFC 9112, sections 4 and 5).
public struct HTTPResponseHead: Sendable, Hashable {
    /// The status code, 100 to 999.
    public var status: Int
    /// The reason phrase, as it came; often empty. It means nothing.
    public var reason: String
    /// The header fields.
    public var fields: HTTPFields

    /// Creates a head.
    public init(status: Int, reason: String = "", fields: HTTPFields = [:]) {
        self.status = status
        self.reason = reason
        self.fields = fields
    }
}
