internal import HTTPResponseParsing

/// Parses the requests of a connection one after another: bytes in; heads, body lengths and ends out.
///
/// ## Theory of operation
///
/// A request is a request line, fields, a blank line and a body, which has a known length or is chunked. The parser
/// keeps one line at a time and the few fields that the server uses. It does not keep the body: it counts and hashes
/// the bytes, so that the server can recognize a retried request.
///
/// The parser refuses everything that could mislead a lenient server about the end of a request: repeated or
/// contradictory lengths, folded fields, spaces before a colon and bare carriage returns. A line may end in a bare LF
/// (RFC 9112, section 2.2). ``Limits`` bounds everything.
///
/// - Memory: one line, and the fields that the server uses.
package struct HTTPRequestParser: Sendable {
    /// Bounds on a request, in bytes.
    package struct Limits: Sendable, Hashable {
        package var requestLine = 8 << 10
        package var head = 64 << 10
        package var fieldCount = 128
        package var body = 256 << 20
        package var chunkLine = 4 << 10
        package var trailers = 16 << 10

        package init() {}
    }

    /// A part of a request. In order, a request has one head and one end.
    package enum Part: Sendable, Hashable {
        case head(HTTPRequest)
        /// The end of the request, with the length and the hash (FNV-1a) of its body.
        case end(bodyBytes: Int, bodyHash: UInt64)
    }

    private enum State {
        /// Before or in the request line. → `fields`.
        case requestLine
        /// Before or in a field, or the blank line. → `body`, `chunkSize` or `end`.
        case fields(HTTPRequest, Framing)
        /// In a body of known length, with this many bytes left. → `end`.
        case body(Int)
        /// In the line before a chunk. → `chunkData`; → `trailers`.
        case chunkSize
        /// In a chunk, with this many bytes left. → `chunkEnd`.
        case chunkData(Int)
        /// In the line end after a chunk. → `chunkSize`.
        case chunkEnd
        /// In the fields after the last chunk. → `end`.
        case trailers
        /// After the last byte of a request. → `requestLine`.
        case end
        /// Ignores all input.
        case failed(HTTPRequestError)
    }

    /// The framing of the body according to the fields.
    private struct Framing {
        var length: Int?
        var isChunked = false
        var hostCount = 0
        package var fieldCount = 0
    }

    package let limits: Limits
    private var state = State.requestLine
    private var line: [UInt8] = []
    /// The bytes of the head or of the trailers so far, or the number of blank lines before a request.
    private var sectionBytes = 0
    private var bodyBytes = 0
    private var bodyHash: UInt64 = 0xCBF2_9CE4_8422_2325

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Whether the parser is in the middle of a request.
    package var isInRequest: Bool {
        switch state {
        case .requestLine: !line.isEmpty
        case .end: false
        default: true
        }
    }

    /// Consumes bytes up to the end of the next part.
    ///
    /// - Returns: The next part, or `nil` if all bytes are consumed without completing one.
    /// - Throws: ``HTTPRequestError``, and the same error on every later call.
    package mutating func next(in bytes: inout ArraySlice<UInt8>) throws(HTTPRequestError) -> Part? {
        do throws(HTTPRequestError) {
            while true {
                if case .end = state { return end() }
                guard !bytes.isEmpty else { return nil }
                if let part = try advance(&bytes) { return part }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private mutating func advance(_ bytes: inout ArraySlice<UInt8>) throws(HTTPRequestError) -> Part? {
        switch state {
        case .requestLine:
            guard let line = try line(in: &bytes, limit: limits.requestLine, status: 414) else { return nil }
            // "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line
            // (CRLF) received prior to the request-line" (section 2.2).
            if line.isEmpty {
                sectionBytes += 1
                if sectionBytes > 16 { throw HTTPRequestError(status: 400, reason: "there is no request line") }
                return nil
            }
            sectionBytes = line.count
            state = .fields(try Self.request(line), Framing())
            return nil
        case .fields(var request, var framing):
            let room = limits.head - sectionBytes
            guard let line = try line(in: &bytes, limit: room, status: 431) else { return nil }
            sectionBytes += line.count + 2
            guard line.isEmpty else {
                framing.fieldCount += 1
                if framing.fieldCount > limits.fieldCount {
                    throw HTTPRequestError(status: 431, reason: "the request has more than \(limits.fieldCount) fields")
                }
                try Self.read(line, &request, &framing)
                state = .fields(request, framing)
                return nil
            }
            try beginBody(request, framing)
            return .head(request)
        case .body(let left): state = consumeBody(&bytes, left).map(State.body) ?? .end
        case .chunkSize:
            guard let line = try line(in: &bytes, limit: limits.chunkLine, status: 400, keepsLineEnd: true) else {
                return nil
            }
            guard let size = try? ChunkSizeLine.size(line, at: 0) else {
                throw HTTPRequestError(status: 400, reason: "a chunk of the request body has an invalid size")
            }
            if size > limits.body - bodyBytes { throw bodyIsTooLong }
            sectionBytes = 0
            state = size == 0 ? .trailers : .chunkData(size)
        case .chunkData(let left): state = consumeBody(&bytes, left).map(State.chunkData) ?? .chunkEnd
        case .chunkEnd:
            guard let line = try line(in: &bytes, limit: 1, status: 400) else { return nil }
            if !line.isEmpty { throw HTTPRequestError(status: 400, reason: "a chunk is longer than its size") }
            state = .chunkSize
        case .trailers:
            guard let line = try line(in: &bytes, limit: limits.trailers - sectionBytes, status: 431) else {
                return nil
            }
            sectionBytes += line.count + 2
            if line.isEmpty { state = .end }
        case .end: break
        case .failed(let error): throw error
        }
        return nil
    }

    /// Ends a request.
    private mutating func end() -> Part {
        defer {
            state = .requestLine
            sectionBytes = 0
            bodyBytes = 0
            bodyHash = 0xCBF2_9CE4_8422_2325
        }
        return .end(bodyBytes: bodyBytes, bodyHash: bodyHash)
    }

    // MARK: Lines

    /// Consumes bytes through the next LF.
    ///
    /// - Returns: The line without its end (except for a CR, if requested), or `nil` if its end has not arrived.
    private mutating func line(
        in bytes: inout ArraySlice<UInt8>,
        limit: Int,
        status: Int,
        keepsLineEnd: Bool = false
    ) throws(HTTPRequestError) -> [UInt8]? {
        let end = bytes.firstIndex(of: 0x0A)
        let piece = bytes[..<(end ?? bytes.endIndex)]
        if line.count + piece.count > limit {
            let part = status == 414 ? "the request line" : status == 431 ? "the head" : "a chunk line"
            throw HTTPRequestError(status: status, reason: "\(part) of the request is too long")
        }
        line += piece
        bytes = bytes[(end.map { $0 + 1 } ?? bytes.endIndex)...]
        guard end != nil else { return nil }
        defer { line.removeAll(keepingCapacity: true) }
        if keepsLineEnd { return line }
        if line.last == 0x0D { line.removeLast() }
        if line.contains(0x0D) { throw HTTPRequestError(status: 400, reason: "a line of the head contains a CR") }
        return line
    }

    /// "request-line = method SP request-target SP HTTP-version" (section 3).
    private static func request(_ line: [UInt8]) throws(HTTPRequestError) -> HTTPRequest {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, !words[0].isEmpty, words[0].count <= 32,
            words[0].allSatisfy(HeadSyntax.isTokenCharacter), !words[1].isEmpty,
            words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw HTTPRequestError(status: 400, reason: "the first line is not an HTTP request line") }
        // "HTTP-version = HTTP-name "/" DIGIT "." DIGIT" (section 2.3).
        let version = Array(words[2])
        guard version.count == 8, version.starts(with: HeadSyntax.protocolName), HeadSyntax.isDigit(version[5]),
            version[6] == UInt8(ascii: "."), HeadSyntax.isDigit(version[7])
        else { throw HTTPRequestError(status: 400, reason: "the request line does not end with an HTTP version") }
        guard version[5] == UInt8(ascii: "1") else {
            throw HTTPRequestError(status: 505, reason: "the server supports only HTTP/1.1")
        }
        return HTTPRequest(
            method: String(decoding: words[0], as: UTF8.self),
            target: String(decoding: words[1], as: UTF8.self),
            minorVersion: Int(version[7] - UInt8(ascii: "0"))
        )
    }

    private static func read(
        _ line: [UInt8],
        _ request: inout HTTPRequest,
        _ framing: inout Framing
    ) throws(HTTPRequestError) {
        guard let field = try? FieldLine(line, at: 0) else {
            throw HTTPRequestError(status: 400, reason: "a field of the head is malformed")
        }
        if field.isNamed("host") { framing.hostCount += 1 }
        if field.isNamed("content-length") {
            guard !field.value.isEmpty, field.value.allSatisfy(HeadSyntax.isDigit) else {
                throw HTTPRequestError(status: 400, reason: "content-length is not a number")
            }
            // A number that does not fit exceeds every limit.
            let length = Int(String(decoding: field.value, as: UTF8.self)) ?? .max
            if let known = framing.length, known != length {
                throw HTTPRequestError(status: 400, reason: "there are two different content-lengths")
            }
            framing.length = length
        }
        if field.isNamed("transfer-encoding") {
            let value = String(decoding: field.value, as: UTF8.self).lowercased()
            guard value == "chunked", !framing.isChunked else {
                throw HTTPRequestError(status: 501, reason: "the only supported transfer coding is chunked")
            }
            framing.isChunked = true
        }
        for name in ["accept", "connection", "expect"] where field.isNamed(name) {
            // "the combined field value" of a repeated field (RFC 9110, section 5.2). The head is bounded.
            let value = String(decoding: field.value, as: UTF8.self)
            request.fields[name] = request.fields[name].map { $0 + ", " + value } ?? value
        }
    }

    private mutating func beginBody(_ request: HTTPRequest, _ framing: Framing) throws(HTTPRequestError) {
        // "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message that lacks a Host
        // header field and to any request message that contains more than one" (section 3.2).
        if framing.hostCount > 1 || (framing.hostCount == 0 && request.minorVersion > 0) {
            throw HTTPRequestError(status: 400, reason: "the request must have exactly one host field")
        }
        // "Early implementations of HTTP/1.0 […]": both fields at once, or a coding in HTTP/1.0, may be an attempt at
        // request smuggling (section 6.1).
        if framing.isChunked, framing.length != nil || request.minorVersion == 0 {
            throw HTTPRequestError(status: 400, reason: "transfer-encoding contradicts content-length or the version")
        }
        if let expect = request.fields["expect"], expect.lowercased() != "100-continue" {
            throw HTTPRequestError(status: 417, reason: "the only supported expectation is 100-continue")
        }
        let length = framing.length ?? 0
        if length > limits.body { throw bodyIsTooLong }
        state = framing.isChunked ? .chunkSize : length > 0 ? .body(length) : .end
    }

    private var bodyIsTooLong: HTTPRequestError {
        HTTPRequestError(status: 413, reason: "the body of the request is longer than \(limits.body) bytes")
    }

    /// Consumes bytes of the body. Returns the number of bytes left, or `nil` after the last one.
    private mutating func consumeBody(_ bytes: inout ArraySlice<UInt8>, _ left: Int) -> Int? {
        let piece = bytes.prefix(left)
        for byte in piece { bodyHash = (bodyHash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        bodyBytes += piece.count
        bytes = bytes.dropFirst(piece.count)
        return piece.count == left ? nil : left - piece.count
    }
}
