import Foundation
import HTTPResponse
import LoopbackServer
import MessageStreamTransport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Thousands of opens and closes leave no descriptor and no thread behind.
    ///
    /// Other tests run at the same time, and threads of Dispatch come and go: a few more are no leak. One for each open
    /// would be thousands.
    @Suite(.serialized, .timeLimit(.minutes(2)))
    struct LeakTests {
        private let tolerance = 150

        @Test
        func pipes() async throws {
            try await expectNoLeak {
                for number in 0..<2000 {
                    let (reading, writing) = try makePipe()
                    writeAll([1], to: writing)
                    if number % 2 == 0 { close(writing) }
                    var iterator = FileDescriptorChunks(reading, ownership: .owned).makeAsyncIterator()
                    _ = try await iterator.next()
                    if number % 2 != 0 { close(writing) }
                }
            }
        }

        @Test
        func connections() async throws {
            let server = try LoopbackServer { peer in
                try peer.write("x")
                if peer.index % 3 == 0 { peer.waitForClose() }
                if peer.index % 3 == 1 { peer.reset() }
            }
            defer { server.stop() }
            try await expectNoLeak {
                for _ in 0..<2000 {
                    // A reset may be seen while connecting.
                    guard let connection = try? await TCPConnection.connect(host: "127.0.0.1", port: server.port) else {
                        continue
                    }
                    var iterator = connection.chunks.makeAsyncIterator()
                    _ = try? await iterator.next()
                }
            }
        }

        @Test
        func cancelledWaits() async throws {
            let server = try LoopbackServer { $0.waitForClose() }
            defer { server.stop() }
            try await expectNoLeak {
                for _ in 0..<500 {
                    let task = Task {
                        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
                        return await collect(connection.chunks).failure
                    }
                    await Task.yield()
                    task.cancel()
                    _ = try? await task.value
                }
            }
        }

        @Test
        func requests() async throws {
            let server = try LoopbackServer { peer in
                _ = try peer.readHead()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
                if peer.index % 3 == 0 { peer.waitForClose() }
            }
            defer { server.stop() }
            try await expectNoLeak {
                for number in 0..<2000 {
                    var iterator = URLSession.shared.chunks(for: request(server)).makeAsyncIterator()
                    #expect(try await iterator.head().status == 200)
                    // Every other one is dropped in mid-body.
                    if number % 2 == 0 { while try await iterator.next() != nil {} }
                }
            }
        }

        private func expectNoLeak(_ body: () async throws -> Void) async throws {
            let before = try openResources()
            try await body()
            // What was dropped last is closed on other threads.
            var after = try openResources()
            for _ in 0..<100 where after.descriptors > before.descriptors + tolerance {
                try await Task.sleep(for: .milliseconds(50))
                after = try openResources()
            }
            #expect(after.descriptors <= before.descriptors + tolerance)
            #expect(after.threads <= before.threads + tolerance)
            print("LEAK", before, after)
        }
    }
#endif
