/// The content coding of a body (RFC 9110, section 8.4), as far as its head and its bytes show.
///
/// The field `Content-Encoding` alone proves nothing: `curl --compressed` and some proxies decode the body and keep the
/// field. The bytes decide.
enum ContentCoding: Sendable {
    /// The head names no content coding.
    case none
    /// The head names this coding. `hasStarted` is set once the first byte was received, which is then a byte of text. →
    /// `undone`, by an event or by a body that is text.
    case named(String, hasStarted: Bool)
    /// The head names a coding, but the body is text.
    case undone

    /// Whether no text begins with this byte. Gzip files (`1f 8b`, RFC 1952, section 2.3.1) and most other compressed
    /// data begin with such a byte. A UTF-8 or UTF-16 byte order mark begins text.
    static func isCoded(firstByte byte: UInt8) -> Bool {
        switch byte {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x20...0x7E, 0xEF, 0xFE, 0xFF, 0x00: false
        default: true
        }
    }
}
