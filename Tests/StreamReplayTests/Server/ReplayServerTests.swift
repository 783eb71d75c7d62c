import CaptureCorpus
import Foundation
import HTTPResponseParsing
import LoopbackServer
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// The server over real sockets.
@Suite(.takesTurns) struct ReplayServerTests {
    private static let answer = Capture.named("text-complete.sse").bytes

    private func serve(
        _ faults: [String] = [],
        _ captures: [(String, [UInt8])] = [("answer.sse", answer)],
        _ body: (ReplayServer) throws -> Void,
        options change: (inout ReplayServer.Options) -> Void = { _ in }
    ) throws {
        var options = ReplayServer.Options()
        options.faults = try faults.map { try StreamFault($0) }
        change(&options)
        let server = try ReplayServer(
            try captures.map { ServedCapture(name: $0.0, try CapturedStream($0.1)) },
            options
        )
        server.start()
        defer { server.stop() }
        try body(server)
    }

    // MARK: Responses

    @Test func captures() throws {
        try serve { server in
            let client = try LoopbackClient(port: server.port)
            for path in ["/answer.sse", "/answer.sse/v1/messages?beta=true", "/answer%2Esse"] {
                let response = try client.request("GET", path)
                #expect(response.head?.status == 200)
                #expect(response.head?.mediaType == "text/event-stream")
                #expect(response.body == Self.answer && response.isComplete)
            }
            // With a single capture, any path returns it. HEAD has no body.
            #expect(try client.request("POST", "/v1/messages", body: "{}").body == Self.answer)
            #expect(try client.request("GET", "/anything").body == Self.answer)
            let head = try client.request("HEAD", "/answer.sse")
            #expect(head.head?.status == 200 && head.body.isEmpty)
            #expect(try client.request("GET", "/answer.sse").isComplete)
            #expect(server.report().connections == 1)
            #expect(server.report().attempts == 6)
        }
    }

    @Test func escapedList() throws {
        let names = ["a&b <c>.sse", "päge.sse"]
        try serve([], names.map { ($0, Self.answer) }) { server in
            let client = try LoopbackClient(port: server.port)
            let text = try client.request("GET", "/")
            #expect(text.head?.mediaType == "text/plain")
            #expect(text.text == "a&b <c>.sse\npäge.sse\n")
            let page = try client.request("GET", "/", fields: "accept: text/html,*/*;q=0.8\r\n")
            #expect(page.head?.mediaType == "text/html")
            #expect(page.text.contains("<a href=\"/a%26b%20%3Cc%3E.sse\">a&amp;b &lt;c&gt;.sse</a>"))
            #expect(try client.request("GET", "/a%26b%20%3Cc%3E.sse").body == Self.answer)
            #expect(try client.request("GET", "/missing").head?.status == 404)
            let refused = try client.request("DELETE", "/")
            #expect(refused.head?.status == 405)
            #expect(refused.head?.fields["allow"] == "GET, HEAD, POST")
        }
    }

    @Test func choiceOfCaptures() throws {
        let captures = [("a", Array("data: a\n\n".utf8)), ("b", Array("data: b\n\n".utf8))]
        try serve([], captures) { server in
            let client = try LoopbackClient(port: server.port)
            let bodies = try (0..<3).map { try client.request("POST", "/v1/messages", body: "\($0)").text }
            #expect(bodies == ["data: a\n\n", "data: b\n\n", "data: a\n\n"])
        }
        try serve([], captures) { server in
            let client = try LoopbackClient(port: server.port)
            for _ in 0..<2 { #expect(try client.request("POST", "/x", body: "").text == "data: b\n\n") }
        } options: {
            $0.chosen = "b"
        }
        #expect(throws: ReplayServerError.self) {
            try serve([], captures) { _ in
            } options: {
                $0.chosen = "c"
            }
        }
    }

