import HTTPResponseParsing
import LoopbackServer

extension LoopbackClient {
    /// A response, delimited by its framing.
    struct Response {
        var head: ResponseHead?
        var body: [UInt8] = []
        var isComplete = false
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Sends a request and reads its response, up to its end or that of the connection.
    func request(_ method: String = "GET", _ path: String, body: String? = nil, fields: String = "") throws -> Response
    {
        let length = body.map { "content-length: \($0.utf8.count)\r\n" } ?? ""
        try send("\(method) \(path) HTTP/1.1\r\nhost: localhost\r\n\(fields)\(length)\r\n\(body ?? "")")
        return try response(to: method)
    }

    func response(to method: String = "GET") throws -> Response {
        var response = Response()
        var parser = HTTPResponseParser()
        while true {
            let bytes = try read(atMost: 1)
            if bytes.isEmpty { return response }
            // `UInt8` has no padding bytes.
            var rest = unsafe bytes.span.bytes
            while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head):
                    response.head = head
                    if method == "HEAD" { return response }
                case .body(let piece): unsafe piece.withUnsafeBytes { unsafe response.body.append(contentsOf: $0) }
                case .end:
                    response.isComplete = true
                    return response
                @unknown default: break
                }
            }
        }
    }
}
