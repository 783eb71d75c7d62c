import CaptureCorpus
import Foundation
import LoopbackServer
import MessageStream
import TestScheduling
import Testing

/// `midstream replay` of live connections.
@Suite(.takesTurns(within: .seconds(300))) struct LiveSourceTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nRequest-Id: req_live\r\n"

    /// A response in chunks of `size` bytes (RFC 9112, section 7.1).
    private static func response(_ body: [UInt8], chunks size: Int) -> [UInt8] {
        var bytes = Array("\(head)Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".utf8)
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body[start..<min(start + size, body.count)]
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }

    private static func verdict(_ result: Command.Result) throws -> [String: Any] {
        try #require(result.objects.last?["verdict"] as? [String: Any])
    }

    private static func failure(_ result: Command.Result) throws -> [String: Any] {
        try #require(try verdict(result)["failure"] as? [String: Any])
    }

    /// The verdict on a live stream equals the verdict on its recording.
    @Test(arguments: [
        "text-complete.sse", "overloaded-after-content.sse", "cut-inside-frame.sse", "tool-use-complete.sse",
        "text-multilingual-complete.sse", "overloaded-first.sse",
    ])
    func sameAsFile(_ name: String) async throws {
        let response = Self.response(Capture.named(name).bytes, chunks: 300)
        let server = try LoopbackServer { peer in
            // The first connection sends an HTTP request, the second one does not.
            if peer.index == 0 { _ = try peer.readHead() }
            try peer.write(response)
            try peer.halfClose()
            peer.waitForClose()
        }
        defer { server.stop() }
        let recorded = try await Command.run(["replay", "--json", "--input", "response", "-"], input: response)
        for url in [server.url("/v1/messages"), server.url("", scheme: "tcp")] {
            let live = try await Command.run(["replay", "--json", url])
            #expect(live.status == recorded.status, "\(url)")
            #expect(live.lines == recorded.lines, "\(url)")
            #expect(live.errors.isEmpty)
        }
    }

    @Test func request() async throws {
        let folder = try TemporaryFolder()
        let body = Array(#"{"model":"m","stream":true}"#.utf8) + [0xFF, 0x00]
        let data = try folder.file("request.json", body)
        let fields = try folder.file("fields", Array("X-Api-Key: sk-ant-secret\r\nX-Empty:\r\n".utf8))
        let received = Received()
        let server = try LoopbackServer { peer in
            received.append(try peer.readRequest())
            try peer.write(Self.response(Capture.named("text-complete.sse").bytes, chunks: 4096))
        }
        defer { server.stop() }
        let result = try await Command.run([
            "replay", "--header", "X-Twice: one", "--header=X-Twice: two:three", "--header", "@\(fields.path)",
            "--data", "@\(data.path)", server.url("/v1/messages?beta=true"),
        ])
        #expect(result.status == 0)
        let request = try #require(received.all.first)
        let lines = request.head.components(separatedBy: "\r\n")
        #expect(lines.first == "POST /v1/messages?beta=true HTTP/1.1")
        let sent = Set(lines.dropFirst().map { $0.lowercased() })
        #expect(sent.contains("x-api-key: sk-ant-secret"))
        #expect(sent.contains("content-type: application/json"))
        #expect(sent.contains("x-twice: one,two:three"))
        #expect(request.body == body)

        let typed = try await Command.run([
            "replay", "--header", "content-type: text/plain", "--data", "words", server.url(),
        ])
        #expect(typed.status == 0)
        let second = try #require(received.all.last)
        #expect(second.head.lowercased().contains("content-type: text/plain\r\n"))
        #expect(!second.head.lowercased().contains("application/json"))
        #expect(second.body == Array("words".utf8))
    }

    /// Over TCP, the command sends only the data.
    @Test func rawRequest() async throws {
        let received = Received()
        let server = try LoopbackServer { peer in
            received.append(try peer.readRequest())
            try peer.write(Self.response(Capture.named("text-complete.sse").bytes, chunks: 1))
        }
        defer { server.stop() }
        let request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        let result = try await Command.run(["replay", "--json", "--data", request, server.url("/", scheme: "tcp")])
        #expect(result.status == 0)
        let first = try #require(received.all.first)
        #expect(first.head + String(decoding: first.body, as: UTF8.self) == request)
    }

    /// A body without a head, as sent by a tool that replays a capture into a socket.
    @Test func rawBody() async throws {
        let capture = Capture.named("overloaded-after-content.sse")
        let server = try LoopbackServer { peer in
            try peer.write(capture.bytes)
            peer.waitForClose()
        }
        defer { server.stop() }
        let recorded = try await Command.run(["replay", "--json", "-"], input: capture.bytes)
        let live = try await Command.run(["replay", "--json", "--input", "body", server.url("/", scheme: "tcp")])
        #expect(live.status == recorded.status)
        #expect(live.lines == recorded.lines)
    }

    /// Each event is displayed as soon as it arrives, before the response ends.
    @Test(arguments: ["http", "tcp"])
    func live(_ scheme: String) async throws {
        let body = String(decoding: Capture.named("text-complete.sse").bytes, as: UTF8.self)
        let frames = body.components(separatedBy: "\n\n").dropLast().map { "\($0)\n\n" }
        let gates = frames.map { _ in Gate() }
        let server = try LoopbackServer { peer in
            if scheme == "http" { _ = try peer.readHead() }
            try peer.write("\(Self.head)Connection: close\r\n\r\n")
            for (frame, gate) in zip(frames, gates) {
                try peer.write(frame)
                try peer.wait(for: gate)
            }
        }
        defer { server.stop() }
        let command = try LiveCommand(["replay", "--json", server.url("/", scheme: scheme)])
        for gate in gates {
            #expect(try command.line().hasPrefix("{\"event\":"))
            gate.open()
        }
        #expect(try command.line().hasPrefix("{\"verdict\":{\"outcome\":\"complete\""))
        #expect(try command.finish().status == 0)
    }

    /// A complete message ends the command, even if the server keeps the connection open.
    @Test func endsAfterMessage() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("\(Self.head)\r\n")
            try peer.write(Capture.named("text-complete.sse").bytes)
            peer.waitForClose()
        }
        defer { server.stop() }
        #expect(try await Command.run(["replay", server.url()]).status == 0)
    }

    @Test func silence() async throws {
        let silent = try LoopbackServer { $0.waitForClose() }
        defer { silent.stop() }
        let server = try LoopbackServer { peer in
            try peer.write("\(Self.head)\r\n: a comment\n\n")
            peer.waitForClose()
        }
        defer { server.stop() }
        @Sendable func check(_ url: String, _ stage: String) async throws {
            let result = try await Command.run(["replay", "--json", "--silence", "1.5", url])
            #expect(result.status == 14)
            let failure = try Self.failure(result)
            #expect(failure["kind"] as? String == "stalled")
            #expect(failure["stage"] as? String == stage)
            #expect(failure["httpStatus"] as? Int == (stage == "beforeResponse" ? nil : 200))
            #expect(failure["isTransient"] as? Bool == true)
        }
        // All at once, because each waits.
        async let silentHTTP: Void = check(silent.url("/", scheme: "http"), "beforeResponse")
        async let silentTCP: Void = check(silent.url("/", scheme: "tcp"), "beforeResponse")
        async let http: Void = check(server.url("/", scheme: "http"), "beforeMessage")
        async let tcp: Void = check(server.url("/", scheme: "tcp"), "beforeMessage")
        _ = try await (silentHTTP, silentTCP, http, tcp)
    }

    @Test func withoutContent() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("\(Self.head)\r\n")
            while true {
                try peer.write("event: ping\ndata: {\"type\":\"ping\"}\n\n")
                usleep(20_000)
            }
        }
        defer { server.stop() }
        let result = try await Command.run([
            "replay", "--json", "--no-content", "1", "--silence", "20", server.url(),
        ])
        #expect(result.status == 14)
        #expect(try Self.failure(result)["stage"] as? String == "beforeMessage")
        #expect(result.objects.first?["event"] as? String == "ping")
    }

    @Test func withoutResponse() async throws {
        let server = try LoopbackServer { _ in }
        let unreachable = server.port
        server.stop()
        // No HTTP server understands a TLS handshake record.
        let plain = try LoopbackServer { peer in
            _ = try peer.read()
            try peer.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        }
        defer { plain.stop() }
        for url in [
            "http://127.0.0.1:\(unreachable)/", "tcp://127.0.0.1:\(unreachable)", "http://", "http:///path",
            "http://no such host/", "https://127.0.0.1:\(plain.port)/",
        ] {
            let result = try await Command.run(["replay", "--json", url])
            #expect(result.status == 18, "\(url)")
            let failure = try Self.failure(result)
            #expect(failure["kind"] as? String == "transport", "\(url)")
            #expect(failure["stage"] as? String == "beforeResponse", "\(url)")
            #expect(failure["httpStatus"] is NSNull)
        }
        let field = try await Command.run(["replay", "--json", "--header", "a b: c", "http://127.0.0.1:\(plain.port)/"])
        #expect(field.status == 18)
        #expect(try Self.failure(field)["isTransient"] as? Bool == false)
    }

    /// The output contains no part of a URL or header field that may be secret.
    @Test func secrets() async throws {
        let server = try LoopbackServer { peer in peer.reset() }
        defer { server.stop() }
        let url = "http://user:hunter2@127.0.0.1:\(server.port)/path?key=hunter2#hunter2"
        let result = try await Command.run(["replay", "--header", "x-api-key: hunter2", url, url])
        #expect(result.status == 18)
        #expect(!result.errors.contains("hunter2"))
        #expect(result.errors.contains("127.0.0.1:\(server.port)"))
    }

    @Test(arguments: [
        ["replay", "tcp://127.0.0.1"], ["replay", "tcp://:80"], ["replay", "tcp://host:0"],
        ["replay", "tcp://host:70000"],
        ["replay", "--header", "no colon", "http://127.0.0.1:1/"],
        ["replay", "--header", ": x", "http://127.0.0.1:1/"],
        ["replay", "--header", "@/nowhere/fields", "http://127.0.0.1:1/"],
        ["replay", "--data", "@/nowhere/data", "http://127.0.0.1:1/"],
        ["replay", "--silence", "soon", "http://127.0.0.1:1/"], ["replay", "--silence", "-1", "http://127.0.0.1:1/"],
        ["replay", "--no-content", "nan", "http://127.0.0.1:1/"], ["replay", "--data", "{}", "-"],
        ["replay", "--header", "a: b", "file"], ["replay", "--chunk-size", "7", "http://127.0.0.1:1/"],
        ["events", "http://127.0.0.1:1/"],
    ])
    func usage(_ arguments: [String]) async throws {
        let result = try await Command.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("midstream: "))
    }
}

/// The requests that a server received.
private final class Received: Sendable {
    private let requests = Locked<[(head: String, body: [UInt8])]>([])

    var all: [(head: String, body: [UInt8])] { requests.withLock { $0 } }

    func append(_ request: (head: String, body: [UInt8])) { requests.withLock { $0.append(request) } }
}