    @Test func oldClientsAndPipelines() throws {
        try serve { server in
            let old = try LoopbackClient(port: server.port)
            try old.send("GET /answer.sse HTTP/1.0\r\n\r\n")
            let bytes = try old.readToEnd()
            #expect(bytes.suffix(Self.answer.count).elementsEqual(Self.answer))
            #expect(!String(decoding: bytes, as: UTF8.self).contains("chunked"))
            let client = try LoopbackClient(port: server.port)
            let request = "GET /answer.sse HTTP/1.1\r\nhost: a\r\n\r\n"
            try client.send(request + request + "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            #expect(try client.response().body == Self.answer)
            #expect(try client.response().body == Self.answer)
            #expect(try client.response().text == "answer.sse\n")
            #expect(try client.read().isEmpty)
            // A client that closes its side gets all responses, and then the end of the connection.
            let halfClosed = try LoopbackClient(port: server.port)
            try halfClosed.send(request + request + "GET /ans")
            halfClosed.shutDown()
            #expect(try halfClosed.response().body == Self.answer)
            #expect(try halfClosed.response().body == Self.answer)
            #expect(try halfClosed.read().isEmpty)
        }
    }

    @Test func badRequests() throws {
        try serve { server in
            for (text, status) in [
                ("nonsense\r\n\r\n", 400), ("GET / HTTP/3.0\r\n\r\n", 505), ("GET / HTTP/1.1\r\n\r\n", 400),
            ] {
                let client = try LoopbackClient(port: server.port)
                try client.send(text)
                let response = try client.response()
                #expect(response.head?.status == status)
                #expect(response.text.contains("\"type\":\"error\""))
                #expect(try client.read().isEmpty)
            }
            let client = try LoopbackClient(port: server.port)
            try client.send("POST /v1 HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
            #expect(String(decoding: try client.read(), as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.send("{}")
            #expect(try client.response().body == Self.answer)
        }
    }

    /// Recordings of connections are sent unchanged, even those that are not valid HTTP.
    @Test(arguments: Sweep.sample(CaptureCorpus.Fault.responses, inDebug: 25))
    func recordings(_ fault: CaptureCorpus.Fault) throws {
        let capture = ServedCapture(name: fault.name, try CapturedStream(fault.bytes, input: .response))
        let server = try ReplayServer([capture])
        server.start()
        defer { server.stop() }
        let client = try LoopbackClient(port: server.port)
        try client.send("GET /\(fault.name) HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        #expect(try client.readToEnd() == fault.bytes)
    }

    /// A recording that ends with its head has a body without an end, in any framing.
    @Test func loneHead() throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        for faults in [[], ["dribble"]] {
            try serve(faults, [("a", Array(head.utf8))]) { server in
                let response = try LoopbackClient(port: server.port).request("GET", "/a")
                #expect(response.head?.status == 200 && response.body.isEmpty && !response.isComplete)
                let old = try LoopbackClient(port: server.port)
                try old.send("GET /a HTTP/1.0\r\n\r\n")
                #expect(try old.readToEnd().suffix(4).elementsEqual("\r\n\r\n".utf8))
            }
        }
    }

    // MARK: Faults

    @Test func faultsOnTheConnection() throws {
        try serve(["cut:byte=100"]) { server in
            let response = try LoopbackClient(port: server.port).request("GET", "/answer.sse")
            #expect(response.body == Array(Self.answer[..<100]) && !response.isComplete)
        }
        try serve(["reset:byte=100"]) { server in
            let client = try LoopbackClient(port: server.port)
            let error = #expect(throws: LoopbackClient.Failure.self) {
                try client.send("GET /answer.sse HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.readToEnd()
            }
            #expect(error?.code == ECONNRESET)
        }
        try serve(["status:code=429,retry-after=3"]) { server in
            let response = try LoopbackClient(port: server.port).request("POST", "/v1/messages", body: "{}")
            #expect(response.head?.status == 429 && response.head?.fields["retry-after"] == "3" && response.isComplete)
        }
    }

    @Test func everySecondResponse() throws {
        try serve(["error:after=0"]) { server in
            let client = try LoopbackClient(port: server.port)
            let bodies = try (0..<4).map {
                try client.request("POST", "/v1/messages", body: "\($0)").body == Self.answer
            }
            #expect(bodies == [true, false, true, false])
        } options: {
            $0.every = 2
        }
    }

    @Test func pausesAndPace() throws {
        try serve(["stall:after=3,for=0.2"]) { server in
            let start = ContinuousClock.now
            let response = try LoopbackClient(port: server.port).request("GET", "/answer.sse")
            #expect(response.body == Self.answer)
            #expect(start.duration(to: .now) >= .milliseconds(200))
        }
        let trace = [UInt8](try Data(contentsOf: URL(filePath: CurlRecording(name: "message.time.trace").path)))
        for (pace, least) in [(ReplayPace.recorded, 0.14), (.scaled(by: 2), 0.28), (.none, 0)] {
            try serve([], [("a", trace)]) { server in
                let start = ContinuousClock.now
                let response = try LoopbackClient(port: server.port).request("GET", "/a")
                #expect(response.isComplete)
                #expect(start.duration(to: .now) >= .seconds(least))
            } options: {
                $0.pace = pace
            }
        }
    }

    // MARK: Clients

    @Test func disconnects() throws {
        try serve(["stall:after=3"]) { server in
            for _ in 0..<3 {
                let client = try LoopbackClient(port: server.port)
                try client.send("GET /answer.sse HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.read()
            }
            #expect(try LoopbackClient(port: server.port).request("GET", "/report").head?.status == 200)
        }
        // A large response that is not read.
        let large = [UInt8](repeating: UInt8(ascii: ":"), count: 8 << 20)
        try serve([], [("large", large)]) { server in
            for _ in 0..<3 {
                let client = try LoopbackClient(port: server.port)
                try client.send("GET /large HTTP/1.1\r\nhost: a\r\n\r\n")
                _ = try client.read()
            }
            let client = try LoopbackClient(port: server.port)
            try client.send("GET /large HTTP/1.0\r\n\r\n")
            client.shutDown()
            #expect(try client.readToEnd().count > large.count)
        }
    }

    @Test func manyConnections() throws {
        try serve(["dribble:delay=1ms,size=500"]) { server in
            let clients = try (0..<100).map { _ in try LoopbackClient(port: server.port) }
            for client in clients { try client.send("GET /answer.sse HTTP/1.0\r\n\r\n") }
            for client in clients {
                #expect(try client.readToEnd().suffix(Self.answer.count).elementsEqual(Self.answer))
            }
        }
    }

    @Test func reportPaths() throws {
        try serve(["status:code=400"]) { server in
            let client = try LoopbackClient(port: server.port)
            for _ in 0..<2 { _ = try client.request("POST", "/v1/messages", body: "{}") }
            let report = try client.request("GET", "/report.json")
            #expect(report.head?.mediaType == "application/json")
            #expect(report.text == server.report().json)
            #expect(server.report().counts == [.nonRetryableErrorRetried: 1])
            #expect(try client.request("GET", "/report").text == server.report().text)
            let accepted = try client.request("GET", "/report", fields: "accept: application/json\r\n")
            #expect(accepted.text == report.text)
        }
    }

    @Test func retriesAfterContent() throws {
        try serve(["error:after=8"]) { server in
            let client = try LoopbackClient(port: server.port)
            for _ in 0..<2 { _ = try client.request("POST", "/v1/messages", body: "{}") }
            #expect(server.report().counts == [.retriedAfterContent: 1])
        } options: {
            $0.every = 1
        }
    }

    // MARK: The port, and the end

    @Test func ports() throws {
        let capture = ServedCapture(name: "a", try CapturedStream(Self.answer))
        let server = try ReplayServer([capture])
        #expect(server.url == "http://127.0.0.1:\(server.port)/")
        var options = ReplayServer.Options()
        options.port = server.port
        let error = #expect(throws: ReplayServerError.self) { try ReplayServer([capture], options) }
        #expect(error?.cause == .portInUse)
        #expect(error?.description == "port \(server.port) is in use; choose another one, or 0 for any free port")
    }

    @Test func stopping() throws {
        let capture = ServedCapture(name: "a", try CapturedStream(Self.answer))
        let server = try ReplayServer([capture], faults: [try StreamFault("dribble:delay=20ms,size=1000")])
        server.start()
        let client = try LoopbackClient(port: server.port)
        let idle = try LoopbackClient(port: server.port)
        try client.send("GET /a HTTP/1.1\r\nhost: a\r\n\r\n")
        _ = try client.read(atMost: 10)
        server.stop(within: .seconds(5))
        // The response in progress ended first.
        #expect(try client.readToEnd().suffix(7).elementsEqual("\r\n0\r\n\r\n".utf8))
        #expect(try idle.readToEnd().isEmpty)
        #expect(throws: LoopbackClient.Failure.self) { try LoopbackClient(port: server.port) }
    }
}
