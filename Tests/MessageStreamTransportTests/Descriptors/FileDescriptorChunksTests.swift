import Foundation
import LoopbackServer
import MessageStreamTransport
import TestScheduling
import Testing

@Suite(.runsAlone(within: .seconds(300)))
struct FileDescriptorChunksTests {
    @Test
    func readsPipeToEnd() async throws {
        let (reading, writing) = try makePipe()
        let sent = noise(300_000)
        Thread.detachNewThread {
            writeAll(sent, to: writing)
            close(writing)
        }
        let (bytes, failure) = await collect(FileDescriptorChunks(reading, ownership: .owned))
        #expect(failure == nil)
        #expect(bytes == sent)
    }

    @Test(arguments: [1, 7, 4096, 1 << 20])
    func readsFileInChunksUpToSize(size: Int) async throws {
        let path = NSTemporaryDirectory() + "midstream-\(UUID().uuidString)"
        let content = noise(size == 1 ? 500 : 200_000)
        try Data(content).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let chunks = FileDescriptorChunks(openToRead(path), ownership: .owned, chunkSize: size)
        var bytes: [UInt8] = []
        for try await chunk in chunks {
            #expect(chunk.count <= size)
            bytes += chunk
        }
        #expect(bytes == content)
    }

    @Test
    func readsSocketByteByByte() async throws {
        let (ours, theirs) = try makeSocketPair()
        let sent = noise(2000)
        Thread.detachNewThread {
            for byte in sent { writeAll([byte], to: theirs) }
            close(theirs)
        }
        let (bytes, failure) = await collect(FileDescriptorChunks(ours, ownership: .owned))
        #expect(failure == nil)
        #expect(bytes == sent)
    }

    @Test
    func returnsAvailableBytesImmediately() async throws {
        for (reading, writing) in [try makePipe(), try makeSocketPair()] {
            var iterator = FileDescriptorChunks(reading, ownership: .owned).makeAsyncIterator()
            for text in ["a", "bc", "def"] {
                writeAll(Array(text.utf8), to: writing)
                #expect(try await iterator.next() == Array(text.utf8))
            }
            close(writing)
            #expect(try await iterator.next() == nil)
            #expect(try await iterator.next() == nil)
        }
    }

    @Test
    func readsOnlyOnDemand() async throws {
        let (reading, writing) = try makePipe()
        defer { close(writing) }
        var iterator = FileDescriptorChunks(reading, ownership: .owned, chunkSize: 4).makeAsyncIterator()
        writeAll(Array("abcdefgh".utf8), to: writing)
        #expect(try await iterator.next() == Array("abcd".utf8))
        // The pipe still holds the rest.
        var rest = [UInt8](repeating: 0, count: 10)
        // The array has the given size.
        #expect(unsafe read(reading, &rest, 10) == 4)
    }

    @Test
    func doesNotChangeDescriptorFlags() async throws {
        for (reading, writing) in [try makePipe(), try makeSocketPair()] {
            let flags = fcntl(reading, F_GETFL)
            var iterator = FileDescriptorChunks(reading, ownership: .owned).makeAsyncIterator()
            writeAll([1], to: writing)
            _ = try await iterator.next()
            #expect(fcntl(reading, F_GETFL) == flags)
            close(writing)
        }
    }

    @Test
    func readsNonBlockingDescriptor() async throws {
        let (reading, writing) = try makePipe()
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        let sent = noise(200_000)
        Thread.detachNewThread {
            writeAll(sent, to: writing)
            close(writing)
        }
        #expect(await collect(FileDescriptorChunks(reading, ownership: .owned)).bytes == sent)
    }

    @Test
    func readsNullDevice() async {
        let (bytes, failure) = await collect(FileDescriptorChunks(openToRead("/dev/null"), ownership: .owned))
        #expect(failure == nil)
        #expect(bytes.isEmpty)
    }

