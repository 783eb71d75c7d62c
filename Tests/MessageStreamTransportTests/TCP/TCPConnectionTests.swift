import Foundation
import LoopbackServer
import MessageStreamTransport
import TestScheduling
import Testing

@Suite(.runsAlone(within: .seconds(300)))
struct TCPConnectionTests {
    @Test(arguments: [false, true])
    func sendsAndReceives(isIPv6: Bool) async throws {
        let server = try LoopbackServer(isIPv6: isIPv6) { peer in
            let bytes = try peer.read()
            try peer.write(bytes.reversed())
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: isIPv6 ? "::1" : "127.0.0.1", port: server.port)
        try await connection.send([1, 2, 3])
        #expect(await collect(connection.chunks).bytes == [3, 2, 1])
    }

    @Test
    func triesEveryAddress() async throws {
        // The name may also have an IPv6 address without a listener.
        let server = try LoopbackServer { try $0.write("hello") }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "localhost", port: server.port)
        #expect(await collect(connection.chunks).bytes == Array("hello".utf8))
    }

    @Test
    func kernelAppliesKeepAliveOptions() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        let options = TCPKeepAlive(idle: .seconds(17), interval: .milliseconds(3500), count: 5)
        #expect(options.interval == .seconds(4))
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port, keepAlive: options)
        #expect(try connection.keepAlive() == options)
        let plain = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        #expect(try plain.keepAlive() == nil)
    }

    @Test
    func keepAliveOptionsAreClamped() {
        let least = TCPKeepAlive(idle: .zero, interval: .seconds(-5), count: -1)
        #expect(least == TCPKeepAlive(idle: .seconds(1), interval: .seconds(1), count: 1))
        #expect(TCPKeepAlive(idle: .seconds(1 << 40)).idle == .seconds(32767))
    }

    @Test
    func sendsLargeData() async throws {
        let sent = noise(2 << 20)
        let received = Gate()
        let server = try LoopbackServer { peer in
            var bytes: [UInt8] = []
            while case let more = try peer.read(), !more.isEmpty { bytes += more }
            if bytes == sent { received.open() }
            try peer.write("ok")
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        try await connection.send(sent)
        try connection.shutdownWrite()
        #expect(await collect(connection.chunks).bytes == Array("ok".utf8))
        #expect(await onDedicatedThread { received.wait() })
    }

    @Test
    func twoMegabytesInOneWrite() async throws {
        let sent = noise(2 << 20)
        let server = try LoopbackServer { try $0.write(sent) }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        #expect(await collect(connection.chunks).bytes == sent)
    }

    @Test
    func oneByteAtATime() async throws {
        let sent = noise(3000)
        let server = try LoopbackServer { try $0.writeByteByByte(sent) }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        #expect(await collect(connection.chunks).bytes == sent)
    }

    @Test
    func resetInFrameIsAnError() async throws {
        let read = Gate()
        let server = try LoopbackServer { peer in
            try peer.write("event: x\ndata: {")
            try peer.wait(for: read)
            peer.reset()
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        var iterator = connection.chunks.makeAsyncIterator()
        #expect(try await iterator.next() == Array("event: x\ndata: {".utf8))
        read.open()
        let error = await nextFailure(&iterator)
        #expect(error?.kind == .receive)
        #expect(error?.code == .errno(ECONNRESET))
        #expect(error?.progress == .received)
        #expect(error?.isTransient == true)
        #expect(error?.peer == "127.0.0.1:\(server.port)")
        #expect(try await iterator.next() == nil)
    }

    @Test
    func halfClosedConnectionCanSend() async throws {
        let received = Gate()
        let server = try LoopbackServer { peer in
            try peer.halfClose()
            if try peer.read() == [9] { received.open() }
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        #expect(await collect(connection.chunks).bytes.isEmpty)
        try await connection.send([9])
        #expect(await onDedicatedThread { received.wait() })
    }

    @Test
    func sendingAfterResetIsAnErrorWithoutSignal() async throws {
        let connected = Gate()
        let server = try LoopbackServer { peer in
            try peer.wait(for: connected)
            peer.reset()
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        connected.open()
        _ = await collect(connection.chunks)
        let error = await failure { () async throws(TransportError) in
            for _ in 0..<100 { try await connection.send(noise(100_000)) }
        }
        #expect(error?.kind == .send)
    }

    @Test
    func cancellationEndsRead() async throws {
        let server = try LoopbackServer { $0.waitForClose() }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        let task = Task { await collect(connection.chunks).failure }
        await Task.yield()
        task.cancel()
        #expect(await expectPromptly { await task.value }?.kind == .cancelled)
    }

    @Test
    func cancellationEndsBlockedSend() async throws {
        let server = try LoopbackServer { peer in try peer.wait(for: Gate()) }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        let task = Task {
            await failure { () async throws(TransportError) in
                try await connection.send([UInt8](repeating: 7, count: 32 << 20))
            }
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        #expect(await expectPromptly { await task.value }?.kind == .cancelled)
    }

    @Test
    func closeEndsPendingReadsAndSends() async throws {
        let closed = Gate()
        let server = try LoopbackServer { peer in
            if peer.waitForClose() { closed.open() }
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        let task = Task { await collect(connection.chunks).failure }
        try await Task.sleep(for: .milliseconds(20))
        connection.close()
        connection.close()
        #expect(await expectPromptly { await task.value }?.kind == .cancelled)
        #expect(await onDedicatedThread { closed.wait() })
        #expect(await failure { () async throws(TransportError) in try await connection.send([1]) }?.kind == .cancelled)
        #expect(await failure { () async throws(TransportError) in try connection.shutdownWrite() }?.kind == .cancelled)
        #expect(await collect(connection.chunks).failure?.kind == .cancelled)
    }

    @Test
    func releasingLastReferenceClosesConnection() async throws {
        let closed = Gate()
        let server = try LoopbackServer { peer in
            if peer.waitForClose() { closed.open() }
        }
        defer { server.stop() }
        _ = try await TCPConnection.connect(host: "127.0.0.1", port: server.port).chunks.makeAsyncIterator()
        #expect(await onDedicatedThread { closed.wait() })
    }

    @Test
    func slowConsumerBlocksSender() async throws {
        let size = 64 << 20
        let peers = Box<LoopbackPeer>()
        let server = try LoopbackServer { peer in
            peers.value = peer
            let block = noise(1 << 16)
            for _ in 0..<(size >> 16) { try peer.write(block) }
        }
        defer { server.stop() }
        let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
        var iterator = connection.chunks.makeAsyncIterator()
        _ = try await iterator.next()
        let held = try await settledCount { peers.value?.bytesWritten ?? 0 }
        // The kernel buffers of both ends, and one chunk.
        #expect(held < 16 << 20)
        var count = 0
        while let chunk = try await iterator.next() { count += chunk.count }
        #expect(count > size - (1 << 17))
    }

    @Test
    func refusedConnectionFailsImmediately() async throws {
        let server = try LoopbackServer { _ in }
        server.stop()
        let error = await expectPromptly {
            await failure { () async throws(TransportError) in
                try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
            }
        }
        #expect(error?.kind == .connect)
        #expect(error?.code == .errno(ECONNREFUSED))
        #expect(error?.progress == .nothingSent)
        #expect(error?.isConnectionFailure == true)
        #expect(error?.isTransient == true)
    }

    @Test
    func unknownHostIsAnError() async {
        let error = await expectPromptly(within: .seconds(25)) {
            await failure { () async throws(TransportError) in
                try await TCPConnection.connect(host: "no-such-host.invalid", port: 80, timeout: .seconds(20))
            }
        }
        #expect(error?.kind == .resolve || error?.kind == .timeout)
        #expect(error?.isConnectionFailure == true)
    }

    @Test
    func connectingEndsAtTimeout() async {
        // An address reserved for documentation (RFC 5737) never responds, even where packets to it are routed.
        let error = await expectPromptly {
            await failure { () async throws(TransportError) in
                try await TCPConnection.connect(host: "192.0.2.1", port: 9, timeout: .milliseconds(200))
            }
        }
        #expect(error?.kind == .timeout || error?.kind == .connect, "\(String(describing: error))")
        #expect(error?.progress == .nothingSent)
    }

    @Test
    func cancellationEndsConnecting() async {
        let task = Task {
            await failure { () async throws(TransportError) in
                try await TCPConnection.connect(host: "192.0.2.1", port: 9, timeout: .seconds(600))
            }
        }
        await Task.yield()
        task.cancel()
        let error = await expectPromptly { await task.value }
        #expect(error?.kind == .cancelled || error?.kind == .connect)
    }
}
