/// The bytes are not a valid HTTP/1.1 response, or not one that this package accepts.
///
/// After throwing this error, a parser stays failed and throws the same error again. A response that ends early is not
/// an error; ``HTTPResponseParser/finish()`` reports it as an ``HTTPResponseEnding``.
public struct HTTPResponseError: Error, Sendable, Hashable {
    /// The rule that the response violates.
    public let reason: Reason
    /// The byte offset of the error in the response: the first invalid byte if there is one, otherwise the first byte
    /// of the line.
    ///
    /// The offset does not depend on how the response was split into chunks.
    public let offset: Int
    /// A short, printable excerpt of the invalid bytes, possibly empty; anything but printable ASCII is replaced. For a
    /// field, it is the name only, because the value may be a secret.
    public let excerpt: String

    /// Creates an error that keeps the first few of `bytes`.
    init(_ reason: Reason, at offset: Int, excerpt bytes: some Sequence<UInt8> = EmptyCollection()) {
        self.reason = reason
        self.offset = offset
        var excerpt = ""
        for byte in bytes.prefix(Self.excerptBytes) {
            excerpt.unicodeScalars.append((0x20...0x7E).contains(byte) ? Unicode.Scalar(byte) : "\u{FFFD}")
        }
        self.excerpt = excerpt
    }

    /// The maximum length of an excerpt, in bytes.
    private static let excerptBytes = 40
}

extension HTTPResponseError {
    /// The reasons to reject a response.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The response does not begin with `HTTP/`.
        case notHTTP
        /// The first line is not a valid status line (RFC 9112, section 4).
        case malformedStatusLine
        /// The version is not HTTP/1.x (RFC 9112, section 2.3).
        case unsupportedVersion
        /// Status 101: the server switches to a protocol that the client did not request (RFC 9110, section 15.2.2).
        case switchingProtocols

        /// The head is longer than ``HTTPResponseLimits/headBytes``.
        case headTooLong
        /// The head or the trailers have more fields than ``HTTPResponseLimits/fieldCount``.
        case tooManyFields
        /// The trailers are longer than ``HTTPResponseLimits/trailerBytes``.
        case trailersTooLong
        /// A chunk-size line is longer than ``HTTPResponseLimits/chunkLineBytes``.
        case chunkLineTooLong

        /// A header or trailer line begins with whitespace (RFC 9112, sections 2.2 and 5.2).
        case lineFolding
        /// A header or trailer line has no colon (RFC 9112, section 5).
        case missingColon
        /// A header or trailer line begins with a colon (RFC 9112, section 5).
        case emptyFieldName
        /// Whitespace precedes the colon of a field line (RFC 9112, section 5.1).
        case spaceBeforeColon
        /// A field name contains a character that is not allowed in a token (RFC 9110, section 5.1).
        case invalidFieldName
        /// A field value contains a control character (RFC 9110, section 5.5).
        case invalidFieldValue

        /// `Content-Length` is not a decimal number (RFC 9110, section 8.6).
        case invalidContentLength
        /// `Content-Length` exceeds `Int.max`.
        case contentLengthOverflow
        /// `Content-Length` has two different values (RFC 9112, section 6.3).
        case conflictingContentLengths
        /// Both `Content-Length` and `Transfer-Encoding` are present, a sign of response splitting (RFC 9112, section
        /// 6.3).
        case bothLengths
        /// An HTTP/1.0 response has a `Transfer-Encoding` field (RFC 9112, section 6.1).
        case transferCodingInHTTP10
        /// `Transfer-Encoding` is empty, or lists `chunked` twice (RFC 9112, section 6.1).
        case invalidTransferCoding
        /// The response uses a transfer coding other than `chunked`; the excerpt names it.
        case unsupportedTransferCoding

        /// A chunk size is not a hexadecimal number (RFC 9112, section 7.1).
        case invalidChunkSize
        /// A chunk size exceeds `Int.max` (RFC 9112, section 7.1).
        case chunkSizeOverflow
        /// A chunk-size line does not end in CRLF, or contains a CR elsewhere (RFC 9112, section 7.1).
        case invalidChunkLineEnd
        /// The data of a chunk is not followed by CRLF (RFC 9112, section 7.1).
        case invalidChunkEnd
    }
}

extension HTTPResponseError: CustomStringConvertible {
    /// A one-line description: the reason, the offset and the excerpt.
    public var description: String { description(excerpt: excerpt) }

    /// The description with another excerpt, such as one whose secrets are redacted.
    package func description(excerpt: String) -> String {
        "HTTP response: \(reason.text), at byte \(offset)" + (excerpt.isEmpty ? "" : ": \"\(excerpt)\"")
    }
}

extension HTTPResponseError.Reason {
    /// The reason as a clause.
    fileprivate var text: String {
        switch self {
        case .notHTTP: "it does not begin with a status line"
        case .malformedStatusLine: "the status line is malformed"
        case .unsupportedVersion: "the version is not HTTP/1.x"
        case .switchingProtocols: "the server switched to another protocol"
        case .headTooLong: "the head is too long"
        case .tooManyFields: "there are too many fields"
        case .trailersTooLong: "the trailers are too long"
        case .chunkLineTooLong: "a chunk-size line is too long"
        case .lineFolding: "a field line begins with whitespace"
        case .missingColon: "a field line has no colon"
        case .emptyFieldName: "a field name is empty"
        case .spaceBeforeColon: "whitespace precedes the colon of a field line"
        case .invalidFieldName: "a field name contains an invalid character"
        case .invalidFieldValue: "a field value contains an invalid character"
        case .invalidContentLength: "Content-Length is not a number"
        case .contentLengthOverflow: "Content-Length is too large"
        case .conflictingContentLengths: "Content-Length has conflicting values"
        case .bothLengths: "Content-Length and Transfer-Encoding are both present"
        case .transferCodingInHTTP10: "an HTTP/1.0 response has a Transfer-Encoding"
        case .invalidTransferCoding: "Transfer-Encoding is invalid"
        case .unsupportedTransferCoding: "the transfer coding is not supported"
        case .invalidChunkSize: "a chunk size is not a hexadecimal number"
        case .chunkSizeOverflow: "a chunk size is too large"
        case .invalidChunkLineEnd: "a chunk-size line does not end in CRLF"
        case .invalidChunkEnd: "the data of a chunk is not followed by CRLF"
        }
    }
}
