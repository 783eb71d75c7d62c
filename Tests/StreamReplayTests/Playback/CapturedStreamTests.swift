import Foundation
import HTTPResponseParsing
import MessageStream
import StreamReplay
import TestScheduling
import Testing

/// Captures as asynchronous sequences.
@Suite(.takesTurns) struct CapturedStreamTests {
    private func capture(_ name: String) throws -> CapturedStream {
        try CapturedStream(contentsOf: CurlRecording(name: name).path)
    }

    // MARK: Times

    @Test(arguments: [
        (ReplayPace.recorded, 1.0), (.scaled(by: 0.5), 0.5), (.scaled(by: 10), 10), (.none, 0), (.scaled(by: -1), 0),
    ])
    func pace(_ pace: ReplayPace, _ factor: Double) async throws {
        let clock = SleepingClock()
        let start = clock.now
        for try await part in try capture("redirect.time.trace").parts(pace: pace, clock: clock) {
            // The second response starts when it is requested, after the first one.
            if part.response > 1 { break }
            let time = try #require(part.time)
            #expect(factor == 0 ? clock.now == start : clock.now.offset >= time * factor)
        }
        let times = clock.now
        var last = Duration.zero
        let response = try capture("redirect.time.trace").response(pace: pace, clock: clock)
        for try await _ in response { last = times.duration(to: clock.now) }
        #expect(factor == 0 ? last == .zero : last > .milliseconds(150) * factor)
        #expect(last < .seconds(5) * max(1, factor))
    }

    @Test func realTime() async throws {
        let elapsed = try await ContinuousClock().measure {
            for try await _ in try capture("message.time.trace").messageEvents(pace: .scaled(by: 0.5)) {}
        }
        #expect(elapsed > .milliseconds(70))
    }

