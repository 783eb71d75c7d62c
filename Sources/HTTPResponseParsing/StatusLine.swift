/// The first line of a response (RFC 9112, section 4): "HTTP-version SP status-code SP [ reason-phrase ]".
struct StatusLine {
    /// The prefix of every status line: "HTTP-name" and the slash of "HTTP-version" (RFC 9112, section 2.3).
    static let beginning: [UInt8] = [0x48, 0x54, 0x54, 0x50, 0x2F]

    /// The major and minor version. The minor version is 0 if the line omits it.
    let major: UInt8, minor: UInt8
    let status: Int
    let reason: String

    /// Parses a line.
    ///
    /// - Parameters:
    ///   - line: The line, which begins with `HTTP/`, without its line terminator.
    ///   - start: The offset of the line in the response.
    ///   - isRecorded: Whether to accept the status lines that clients record for HTTP/2 and HTTP/3, such as
    ///     `HTTP/2 200`.
    init(_ line: [UInt8], at start: Int, isRecorded: Bool) throws(HTTPResponseError) {
        var index = Self.beginning.count
        func error(_ reason: HTTPResponseError.Reason, at index: Int) -> HTTPResponseError {
            HTTPResponseError(reason, at: start &+ index, excerpt: line)
        }
        /// Consumes a digit and returns its value.
        func digit() throws(HTTPResponseError) -> UInt8 {
            guard index < line.count, line[index].isDigit else { throw error(.malformedStatusLine, at: index) }
            defer { index += 1 }
            return line[index] - UInt8(ascii: "0")
        }
        /// Consumes the next byte if it is `byte`.
        func consume(_ byte: Character) -> Bool {
            guard index < line.count, line[index] == byte.asciiValue else { return false }
            index += 1
            return true
        }

        // "HTTP-version = HTTP-name "/" DIGIT "." DIGIT" (section 2.3). HTTP/2 and HTTP/3 have no minor version.
        major = try digit()
        let hasMinor = consume(".")
        minor = hasMinor ? try digit() : 0
        // "A recipient that receives a message with a major version number that it implements and a minor version
        // number higher than what it implements SHOULD process the message as if it was in the highest minor version
        // within that major version" (RFC 9110, section 2.5).
        switch major {
        case 1:
            guard hasMinor else { throw error(.malformedStatusLine, at: index) }
        case 2, 3:
            guard isRecorded else { fallthrough }
        default:
            throw error(.unsupportedVersion, at: Self.beginning.count)
        }
        guard consume(" ") else { throw error(.malformedStatusLine, at: index) }

        // "status-code = 3DIGIT", and "The first digit of the status code defines the class of response" (RFC 9110,
        // section 15). Class 0 does not exist.
        let codeStart = index
        status = try Int(digit()) * 100 + Int(digit()) * 10 + Int(digit())
        guard status >= 100 else { throw error(.malformedStatusLine, at: codeStart) }

        // "A server MUST send the space that separates the status-code from the reason-phrase even when the
        // reason-phrase is absent" (section 4). Some servers omit it, which is harmless.
        guard index == line.count || consume(" ") else { throw error(.malformedStatusLine, at: index) }
        // "reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )" (section 4).
        if let wrong = line[index...].firstIndex(where: { !$0.isText }) { throw error(.malformedStatusLine, at: wrong) }
        reason = String(decoding: line[index...], as: UTF8.self)
    }
}
