/// A simple, slow parser of a complete response, for comparison with the incremental parser.
public struct ReferenceHTTPResponse: Sendable {
    /// A field as received, without leading and trailing whitespace in the value.
    public typealias Field = (name: [UInt8], value: [UInt8])

    /// A head.
    public struct Head: Sendable {
        /// The status code.
        public var status: Int
        /// The reason phrase.
        public var reason: [UInt8]
        /// The fields.
        public var fields: [Field] = []
    }

    /// The limits, named like those of the parser.
    public struct Limits: Sendable {
        var headBytes: Int, fieldCount: Int, trailerBytes: Int, chunkLineBytes: Int

        /// Creates limits.
        public init(headBytes: Int, fieldCount: Int, trailerBytes: Int, chunkLineBytes: Int) {
            self.headBytes = headBytes
            self.fieldCount = fieldCount
            self.trailerBytes = trailerBytes
            self.chunkLineBytes = chunkLineBytes
        }
    }

    /// The heads of interim responses.
    public private(set) var interim: [Head] = []
    /// The head of the final response.
    public private(set) var head: Head?
    /// The available bytes of the body.
    public private(set) var body: [UInt8] = []
    /// The trailers, or `nil` unless the response is complete according to its own framing.
    public private(set) var trailers: [Field]?
    /// The length of the response in bytes, up to its end or to an error.
    public private(set) var consumed = 0
    /// The reason and the offset of the error, if any.
    public private(set) var error: (reason: String, offset: Int)?
    /// Where the response is cut off and how many bytes are known to be missing; `nil` if nothing is missing.
    public private(set) var missing: (place: String, bytes: Int)?

    private let bytes: [UInt8]
    private let limits: Limits
    private let isDecoded: Bool

    private enum Stop: Error {
        case wrong(String, Int)
        case missing(String, Int)
    }

    /// Reads a response.
    public init(_ bytes: [UInt8], limits: Limits, isTransferDecoded: Bool) {
        self.bytes = bytes
        self.limits = limits
        isDecoded = isTransferDecoded
        do throws(Stop) {
            try read()
        } catch {
            switch error {
            case .wrong(let reason, let offset): self.error = (reason, offset)
            case .missing(let place, let count): missing = (place, count)
            }
        }
    }

    // MARK: The response

    private mutating func read() throws(Stop) {
        var isHTTP10 = false
        var framing = Framing()
        while head == nil {
            (head, isHTTP10) = try readStatusLine()
            framing = Framing()
            let status = head?.status ?? 0
            let hasBody = status >= 200 && status != 204 && status != 304
            while let (field, start) =
                try readField("fields", 0, limits.headBytes, "headTooLong", head?.fields.count ?? 0)
            {
                head?.fields.append(field)
                if hasBody, let wrong = framing.add(field, isHTTP10: isHTTP10, isDecoded: isDecoded) {
                    head = nil
                    throw .wrong(wrong, start)
                }
            }
            if let interim = head, interim.status < 200 {
                self.interim.append(interim)
                head = nil
            }
            if !hasBody, head != nil {
                trailers = []
                return
            }
        }
        if framing.isChunked {
            try readChunks()
        } else if let length = framing.length {
            try readData(length, "body")
            trailers = []
        } else {
            try? readData(bytes.count, "")
        }
    }