    @Test func cancellation() async throws {
        let capture = try capture("message.time.trace")
        let task = Task {
            do throws(MessageStreamFailure) {
                for try await _ in capture.messageEvents(pace: .scaled(by: 10_000)) {}
                return "complete"
            } catch {
                return error.kind.name
            }
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        #expect(await task.value == "cancelled")
    }

    // MARK: Responses

    @Test func selection() async throws {
        let capture = try capture("redirect.time.trace")
        func status(_ selection: CapturedResponse.Selection) async throws -> Int? {
            for try await part in capture.response(selection) {
                if case .head(let head) = part { return head.status }
            }
            return nil
        }
        #expect(try await status(.last) == 200)
        #expect(try await status(.number(1)) == 302)
        #expect(try await status(.number(2)) == 200)
        #expect(try await status(.number(3)) == nil)
        #expect(try await status(.number(0)) == nil)
    }

    @Test(arguments: CurlRecording.all.filter { $0.scenario != "head" && $0.scenario != "parallel" })
    func messageEvents(_ recording: CurlRecording) async throws {
        let capture = try CapturedStream(contentsOf: recording.path)
        for chunks in [ChunkSizes.asRecorded, .everyByte, .seeded(5)] {
            var kind: String?
            var text = ""
            do throws(MessageStreamFailure) {
                for try await event in capture.messageEvents(chunks: chunks) {
                    if case .contentBlockDelta(let delta) = event { text += delta.text ?? "" }
                }
            } catch {
                kind = error.kind.name
            }
            #expect(kind == ["cut": "truncated", "overloaded": "api"][recording.scenario])
            let expected = "Hello. A dot, 3.14, \"..data: {\" and wörld…\nBye."
            let shown = String(decoding: recording.shown(expected), as: UTF8.self)
            #expect(text == (kind == nil ? shown : "Hello"))
        }
    }

    @Test func malformedResponse() async throws {
        let capture = try CapturedStream(Array("HTTP/1.1 200 OK\r\nno colon\r\n\r\nx".utf8))
        await #expect(throws: HTTPResponseError.self) { for try await _ in capture.response() {} }
        var endings: [CapturedPart.Content] = []
        for try await part in capture.parts() { endings.append(part.content) }
        #expect(endings.count == 1)
        guard case .end(.malformed)? = endings.last else { return #expect(Bool(false)) }
    }

    @Test func emptyCapture() async throws {
        let capture = try CapturedStream([UInt8]())
        #expect(capture.format == .body)
        var contents: [CapturedPart.Content] = []
        for try await part in capture.parts() { contents.append(part.content) }
        let head = ResponseHead(status: 200, fields: ["content-type": "text/event-stream"])
        #expect(contents == [.head(head), .end(.complete)])
    }

    // MARK: Chunks

    @Test func chunkSizes() async throws {
        let capture = try capture("message.time.trace")
        func sizes(_ chunks: ChunkSizes) async throws -> [Int] {
            var sizes: [Int] = []
            for try await part in capture.response(chunks: chunks) {
                if case .body(let bytes) = part { sizes.append(bytes.count) }
            }
            return sizes
        }
        let recorded = try await sizes(.asRecorded)
        let count = recorded.reduce(0, +)
        #expect(recorded.count == 5)
        #expect(try await sizes(.everyByte) == Array(repeating: 1, count: count))
        let fixed = try await sizes(.fixed(100))
        #expect(fixed.dropLast().allSatisfy { $0 == 100 } && fixed.reduce(0, +) == count)
        let seeded = try await sizes(.seeded(3))
        #expect(try await sizes(.seeded(3)) == seeded && seeded.reduce(0, +) == count)
        #expect(try await sizes(.fixed(1 << 20)) == [count])
    }

    // MARK: Sources

    /// The bytes may come from any sequence of chunks.
    @Test func asyncSource() async throws {
        let bytes = try CurlRecording(name: "two.time-ids.trace").bytes
        let (stream, continuation) = AsyncStream.makeStream(of: ArraySlice<UInt8>.self)
        for start in stride(from: 0, to: bytes.count, by: 100) {
            continuation.yield(bytes[start..<min(start + 100, bytes.count)])
        }
        continuation.finish()
        var parts: [CapturedPart] = []
        for try await part in stream.capturedParts() { parts.append(part) }
        var expected: [CapturedPart] = []
        for try await part in try CapturedStream(bytes).parts() { expected.append(part) }
        #expect(parts == expected && parts.last?.response == 2)
    }

    @Test func unreadableFiles() throws {
        #expect(throws: CaptureError.self) { try CapturedStream(contentsOf: "/nowhere") }
        #expect(throws: CaptureError.self) { try CapturedStream(contentsOf: "/") }
        #expect(throws: CaptureError.self) { try CapturedStream(contentsOf: "-") }
        #expect(throws: CaptureError.self) { try CapturedStream(contentsOf: "/dev/null") }
        #expect(throws: CaptureError(name: "the capture", cause: .notTrace)) {
            try CapturedStream([0x61], input: .trace)
        }
    }

    /// A capture can be sent to another task, and replayed there any number of times.
    @Test func concurrentReplays() async throws {
        let capture = try capture("message.trace")
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var count = 0
                    for try await _ in capture.messageEvents() { count += 1 }
                    return count
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(counts) == [7])
    }

    /// Damage is reported after the parts before it.
    @Test func damagedTrace() async throws {
        var trace = WrittenTrace()
        trace.response(["HTTP/1.1 200 OK"], [Array("data: x\n\n".utf8)])
        let bytes = trace.bytes + Array("<= Recv data, 9 bytes (0x9)\n== Info: x\n".utf8)
        let capture = try CapturedStream(bytes)
        var count = 0
        await #expect(throws: CaptureError.self) { for try await _ in capture.parts() { count += 1 } }
        #expect(count == 2)
        #expect(throws: CaptureError.self) { try capture.responseCount() }
    }

    /// A head that exceeds its limit fails a replay just as it fails the decoder.
    @Test func longHead() async throws {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx: \(String(repeating: "y", count: 70_000))\r\n\r\n"
        let capture = try CapturedStream(Array(head.utf8), input: .response)
        let failure = await #expect(throws: MessageStreamFailure.self) { try await capture.messageEvents().message() }
        #expect(failure?.kind == .limitExceeded(.headBytes(64 << 10)))
    }
}
