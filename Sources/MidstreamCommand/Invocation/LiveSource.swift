import Foundation
import MessageStream
import MessageStreamTransport
import StreamReplay

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A stream from a connection instead of a file.
enum LiveSource {
    /// A response that URLSession fetches from this URL, as given.
    case http(String)
    /// A TCP connection.
    case tcp(host: String, port: UInt16)

    /// Parses an argument, or returns `nil` if it names a file.
    init?(_ argument: String) throws(UsageError) {
        let lowercased = argument.lowercased()
        if lowercased.hasPrefix("http://") || lowercased.hasPrefix("https://") {
            self = .http(argument)
        } else if lowercased.hasPrefix("tcp://") {
            let authority = argument.dropFirst("tcp://".count)
            let end = authority.hasSuffix("/") ? authority.dropLast() : authority
            guard let colon = end.lastIndex(of: ":"), let port = UInt16(end[end.index(after: colon)...]), port > 0
            else {
                throw UsageError(message: "'\(argument)' is not of the form tcp://HOST:PORT")
            }
            var host = end[..<colon]
            // RFC 3986, section 3.2.2: IP-literal = "[" ( IPv6address / IPvFuture ) "]"
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            guard !host.isEmpty else {
                throw UsageError(message: "'\(argument)' is not of the form tcp://HOST:PORT")
            }
            self = .tcp(host: String(host), port: port)
        } else {
            return nil
        }
    }
}

extension LiveSource {
    /// The source for display, with possible secrets removed.
    var name: String {
        switch self {
        case .http(let url): Excerpt.url(url)
        case .tcp(let host, let port): "tcp://\(host):\(port)"
        }
    }
}

/// The request to a ``LiveSource``.
struct LiveRequest {
    /// The header fields.
    var fields: [(name: String, value: String)] = []
    /// The body. Over TCP, it is the entire request.
    var body: [UInt8]?
    /// When to treat the stream as stalled.
    var stalls = StallPolicy.standard

    /// Adds the field in `line`, or each line of the file if it is `@FILE`.
    mutating func addFields(_ line: [UInt8]) throws(UsageError) {
        guard line.first == UInt8(ascii: "@") else { return try addField(String(decoding: line, as: UTF8.self)[...]) }
        let text = String(decoding: try Self.contents(of: line.dropFirst()), as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) { try addField(line) }
    }

    private mutating func addField(_ line: Substring) throws(UsageError) {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
            // The message omits the line, which may contain a key.
            throw UsageError(message: "--header must be 'Name: value', or @FILE with such lines")
        }
        let value = line[line.index(after: colon)...].trimmingCharacters(in: CharacterSet(charactersIn: " \t"))
        fields.append((String(line[..<colon]), value))
    }

    /// Sets the body to `data`, or to the contents of the file if it is `@FILE`.
    mutating func setBody(_ data: [UInt8]) throws(UsageError) {
        body = data.first == UInt8(ascii: "@") ? try Self.contents(of: data.dropFirst()) : data
    }

    private static func contents(of path: ArraySlice<UInt8>) throws(UsageError) -> [UInt8] {
        do throws(CaptureError) {
            let file = try CaptureFile(path: Array(path))
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            var contents: [UInt8] = []
            while case .bytes(let count) = try file.read(into: &buffer) { contents += buffer[..<count] }
            return contents
        } catch {
            throw UsageError(message: "\(error)")
        }
    }

    /// The request for a URL. If `text` is not a valid URL, the request has no URL and fails with a message about it.
    func urlRequest(to text: String) -> URLRequest {
        var request = URLRequest(url: URL(filePath: "/"))
        request.url = URL(string: text)
        if let body {
            request.httpMethod = "POST"
            request.httpBody = Data(body)
            request.setValue("application/json", forHTTPHeaderField: "content-type")
        }
        for (name, _) in fields { request.setValue(nil, forHTTPHeaderField: name) }
        for (name, value) in fields { request.addValue(value, forHTTPHeaderField: name) }
        return request
    }
}
