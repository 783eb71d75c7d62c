#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking
    import HTTPResponseParsing
    import LoopbackServer
    import MessageStream
    import MessageStreamTransport
    import Synchronization
    import TestScheduling
    import TestSupport
    import Testing

    /// Consecutive requests of a session share its connections, and nothing else.
    @Suite(.runsAlone(within: .seconds(300)))
    struct SessionPoolTests {
        @Test
        func secondRequestReusesConnection() async throws {
            let server = try LoopbackServer { peer in
                while true {
                    let path = try peer.readRequest().head.split(separator: " ")[1]
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
                }
            }
            defer { server.stop() }
            // Concurrent requests to other hosts may cause idle connections of a session to be closed.
            let session = URLSession(configuration: .ephemeral)
            for number in 0..<5 {
                let (bytes, failure) = await collect(session.chunks(for: request(server, path: "/\(number)")))
                #expect(bytes == Array("/\(number)".utf8))
                #expect(failure == nil)
            }
            #expect(server.connectionCount == 1)
        }

        /// A stream ends with `message_stop`, before the response ends.
        @Test(arguments: [0, 20])
        func secondMessageReusesConnection(delay: Int) async throws {
            let server = try LoopbackServer { peer in
                while true {
                    _ = try peer.readRequest()
                    let pieces = [Wire.start, Wire.delta("Hello"), Wire.end].map(Wire.chunk).joined()
                    if delay == 0 {
                        try peer.write(Wire.chunkedHead + pieces + "0\r\n\r\n")
                    } else {
                        try peer.write(Wire.chunkedHead + pieces)
                        Thread.sleep(forTimeInterval: Double(delay) / 1000)
                        try peer.write("0\r\n\r\n")
                    }
                }
            }
            defer { server.stop() }
            // Concurrent requests to other hosts may cause idle connections of a session to be closed.
            let session = URLSession(configuration: .ephemeral)
            for _ in 0..<5 {
                let stream = session.messageStream(for: SocketFault.defaultRequest(server))
                #expect(try await stream.message().text == "Hello")
            }
            #expect(server.connectionCount == 1)
        }

        /// A session at the address of a deallocated one is a different session.
        @Test
        func sessionsOneAfterTheOther() async throws {
            let server = try LoopbackServer { peer in
                while true {
                    _ = try peer.readRequest()
                    let pieces = [Wire.start, Wire.delta("Hello"), Wire.end].map(Wire.chunk).joined()
                    try peer.write(Wire.chunkedHead + pieces)
                    Thread.sleep(forTimeInterval: 0.005)
                    try peer.write("0\r\n\r\n")
                }
            }
            defer { server.stop() }
            for number in 1...Sweep.count(inDebug: 15, inRelease: 40) {
                let session = URLSession(configuration: .ephemeral)
                for _ in 0..<3 {
                    let stream = session.messageStream(for: SocketFault.defaultRequest(server))
                    #expect(try await stream.message().text == "Hello")
                }
                #expect(server.connectionCount == number)
            }
        }

        /// A complete message whose response continues blocks neither its connection nor the next request for long.
        @Test(arguments: [false, true])
        func endlessResponseIsAbandoned(isSilent: Bool) async throws {
            let closed = Gate()
            let server = try LoopbackServer { peer in
                defer { closed.open() }
                _ = try peer.readRequest()
                let pieces = [Wire.start, Wire.delta("Hello"), Wire.end].map(Wire.chunk).joined()
                try peer.write(Wire.chunkedHead + pieces)
                guard isSilent else {
                    while true { try peer.write(Wire.chunk(String(repeating: ":\n", count: 8192))) }
                }
                peer.waitForClose()
            }
            defer { server.stop() }
            let session = URLSession(configuration: .ephemeral)
            for _ in 0..<2 {
                let stream = session.messageStream(for: SocketFault.defaultRequest(server))
                #expect(try await expectPromptly { try await stream.message().text } == "Hello")
            }
            #expect(server.connectionCount == 2)
            #expect(closed.wait())
        }

        /// The server closes each connection after a response without announcing it in the head.
        @Test
        func closedConnectionIsNotReused() async throws {
            let closed = Atomic(0)
            let server = try LoopbackServer { peer in
                _ = try peer.readRequest()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                peer.close()
                closed.add(1, ordering: .sequentiallyConsistent)
            }
            defer { server.stop() }
            for number in 0..<20 {
                while closed.load(ordering: .sequentiallyConsistent) < number {
                    try await Task.sleep(for: .milliseconds(1))
                }
                let (bytes, failure) = await collect(URLSession.shared.chunks(for: SocketFault.defaultRequest(server)))
                #expect(bytes == Array("ok".utf8))
                #expect(failure == nil)
            }
        }

        /// More concurrent streams than a session's default connection limit per host: each receives its own bytes.
        @Test
        func concurrentTasksAreSeparate() async throws {
            let count = 24
            let all = Gate()
            let arrived = Atomic(0)
            let server = try LoopbackServer { peer in
                let path = try peer.readRequest().head.split(separator: " ")[1]
                if arrived.add(1, ordering: .relaxed).newValue == count { all.open() }
                try peer.wait(for: all)
                try peer.write("HTTP/1.1 200 OK\r\nX-Path: \(path)\r\nConnection: close\r\n\r\n")
                for _ in 0..<50 { try peer.write("\(path)\n") }
            }
            defer { server.stop() }
            await withTaskGroup { group in
                for number in 0..<count {
                    group.addTask {
                        let path = "/\(number)"
                        let chunks = URLSession.shared.chunks(for: request(server, path: path))
                        let (head, bytes, failure) = await expectPromptly { await response(chunks) }
                        #expect(head?.fields["x-path"] == path)
                        #expect(bytes == Array(String(repeating: "\(path)\n", count: 50).utf8))
                        #expect(failure == nil)
                    }
                }
            }
            #expect(server.connectionCount == count)
        }

        /// The connection of a cancelled request is not reused, and other requests are not affected.
        @Test
        func cancelledRequestDoesNotAffectOthers() async throws {
            let server = try LoopbackServer { peer in
                while true {
                    let path = try peer.readRequest().head.split(separator: " ")[1]
                    guard path != "/silent" else {
                        peer.waitForClose()
                        return
                    }
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
                }
            }
            defer { server.stop() }
            let session = URLSession(configuration: .ephemeral)
            for number in 0..<100 {
                let task = Task { await collect(session.chunks(for: request(server, path: "/silent"))) }
                let (bytes, failure) = await collect(session.chunks(for: request(server, path: "/\(number)")))
                #expect(bytes == Array("/\(number)".utf8))
                #expect(failure == nil)
                task.cancel()
                #expect(await expectPromptly { await task.value }.failure?.kind == .cancelled)
            }
            // At most one for each cancelled request, and one for the others.
            #expect(server.connectionCount <= 102)
        }

        /// Two sessions do not share connections, and a deallocated session does not keep its connections for long.
        @Test
        func eachSessionHasItsOwnConfiguration() async throws {
            let closed = Gate()
            let server = try LoopbackServer { peer in
                defer { closed.open() }
                while true {
                    let name = try peer.readRequest().head.contains("X-Name: a") ? "a" : "b"
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(name)")
                }
            }
            defer { server.stop() }
            func session(_ name: String) -> URLSession {
                let configuration = URLSessionConfiguration.ephemeral
                configuration.httpAdditionalHeaders = ["X-Name": name]
                return URLSession(configuration: configuration)
            }
            do {
                let (a, b) = (session("a"), session("b"))
                for _ in 0..<3 {
                    #expect(await collect(a.chunks(for: request(server))).bytes == Array("a".utf8))
                    #expect(await collect(b.chunks(for: request(server))).bytes == Array("b".utf8))
                }
                #expect(server.connectionCount == 2)
            }
            SessionPool.endIdle(since: .now)
            #expect(closed.wait())
        }

        // MARK: Invalidated sessions

        @Test(arguments: [false, true])
        func invalidatedSessionFails(byCancelling: Bool) async throws {
            let server = try LoopbackServer { $0.waitForClose() }
            defer { server.stop() }
            let session = URLSession(configuration: .ephemeral)
            if byCancelling { session.invalidateAndCancel() } else { session.finishTasksAndInvalidate() }
            // The second call takes effect on another thread.
            try await Task.sleep(for: .milliseconds(200))
            let failure = await expectPromptly { await response(session.chunks(for: request(server))).failure }
            #expect(failure?.kind == .sessionInvalidated)
            #expect(failure?.progress == .nothingSent)
            #expect(failure?.isTransient == false)
            #expect(failure?.description.contains("invalidated") == true)
            #expect(server.connectionCount == 0)
        }

        @Test
        func messageOfInvalidatedSessionFails() async throws {
            let server = try LoopbackServer { $0.waitForClose() }
            defer { server.stop() }
            let session = URLSession(configuration: .ephemeral)
            session.invalidateAndCancel()
            let stream = session.messageStream(for: SocketFault.defaultRequest(server))
            let outcome = await expectPromptly { await SocketFault.Outcome(of: stream) {} }
            #expect(outcome == .failure("transport", .beforeResponse, nil, isTransient: false))
        }
    }
#endif
