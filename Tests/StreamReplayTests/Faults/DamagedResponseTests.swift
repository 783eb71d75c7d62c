import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Responses of captures with faults, as asynchronous sequences.
@Suite(.takesTurns) struct DamagedResponseTests {
    private static let body = Capture.named("text-complete.sse").bytes

    private func response(_ bytes: [UInt8], chunks: ChunkSizes = .fixed(700)) throws -> CapturedResponse {
        try CapturedStream(bytes).response(chunks: chunks, clock: SleepingClock())
    }

    /// The parts are those of the chain, at each iteration.
    @Test(arguments: [
        "cut:after=5", "cut:byte=1000,clean=yes", "error:shape=51,after=4", "drop:event=6,count=2",
        "repeat:event=5,times=3",
        "reorder:event=5,by=2", "split:event=6", "flip:count=4", "content-type:value=text/plain", "html", "gzip",
        "status:code=529", "rechunk", "rechunk:size=3", "half-close:after=6", "pings:after=5,count=3",
    ])
    func parts(_ text: String) async throws {
        let fault = try StreamFault(text)
        let damaged = try response(Self.body).damaged(by: [fault, .rechunk(size: 1000)], seed: 7)
        var chain = FaultChain([fault, .rechunk(size: 1000)], seed: 7)
        var expected: [DamagedPart] = []
        for try await part in try response(Self.body) {
            switch part {
            case .head(let head): expected += chain.receive(DamagedPart(content: .head(head)))
            case .body(let bytes): expected += chain.receive(DamagedPart(content: .body(bytes)))
            }
        }
        expected += chain.receive(DamagedPart(content: .end(.complete)))
        for _ in 0..<2 {
            var contents: [DamagedPart.Content] = []
            for try await part in damaged {
                switch part {
                case .head(let head): contents.append(.head(head))
                case .body(let bytes): contents.append(.body(bytes))
                }
            }
            let visible = expected.map(\.content).filter {
                switch $0 {
                case .head, .body: true
                default: false
                }
            }
            #expect(contents == visible)
        }
    }

    /// The failure that each fault causes.
    @Test(arguments: [
        ("cut:after=6", "truncated"), ("half-close:after=6", "truncated"), ("reset:after=6", "transport"),
        ("error:shape=51,after=6", "api"), ("html:status=200", "notEventStream"), ("status:code=529", "api"),
    ])
    func failures(_ text: String, _ kind: String) async throws {
        let stream = try response(Self.body).damaged(by: [try StreamFault(text)]).messageEvents()
        let failure = try #require(await failure(of: stream))
        #expect(failure.kind.name == kind)
        if kind == "transport" {
            #expect(failure.retry.isTransient && failure.partial?.text.isEmpty == false)
        }
    }

    private func failure(of stream: AsyncMessageStream) async -> MessageStreamFailure? {
        do throws(MessageStreamFailure) {
            for try await _ in stream {}
            return nil
        } catch {
            return error
        }
    }

    // MARK: Pauses

    @Test func pauses() async throws {
        let clock = SleepingClock()
        let capture = try CapturedStream(Self.body).response(chunks: .fixed(700), clock: clock)
        let start = clock.now
        let stream = capture.damaged(by: [try StreamFault("stall:after=5,for=2.5")]).messageEvents()
        #expect(await failure(of: stream) == nil)
        #expect(start.duration(to: clock.now) == .milliseconds(2500))
        for try await _ in capture.damaged(by: [.dribble(delay: .seconds(1), size: 1000)]) {}
        #expect(start.duration(to: clock.now) > .milliseconds(2500) + .seconds(Self.body.count / 1000))
    }

    /// A pause without an end lasts until the task is cancelled.
    @Test func cancellation() async throws {
        let response = try CapturedStream(Self.body).response().damaged(by: [try StreamFault("stall:after=5")])
        let task = Task {
            var count = 0
            do {
                for try await _ in response { count += 1 }
                return (count, false)
            } catch {
                return (count, error is CancellationError)
            }
        }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        let (count, isCancelled) = await task.value
        #expect(count > 0 && isCancelled)
    }

    /// A malformed response throws its error, after the parts before it.
    @Test func malformedResponse() async throws {
        let bytes = Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nabcdeX\r\n".utf8)
        var parts = 0
        await #expect(throws: HTTPResponseError.self) {
            for try await _ in try CapturedStream(bytes).response().damaged(by: []) { parts += 1 }
        }
        #expect(parts > 0)
    }
}
