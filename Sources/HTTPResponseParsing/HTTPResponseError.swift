/// Bytes that are no HTTP/1.1 response, or one that this package does not accept.
///
/// A parser that has thrown this stays failed and throws the same error again. A response that ends too early is no
/// error, but an ``HTTPResponseEnding``.
public struct HTTPResponseError: Error, Sendable, Hashable {
    /// What is wrong.
    public let reason: Reason
    /// The offset in the response, in bytes, of what is wrong: of the first wrong byte where there is one, else of the
    /// first byte of the line.
    ///
    /// It depends on the response alone, not on how the response was cut into chunks.
    public let offset: Int
    /// A few of the bytes that are wrong, for a person to read; anything but printable ASCII is replaced. Of a field it
    /// is the name alone, since a value can be a secret. It may be empty.
    public let excerpt: String

    /// Creates an error. Of `bytes` the first few are kept.
    init(_ reason: Reason, at offset: Int, excerpt bytes: some Sequence<UInt8> = EmptyCollection()) {
        self.reason = reason
        self.offset = offset
        var excerpt = ""
        for byte in bytes.prefix(Self.excerptBytes) {
            excerpt.unicodeScalars.append((0x20...0x7E).contains(byte) ? Unicode.Scalar(byte) : "\u{FFFD}")
        }
        self.excerpt = excerpt
    }

    /// The most bytes of an excerpt.
    private static let excerptBytes = 40
}

extension HTTPResponseError {
    /// What can be wrong with a response.
    @nonexhaustive
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The response does not begin with `HTTP/`.
        case notHTTP
        /// The first line is no status line (RFC 9112, section 4).
        case malformedStatusLine
        /// The response is of another version than HTTP/1.x (RFC 9112, section 2.3).
        case unsupportedVersion
        /// Status 101: what follows is of another protocol, for which nobody asked (RFC 9110, section 15.2.2).
        case switchingProtocols

        /// The head is longer than ``HTTPResponseLimits/headBytes``.
        case headTooLong
        /// The head or the trailers have more fields than ``HTTPResponseLimits/fieldCount``.
        case tooManyFields
        /// The trailers are longer than ``HTTPResponseLimits/trailerBytes``.
        case trailersTooLong
        /// The line of a chunk's size is longer than ``HTTPResponseLimits/chunkLineBytes``.
        case chunkLineTooLong

        /// A line of the head or of the trailers begins with white space (RFC 9112, sections 2.2 and 5.2).
        case lineFolding
        /// A line of the head or of the trailers has no colon (RFC 9112, section 5).
        case missingColon
        /// A line of the head or of the trailers begins with a colon (RFC 9112, section 5).
        case emptyFieldName
        /// White space between a field's name and the colon (RFC 9112, section 5.1).
        case spaceBeforeColon
        /// A field's name has a character that is none of a token (RFC 9110, section 5.1).
        case invalidFieldName
        /// A field's value has a control character (RFC 9110, section 5.5).
        case invalidFieldValue

        /// `Content-Length` is no number (RFC 9110, section 8.6).
        case invalidContentLength
        /// `Content-Length` is a number beyond `Int.max`.
        case contentLengthOverflow
        /// `Content-Length` gives two different numbers (RFC 9112, section 6.3).
        case conflictingContentLengths
        /// Both `Content-Length` and `Transfer-Encoding`: an attempt at response splitting (RFC 9112, section 6.3).
        case bothLengths
        /// `Transfer-Encoding` in a response of HTTP/1.0 (RFC 9112, section 6.1).
        case transferCodingInHTTP10
        /// `Transfer-Encoding` is empty, or has `chunked` twice (RFC 9112, section 6.1).
        case invalidTransferCoding
        /// A transfer coding other than `chunked`, which the excerpt names.
        case unsupportedTransferCoding

        /// The size of a chunk is no hexadecimal number (RFC 9112, section 7.1).
        case invalidChunkSize
        /// The size of a chunk is a number beyond `Int.max` (RFC 9112, section 7.1).
        case chunkSizeOverflow
        /// The line of a chunk's size does not end in CRLF, or has a CR elsewhere (RFC 9112, section 7.1).
        case invalidChunkLineEnd
        /// No CRLF where the size of a chunk says that it ends (RFC 9112, section 7.1).
        case invalidChunkEnd
    }
}

extension HTTPResponseError: CustomStringConvertible {
    /// One line: what is wrong, the offset, the excerpt.
    public var description: String { description(excerpt: excerpt) }

    /// The same with other words for the excerpt, such as the excerpt without its secrets.
    package func description(excerpt: String) -> String {
        "HTTP response: \(reason.text), at byte \(offset)" + (excerpt.isEmpty ? "" : ": \"\(excerpt)\"")
    }
}

extension HTTPResponseError.Reason {
    /// What is wrong, in words.
    fileprivate var text: String {
        switch self {
        case .notHTTP: "it does not begin with a status line"
        case .malformedStatusLine: "the status line is malformed"
        case .unsupportedVersion: "the version is not HTTP/1.x"
        case .switchingProtocols: "the server switches to another protocol"
        case .headTooLong: "the head is too long"
        case .tooManyFields: "there are too many fields"
        case .trailersTooLong: "the trailers are too long"
        case .chunkLineTooLong: "the line of a chunk's size is too long"
        case .lineFolding: "a line begins with white space"
        case .missingColon: "a field has no colon"
        case .emptyFieldName: "a field has no name"
        case .spaceBeforeColon: "white space between a field's name and its colon"
        case .invalidFieldName: "an invalid character in a field's name"
        case .invalidFieldValue: "an invalid character in a field's value"
        case .invalidContentLength: "the content length is no number"
        case .contentLengthOverflow: "the content length is too large"
        case .conflictingContentLengths: "there are two different content lengths"
        case .bothLengths: "there is both a content length and a transfer coding"
        case .transferCodingInHTTP10: "a transfer coding in a response of HTTP/1.0"
        case .invalidTransferCoding: "the transfer coding is invalid"
        case .unsupportedTransferCoding: "the transfer coding is not supported"
        case .invalidChunkSize: "the size of a chunk is no number"
        case .chunkSizeOverflow: "the size of a chunk is too large"
        case .invalidChunkLineEnd: "the line of a chunk's size does not end in CRLF"
        case .invalidChunkEnd: "a chunk does not end where its size says"
        }
    }
}
