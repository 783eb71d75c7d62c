/// The head of a response: the status line and the header fields (RFC 9112, sections 4 and 5).
public struct ResponseHead: Sendable, Hashable {
    /// The status code, 100 to 999. "Values outside the range 100..599 are invalid"; treat them as 5xx (RFC 9110,
    /// section 15).
    public var status: Int
    /// The reason phrase as received, often empty. It has no meaning.
    public var reason: String
    /// The header fields.
    public var fields: ResponseFields

    /// Creates a head.
    public init(status: Int, reason: String = "", fields: ResponseFields = [:]) {
        self.status = status
        self.reason = reason
        self.fields = fields
    }
}

extension ResponseHead {
    /// The type and subtype of `Content-Type` in lowercase, without parameters, such as `text/event-stream`. `nil` if
    /// the field is absent or empty. If there are several, the last one counts.
    ///
    /// "The type and subtype tokens are case-insensitive" (RFC 9110, section 8.3.1).
    ///
    /// - Complexity: O(number of fields).
    public var mediaType: String? {
        guard let value = fields.values(of: "Content-Type").last else { return nil }
        let type = value.utf8.prefix { $0 != UInt8(ascii: ";") }.trimmingWhitespace
        return type.isEmpty ? nil : type.lowercasedText
    }

    /// The codings of `Content-Encoding` in lowercase, joined by a comma and a space, such as `gzip`. `nil` if the
    /// field is absent or lists only `identity`.
    ///
    /// If this is not `nil`, the body is compressed. This package does not decode it: reject the response and report
    /// this name. "All content codings are case-insensitive" (RFC 9110, section 8.4.1).
    ///
    /// - Complexity: O(number of fields).
    public var contentCoding: String? {
        let codings = fields.values(of: "Content-Encoding").flatMap { value in
            // "A recipient MUST parse and ignore a reasonable number of empty list elements" (section 5.6.1.2).
            value.utf8.split(separator: UInt8(ascii: ",")).map { $0.trimmingWhitespace.lowercasedText }
        }
        let effective = codings.filter { !$0.isEmpty && $0 != "identity" }
        return effective.isEmpty ? nil : effective.joined(separator: ", ")
    }
}
