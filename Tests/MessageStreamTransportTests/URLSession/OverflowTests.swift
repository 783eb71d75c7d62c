import Foundation
import HTTPResponseParsing
import LoopbackServer
import MessageStreamTransport
import Synchronization
import TestScheduling
import TestSupport
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The file that holds bytes for a slow consumer: its space is reused and bounded.
@Suite(.runsAlone(within: .seconds(300)))
struct OverflowTests {
    /// Random writes and reads preserve the order of the bytes and never overwrite an unread byte.
    @Test(arguments: 1...UInt64(Sweep.count(inDebug: 8, inRelease: 40)))
    func preservesBytes(seed: UInt64) throws {
        var random = noise(40_000, seed: seed)[...]
        func draw(_ limit: Int) -> Int {
            let (a, b, c) = (random.popFirst() ?? 1, random.popFirst() ?? 1, random.popFirst() ?? 1)
            return (Int(a) << 16 | Int(b) << 8 | Int(c)) % limit
        }
        let limit = 5 * OverflowRing.blockSize
        var ring = OverflowRing(limit: limit)
        // The positions of the waiting bytes, in order.
        var waiting: [Range<Int>] = []
        var (sent, received) = (0, 0)
        for _ in 0..<3000 {
            if draw(2) == 0 {
                let count = 1 + draw(OverflowRing.blockSize * 2)
                guard let ranges = ring.reserve(count) else {
                    #expect(sent - received + count > limit - 2 * OverflowRing.blockSize)
                    continue
                }
                #expect(ranges.map(\.count).reduce(0, +) == count)
                for range in ranges {
                    #expect(!range.isEmpty && 0 <= range.lowerBound && range.upperBound <= limit)
                    #expect(!waiting.contains { $0.overlaps(range) })
                    waiting.append(range)
                }
                sent += count
                ring.didWrite()
            } else if var range = ring.beginRead(atMost: 1 + draw(OverflowRing.blockSize)) {
                received += range.count
                ring.didRead(range.count)
                while !range.isEmpty, let first = waiting.first {
                    try #require(first.lowerBound == range.lowerBound)
                    let end = min(first.upperBound, range.upperBound)
                    waiting[0] = end..<first.upperBound
                    if waiting[0].isEmpty { waiting.removeFirst() }
                    range = end..<range.upperBound
                }
                #expect(range.isEmpty)
            }
            #expect(ring.readyCount == sent - received)
            #expect(ring.isEmpty == (sent == received))
            #expect(ring.fileSize <= limit)
        }
        #expect(sent > 10 * limit)
    }

    @Test
    func bytesAreReadyOnceWritten() {
        var ring = OverflowRing(limit: 1 << 20)
        #expect(ring.reserve(100) == [0..<100])
        #expect(ring.beginRead(atMost: 10) == nil)
        ring.didWrite()
        #expect(ring.beginRead(atMost: 10) == 0..<10)
        #expect(!ring.isEmpty)
    }

    /// A block is not reused while its bytes are being read.
    @Test
    func blockBeingReadIsNotReused() {
        let size = OverflowRing.blockSize
        var ring = OverflowRing(limit: size)
        #expect(ring.reserve(size) == [0..<size])
        ring.didWrite()
        #expect(ring.beginRead(atMost: size) == 0..<size)
        #expect(ring.reserve(1) == nil)
        ring.didRead(size)
        #expect(ring.reserve(1) == [0..<1])
    }

    @Test(arguments: [0, 1, 65_536, 65_537])
    func limitIsRoundedUpToBlocks(limit: Int) {
        var ring = OverflowRing(limit: limit)
        let room = (limit + OverflowRing.blockSize - 1) / OverflowRing.blockSize * OverflowRing.blockSize
        #expect(ring.reserve(room + 1) == nil)
        #expect(room == 0 || ring.reserve(room) == [0..<room])
    }

    #if canImport(FoundationNetworking)
        /// The iterator returns the bytes up to the limit, then throws, and the connection closes.
        @Test
        func responseBeyondOverflowLimitFails() async throws {
            let closed = Gate()
            let block = noise(1 << 16)
            let server = try LoopbackServer { peer in
                defer { closed.open() }
                _ = try peer.readHead()
                try peer.write("HTTP/1.1 200 OK\r\n\r\n")
                for _ in 0..<1024 { try peer.write(block) }
                peer.waitForClose()
            }
            defer { server.stop() }
            let chunks = URLSession.shared.chunks(for: request(server), bufferLimit: 1, overflowLimit: 1 << 20)
            var iterator = chunks.makeAsyncIterator()
            #expect(try await iterator.head().status == 200)
            #expect(await onDedicatedThread { closed.wait() })
            var bytes: [UInt8] = []
            var failure: TransportError?
            do throws(TransportError) {
                while let chunk = try await iterator.next(isolation: #isolation) { bytes += chunk }
            } catch {
                failure = error
            }
            #expect(failure?.kind == .overflow)
            #expect(failure?.progress == .received)
            #expect(failure?.isTransient == false)
            #expect(bytes.count > 1 << 19)
            #expect(bytes.count < 2 << 20)
            #expect(bytes.indices.allSatisfy { bytes[$0] == block[$0 % block.count] })
        }
    #endif
}

#if os(Linux)
    extension ProcessTests {
        /// For a consumer as fast as its sender but a few megabytes behind it, the file stays at about that size.
        @Test
        func fileOfLaggingConsumerIsReused() async {
            await #expect(processExitsWith: .success) {
                let (size, late) = (96 << 20, 4 << 20)
                let block = noise(1 << 16)
                let sent = Atomic(0)
                let taken = Atomic(0)
                let server = try LoopbackServer { peer in
                    _ = try peer.readHead()
                    try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
                    for _ in 0..<(size >> 16) {
                        while sent.load(ordering: .relaxed) - taken.load(ordering: .relaxed) > late * 2 { usleep(100) }
                        try peer.write(block)
                        sent.add(block.count, ordering: .relaxed)
                    }
                }
                defer { server.stop() }
                var iterator = URLSession.shared.chunks(for: request(server)).makeAsyncIterator()
                var (count, largest, isRight) = (0, 0, true)
                while let chunk = try await iterator.next() {
                    isRight = isRight && chunk.first == block[count % block.count]
                    isRight = isRight && chunk.last == block[(count + chunk.count - 1) % block.count]
                    count += chunk.count
                    taken.store(count, ordering: .relaxed)
                    while count < size - late * 2, sent.load(ordering: .relaxed) - count < late {
                        try await Task.sleep(for: .microseconds(200))
                    }
                    if count % (1 << 20) < chunk.count { largest = max(largest, overflowFileSize()) }
                }
                #expect(count == size)
                #expect(isRight)
                #expect(largest > 0)
                #expect(largest <= late * 3)
            }
        }
    }

    /// The total size of this process's unnamed files in the temporary directory.
    private func overflowFileSize() -> Int {
        let folder = "/proc/self/fd"
        return (try? FileManager.default.contentsOfDirectory(atPath: folder))?.reduce(0) { sum, name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            guard let number = Int32(name), target?.contains("midstream-") == true else { return sum }
            var status = stat()
            // The structure outlives the call.
            return unsafe fstat(number, &status) == 0 ? sum + Int(status.st_size) : sum
        } ?? 0
    }
#endif
