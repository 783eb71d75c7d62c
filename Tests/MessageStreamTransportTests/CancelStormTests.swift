import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Requests that are cancelled at random moments, many at a time: each ends as a stream may end, at once, and none
    /// leaves anything behind.
    extension ProcessTests {
        @Test
        func aStormOfCancellations() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    // Whole responses go on with the connection.
                    while true {
                        _ = try peer.readRequest()
                        try peer.write(Wire.chunkedHead + Wire.chunk(Wire.start))
                        for _ in 0..<Int.random(in: 0...3) {
                            try peer.write(Wire.chunk(Wire.delta("Hello")))
                            usleep(.random(in: 0...1000))
                        }
                        try peer.write(Wire.chunk(Wire.end) + "0\r\n\r\n")
                    }
                }
                defer { server.stop() }
                try await expectNoLeak {
                    let kinds = try await storm(of: 3000, sparingOneIn: 8) { SocketFault.usualRequest(server) }
                    #expect(Set(kinds.keys).isSubset(of: ["complete", "cancelled"]), "\(kinds)")
                    // Both happen, or this is no storm.
                    #expect(kinds["complete", default: 0] > 0)
                    #expect(kinds["cancelled", default: 0] > 0)
                }
                // The connections of the storm, and the session, still serve.
                let stream = URLSession.shared.messageStream(for: SocketFault.usualRequest(server))
                let outcome = await promptly { await SocketFault.Outcome(of: stream) {} }
                #expect(outcome.kind == "complete")
                #expect(server.connectionCount < 3000)
            }
        }

        /// In the handshake, the server is silent, closes the connection, or does not speak TLS.
        @Test
        func aStormOfCancellationsWithinTheHandshake() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    _ = try peer.read()
                    switch peer.index % 4 {
                    // The head of a record of the handshake, and no more.
                    case 0: try peer.write([0x16, 0x03, 0x03, 0x40, 0x00, 0x02])
                    case 1: try peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
                    case 2: return
                    default: break
                    }
                    peer.waitForClose()
                }
                try await expectNoLeak {
                    let kinds = try await storm(of: 2000, sparingOneIn: nil) {
                        URLRequest(url: URL(string: server.url(scheme: "https"))!)
                    }
                    #expect(Set(kinds.keys).isSubset(of: ["transport", "truncated", "cancelled"]), "\(kinds)")
                    #expect(kinds["cancelled", default: 0] > 0)
                }
                // Not by `exit`, at which the TLS library gives up its data: threads that end a handshake may still use it.
                _exit(EXIT_SUCCESS)
            }
        }
    }

    /// Sends requests, 16 at a time, and cancels them after at most some milliseconds.
    ///
    /// - Parameter share: Of how many requests one is not cancelled; nil to cancel all, for a server that may be silent.
    /// - Returns: how often a stream ended how.
    private func storm(
        of count: Int,
        sparingOneIn share: Int?,
        request: @escaping @Sendable () -> URLRequest
    ) async throws -> [String: Int] {
        let next = Locked(0)
        let kinds = Locked<[String: Int]>([:])
        await withTaskGroup { group in
            for _ in 0..<16 {
                group.addTask {
                    while next.withLock({
                        $0 += 1; return $0
                    }) <= count {
                        let task = Task {
                            await SocketFault.Outcome(of: URLSession.shared.messageStream(for: request())) {}
                        }
                        if share.map({ Int.random(in: 0..<$0) > 0 }) ?? true {
                            try? await Task.sleep(for: .microseconds(Int.random(in: 0...6000)))
                            task.cancel()
                        }
                        let kind = await promptly { await task.value }.kind
                        kinds.withLock { $0[kind, default: 0] += 1 }
                    }
                }
            }
        }
        return kinds.withLock { $0 }
    }
#endif
