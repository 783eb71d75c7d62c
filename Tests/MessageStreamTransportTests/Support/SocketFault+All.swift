import Foundation
import LoopbackServer
import MessageStream

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension SocketFault {
    /// All faults, in the order of the stages of a stream.
    static let all = withoutConnection + beforeHead + otherResponses + inTheStream + atTheEnd

    /// A transport error before any byte was received.
    private static func noResponse(isTransient: Bool) -> Outcome {
        .failure("transport", .beforeResponse, nil, isTransient: isTransient)
    }

    // MARK: No connection

    private static let withoutConnection = [
        SocketFault(
            "the port refuses the connection",
            urlSession: noResponse(isTransient: true),
            request: { server in
                server.stop()
                return defaultRequest(server)
            }
        ),
        SocketFault(
            "the host has no address",
            urlSession: noResponse(isTransient: true),
            request: { _ in URLRequest(url: URL(string: "http://no-such-host.invalid/")!) }
        ),
        SocketFault(
            "the URL is not an HTTP URL",
            urlSession: noResponse(isTransient: false),
            request: { _ in URLRequest(url: URL(string: "ftp://127.0.0.1/")!) }
        ),
        SocketFault(
            "the URL has no host",
            urlSession: noResponse(isTransient: false),
            request: { _ in URLRequest(url: URL(string: "http:///v1/messages")!) }
        ),
        SocketFault(
            "a header field name contains a space",
            urlSession: noResponse(isTransient: false),
            request: { server in
                var request = defaultRequest(server)
                request.setValue("1", forHTTPHeaderField: "x key")
                return request
            }
        ),
        SocketFault(
            "the server does not speak TLS",
            urlSession: noResponse(isTransient: true),
            request: { URLRequest(url: URL(string: $0.url(scheme: "https"))!) },
            serve: { peer in
                _ = try peer.read()
                try peer.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            }
        ),
    ]

    // MARK: No response

    private static let beforeHead = [
        SocketFault(
            "the server closes without a response",
            .failure("truncated", .beforeResponse, nil, isTransient: true)
        ) { peer in
            _ = try peer.readRequest()
        },
        SocketFault("the server resets without a response", noResponse(isTransient: true)) { peer in
            _ = try peer.readRequest()
            peer.reset()
        },
        // FoundationNetworking crashes.
        SocketFault(
            "the server closes in the middle of the head",
            tcp: .failure("truncated", .beforeResponse, nil, isTransient: true),
            serve: { peer in
                _ = try peer.readRequest()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Le")
            }
        ),
        SocketFault("the server does not speak HTTP", noResponse(isTransient: false)) { peer in
            try peer.write("220 mail.example ESMTP\r\n\r\n")
            peer.waitForClose()
        },
        SocketFault(
            "the server never responds",
            .failure("stalled silence", .beforeResponse, nil, isTransient: true),
            stall: StallPolicy(silence: .milliseconds(500))
        ) { $0.waitForClose() },
    ]

    // MARK: Another response

    /// A failure of the whole response.
    private static func refused(_ kind: String, _ status: Int, isTransient: Bool) -> Outcome {
        .failure(kind, .beforeMessage, status, isTransient: isTransient)
    }

    private static func sending(_ response: String) -> LoopbackServer.Script {
        { peer in
            _ = try peer.readRequest()
            try peer.write(response)
            peer.waitForClose()
        }
    }

    private static let json = "application/json"

    private static let otherResponses = [
        SocketFault(
            "529 with an API error",
            refused("api overloaded_error", 529, isTransient: true),
            serve: sending(Wire.response("529 Overloaded", json, Wire.error("overloaded_error")))
        ),
        SocketFault(
            "401 with an API error",
            refused("api authentication_error", 401, isTransient: false),
            serve: sending(Wire.response("401 Unauthorized", json, Wire.error("authentication_error")))
        ),
        SocketFault(
            "401 with a challenge and an API error",
            refused("api authentication_error", 401, isTransient: false),
            serve: sending(
                Wire.response(
                    "401 Unauthorized",
                    json,
                    Wire.error("authentication_error"),
                    fields: "WWW-Authenticate: Bearer realm=\"api\"\r\n"
                )
            )
        ),
        SocketFault(
            "503 with a line of text from a proxy",
            refused("http", 503, isTransient: true),
            serve: sending(Wire.response("503 Service Unavailable", "text/plain", "upstream connect error"))
        ),
        SocketFault(
            "413 with an HTML page and a close, during an 8 MB request body",
            refused("http", 413, isTransient: false),
            request: { server in
                var request = defaultRequest(server)
                request.httpBody = Data(count: 8 << 20)
                return request
            },
            serve: { peer in
                _ = try peer.readHead()
                let page = "<html><body>413 Request Entity Too Large</body></html>"
                try peer.write(
                    Wire.response("413 Request Entity Too Large", "text/html", page, fields: "Connection: close\r\n")
                )
                try peer.halfClose()
                // Closing with unread bytes sends a reset, which may destroy the response at the client.
                peer.waitForClose()
            }
        ),
        SocketFault(
            "200 with an HTML page",
            refused("notEventStream", 200, isTransient: false),
            serve: sending(Wire.response("200 OK", "text/html", "<html></html>"))
        ),
        SocketFault(
            "200 with an API error as JSON",
            refused("api overloaded_error", 200, isTransient: true),
            serve: sending(Wire.response("200 OK", json, Wire.error("overloaded_error")))
        ),
        SocketFault(
            "an empty event stream",
            refused("truncated", 200, isTransient: true),
            serve: sending(Wire.response("200 OK", "text/event-stream", ""))
        ),
        SocketFault(
            "a redirect to the stream",
            urlSession: .complete("Hello"),
            tcp: refused("http", 307, isTransient: false),
            serve: { peer in
                if try peer.readRequest().head.hasPrefix("POST /v1/messages ") {
                    let fields = "Location: /new\r\nConnection: close\r\n"
                    try peer.write("HTTP/1.1 307 Temporary Redirect\r\n\(fields)Content-Length: 0\r\n\r\n")
                } else {
                    try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.end)
                }
            }
        ),
    ]

    // MARK: The stream fails

    /// A failure in the middle of the response.
    private static func broken(_ kind: String, isTransient: Bool = true) -> Outcome {
        .failure(kind, .afterContent, 200, isTransient: isTransient, .duplicatesOutput, "Hello")
    }

    /// Sends the beginning of a response, and continues once it has arrived.
    private static func sendingHello(chunked: Bool, then: @escaping LoopbackServer.Script) -> LoopbackServer.Script {
        { peer in
            _ = try peer.readRequest()
            let body = Wire.start + Wire.delta("Hello")
            try peer.write(chunked ? Wire.chunkedHead + Wire.chunk(body) : Wire.openHead + body)
            // A reset may destroy bytes that were received but not read.
            try peer.wait(for: peer.gate)
            try then(peer)
        }
    }

    private static let cut = String(Wire.delta(" world").prefix(70))

    private static let inTheStream = [
        SocketFault(
            "a reset in the middle of an event",
            broken("transport"),
            serve: sendingHello(chunked: true) { peer in
                try peer.write(Wire.chunk(cut))
                peer.reset()
            }
        ),
        SocketFault(
            "a close in the middle of an event and a chunk",
            broken("truncated"),
            serve: sendingHello(chunked: true) { try $0.write(String(Wire.chunk(Wire.delta(" world")).prefix(70))) }
        ),
        SocketFault(
            "a half-close in the middle of an event, in a body without a length",
            broken("truncated"),
            serve: sendingHello(chunked: false) { peer in
                try peer.write(cut)
                try peer.halfClose()
                peer.waitForClose()
            }
        ),
        SocketFault(
            "a close between two events",
            broken("truncated"),
            serve: sendingHello(chunked: false) { _ in }
        ),
        SocketFault(
            "a complete response without message_stop",
            broken("truncated"),
            serve: sendingHello(chunked: true) { try $0.write("0\r\n\r\n") }
        ),
        SocketFault(
            "invalid chunked framing",
            broken("transport"),
            serve: sendingHello(chunked: true) { peer in
                try peer.write("zz\r\n\r\n")
                peer.waitForClose()
            }
        ),
        SocketFault(
            "silence in the middle of the response",
            broken("stalled silence"),
            stall: StallPolicy(silence: .milliseconds(500)),
            serve: sendingHello(chunked: true) { $0.waitForClose() }
        ),
        SocketFault(
            "only pings in the middle of the response",
            broken("stalled noContent"),
            stall: StallPolicy(silence: .seconds(10), noContent: .milliseconds(500)),
            serve: sendingHello(chunked: true) { peer in
                while true {
                    try peer.write(Wire.chunk(Wire.ping))
                    usleep(20_000)
                }
            }
        ),
        SocketFault(
            "an error event in the middle of the response; the connection stays open",
            broken("api overloaded_error"),
            serve: sendingHello(chunked: true) { peer in
                try peer.write(Wire.chunk("event: error\ndata: \(Wire.error("overloaded_error"))\n\n"))
                peer.waitForClose()
            }
        ),
    ]

    // MARK: No failure

    private static let long = String(decoding: noise(2 << 20).map { 0x61 + $0 % 26 }, as: UTF8.self)

    private static let atTheEnd = [
        SocketFault(
            "a complete message; the connection stays open",
            .complete("Hello"),
            serve: sendingHello(chunked: true) { peer in
                try peer.write(Wire.chunk(Wire.end))
                peer.waitForClose()
            }
        ),
        SocketFault(
            "a complete message, then a reset",
            .complete("Hello"),
            serve: sendingHello(chunked: true) { peer in
                try peer.write(Wire.chunk(Wire.end))
                usleep(100_000)
                peer.reset()
            }
        ),
        SocketFault("one byte at a time", .complete("Hello")) { peer in
            _ = try peer.readRequest()
            let body = (Wire.start + Wire.delta("Hello") + Wire.end).utf8.map { String(UnicodeScalar($0)) }
            try peer.writeByteByByte(Array((Wire.chunkedHead + body.map(Wire.chunk).joined()).utf8))
        },
        SocketFault("2 MB of text in one write", .complete(long)) { peer in
            _ = try peer.readRequest()
            try peer.write(Wire.openHead + Wire.start + Wire.delta(long) + Wire.end)
        },
    ]
}
