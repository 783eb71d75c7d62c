/// A header or trailer line: "field-line = field-name ":" OWS field-value OWS" (RFC 9112, section 5).
package struct FieldLine {
    package let name: ArraySlice<UInt8>
    package let value: ArraySlice<UInt8>

    /// The field as text. Invalid UTF-8 becomes U+FFFD: "A recipient SHOULD treat other allowed octets in field content
    /// (i.e., obs-text) as opaque data" (RFC 9110, section 5.5).
    package var field: ResponseField {
        ResponseField(name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self))
    }

    /// Parses a line.
    ///
    /// - Parameters:
    ///   - line: The line, not empty, without its line terminator.
    ///   - start: The offset of the line in the response.
    package init(_ line: [UInt8], at start: Int) throws(HTTPResponseError) {
        // "obs-fold = OWS CRLF RWS": a line that continues the previous field's value (section 5.2). Senders must not
        // generate it. User agents are required to replace it with spaces; this parser rejects it, as servers and
        // proxies may. After the status line, "A recipient that receives whitespace between the start-line and the
        // first header field MUST either reject the message as invalid or consume each whitespace-preceded line without
        // further processing of it" (section 2.2). No excerpt: the line is part of a value.
        if line[0].isWhitespace { throw HTTPResponseError(.lineFolding, at: start) }
        // No excerpt here either: the line may be the rest of a value that contains a stray line break.
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw HTTPResponseError(.missingColon, at: start)
        }
        name = line[..<colon]
        // "field-name = token", "token = 1*tchar" (RFC 9110, sections 5.1 and 5.6.2).
        if name.isEmpty { throw HTTPResponseError(.emptyFieldName, at: start) }
        if let wrong = name.firstIndex(where: { !$0.isTokenCharacter }) {
            // "No whitespace is allowed between the field name and colon" (section 5.1).
            let isSpace = name[wrong...].allSatisfy { $0.isWhitespace }
            throw HTTPResponseError(isSpace ? .spaceBeforeColon : .invalidFieldName, at: start &+ wrong, excerpt: name)
        }
        // "A field value does not include leading or trailing whitespace" (RFC 9110, section 5.5).
        value = line[(colon + 1)...].trimmingWhitespace
        // "Field values containing CR, LF, or NUL characters are invalid and dangerous", and "Field values containing
        // other CTL characters are also invalid" (RFC 9110, section 5.5).
        if let wrong = value.firstIndex(where: { !$0.isText }) {
            throw HTTPResponseError(.invalidFieldValue, at: start &+ wrong, excerpt: name)
        }
    }

    /// Whether this line is a field named `name`.
    package func isNamed(_ name: String) -> Bool { self.name.isSameFieldName(as: name.utf8) }
}
