import HTTPResponseParsing

/// The format of a captured stream.
public enum CaptureFormat: Sendable, Hashable {
    /// The body of a response, as written by `curl -N`.
    case body
    /// A response with its head.
    ///
    /// - isTransferDecoded: Whether the chunked framing that the head declares has already been removed, as in the
    ///   output of `curl -i`. A recording of the socket still contains it.
    case response(isTransferDecoded: Bool)

    /// Determines from the start of a body whether its chunked framing has been removed.
    ///
    /// - Parameters:
    ///   - head: The head of the response.
    ///   - body: The first bytes of the body.
    ///   - isFinal: Whether `body` is the whole body.
    /// - Returns: nil if the decision requires more bytes.
    static func isTransferDecoded(_ head: RecordedHead, body: ArraySlice<UInt8>, isFinal: Bool) -> Bool? {
        // `curl -i` writes status lines in this form for HTTP/2 and HTTP/3, which have no chunked framing.
        if head.major != 1 { return true }
        guard head.isChunked else { return false }
        // RFC 9112, section 7.1: chunk = chunk-size [ chunk-ext ] CRLF …, and chunk-size = 1*HEXDIG. No meaningful line
        // of an event stream has that form, and neither JSON nor HTML begins with it.
        let digits = body.prefix { Character(Unicode.Scalar($0)).isHexDigit }
        // An empty body does not reveal whether its framing was removed, and therefore not how it ended.
        if digits.isEmpty { return body.isEmpty && !isFinal ? nil : true }
        // No text begins with so many hex digits; the parser reports the overflow.
        if digits.count > 16 { return false }
        guard let next = body.dropFirst(digits.count).first(where: { $0 != 0x20 && $0 != 0x09 }) else {
            return isFinal || body.count > 256 ? false : nil
        }
        return ![0x0D, 0x0A, UInt8(ascii: ";")].contains(next)
    }
}

/// What the head of a recorded response declares about its body.
struct RecordedHead {
    /// The major version.
    let major: UInt8
    let status: Int
    let isChunked: Bool
    /// The value of `Content-Length`, if it applies to the recording. It does not apply to a body whose content coding
    /// was removed.
    let length: Int?
    /// Whether this is a 2xx head that declares no body, such as a proxy's response to CONNECT.
    let isBare: Bool

    /// - Parameters:
    ///   - head: The parsed head.
    ///   - bytes: The recorded bytes of the head.
    init(_ head: ResponseHead, bytes: ArraySlice<UInt8>) {
        // The parser has already checked for `HTTP/` and a digit.
        major = bytes.dropFirst(5).first.map { $0 &- UInt8(ascii: "0") } ?? 1
        status = head.status
        isChunked = head.fields["transfer-encoding"]?.lowercased().contains("chunked") ?? false
        let value = head.fields.values(of: "content-length").first?.split(separator: ",").first
        let isCoded = head.contentCoding != nil
        length = isChunked || isCoded ? nil : value.flatMap { Int($0.filter { $0 != " " && $0 != "\t" }) }
        isBare =
            (200...299).contains(status) && status != 204 && head.mediaType == nil
            && head.fields["transfer-encoding"] == nil && (length ?? 0) == 0
    }

    /// Whether the response can have a body (RFC 9112, section 6.3, rule 1).
    var hasBody: Bool { status != 204 && status != 304 }
}