    private mutating func readStatusLine() throws(Stop) -> (Head, Bool) {
        let start = consumed
        for expected in "HTTP/".utf8 {
            guard consumed < bytes.count else { throw .missing(consumed == 0 ? "start" : "statusLine", 0) }
            if consumed >= limits.headBytes { throw .wrong("headTooLong", consumed) }
            if bytes[consumed] != expected { throw .wrong("notHTTP", consumed) }
            consumed += 1
        }
        let rest = try readLine("statusLine", 0, limits.headBytes, "headTooLong", dropsCR: true)
        // The pattern of "HTTP/x.x xxx …", where x is a digit, or of "HTTP/x xxx …".
        let hasMinor = rest.count > 1 && rest[1] == UInt8(ascii: ".")
        let pattern = Array((hasMinor ? "0.0 000" : "0 000").utf8)
        let isOld = rest.first == UInt8(ascii: "1")
        for (index, expected) in pattern.enumerated() {
            let isRight = index < rest.count && (expected == 0x30 ? Self.isDigit(rest[index]) : rest[index] == expected)
            // An unsupported version takes precedence over an error after the number.
            if index == (hasMinor ? 3 : 1), !isOld, !(isDecoded && [0x32, 0x33].contains(rest[0])) {
                throw .wrong("unsupportedVersion", start + 5)
            }
            if !isRight || (index == 1 && isOld && !hasMinor) { throw .wrong("malformedStatusLine", start + 5 + index) }
        }
        let code = rest[(pattern.count - 3)..<pattern.count]
        if code.first == 0x30 { throw .wrong("malformedStatusLine", start + 5 + pattern.count - 3) }
        for (index, byte) in rest.enumerated().dropFirst(pattern.count) {
            let isRight = index == pattern.count ? byte == 0x20 : Self.isText(byte)
            if !isRight { throw .wrong("malformedStatusLine", start + 5 + index) }
        }
        let status = Int(String(decoding: code, as: UTF8.self)) ?? 0
        if status == 101 { throw .wrong("switchingProtocols", start) }
        let head = Head(status: status, reason: Array(rest.dropFirst(pattern.count + 1)))
        return (head, isOld && rest[2] == 0x30)
    }

    private mutating func readChunks() throws(Stop) {
        while true {
            let start = consumed
            let line = try readLine("chunkFraming", start, limits.chunkLineBytes, "chunkLineTooLong", dropsCR: false)
            let digits = line.prefix { "0123456789abcdefABCDEF".utf8.contains($0) }
            if digits.isEmpty { throw .wrong("invalidChunkSize", start) }
            var size = 0
            for count in 1...digits.count {
                guard let number = Int(String(decoding: digits.prefix(count), as: UTF8.self), radix: 16) else {
                    throw .wrong("chunkSizeOverflow", start + count - 1)
                }
                size = number
            }
            let rest = line[digits.count...].drop { $0 == 0x20 || $0 == 0x09 }
            if let first = rest.first, first != 0x0D, first != UInt8(ascii: ";") {
                throw .wrong("invalidChunkSize", start + rest.startIndex)
            }
            let end = rest.firstIndex(of: 0x0D) ?? line.count
            if end != line.count - 1 { throw .wrong("invalidChunkLineEnd", start + end) }
            if size == 0 { break }
            try readData(size, "chunk")
            for expected in [0x0D, 0x0A] as [UInt8] {
                guard consumed < bytes.count else { throw .missing("chunkFraming", 0) }
                if bytes[consumed] != expected { throw .wrong("invalidChunkEnd", consumed) }
                consumed += 1
            }
        }
        var found: [Field] = []
        let start = consumed
        while let field = try readField("trailers", start, limits.trailerBytes, "trailersTooLong", found.count) {
            found.append(field.0)
        }
        trailers = found
    }

    // MARK: Pieces

    private mutating func readData(_ count: Int, _ place: String) throws(Stop) {
        let data = bytes[consumed...].prefix(count)
        body += data
        consumed += data.count
        if data.count < count { throw .missing(place, count - data.count) }
    }

    /// Reads a line, which must end within `limit` bytes of `sectionStart`.
    private mutating func readLine(
        _ place: String,
        _ sectionStart: Int,
        _ limit: Int,
        _ reason: String,
        dropsCR: Bool
    ) throws(Stop) -> [UInt8] {
        let mostEnd = sectionStart + min(limit, bytes.count + 1)
        guard let end = bytes[consumed...].firstIndex(of: 0x0A), end < mostEnd else {
            if bytes.count > mostEnd {
                consumed = mostEnd
                throw .wrong(reason, mostEnd)
            }
            consumed = bytes.count
            throw .missing(place, 0)
        }
        var line = Array(bytes[consumed..<end])
        consumed = end + 1
        if dropsCR, line.last == 0x0D { line.removeLast() }
        return line
    }