    @Test
    func invalidDescriptorFails() async {
        let error = await collect(FileDescriptorChunks(-1, ownership: .borrowed)).failure
        #expect(error?.kind == .receive)
        #expect(error?.code == .errno(EBADF))
    }

    @Test
    func directoryFails() async {
        let error = await collect(FileDescriptorChunks(openToRead("/"), ownership: .owned)).failure
        #expect(error?.code == .errno(EISDIR))
    }

    @Test(arguments: [true, false])
    func cancellationEndsWaitImmediately(isPipe: Bool) async throws {
        let (reading, writing) = try isPipe ? makePipe() : makeSocketPair()
        defer { close(writing) }
        let begun = Gate()
        let task = Task {
            var iterator = FileDescriptorChunks(reading, ownership: .owned).makeAsyncIterator()
            let first = try? await iterator.next()
            begun.open()
            let error = await nextFailure(&iterator)
            let after = try? await iterator.next()
            return (first, error, after)
        }
        writeAll([7], to: writing)
        #expect(await onDedicatedThread { begun.wait() })
        task.cancel()
        let (first, error, after) = await expectPromptly { await task.value }
        #expect(first == [7])
        #expect(error?.kind == .cancelled)
        #expect(error?.progress == .received)
        #expect(after == .some(nil))
    }

    @Test
    func cancelledTaskReadsNothing() async throws {
        let (reading, writing) = try makePipe()
        defer { close(writing) }
        writeAll([1, 2, 3], to: writing)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await collect(FileDescriptorChunks(reading, ownership: .borrowed))
        }
        task.cancel()
        let (bytes, failure) = await task.value
        #expect(bytes.isEmpty)
        #expect(failure?.kind == .cancelled)
        #expect(await firstChunk(FileDescriptorChunks(reading, ownership: .owned)) == [1, 2, 3])
    }

    @Test
    func repeatedlyCancelledWaitDoesNotLeak() async throws {
        let (reading, writing) = try makePipe()
        defer { close(writing) }
        let chunks = FileDescriptorChunks(reading, ownership: .owned)
        for _ in 0..<200 {
            let task = Task { await collect(chunks).failure }
            await Task.yield()
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
        }
        writeAll([5], to: writing)
        #expect(await firstChunk(chunks) == [5])
    }

    @Test
    func releasingLastReferenceClosesOwnedDescriptor() async throws {
        let (reading, writing) = try makeSocketPair()
        do {
            var iterator = FileDescriptorChunks(reading, ownership: .owned).makeAsyncIterator()
            writeAll([1], to: writing)
            #expect(try await iterator.next() == [1])
            #expect(isOpen(reading))
        }
        // The other end observes the close; the number itself may already belong to another descriptor.
        #expect(await collect(FileDescriptorChunks(writing, ownership: .owned)).bytes.isEmpty)
    }

    @Test
    func borrowedDescriptorStaysOpen() async throws {
        let (reading, writing) = try makePipe()
        close(writing)
        #expect(await collect(FileDescriptorChunks(reading, ownership: .borrowed)).bytes.isEmpty)
        #expect(isOpen(reading))
        close(reading)
    }

    @Test
    func readsManyDescriptorsConcurrently() async throws {
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                let (reading, writing) = try number % 2 == 0 ? makePipe() : makeSocketPair()
                group.addTask {
                    await collect(FileDescriptorChunks(reading, ownership: .owned, chunkSize: 16)).bytes.count
                }
                group.addTask {
                    for _ in 0..<20 {
                        writeAll([1, 2, 3], to: writing)
                        await Task.yield()
                    }
                    close(writing)
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 100 * 60)
    }
}

/// The first chunk.
private func firstChunk(_ chunks: FileDescriptorChunks) async -> [UInt8]? {
    var iterator = chunks.makeAsyncIterator()
    return try? await iterator.next()
}

/// Runs a blocking call on a dedicated thread.
func onDedicatedThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
