import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Many concurrent requests, cancelled at random moments. Each ends immediately with an allowed outcome and leaks
    /// nothing.
    extension ProcessTests {
        @Test
        func cancellationStorm() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    // After a complete response, the connection is reused.
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
                    let kinds = try await storm(of: requestCount, sparingOneIn: 8) {
                        SocketFault.defaultRequest(server)
                    }
                    #expect(Set(kinds.keys).isSubset(of: ["complete", "cancelled"]), "\(kinds)")
                    // Both outcomes occur; otherwise the storm tests nothing.
                    #expect(kinds["complete", default: 0] > 0)
                    #expect(kinds["cancelled", default: 0] > 0)
                }
                // The session and its connections still work after the storm.
                let stream = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server))
                let outcome = await expectPromptly { await SocketFault.Outcome(of: stream) {} }
                #expect(outcome.kind == "complete")
                #expect(server.connectionCount < requestCount)
            }
        }

        /// During the handshake, the server stays silent, closes the connection, or does not speak TLS.
        @Test
        func cancellationStormInHandshake() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    _ = try peer.read()
                    switch peer.index % 4 {
                    // Only the header of a handshake record.
                    case 0: try peer.write([0x16, 0x03, 0x03, 0x40, 0x00, 0x02])
                    case 1: try peer.write("HTTP/1.1 400 Bad Request\r\n\r\n")
                    case 2: return
                    default: break
                    }
                    peer.waitForClose()
                }
                try await expectNoLeak {
                    let kinds = try await storm(of: requestCount, sparingOneIn: nil) {
                        URLRequest(url: URL(string: server.url(scheme: "https"))!)
                    }
                    #expect(Set(kinds.keys).isSubset(of: ["transport", "truncated", "cancelled"]), "\(kinds)")
                    #expect(kinds["cancelled", default: 0] > 0)
                }
                // Not `exit`, which makes the TLS library free data that threads in a handshake may still use.
                _exit(EXIT_SUCCESS)
            }
        }
    }

    /// Many more than the leaks that `expectNoLeak` tolerates.
    private let requestCount = Sweep.count(inDebug: 600, inRelease: 3000)

    /// Sends requests, 16 at a time, and cancels them within a few milliseconds.
    ///
    /// - Parameter share: One of this many requests is not cancelled; `nil` cancels all, for a server that may stay
    ///   silent.
    /// - Returns: The number of streams for each outcome.
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
                        let kind = await expectPromptly { await task.value }.kind
                        kinds.withLock { $0[kind, default: 0] += 1 }
                    }
                }
            }
        }
        return kinds.withLock { $0 }
    }
#endif
