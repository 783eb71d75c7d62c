/// What the bytes of a captured stream are.
public enum CaptureFormat: Sendable, Hashable {
    /// The body of a response, as `curl -N` writes it.
    case body
    /// A response with its head.
    ///
    /// - start: The offset of the head that counts: responses before it, which a redirection or a proxy gave, have no body
    ///   in the recording.
    /// - isTransferDecoded: Whether the chunked framing of which the head speaks is already undone, as in what `curl -i`
    ///   writes. A recording of the socket has it.
    case response(start: Int, isTransferDecoded: Bool)

    /// Recognises a format by how the bytes begin.
    ///
    /// - Parameters:
    ///   - prefix: The beginning of the bytes.
    ///   - isAll: Whether no more bytes are to come.
    /// - Returns: nil if more bytes are needed to tell.
    /// - Complexity: O(`prefix.count`).
    public init?(recognising prefix: [UInt8], isAll: Bool) {
        guard let isResponse = Self.beginsResponse(prefix[...], isAll: isAll) else { return nil }
        guard isResponse else {
            self = .body
            return
        }
        self.init(recognisingResponse: prefix, isAll: isAll)
    }

    /// Recognises what there is to tell about a response; nil if more bytes are needed to tell.
    public init?(recognisingResponse prefix: [UInt8], isAll: Bool) {
        var start = 0
        while true {
            guard let end = Self.endOfHead(in: prefix, from: start) else {
                // A head that is cut, or none, or one that is too long: the parser says what is wrong.
                guard isAll || prefix.count - start > Self.headLimit else { return nil }
                self = .response(start: start, isTransferDecoded: false)
                return
            }
            let body = prefix[end...]
            guard let isFollowed = Self.beginsResponse(body, isAll: isAll) else { return nil }
            guard isFollowed else {
                guard let isDecoded = Self.isTransferDecoded(head: prefix[start..<end], body: body, isAll: isAll) else {
                    return nil
                }
                self = .response(start: start, isTransferDecoded: isDecoded)
                return
            }
            start = end
        }
    }

    /// A head that is longer than this is not searched for its end.
    private static let headLimit = 1 << 20

    private static func beginsResponse(_ bytes: ArraySlice<UInt8>, isAll: Bool) -> Bool? {
        let name = Array("HTTP/".utf8)
        if bytes.starts(with: name) { return true }
        return !isAll && name.starts(with: bytes) ? nil : false
    }

    /// The offset behind the empty line that ends the head which begins at `start`.
    private static func endOfHead(in bytes: [UInt8], from start: Int) -> Int? {
        var lineStart = start
        while let end = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[lineStart..<end]
            if line.isEmpty || line.elementsEqual([UInt8(ascii: "\r")]) { return end + 1 }
            lineStart = end + 1
        }
        return nil
    }

    /// Whether the body that follows a head is without the framing of which that speaks.
    private static func isTransferDecoded(head: ArraySlice<UInt8>, body: ArraySlice<UInt8>, isAll: Bool) -> Bool? {
        // `curl -i` writes the status lines of HTTP/2 and HTTP/3 in this form; neither knows the framing.
        if let version = head.dropFirst(5).first, version != UInt8(ascii: "1") { return true }
        let isChunked = head.split(separator: UInt8(ascii: "\n")).contains { line in
            let text = String(decoding: line, as: UTF8.self).lowercased()
            return text.hasPrefix("transfer-encoding:") && text.contains("chunked")
        }
        guard isChunked else { return false }
        // RFC 9112, section 7.1: chunk = chunk-size [ chunk-ext ] CRLF …, and chunk-size = 1*HEXDIG. No line of an event
        // stream that means anything has that form, and neither JSON nor HTML begins so.
        let digits = body.prefix { Character(Unicode.Scalar($0)).isHexDigit }
        if digits.isEmpty { return body.isEmpty && !isAll ? nil : !body.isEmpty }
        // No text begins so; the parser will say that the number is too large.
        if digits.count > 16 { return false }
        guard let next = body.dropFirst(digits.count).first(where: { $0 != 0x20 && $0 != 0x09 }) else {
            return isAll || body.count > 256 ? false : nil
        }
        return ![0x0D, 0x0A, UInt8(ascii: ";")].contains(next)
    }
}
