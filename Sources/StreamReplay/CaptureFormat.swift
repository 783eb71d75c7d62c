import HTTPResponseParsing

/// What the bytes of a captured stream are.
public enum CaptureFormat: Sendable, Hashable {
    /// The body of a response, as `curl -N` writes it.
    case body
    /// A response with its head.
    ///
    /// - isTransferDecoded: Whether the chunked framing that the head announces is already undone, as in what `curl -i`
    ///   writes. A recording of the socket has it.
    case response(isTransferDecoded: Bool)

    /// Tells whether the framing of a response is undone, by how its body begins.
    ///
    /// - Parameters:
    ///   - head: What the head says.
    ///   - body: The first bytes of the body.
    ///   - isAll: Whether no more bytes come.
    /// - Returns: nil if more bytes are needed to tell.
    static func isTransferDecoded(_ head: RecordedHead, body: ArraySlice<UInt8>, isAll: Bool) -> Bool? {
        // `curl -i` writes the status lines of HTTP/2 and HTTP/3 in this form; neither has the framing.
        if head.major != 1 { return true }
        guard head.isChunked else { return false }
        // RFC 9112, section 7.1: chunk = chunk-size [ chunk-ext ] CRLF …, and chunk-size = 1*HEXDIG. No line of an event
        // stream that means anything has that form, and neither JSON nor HTML begins so.
        let digits = body.prefix { Character(Unicode.Scalar($0)).isHexDigit }
        // An empty body does not show whether its framing was undone, and so not how it ended.
        if digits.isEmpty { return body.isEmpty && !isAll ? nil : true }
        // No text begins so; the parser reports that the number is too large.
        if digits.count > 16 { return false }
        guard let next = body.dropFirst(digits.count).first(where: { $0 != 0x20 && $0 != 0x09 }) else {
            return isAll || body.count > 256 ? false : nil
        }
        return ![0x0D, 0x0A, UInt8(ascii: ";")].contains(next)
    }
}

/// What the head of a recorded response says about its body.
struct RecordedHead {
    /// The version's number before the dot.
    let major: UInt8
    let status: Int
    let isChunked: Bool
    /// The value of `Content-Length`, if it counts the bytes of the recording. A body whose content coding is undone has
    /// another length.
    let length: Int?
    /// Whether the head is that of a 2xx response and announces no body: the answer of a proxy to CONNECT has such a head.
    let isBare: Bool

    /// - Parameters:
    ///   - head: The head as parsed.
    ///   - bytes: The head as it stands in the recording.
    init(_ head: ResponseHead, bytes: ArraySlice<UInt8>) {
        // The parser has seen `HTTP/` and a digit.
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

    /// Whether the response has a body at all (RFC 9112, section 6.3, rule 1).
    var hasBody: Bool { status != 204 && status != 304 }
}
