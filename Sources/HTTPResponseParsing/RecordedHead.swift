/// The head of a recorded response, and what it declares about its body.
///
/// A recording may lack the framing that its head declares: `curl -i` removes the chunks, and `curl --compressed` makes
/// a body longer than `Content-Length` says. This type therefore only records what the head declares.
package struct RecordedHead: Sendable, Hashable {
    package let head: ResponseHead
    /// The major version in the status line, 1 to 3.
    package let majorVersion: UInt8
    /// Whether `Transfer-Encoding` lists `chunked`.
    package let isChunked: Bool
    /// The value of `Content-Length`, if it applies to the recording: not with `Transfer-Encoding`, and not if the
    /// content coding may have been removed.
    package let length: Int?

    /// Creates a record of a parsed head.
    ///
    /// - Parameter majorVersion: The version in the status line.
    init(_ head: ResponseHead, majorVersion: UInt8) {
        self.head = head
        self.majorVersion = majorVersion
        let codings = head.fields["transfer-encoding"]?.utf8.split(separator: UInt8(ascii: ",")) ?? []
        isChunked = codings.contains { $0.trimmingWhitespace.lowercasedText.utf8.elementsEqual("chunked".utf8) }
        let value = head.fields.values(of: "content-length").first?.utf8.split(separator: UInt8(ascii: ",")).first
        length =
            isChunked || head.contentCoding != nil
            ? nil : value.flatMap { Int(String(decoding: $0.trimmingWhitespace, as: UTF8.self)) }
    }

    /// Whether the response can have a body (RFC 9112, section 6.3, rule 1).
    package var hasBody: Bool { BodyFraming.hasBody(status: head.status) }

    /// Whether this is a 2xx head that declares no body, such as a proxy's response to CONNECT.
    package var isBare: Bool {
        head.isSuccess && hasBody && head.mediaType == nil && head.fields["transfer-encoding"] == nil
            && (length ?? 0) == 0
    }

    /// What the start of a recorded body shows about its framing.
    package enum Framing {
        /// The bytes are not sufficient to decide.
        case undecided
        /// The body has the framing that its head declares.
        case intact
        /// The recording lacks the chunked framing that the head declares, or its HTTP version has none.
        case removed
    }

    /// Determines whether the chunked framing of a recorded body has been removed.
    ///
    /// - Parameters:
    ///   - body: The first bytes of the body.
    ///   - isFinal: Whether `body` is the complete body.
    /// - Complexity: O(1).
    package func framing(of body: ArraySlice<UInt8>, isFinal: Bool) -> Framing {
        // `curl -i` writes status lines in this form for HTTP/2 and HTTP/3, which have no chunked framing.
        if majorVersion != 1 { return .removed }
        guard isChunked else { return .intact }
        // RFC 9112, section 7.1: chunk = chunk-size [ chunk-ext ] CRLF …, and chunk-size = 1*HEXDIG. No meaningful line
        // of an event stream has that form, and neither JSON nor HTML begins with it.
        let digits = body.prefix { $0.hexadecimalValue != nil }
        // An empty body does not reveal whether its framing was removed, and therefore not how it ended.
        if digits.isEmpty { return body.isEmpty && !isFinal ? .undecided : .removed }
        // No text begins with this many hexadecimal digits; the parser reports the overflow.
        if digits.count > 16 { return .intact }
        guard let next = body.dropFirst(digits.count).first(where: { !$0.isWhitespace }) else {
            return isFinal || body.count > 256 ? .intact : .undecided
        }
        return [.carriageReturn, .lineFeed, UInt8(ascii: ";")].contains(next) ? .intact : .removed
    }
}

extension HTTPResponseParser {
    /// The head of the final response as the head of a recording, or `nil` until it is complete.
    package var recordedHead: RecordedHead? {
        guard let head, let statusLine else { return nil }
        return RecordedHead(head, majorVersion: statusLine.major)
    }
}

extension ResponseHead {
    /// Whether a status is 2xx: "The request was successfully received, understood, and accepted" (RFC 9110, section
    /// 15).
    package static func isSuccess(status: Int) -> Bool { (200...299).contains(status) }

    /// Whether the status is 2xx.
    package var isSuccess: Bool { Self.isSuccess(status: status) }
}

/// The parts of the syntax of a head that a search uses to recognize one in other text.
package enum HeadSyntax {
    /// The first bytes of every status line: `HTTP/`.
    package static var protocolName: [UInt8] { StatusLine.beginning }

    /// Whether the byte is an ASCII digit.
    package static func isDigit(_ byte: UInt8) -> Bool { byte.isDigit }

    /// Whether the byte is an ASCII letter.
    package static func isLetter(_ byte: UInt8) -> Bool { byte.isLetter }

    /// Whether the byte can be part of a field name: "token = 1*tchar" (RFC 9110, section 5.6.2).
    package static func isTokenCharacter(_ byte: UInt8) -> Bool { byte.isTokenCharacter }

    /// The value of the byte as a hexadecimal digit of either case, or `nil` if it is not one.
    package static func hexadecimalValue(_ byte: UInt8) -> Int? { byte.hexadecimalValue }
}