    private mutating func readField(
        _ place: String,
        _ sectionStart: Int,
        _ limit: Int,
        _ reason: String,
        _ count: Int
    ) throws(Stop) -> (Field, Int)? {
        let start = consumed
        do throws(Stop) {
            let line = try readLine(place, sectionStart, limit, reason, dropsCR: true)
            if line.isEmpty { return nil }
            if count >= limits.fieldCount { throw .wrong("tooManyFields", start) }
            if [0x20, 0x09].contains(line[0]) { throw .wrong("lineFolding", start) }
            guard let colon = line.firstIndex(of: 0x3A) else { throw .wrong("missingColon", start) }
            if colon == 0 { throw .wrong("emptyFieldName", start) }
            let name = Array(line[..<colon])
            for index in name.indices where !Self.tokenCharacters[Int(name[index])] {
                let isSpace = Self.trimmed(name[index...]).isEmpty
                throw .wrong(isSpace ? "spaceBeforeColon" : "invalidFieldName", start + index)
            }
            let value = Self.trimmed(line[(colon + 1)...])
            for index in value.indices where !Self.isText(value[index]) {
                throw .wrong("invalidFieldValue", start + index)
            }
            return ((name, Array(value)), start)
        } catch {
            // Discard a head that is cut off.
            if place == "fields" { head = nil }
            throw error
        }
    }

    fileprivate static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return bytes
    }

    fileprivate static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || (byte > 0x1F && byte != 0x7F) }

    private static let tokenCharacters: [Bool] = {
        let characters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return (0...255).map { characters.utf8.contains($0) }
    }()
}

extension ReferenceHTTPResponse {
    /// The body length according to the fields.
    private struct Framing {
        var lengths: [[UInt8]] = []
        var codings: [[UInt8]] = []
        var length: Int? { lengths.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } }
        var isChunked: Bool { !codings.isEmpty && !isIgnored }
        var isIgnored = false

        /// Adds a field and returns the reason to reject it, if any.
        mutating func add(_ field: Field, isHTTP10: Bool, isDecoded: Bool) -> String? {
            let elements = field.value.split(separator: 0x2C, omittingEmptySubsequences: false)
                .map { Array(ReferenceHTTPResponse.trimmed($0)) }
            switch String(decoding: field.name, as: UTF8.self).lowercased() {
            case "content-length":
                if !codings.isEmpty { return "bothLengths" }
                for element in elements {
                    let isNumber = !element.isEmpty && element.allSatisfy(ReferenceHTTPResponse.isDigit)
                    if !isNumber { return "invalidContentLength" }
                    if Int(String(decoding: element, as: UTF8.self)) == nil { return "contentLengthOverflow" }
                    let plain = Array(element.drop { $0 == 0x30 })
                    lengths.append(plain.isEmpty ? [0x30] : plain)
                    if lengths.last != lengths.first { return "conflictingContentLengths" }
                }
            case "transfer-encoding":
                if !lengths.isEmpty { return "bothLengths" }
                isIgnored = isDecoded
                if isDecoded {
                    codings.append([])
                    return nil
                }
                if isHTTP10 { return "transferCodingInHTTP10" }
                for element in elements where !element.isEmpty {
                    let text = String(decoding: element, as: UTF8.self)
                    if text.count != 7 || text.lowercased() != "chunked" { return "unsupportedTransferCoding" }
                    codings.append(element)
                    if codings.count > 1 { return "invalidTransferCoding" }
                }
                if codings.isEmpty { return "invalidTransferCoding" }
            default:
                break
            }
            return nil
        }
    }
}
