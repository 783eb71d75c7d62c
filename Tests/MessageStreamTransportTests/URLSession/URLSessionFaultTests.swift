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
struct URLSessionFaultTests {
    // MARK: No response

    @Test(arguments: [false, true])
    func serverClosesBeforeHead(byReset: Bool) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            if byReset { peer.reset() }
        }
        defer { server.stop() }
        let (head, _, failure) = await expectPromptly { await response(chunks(of: server)) }
        #expect(head == nil)
        #if canImport(FoundationNetworking)
            #expect(failure?.kind == (byReset ? .receive : .closed))
        #else
            #expect(failure?.kind == .receive)
        #endif
        #expect(failure?.progress == .maybeSent)
        #expect(failure?.isTransient == true)
        #expect(failure?.peer == "127.0.0.1:\(server.port)")
    }

    @Test
    func refusedPort() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        let failure = await expectPromptly { await response(chunks(of: server)) }.failure
        #expect(failure?.kind == .connect)
        #expect(failure?.progress == .nothingSent)
        #expect(failure?.isConnectionFailure == true)
        #expect(failure?.isTransient == true)
    }

    @Test
    func unknownHost() async throws {
        var request = URLRequest(url: URL(string: "http://no-such-host.invalid/")!)
        request.timeoutInterval = 20
        let failure = await expectPromptly(within: .seconds(25)) {
            await response(URLSession.shared.chunks(for: request))
        }.failure
        #expect(failure?.kind == .resolve || failure?.kind == .timeout)
        #expect(failure?.peer == "no-such-host.invalid:80")
    }

    @Test
    func serverWithoutTLS() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.read()
            try peer.write("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        }
        defer { server.stop() }
        let request = URLRequest(url: URL(string: server.url(scheme: "https"))!)
        let failure = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }.failure
        #expect(failure?.kind == .secure)
        #expect(failure?.progress == .nothingSent)
        #expect(failure?.isConnectionFailure == true)
    }

    @Test(
        arguments: [
            "ftp://127.0.0.1/x", "file:///etc/passwd", "mailto:a@b", "data:,x", "relative/path", "http:///path",
            "http:",
            "unknown-scheme://host/",
        ])
    func nonHTTPURL(text: String) async throws {
        let request = URLRequest(url: try #require(URL(string: text)))
        let failure = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }.failure
        #expect(failure?.kind == .badRequest)
        #expect(failure?.progress == .nothingSent)
        #expect(failure?.isTransient == false)
    }

    @Test(arguments: ["X A", "X-A:", "X-A\r\n", "X-A\r\nX-B", "", "X-Ä"])
    func invalidFieldName(name: String) async throws {
        let server = try LoopbackServer { try $0.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
        defer { server.stop() }
        var request = request(server)
        request.setValue("1", forHTTPHeaderField: name)
        let failure = await response(URLSession.shared.chunks(for: request)).failure
        #expect(failure?.kind == .badRequest)
        #expect(server.connectionCount == 0)
    }

    @Test(arguments: ["1\r\nX-B: 2", "1\nX-B: 2", "1\rX-B: 2", "1\0", "1\r\n\r\nGET / HTTP/1.1"])
    func valueIsNeverParsedAsAnotherField(value: String) async throws {
        let server = try LoopbackServer { peer in
            let head = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\r\n\(head)")
        }
        defer { server.stop() }
        var request = request(server)
        request.setValue(value, forHTTPHeaderField: "X-A")
        let (_, bytes, failure) = await response(URLSession.shared.chunks(for: request))
        // Some versions of Foundation remove such a field and send the request without it.
        #expect(failure?.kind == .badRequest || request.value(forHTTPHeaderField: "X-A") == nil)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("X-A"))
    }

    @Test
    func bodyWhereNotAllowed() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        var request = request(server)
        request.httpBody = Data("x".utf8)
        let failure = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }.failure
        #expect(failure?.kind == .badRequest)
    }

    @Test
    func silentServerTimesOut() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        var request = request(server)
        request.timeoutInterval = 1
        let failure = await expectPromptly { await response(URLSession.shared.chunks(for: request)) }.failure
        #expect(failure?.kind == .timeout)
        #expect(failure?.code == .urlError(-1001))
        #expect(failure?.isTransient == true)
    }

    @Test
    func descriptionsContainNoSecrets() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        let url = "http://user:hunter2@127.0.0.1:\(server.port)/path?key=sk-secret"
        let request = URLRequest(url: URL(string: url)!)
        let failure = try #require(await response(URLSession.shared.chunks(for: request)).failure)
        for text in ["\(failure)", String(reflecting: failure), String(describing: failure.code)] {
            for secret in ["hunter2", "sk-secret", "user", "path"] { #expect(!text.contains(secret)) }
        }
        #expect("\(failure)".contains("127.0.0.1:\(server.port)"))
    }

    // MARK: In the body

    @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked", "Connection: close"])
    func resetInFrame(field: String) async throws {
        let read = Gate()
        let frame = "event: x\ndata: {"
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n")
            try peer.write(field.contains("chunked") ? "10\r\n\(frame)\r\n" : frame)
            try peer.wait(for: read)
            peer.reset()
        }
        defer { server.stop() }
        var iterator = chunks(of: server).makeAsyncIterator()
        #expect(try await iterator.next() == Data(frame.utf8))
        read.open()
        let failure = await expectPromptly { await nextFailure(&iterator) }
        #expect(failure?.kind == .receive)
        #expect(failure?.progress == .received)
        #expect(failure?.isTransient == true)
        #expect(try await iterator.next() == nil)
    }

    @Test(arguments: ["Content-Length: 1000", "Transfer-Encoding: chunked"])
    func halfCloseInFrame(field: String) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n")
            try peer.write(field.contains("chunked") ? "3\r\nabc\r\n" : "abc")
            try peer.halfClose()
            peer.waitForClose()
        }
        defer { server.stop() }
        let (head, bytes, failure) = await expectPromptly { await response(chunks(of: server)) }
        #expect(head?.status == 200)
        #expect(bytes == Array("abc".utf8))
        #if canImport(FoundationNetworking)
            #expect(failure?.kind == .closed)
        #else
            #expect(failure?.kind == .receive)
        #endif
        #expect(failure?.progress == .received)
        #expect(failure?.isTransient == true)
    }

    @Test(arguments: [
        "220 mail.example ESMTP\r\n\r\n", "HTTP/1.1 99999 x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ])
    func notAResponse(text: String) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write(text)
            peer.waitForClose()
        }
        defer { server.stop() }
        let failure = await expectPromptly { await response(chunks(of: server)) }.failure
        #expect(failure?.kind == .badResponse)
        #expect(failure?.progress == .maybeSent)
        #expect(failure?.isTransient == false)
    }

    @Test(arguments: ["Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Content-Encoding: gzip\r\n\r\nnot gzip"])
    func bodyWithoutDeclaredCoding(text: String) async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\(text)")
            peer.waitForClose()
        }
        defer { server.stop() }
        let failure = await expectPromptly { await response(chunks(of: server)) }.failure
        #expect(failure?.kind == .badResponse)
        #expect(failure?.isTransient == (failure?.progress == .received))
    }

    @Test
    func halfCloseEndsBodyWithoutLength() async throws {
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\r\nabc")
            try peer.halfClose()
            peer.waitForClose()
        }
        defer { server.stop() }
        let (_, bytes, failure) = await expectPromptly { await response(chunks(of: server)) }
        #expect(bytes == Array("abc".utf8))
        #expect(failure == nil)
    }

    // MARK: Cancellation

    @Test(arguments: [false, true])
    func cancellationEndsWaitImmediately(afterHead: Bool) async throws {
        let (requested, closed, begun) = (Gate(), Gate(), Gate())
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            if afterHead { try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab") }
            requested.open()
            if peer.waitForClose() { closed.open() }
        }
        defer { server.stop() }
        let task = Task {
            var iterator = chunks(of: server).makeAsyncIterator()
            if afterHead {
                #expect((try? await iterator.next()) == Data("ab".utf8))
                begun.open()
            }
            return await nextFailure(&iterator)
        }
        #expect(await onDedicatedThread { requested.wait() })
        if afterHead { #expect(await onDedicatedThread { begun.wait() }) }
        task.cancel()
        let failure = await expectPromptly { await task.value }
        #expect(failure?.kind == .cancelled)
        #expect(failure?.progress == (afterHead ? .received : .maybeSent))
        #expect(failure?.isTransient == false)
        #expect(await onDedicatedThread { closed.wait() })
    }

    @Test
    func cancellationInBody() async throws {
        let (begun, closed) = (Gate(), Gate())
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            try peer.write("HTTP/1.1 200 OK\r\n\r\n")
            defer { closed.open() }
            try peer.writeEndlessly()
        }
        defer { server.stop() }
        let task = Task {
            var iterator = chunks(of: server).makeAsyncIterator()
            do throws(TransportError) {
                while let _ = try await iterator.next(isolation: #isolation) { begun.open() }
                return nil as TransportError?
            } catch {
                return error
            }
        }
        #expect(await onDedicatedThread { begun.wait() })
        task.cancel()
        #expect(await expectPromptly { await task.value }?.kind == .cancelled)
        #expect(await onDedicatedThread { closed.wait() })
    }

    @Test
    func cancelledTaskSendsNothing() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await response(chunks(of: server)).failure
        }
        task.cancel()
        let failure = await task.value
        #expect(failure?.kind == .cancelled)
        #expect(failure?.progress == .nothingSent)
        #expect(server.connectionCount == 0)
    }

    /// Whether the server sends more than the client reads, or nothing.
    @Test(arguments: [false, true])
    func releasedIteratorClosesConnection(isBusy: Bool) async throws {
        let closed = Gate()
        let server = try LoopbackServer { peer in
            _ = try peer.readHead()
            defer { closed.open() }
            try peer.write("HTTP/1.1 200 OK\r\n\r\nabc")
            if isBusy { try peer.writeEndlessly() }
            peer.waitForClose()
        }
        defer { server.stop() }
        do {
            var iterator = chunks(of: server).makeAsyncIterator()
            #expect(try await iterator.next() != nil)
        }
        #expect(await onDedicatedThread { closed.wait() })
    }

    private func chunks(of server: LoopbackServer) -> URLSessionChunks {
        URLSession.shared.chunks(for: request(server))
    }
}
