import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStreamTransport
import TestScheduling
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite(.runsAlone(within: .seconds(300)))
struct URLSessionChunksTests {
    @Test
    func headPrecedesBody() async throws {
        let gate = Gate()
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-A: 1\r\nX-A: 2\r\n\r\n")
            try peer.wait(for: gate)
            try peer.write("data: 1\n\n")
        }
        defer { server.stop() }
        var iterator = chunks(of: server).makeAsyncIterator()
        let head = try await iterator.head()
        #expect(head.status == 200)
        #expect(head.fields["content-type"] == "text/event-stream")
        #expect(head.fields["x-a"] == "1, 2")
        gate.open()
        #expect(try await iterator.next() == Data("data: 1\n\n".utf8))
        #expect(try await iterator.head() == head)
        #expect(try await iterator.next() == nil)
        #expect(try await iterator.next() == nil)
    }

    @Test
    func chunkArrivesWhenSent() async throws {
        let gates = [Gate(), Gate(), Gate()]
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for gate in gates {
                try peer.wait(for: gate)
                try peer.write("3\r\nabc\r\n")
            }
            try peer.write("0\r\n\r\n")
        }
        defer { server.stop() }
        var iterator = chunks(of: server).makeAsyncIterator()
        for gate in gates {
            gate.open()
            #expect(try await iterator.next() == Data("abc".utf8))
        }
        #expect(try await iterator.next() == nil)
    }

    @Test(arguments: ["Content-Length: 2097152", "Connection: close"])
    func twoMegabytesInOneWrite(field: String) async throws {
        let sent = noise(2 << 20)
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write(Array("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n".utf8) + sent)
        }
        defer { server.stop() }
        let (bytes, failure) = await collect(chunks(of: server))
        #expect(failure == nil)
        #expect(bytes == sent)
    }

    @Test
    func oneByteAtATime() async throws {
        let sent = noise(2000)
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.writeByteByByte(Array("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n".utf8) + sent)
        }
        defer { server.stop() }
        #expect(await collect(chunks(of: server)).bytes == sent)
    }

    @Test
    func eachIteratorSendsTheRequestOnce() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(peer.index)")
        }
        defer { server.stop() }
        let chunks = chunks(of: server)
        _ = chunks.makeAsyncIterator()
        #expect(await collect(chunks).bytes == Array("0".utf8))
        #expect(await collect(chunks).bytes == Array("1".utf8))
        #expect(server.connectionCount == 2)
    }

    @Test
    func sessionConfigurationApplies() async throws {
        let server = try LoopbackServer { peer in
            let head = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\r\n\(head)")
        }
        defer { server.stop() }
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpAdditionalHeaders = ["X-Of-Session": "yes"]
        let session = URLSession(configuration: configuration)
        defer { session.invalidateAndCancel() }
        var request = URLRequest(url: URL(string: server.url())!)
        request.setValue("also", forHTTPHeaderField: "X-Of-Request")
        let text = String(decoding: await collect(session.chunks(for: request)).bytes, as: UTF8.self)
        #expect(text.contains("X-Of-Session: yes"))
        #expect(text.contains("X-Of-Request: also"))
    }

    // MARK: Status codes

    @Test
    func overloadIsAResponse() async throws {
        let body = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 529 \r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n")
            try peer.write("retry-after: 3\r\n\r\n\(body)")
        }
        defer { server.stop() }
        let (head, bytes, failure) = await response(chunks(of: server))
        #expect(head?.status == 529)
        #expect(head?.fields["retry-after"] == "3")
        #expect(bytes == Array(body.utf8))
        #expect(failure == nil)
    }

    @Test(
        arguments: [
            "", "WWW-Authenticate: Bearer realm=\"api\"\r\n", "WWW-Authenticate: Basic realm=\"api\"\r\n",
            "WWW-Authenticate: Bearer\r\n", "WWW-Authenticate: \r\n", "WWW-Authenticate: Digest realm=\"a\"\r\n",
            "WWW-Authenticate: Basic\r\n", "WWW-Authenticate: ,=\"\r\n",
            "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n",
        ])
    func unauthorizedRequestHasAResponse(field: String) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 401 Unauthorized\r\n\(field)Content-Length: 2\r\n\r\n{}")
            peer.waitForClose()
        }
        defer { server.stop() }
        let (head, bytes, failure) = await expectPromptly { await response(chunks(of: server)) }
        #expect(head?.status == 401)
        #expect(bytes == Array("{}".utf8))
        #expect(failure == nil)
    }

    @Test
    func responseArrivesDuringLargeRequestBody() async throws {
        let page = "<html><body>413 Request Entity Too Large</body></html>"
        let read = Gate()
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: text/html\r\nConnection: close\r\n")
            try peer.write("Content-Length: \(page.utf8.count)\r\n\r\n\(page)")
            try peer.halfClose()
            // Closing with unread bytes sends a reset, which may destroy the response at the client.
            try peer.wait(for: read)
        }
        defer { server.stop() }
        var request = URLRequest(url: URL(string: server.url())!)
        request.httpMethod = "POST"
        request.httpBody = Data(count: 32 << 20)
        let (head, bytes, failure) = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }
        read.open()
        #expect(head?.status == 413)
        #expect(head?.fields["content-type"] == "text/html")
        #expect(bytes == Array(page.utf8))
        #expect(failure == nil)
    }

    @Test
    func largeRequestBodyMayEndInReset() async throws {
        let page = "<html></html>"
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 413 Request Entity Too Large\r\nContent-Type: text/html\r\nConnection: close\r\n")
            try peer.write("Content-Length: \(page.utf8.count)\r\n\r\n\(page)")
        }
        defer { server.stop() }
        var request = URLRequest(url: URL(string: server.url())!)
        request.httpMethod = "POST"
        request.httpBody = Data(count: 32 << 20)
        let (head, bytes, failure) = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }
        // The kernel may discard received bytes on a reset; the failure then reports it.
        if failure == nil {
            #expect(head?.status == 413)
            #expect(bytes == Array(page.utf8))
        } else {
            #expect(failure?.kind == .receive || failure?.kind == .send)
            #expect(failure?.progress == (head == nil ? .maybeSent : .received))
        }
    }

    // MARK: Redirects

    @Test
    func followsRedirect() async throws {
        let server = try LoopbackServer { peer in
            // The second request may arrive on the same connection.
            while true {
                if try peer.readHead().hasPrefix("GET /old ") {
                    try peer.write("HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 4\r\n\r\ngone")
                } else {
                    try peer.write("HTTP/1.1 200 OK\r\nX-Path: new\r\nContent-Length: 2\r\n\r\nok")
                }
            }
        }
        defer { server.stop() }
        let (head, bytes, failure) = await response(chunks(of: server, path: "/old"))
        #expect(head?.status == 200)
        #expect(head?.fields["x-path"] == "new")
        #expect(bytes == Array("ok".utf8))
        #expect(failure == nil)
    }

    @Test
    func endlessRedirectsAreAnError() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        }
        defer { server.stop() }
        let (head, _, failure) = await expectPromptly { await response(chunks(of: server)) }
        #expect(head == nil)
        #expect(failure?.kind == .other)
        #expect(failure?.isTransient == false)
    }

    // MARK: Backpressure

    @Test
    func pausedConsumerLosesNothing() async throws {
        let sent = noise(1 << 20)
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(sent.count)\r\n\r\n")
            try peer.write(sent)
        }
        defer { server.stop() }
        var iterator = URLSession.shared.chunks(for: request(server), bufferLimit: 1).makeAsyncIterator()
        var bytes: [UInt8] = []
        while let chunk = try await iterator.next() {
            bytes += chunk
            if bytes.count % 7 == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        #expect(bytes == sent)
        #expect(server.connectionCount == 1)
    }

    private func chunks(of server: LoopbackServer, path: String = "/") -> URLSessionChunks {
        URLSession.shared.chunks(for: request(server, path: path))
    }
}

/// A GET of a path.
func request(_ server: LoopbackServer, path: String = "/") -> URLRequest {
    URLRequest(url: URL(string: server.url(path))!)
}

/// The complete response, and the error that ends it.
func response(_ chunks: URLSessionChunks) async -> (head: ResponseHead?, bytes: [UInt8], failure: TransportError?) {
    var iterator = chunks.makeAsyncIterator()
    var head: ResponseHead?
    var bytes: [UInt8] = []
    do throws(TransportError) {
        head = try await iterator.head()
        while let chunk = try await iterator.next(isolation: #isolation) { bytes += chunk }
        return (head, bytes, nil)
    } catch {
        return (head, bytes, error)
    }
}
