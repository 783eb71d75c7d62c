import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Thousands of opens and closes leave no descriptor and no thread behind. Each in a process of its own, in which
    /// nothing else comes and goes but a few threads of Dispatch.
    extension ProcessTests {
        @Test
        func noPipeIsLeft() async {
            await #expect(processExitsWith: .success) {
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
        }

        @Test
        func noConnectionIsLeft() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    try peer.write("x")
                    if peer.index % 3 == 0 { peer.waitForClose() }
                    if peer.index % 3 == 1 { peer.reset() }
                }
                defer { server.stop() }
                try await expectNoLeak {
                    for _ in 0..<2000 {
                        // A reset may be seen while connecting.
                        guard let connection = try? await TCPConnection.connect(host: "127.0.0.1", port: server.port)
                        else {
                            continue
                        }
                        var iterator = connection.chunks.makeAsyncIterator()
                        _ = try? await iterator.next()
                    }
                }
            }
        }

        @Test
        func noCancelledWaitIsLeft() async {
            await #expect(processExitsWith: .success) {
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
        }

        /// That each connection is closed also shows that no task keeps an iterator.
        @Test
        func noMessageStreamIsLeft() async {
            await #expect(processExitsWith: .success) {
                let closed = Atomic(0)
                let server = try LoopbackServer { peer in
                    _ = try peer.readRequest()
                    try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.end)
                    if peer.index % 3 != 0, !peer.waitForClose() { return }
                    closed.add(1, ordering: .relaxed)
                }
                defer { server.stop() }
                let count = 1500
                try await expectNoLeak {
                    for number in 0..<count {
                        let stream = URLSession.shared.messageStream(for: SocketFault.usualRequest(server))
                        var iterator = stream.makeAsyncIterator()
                        #expect(try await iterator.next(isolation: nil) != nil)
                        // Every other one is dropped in the middle.
                        if number % 2 == 0 { while try await iterator.next(isolation: nil) != nil {} }
                    }
                    for _ in 0..<100 where closed.load(ordering: .relaxed) < count {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                #expect(closed.load(ordering: .relaxed) == count)
                #expect(server.connectionCount == count)
            }
        }
    }

    /// Expects `body` to leave no more than a few descriptors and threads.
    func expectNoLeak(_ body: () async throws -> Void) async throws {
        let tolerance = 40
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
    }
#endif
