/// The content coding of a body (RFC 9110, section 8.4), as far as its head and its bytes show.
///
/// The field `Content-Encoding` alone proves nothing: `curl --compressed` and some proxies undo the coding and leave the
/// field. The bytes decide.
enum ContentCoding: Sendable {
    /// The head names none.
    case none
    /// The head names this one. `hasBegun` says whether the first byte came, which is then one of text. → `undone`, by an
    /// event or by a body that is text.
    case named(String, hasBegun: Bool)
    /// The head names one, but the body is text.
    case undone

    /// Whether no text begins with this byte: the beginning of a gzip file (`1f 8b`, RFC 1952, section 2.3.1) and most
    /// other compressed data. A byte order mark, of UTF-8 or of UTF-16, begins text.
    static func isCoded(firstByte byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x20...0x7E, 0xEF, 0xFE, 0xFF, 0x00: false
        default: true
        }
    }
}
