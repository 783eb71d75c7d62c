import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

#if os(Linux)
    /// A thousand streams at a time in one process, which is one of its own, so that its memory can be measured.
    @Suite(.serialized, .timeLimit(.minutes(2)))
    struct ManyStreamsTests {
        @Test
        func byTCP() async {
            await #expect(processExitsWith: .success) {
                try await ManyStreams().run { server in
                    let connection = try await TCPConnection.connect(host: "127.0.0.1", port: server.port)
                    try await connection.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                    return try await countText(connection.messageStream(keepsContent: false))
                }
            }
        }

        @Test
        func byURLSession() async {
            await #expect(processExitsWith: .success) {
                try await ManyStreams().run { server in
                    let request = SocketFault.usualRequest(server)
                    return try await countText(URLSession.shared.messageStream(for: request, keepsContent: false))
                }
            }
        }
    }

    /// The number of bytes of the text of a stream.
    private func countText<Base>(_ stream: AsyncMessageStream<Base>) async throws -> Int {
        var count = 0
        for try await text in stream.text { count += text.utf8.count }
        return count
    }

    /// Streams that all begin before any goes on, and then go on at a pace.
    private struct ManyStreams {
        private let count = 1000
        private let rounds = 20
        /// The text of a round.
        private let text = String(repeating: "abcdefgh", count: 256)
        /// The bytes by which memory may grow while 40 MB go through: those of chunks on their way, and what the
        /// allocator keeps of them.
        private let growth = 16 << 20

        func run(_ read: @escaping @Sendable (LoopbackServer) async throws -> Int) async throws {
            let all = Meeting(of: count)
            let samples = Mutex<[Int]>([])
            let (rounds, text) = (rounds, text)
            let server = try LoopbackServer { peer in
                _ = try peer.readRequest()
                try peer.write(Wire.openHead + Wire.start)
                // Nobody goes on before the last one is here.
                all.meet()
                for round in 0..<rounds {
                    try peer.write(Wire.delta(text))
                    if peer.index == 0, round >= 4 { samples.withLock { $0.append(residentBytes()) } }
                    usleep(100_000)
                }
                try peer.write(Wire.end)
            }
            defer { server.stop() }
            let total = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<count { group.addTask { try await read(server) } }
                return try await group.reduce(0, +)
            }
            #expect(total == count * rounds * text.utf8.count)
            #expect(server.connectionCount == count)
            let resident = samples.withLock { $0 }
            let first = try #require(resident.first)
            #expect(resident.allSatisfy { $0 < first + growth }, "\(resident.map { $0 >> 10 }) KiB")
            print("MANY", resident.map { $0 >> 10 })
        }
    }

    /// Where a number of threads wait for each other.
    private final class Meeting: Sendable {
        private let missing: Mutex<Int>
        private let gate = Gate()

        init(of count: Int) { missing = Mutex(count) }

        func meet() {
            let isLast = missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if isLast { gate.open() }
            #expect(gate.wait(milliseconds: 60_000))
        }
    }

    /// The memory of this process that is not on disk.
    private func residentBytes() -> Int {
        let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return words.flatMap { Int($0[1]) }.map { $0 * Int(getpagesize()) } ?? 0
    }
#endif
