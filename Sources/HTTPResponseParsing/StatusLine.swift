/// The first line of a response (RFC 9112, section 4): "HTTP-version SP status-code SP [ reason-phrase ]".
struct StatusLine {
    /// What every status line begins with: "HTTP-name" and the slash of "HTTP-version" (RFC 9112, section 2.3).
    static let beginning: [UInt8] = [0x48, 0x54, 0x54, 0x50, 0x2F]

    /// The version's number before the dot, and that after it, 0 if there is none.
    let major: UInt8, minor: UInt8
    let status: Int
    let reason: String

    /// Reads a line without its line end.
    ///
    /// - Parameters:
    ///   - line: The line, which begins with `HTTP/`.
    ///   - start: The offset of the line in the response.
    ///   - isRecorded: Whether the versions of HTTP that are not text are allowed, as recorded by a client: `HTTP/2 200`.
    init(_ line: [UInt8], at start: Int, isRecorded: Bool) throws(HTTPResponseError) {
        var index = Self.beginning.count
        func error(_ reason: HTTPResponseError.Reason, at index: Int) -> HTTPResponseError {
            HTTPResponseError(reason, at: start &+ index, excerpt: line)
        }
        /// Takes one digit.
        func digit() throws(HTTPResponseError) -> UInt8 {
            guard index < line.count, line[index].isDigit else { throw error(.malformedStatusLine, at: index) }
            defer { index += 1 }
            return line[index] - UInt8(ascii: "0")
        }
        /// Whether the next byte is `byte`, which is taken then.
        func take(_ byte: Character) -> Bool {
            guard index < line.count, line[index] == byte.asciiValue else { return false }
            index += 1
            return true
        }

        // "HTTP-version = HTTP-name "/" DIGIT "." DIGIT" (section 2.3). Versions that are not text have no minor
        // number.
        major = try digit()
        let hasMinor = take(".")
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
        guard take(" ") else { throw error(.malformedStatusLine, at: index) }

        // "status-code = 3DIGIT", and "The first digit of the status code defines the class of response" (RFC 9110, section
        // 15); there is no class 0.
        let codeStart = index
        status = try Int(digit()) * 100 + Int(digit()) * 10 + Int(digit())
        guard status >= 100 else { throw error(.malformedStatusLine, at: codeStart) }

        // "A server MUST send the space that separates the status-code from the reason-phrase even when the
        // reason-phrase is absent" (section 4). Some do not, and nothing depends on it.
        guard index == line.count || take(" ") else { throw error(.malformedStatusLine, at: index) }
        // "reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )" (section 4).
        if let wrong = line[index...].firstIndex(where: { !$0.isText }) { throw error(.malformedStatusLine, at: wrong) }
        reason = String(decoding: line[index...], as: UTF8.self)
    }
}
