import Foundation
import MessageStreamTransport
import Synchronization
import TestScheduling
import Testing

/// Waits while `poll` itself fails.
@Suite(.runsAlone(within: .seconds(300)))
struct PollerTests {
    @Test
    func doesNotSpinWithoutMemory() async throws {
        let calls = Atomic(0)
        let isHealed = Atomic(false)
        let poller = Poller { descriptors, timeout in
            calls.add(1, ordering: .relaxed)
            if !isHealed.load(ordering: .relaxed) { return -Int(ENOMEM) }
            // The array outlives the call.
            return unsafe Int(poll(&descriptors, nfds_t(descriptors.count), timeout))
        }
        let (reading, writing) = try makePipe()
        defer {
            close(reading)
            close(writing)
        }
        // A deadline still works.
        let early = ContinuousClock.now + .milliseconds(300)
        #expect(await poller.wait(for: Int32(POLLIN), on: reading, until: early) == .timedOut)
        #expect(ContinuousClock.now >= early)
        #expect(calls.load(ordering: .relaxed) < 100)

        // So does cancellation.
        let waiting = Task { await poller.wait(for: Int32(POLLIN), on: reading) }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        #expect(await expectPromptly { await waiting.value } == .cancelled)

        // Once memory is available again, the poller works as before.
        let wait = Task { await poller.wait(for: Int32(POLLIN), on: reading) }
        writeAll([1], to: writing)
        try await Task.sleep(for: .milliseconds(20))
        isHealed.store(true, ordering: .relaxed)
        #expect(await expectPromptly { await wait.value } == .ready)
    }

    /// The entries of a failed call may contain anything.
    @Test
    func ignoresEntriesOfFailedCall() async throws {
        let failures = Atomic(0)
        let poller = Poller { descriptors, timeout in
            if failures.add(1, ordering: .relaxed).oldValue < 3 {
                for index in descriptors.indices { descriptors[index].revents = Int16(POLLIN) }
                return -Int(ENOMEM)
            }
            // The array outlives the call.
            return unsafe Int(poll(&descriptors, nfds_t(descriptors.count), timeout))
        }
        let (reading, writing) = try makePipe()
        defer {
            close(reading)
            close(writing)
        }
        let deadline = ContinuousClock.now + .milliseconds(200)
        #expect(await poller.wait(for: Int32(POLLIN), on: reading, until: deadline) == .timedOut)
        #expect(failures.load(ordering: .relaxed) > 3)
    }

    @Test
    func retriesInterruptedCall() async throws {
        let calls = Atomic(0)
        let poller = Poller { descriptors, timeout in
            if calls.add(1, ordering: .relaxed).oldValue < 5 { return -Int(EINTR) }
            // The array outlives the call.
            return unsafe Int(poll(&descriptors, nfds_t(descriptors.count), timeout))
        }
        let (reading, writing) = try makePipe()
        defer { close(reading) }
        close(writing)
        #expect(await expectPromptly { await poller.wait(for: Int32(POLLIN), on: reading) } == .ready)
    }

    /// Code that runs after a call does not change its error.
    @Test
    func errnoIsReadImmediately() throws {
        let error = #expect(throws: Errno.self) {
            try retryingInterrupted {
                let result = resultOrErrno(Int(close(-1)))
                _ = openToRead("/no such file")
                return result
            }
        }
        #expect(error?.code == EBADF)
    }
}

#if os(Linux)
    extension ProcessTests {
        /// With more waits than the process may have descriptors, each wait fails immediately and the poller does not
        /// spin.
        @Test
        func waitsBeyondDescriptorLimitFail() async {
            await #expect(processExitsWith: .success) {
                let pipes = try (0..<100).map { _ in try makePipe() }
                let waits = pipes.map { pipe in
                    Task { await collect(FileDescriptorChunks(pipe.reading, ownership: .borrowed)).failure }
                }
                try await Task.sleep(for: .milliseconds(200))
                var limit = rlimit()
                let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
                // The structure outlives the calls.
                #expect(unsafe getrlimit(resource, &limit) == 0)
                let usual = limit
                limit.rlim_cur = 50
                // The structure outlives the call.
                #expect(unsafe setrlimit(resource, &limit) == 0)
                // One more wait makes the poller call `poll` again.
                let last = Task { await collect(FileDescriptorChunks(pipes[0].reading, ownership: .borrowed)).failure }
                let before = clock()
                for wait in waits + [last] {
                    let failure = await expectPromptly { await wait.value }
                    #expect(failure?.kind == .receive)
                    #expect(failure?.code == .errno(EINVAL))
                }
                try await Task.sleep(for: .milliseconds(1000))
                #expect(isSanitized || clock() - before < CLOCKS_PER_SEC / 3)

                limit = usual
                // The structure outlives the call.
                #expect(unsafe setrlimit(resource, &limit) == 0)
                writeAll([7], to: pipes[1].writing)
                var iterator = FileDescriptorChunks(pipes[1].reading, ownership: .borrowed).makeAsyncIterator()
                #expect(try await iterator.next() == [7])
            }
        }
    }
#endif
