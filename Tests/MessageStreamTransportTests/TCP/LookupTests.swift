import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

/// Hanging lookups delay nothing but each other.
@Suite(.runsAlone(within: .seconds(300)))
struct LookupTests {
    /// Abandons more hanging lookups than any Dispatch pool has threads.
    @Test
    func abandonedLookupsDoNotDelayFileReads() async throws {
        let resolver = Gate()
        defer { resolver.open() }
        let lookups = Lookups(limit: 32)
        for _ in 0..<200 {
            let task = Task {
                await SocketAddress.resolve(host: "stuck.invalid", port: 80, until: nil, on: lookups) { _, _ in
                    _ = resolver.wait()
                    return .failed(.errno(0))
                }
            }
            await Task.yield()
            task.cancel()
            guard case .cancelled = await expectPromptly(within: .seconds(10), { await task.value }) else {
                Issue.record("the lookup was not cancelled")
                return
            }
        }
        // No abandoned lookup waits for a thread.
        #expect(lookups.waitingCount == 0)
        let (bytes, failure) = await expectPromptly(within: .seconds(10)) {
            await collect(FileDescriptorChunks(openToRead(#filePath), ownership: .owned))
        }
        #expect(failure == nil)
        #expect(!bytes.isEmpty)
    }

    @Test
    func hangingLookupEndsAtDeadline() async {
        let resolver = Gate()
        defer { resolver.open() }
        let lookups = Lookups(limit: 1)
        for _ in 0..<3 {
            let resolution = await expectPromptly(within: .seconds(10)) {
                let deadline = ContinuousClock.now + .milliseconds(50)
                return await SocketAddress.resolve(host: "stuck.invalid", port: 80, until: deadline, on: lookups) {
                    _,
                    _ in
                    _ = resolver.wait()
                    return .failed(.errno(0))
                }
            }
            guard case .timedOut = resolution else {
                Issue.record("the lookup did not time out")
                return
            }
        }
    }

    /// A queued lookup runs when another one ends.
    @Test
    func moreLookupsThanThreads() async {
        let lookups = Lookups(limit: 2)
        let counts = Locked((running: 0, most: 0))
        await withTaskGroup { group in
            for number in 0..<50 {
                group.addTask {
                    let resolution = await SocketAddress.resolve(
                        host: "any.invalid",
                        port: 80,
                        until: nil,
                        on: lookups
                    ) { _, _ in
                        counts.withLock { counts in
                            counts.running += 1
                            counts.most = max(counts.most, counts.running)
                        }
                        usleep(1000)
                        counts.withLock { $0.running -= 1 }
                        return .failed(.addressInfo(Int32(number)))
                    }
                    guard case .failed(.addressInfo(Int32(number))) = resolution else {
                        Issue.record("not the result of this lookup")
                        return
                    }
                }
            }
        }
        #expect(counts.withLock { $0.most } <= 2)
    }

    /// A numeric address needs no lookup, so hanging lookups do not delay it.
    @Test(arguments: ["127.0.0.1", "::1"])
    func numericAddressNeedsNoLookup(host: String) async {
        let resolution = await SocketAddress.resolve(host: host, port: 80, until: nil, on: Lookups(limit: 0)) { _, _ in
            .failed(.errno(0))
        }
        guard case .addresses(let addresses) = resolution else {
            Issue.record("no address")
            return
        }
        #expect(addresses.map(\.family) == [host == "::1" ? AF_INET6 : AF_INET])
    }
}
