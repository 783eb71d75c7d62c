internal import MessageStream

/// The responses that the server generates itself.
enum OwnResponse {
    /// A response with a body of known length.
    static func make(
        _ status: Int,
        _ type: String,
        _ body: String,
        for request: HTTPRequest?,
        fields: [(String, String)] = [],
        closes: Bool
    ) -> [UInt8] {
        let bytes = Array(body.utf8)
        var head = "HTTP/1.1 \(status) \(APIErrorText.reason(for: status))\r\n"
        head += "content-type: \(type)\r\ncontent-length: \(bytes.count)\r\ncache-control: no-store\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if closes { head += "connection: close\r\n" }
        return Array((head + "\r\n").utf8) + (request?.method == "HEAD" ? [] : bytes)
    }

    /// A response that refuses a request, in the format of the API's errors.
    static func refusal(
        _ status: Int,
        _ reason: String,
        for request: HTTPRequest?,
        fields: [(String, String)] = [],
        closes: Bool
    ) -> [UInt8] {
        let body = APIErrorText.body(type: APIErrorText.type(for: status), message: reason)
        let text = String(decoding: body, as: UTF8.self) + "\n"
        return make(status, "application/json", text, for: request, fields: fields, closes: closes)
    }
}

/// The list of captures at `/`.
enum Listing {
    static func response(_ captures: [ServedCapture], _ faults: [StreamFault], for request: HTTPRequest) -> [UInt8] {
        let isPage = request.acceptedTypes.contains("text/html")
        return OwnResponse.make(
            200,
            isPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
            isPage ? page(captures, faults) : captures.map { $0.name + "\n" }.joined(),
            for: request,
            closes: !request.keepsConnection
        )
    }

    private static func page(_ captures: [ServedCapture], _ faults: [StreamFault]) -> String {
        var lines = [
            "<!doctype html>", "<html lang=\"en\"><meta charset=\"utf-8\"><title>midstream serve</title>",
            "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">",
            "<h1>Captures</h1>",
        ]
        if !faults.isEmpty {
            lines.append(
                "<p>Faults: \(faults.map { "<code>\(escaped($0.description))</code>" }.joined(separator: ", "))</p>"
            )
        }
        lines.append("<ul>")
        for capture in captures {
            let size = capture.size.map { " (\($0) bytes)" } ?? ""
            lines.append("<li><a href=\"/\(capture.name.percentEncodedPath)\">\(escaped(capture.name))</a>\(size)</li>")
        }
        lines.append("</ul><p>What the client did: <a href=\"/report\">/report</a></p></html>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
