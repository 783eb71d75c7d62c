import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import TestSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// Tests of process-wide measurements and limits, each in a separate process.
    @Suite(.takesTurns(within: .seconds(300)))
    struct ProcessTests {
        @Test
        func manyStreamsOverTCP() async {
            await #expect(processExitsWith: .success) {
                try await ManyStreams().run { server, onText in
                    let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
                    try await connection.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                    for try await text in connection.messageStream(keepsContent: false).text { onText(text) }
                }
            }
        }

        @Test
        func manyStreamsOverURLSession() async {
            await #expect(processExitsWith: .success) {
                try await ManyStreams().run { server, onText in
                    let request = SocketFault.defaultRequest(server)
                    for try await text in URLSession.shared.messageStream(for: request, keepsContent: false).text {
                        onText(text)
                    }
                }
            }
        }

        @Test
        func bytesForSlowConsumerGoToDisk() async {
            await #expect(processExitsWith: .success) {
                let size = 64 << 20
                let block = noise(1 << 16)
                let server = try LoopbackServer { peer in
                    _ = try peer.readHead()
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
                    for _ in 0..<(size >> 16) { try peer.write(block) }
                    peer.gate.open()
                }
                defer { server.stop() }
                var iterator = URLSession.shared.chunks(for: request(server)).makeAsyncIterator()
                #expect(try await iterator.head().status == 200)
                let before = residentBytes()
                // The client receives everything, although its consumer reads nothing.
                #expect(await onDedicatedThread { server.gate.wait() })
                #expect(isSanitized || residentBytes() < before + (16 << 20))
                var count = 0
                while let chunk = try await iterator.next() {
                    #expect(chunk.first == block[count % block.count])
                    #expect(chunk.last == block[(count + chunk.count - 1) % block.count])
                    count += chunk.count
                }
                #expect(count == size)
                #expect(server.connectionCount == 1)
            }
        }

        /// If the file cannot grow, the stream fails, but no earlier bytes are lost.
        @Test
        func fullDiskFailsSlowConsumer() async {
            await #expect(processExitsWith: .success) {
                signal(SIGXFSZ, SIG_IGN)
                var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
                // The structure outlives the call.
                #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
                let block = noise(1 << 16)
                let server = try LoopbackServer { peer in
                    _ = try peer.readHead()
                    try peer.write("HTTP/1.1 200 OK\r\n\r\n")
                    defer { peer.gate.open() }
                    for _ in 0..<64 { try peer.write(block) }
                    peer.waitForClose()
                }
                defer { server.stop() }
                var iterator = URLSession.shared.chunks(for: request(server)).makeAsyncIterator()
                _ = try await iterator.head()
                // The client closes the connection.
                #expect(await onDedicatedThread { server.gate.wait() })
                var bytes: [UInt8] = []
                var failure: TransportError?
                do throws(TransportError) {
                    while let chunk = try await iterator.next() { bytes += chunk }
                } catch {
                    failure = error
                }
                #expect(bytes.count > 1 << 20)
                #expect(bytes.indices.allSatisfy { bytes[$0] == block[$0 % block.count] })
                #expect(failure?.kind == .other)
                #expect(failure?.code == .errno(EFBIG))
            }
        }
    }

    /// Streams that advance in lockstep: a round begins when every stream has received the text of the previous one.
    private struct ManyStreams {
        private let count = Sweep.count(inDebug: 250, inRelease: 1000)
        private let rounds = 12
        /// The text of a round.
        private let text = String(repeating: "abcdefgh", count: 512)
        /// The allowed memory growth in bytes, at most half of the bytes that pass through: chunks in transit, and
        /// memory that the allocator retains.
        private var growth: Int { max(4 << 20, count * 8192) }

        func run(
            _ read: @escaping @Sendable (LoopbackServer, _ onText: (String) -> Void) async throws -> Void
        ) async throws {
            try raiseDescriptorLimit()
            let (rounds, text) = (rounds, text)
            let starts = (0...rounds).map { _ in Barrier(of: count) }
            let samples = Locked<[Int]>([])
            let server = try LoopbackServer { peer in
                _ = try peer.readRequest()
                try peer.write(Wire.openHead + Wire.start)
                // Every stream waits until the last one has arrived.
                starts[0].arrive()
                for round in 0..<rounds {
                    starts[round].wait()
                    if peer.index == 0, round >= 4 { samples.withLock { $0.append(residentBytes()) } }
                    try peer.write(Wire.delta(text))
                }
                try peer.write(Wire.end)
            }
            defer { server.stop() }
            try await withThrowingTaskGroup { group in
                for _ in 0..<count {
                    group.addTask {
                        var round = 0
                        try await read(server) { piece in
                            round += 1
                            #expect(piece.utf8.count == text.utf8.count)
                            starts[round].arrive()
                        }
                        #expect(round == rounds)
                    }
                }
                try await group.waitForAll()
            }
            #expect(server.connectionCount == count)
            let resident = samples.withLock { $0 }
            let first = try #require(resident.first)
            #expect(isSanitized || resident.allSatisfy { $0 < first + growth }, "\(resident.map { $0 >> 10 }) KiB")
        }
    }

    /// A thousand connections need two thousand descriptors, which exceeds the default limit of many shells.
    private func raiseDescriptorLimit() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        // The structure outlives the calls.
        #expect(unsafe getrlimit(resource, &limit) == 0)
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8192))
        #expect(unsafe setrlimit(resource, &limit) == 0)
        try #require(limit.rlim_cur >= 4096)
    }

    /// A barrier at which threads wait for a number of arrivals.
    private final class Barrier: Sendable {
        private let missing: Locked<Int>
        private let gate = Gate()

        init(of count: Int) { missing = Locked(count) }

        func arrive() {
            let isLast = missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if isLast { gate.open() }
        }

        func wait() { #expect(gate.wait(milliseconds: 60_000)) }
    }
#endif
