import Foundation

/// A response, found by a slow and simple search, to compare the decoder under test with.
///
/// It reads the valid part of a response, and judges nothing.
public struct NaiveResponse: Sendable {
    /// The status of the final head.
    public var status: Int
    /// The header fields in order, with their names in lowercase.
    public var fields: [(name: String, value: String)]
    /// The received part of the body.
    public var body: [UInt8]

    init(status: Int, fields: [(String, String)], body: [UInt8]) {
        self.status = status
        self.fields = fields.map { (name: $0.0, value: $0.1) }
        self.body = body
    }

    /// The first final response in `bytes`; `nil` if no final head is found.
    public init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        repeat {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            var lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")[...]
            let statusLine = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
            guard statusLine.count > 1, statusLine[0].hasPrefix("HTTP/1."), let status = Int(statusLine[1]) else {
                return nil
            }
            self.status = status
            fields = lines.compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                return (name: line[..<colon].lowercased(), value: value)
            }
            rest = rest[end.upperBound...]
        } while status < 200
        body = Array(rest)
        if status == 204 || status == 304 {
            body = []
        } else if self["transfer-encoding"] == "chunked" {
            body = Self.joiningChunks(rest)
        } else if let length = self["content-length"].flatMap({ Int($0) }), !isCodingUndone {
            body = Array(rest.prefix(length))
        }
    }

    /// The value of the first field `name`.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Whether the head names a content coding that the body does not have. A declared length is then that of the coded
    /// body.
    private var isCodingUndone: Bool {
        let coding = self["content-encoding"] ?? "identity"
        return coding != "identity" && !body.starts(with: [0x1F, 0x8B]) && body.allSatisfy { $0 < 0x80 }
    }

    private static func joiningChunks(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes
        while let line = rest.firstRange(of: [0x0D, 0x0A]) {
            let size = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let count = Int(size, radix: 16), count > 0 else { break }
            body += rest[line.upperBound...].prefix(count)
            rest = rest[line.upperBound...].dropFirst(count + 2)
        }
        return body
    }
}
