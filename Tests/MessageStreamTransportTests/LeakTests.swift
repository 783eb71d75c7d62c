import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Synchronization
import TestSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Hundreds of opens and closes, thousands in release builds, leak no descriptors and no threads. Each test runs in
    /// a separate process, where nothing else changes except a few Dispatch threads.
    extension ProcessTests {
        @Test
        func pipesDoNotLeak() async {
            await #expect(processExitsWith: .success) {
                try await expectNoLeak {
                    for number in 0..<Sweep.count(inDebug: 600, inRelease: 2000) {
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
        func connectionsDoNotLeak() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { peer in
                    try peer.write("x")
                    if peer.index % 3 == 0 { peer.waitForClose() }
                    if peer.index % 3 == 1 { peer.reset() }
                }
                defer { server.stop() }
                try await expectNoLeak {
                    for _ in 0..<Sweep.count(inDebug: 600, inRelease: 2000) {
                        // The reset may already fail the connection attempt.
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
        func cancelledWaitsDoNotLeak() async {
            await #expect(processExitsWith: .success) {
                let server = try LoopbackServer { $0.waitForClose() }
                defer { server.stop() }
                try await expectNoLeak {
                    for _ in 0..<Sweep.count(inDebug: 200, inRelease: 500) {
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

        /// Every connection is closed, so no task retains an iterator.
        @Test
        func messageStreamsDoNotLeak() async {
            await #expect(processExitsWith: .success) {
                let closed = Atomic(0)
                let server = try LoopbackServer { peer in
                    _ = try peer.readRequest()
                    try peer.write(Wire.openHead + Wire.start + Wire.delta("Hello") + Wire.end)
                    if peer.index % 3 != 0, !peer.waitForClose() { return }
                    closed.add(1, ordering: .relaxed)
                }
                defer { server.stop() }
                let count = Sweep.count(inDebug: 150, inRelease: 1500)
                try await expectNoLeak {
                    for number in 0..<count {
                        let stream = URLSession.shared.messageStream(for: SocketFault.defaultRequest(server))
                        var iterator = stream.makeAsyncIterator()
                        #expect(try await iterator.next(isolation: nil) != nil)
                        // Every other stream is released in the middle.
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

    /// Expects `body` to leak at most a few descriptors and threads.
    func expectNoLeak(_ body: () async throws -> Void) async throws {
        let tolerance = 40
        let before = try openResources()
        try await body()
        // Other threads close the last released objects.
        var after = try openResources()
        for _ in 0..<100 where after.descriptors > before.descriptors + tolerance {
            try await Task.sleep(for: .milliseconds(50))
            #if canImport(FoundationNetworking)
                // Idle sessions keep their connections for a few seconds.
                SessionPool.endIdle(since: .now)
            #endif
            after = try openResources()
        }
        #expect(after.descriptors <= before.descriptors + tolerance)
        #expect(after.threads <= before.threads + tolerance)
    }
#endif
