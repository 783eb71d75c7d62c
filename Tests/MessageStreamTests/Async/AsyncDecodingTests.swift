import CaptureCorpus
import Foundation
import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// An asynchronous sequence produces the same events, failure and message as a decoder fed with the same bytes,
/// regardless of its elements and of how they are split.
@Suite(.takesTurns) struct AsyncDecodingTests {
    // MARK: The corpora

    @Test(arguments: Sweep.sample(Capture.all.filter(\.isSwept), inDebug: 10))
    func captures(_ capture: Capture) async {
        let whole = Playback(capture.bytes)
        for size in [capture.bytes.count, 16 << 10, 1400, 64, 7] {
            let stream = Source(capture.bytes.chunks(of: size)).messageEvents()
            #expect(await whole.difference(reading: stream) == nil, "chunks of \(size)")
        }
        #expect(await whole.difference(reading: Source(capture.bytes).messageEvents()) == nil, "bytes")
    }

    @Test(arguments: Sweep.sample(Capture.small, inDebug: 5))
    func everyCutInTwo(_ capture: Capture) async {
        let whole = Playback(capture.bytes)
        let step = Sweep.step(inDebug: 80, inRelease: 3)
        for cut in stride(from: 1, to: capture.bytes.count, by: step) {
            let pieces = [Array(capture.bytes[..<cut]), Array(capture.bytes[cut...])]
            let difference = await whole.difference(reading: Source(pieces).messageEvents())
            #expect(difference == nil, "cut at \(cut)")
            if difference != nil { return }
        }
    }

    @Test(arguments: Fault.sample)
    func faults(_ fault: Fault) async {
        let input: MessageStreamDecoder.Input = fault.isResponse ? .httpResponse : .eventStream
        let whole = Playback(fault.bytes, input: input)
        for size in [max(1, fault.bytes.count), 100, 13, 1] {
            let stream = Source(fault.bytes.chunks(of: size)).messageEvents(input: input)
            #expect(await whole.difference(reading: stream) == nil, "chunks of \(size)")
        }
        let guarded = Source(fault.bytes.chunks(of: 100)).messageEvents(input: input).guarded()
        #expect(await whole.difference(reading: guarded) == nil, "guarded")
        let bytes = Source(fault.bytes).messageEvents(input: input).guarded(by: .standard)
        #expect(await whole.difference(reading: bytes) == nil, "guarded bytes")
        #expect(await whole.difference(reading: Source(fault.bytes).messageEvents(input: input)) == nil, "bytes")
    }

    /// A head separate from the body: passed as an argument, or as the first element.
    @Test(arguments: Fault.sample.filter { $0.expected.verdict.stage != "beforeResponse" })
    func headsApart(_ fault: Fault) async throws {
        let response = try #require(fault.response)
        let fields = ResponseFields(response.fields.map { ($0.name, $0.value) })
        let head = ResponseHead(status: response.status, fields: fields)
        let whole = Playback(response.body, input: .body(head))
        for size in [max(1, response.body.count), 9] {
            let chunks = response.body.chunks(of: size)
            let given = Source(chunks).messageEvents(status: response.status, headers: fields)
            #expect(await whole.difference(reading: given) == nil)
            let parts = [.head(head)] + chunks.map { ResponsePart.body($0) }
            #expect(await whole.difference(reading: Source(parts).messageEvents()) == nil)
        }
        let bytes = Source(response.body).messageEvents(status: response.status, headers: fields)
        #expect(await whole.difference(reading: bytes) == nil)
    }

    /// A response as written by `curl -i`, with a known length: its last byte may end the response without ending a
    /// line.
    @Test func recordedResponse() async {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let head = "HTTP/1.1 529 X\r\ncontent-type: application/json\r\ncontent-length: \(error.utf8.count)\r\n\r\n"
        let bytes = [UInt8](head + error)
        let whole = Playback(bytes, input: .recordedResponse)
        let source = Source(bytes, then: .silence)
        #expect(await whole.difference(reading: source.messageEvents(input: .recordedResponse)) == nil)
        #expect(source.log.requests.value == bytes.count)
    }

    // MARK: Elements

    private let body = [UInt8](MessageParts.start + MessageParts.textBlock("déjà vu") + MessageParts.end)

    @Test func chunksOfManyTypes() async {
        let whole = Playback(body)
        let chunks = body.chunks(of: 11)
        #expect(await whole.difference(reading: Source(chunks.map { $0[...] }).messageEvents()) == nil)
        #expect(await whole.difference(reading: Source(chunks.map { Data($0) }).messageEvents()) == nil)
        #expect(await whole.difference(reading: Source(chunks.map { ContiguousArray($0) }).messageEvents()) == nil)
        // Not contiguous: copied first.
        let reversed = chunks.map { Array($0.reversed()).reversed() }
        #expect(await whole.difference(reading: Source(reversed).messageEvents()) == nil)
        let joined = chunks.map { [[UInt8]($0.prefix(3)), [], Array($0.dropFirst(3))].joined() }
        #expect(await whole.difference(reading: Source(joined).messageEvents()) == nil)
    }

    /// An empty chunk is neither an end nor an event.
    @Test func emptyChunks() async {
        let chunks = [[], []] + body.chunks(of: 50).flatMap { [$0, [], []] }
        #expect(await Playback(body).difference(reading: Source(chunks).messageEvents()) == nil)
        #expect(await Playback([]).difference(reading: Source([[], []] as [[UInt8]]).messageEvents()) == nil)
        #expect(await Playback([]).difference(reading: Source([] as [[UInt8]]).messageEvents()) == nil)
        #expect(await Playback([]).difference(reading: Source([] as [UInt8]).messageEvents()) == nil)
    }

    /// Sequences of the standard library.
    @Test func standardSequences() async {
        let stream = AsyncStream<[UInt8]> { continuation in
            for chunk in body.chunks(of: 20) { continuation.yield(chunk) }
            continuation.finish()
        }
        #expect(await Playback(body).difference(reading: stream.messageEvents()) == nil)
        let throwing = AsyncThrowingStream<[UInt8], any Error> { continuation in
            for byte in body { continuation.yield([byte]) }
            continuation.finish(throwing: SourceError())
        }
        #expect(await Playback(body).difference(reading: throwing.messageEvents()) == nil)
    }

    @Test func headsInParts() async {
        let interim = ResponseHead(status: 103, fields: ["link": "</a>"])
        let head = ResponseHead(status: 200, fields: ["content-type": "text/event-stream", "request-id": "req_1"])
        // The last head before the body counts, and a later one is ignored.
        let late = ResponseHead(status: 500, fields: [:])
        let parts: [ResponsePart<[UInt8]>] = [.head(interim), .head(head), .body([]), .body(body), .head(late)]
        var iterator = Source(parts).messageEvents().makeAsyncIterator()
        #expect(iterator.head == nil)
        var count = 0
        while (try? await iterator.next(isolation: nil)) != nil { count += 1 }
        #expect(count == Playback(body).events.count)
        #expect(iterator.head?.status == 200)
        #expect(iterator.message?.text == "déjà vu")

        // A failure before the head means that no response was received.
        let failure = await Source([] as [ResponsePart<[UInt8]>], then: .error(SourceError())).messageEvents().all()
            .failure
        #expect(failure?.stage == .beforeResponse)
        #expect(failure?.kind.name == "transport")
        // After a head, it means that one was received.
        let cut = await Source(parts.dropLast(3) as [ResponsePart<[UInt8]>]).messageEvents().all().failure
        #expect(cut?.stage == .beforeMessage)
        #expect(cut?.requestID == "req_1")
        #expect(cut?.kind.name == "truncated")
        // Bytes without a head are searched for one.
        let recorded: [ResponsePart<[UInt8]>] = [
            .body([UInt8]("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")), .body(body), .head(late),
        ]
        #expect(await Source(recorded).messageEvents().all().elements == Playback(body).events)
    }

    // MARK: Options

    @Test func optionsArePassedOn() async throws {
        var iterator = Source([body]).messageEvents(keepsContent: false).makeAsyncIterator()
        while try await iterator.next(isolation: nil) != nil {}
        #expect(iterator.message?.content == [])
        #expect(iterator.message?.usage.outputTokens == 9)

        let limits = MessageStreamLimits(eventStream: EventStreamLimits(lineBytes: 100))
        let failure = await Source(body.chunks(of: 30)).messageEvents(limits: limits).all().failure
        #expect(failure?.kind == .limitExceeded(.lineBytes(100)))
        #expect(
            await Playback(body, limits: limits).difference(reading: Source(body).messageEvents(limits: limits)) == nil
        )
    }

    @Test func messageAlone() async throws {
        let stream = Source(body.chunks(of: 8)).messageEvents()
        #expect(try await stream.message().jsonBytes == Playback(body).message?.jsonBytes)
        // Again from the start: each iterator has its own decoder.
        #expect(try await stream.message().jsonBytes == Playback(body).message?.jsonBytes)
        await #expect(throws: MessageStreamFailure.self) {
            try await Source([body.dropLast(40)]).messageEvents().message()
        }
        #expect(await Source([body]).messageEvents().text.all().elements == ["déjà vu"])
    }

    @Test func messageSoFar() async throws {
        var iterator = Source(body.chunks(of: 1)).messageEvents().makeAsyncIterator()
        #expect(iterator.partial == nil)
        _ = try await iterator.next(isolation: nil)
        #expect(iterator.partial?.id == "msg_1")
        _ = try await iterator.next(isolation: nil)
        _ = try await iterator.next(isolation: nil)
        #expect(iterator.partial?.text == "déjà vu")
        #expect(iterator.partial?.content.first?.isComplete == false)
        #expect(iterator.message == nil)
    }

    // MARK: Delay

    /// Each event, and a failure, is returned as soon as its last byte is read.
    @Test(arguments: Fault.sample)
    func noByteIsReadAhead(_ fault: Fault) async {
        let input: MessageStreamDecoder.Input = fault.isResponse ? .httpResponse : .eventStream
        // The number of requests needed for each event, then for the failure.
        var expected: [Int] = []
        var decoder = MessageStreamDecoder(input: input)
        for index in 0...fault.bytes.count where !decoder.isComplete {
            do throws(MessageStreamFailure) {
                if index == fault.bytes.count {
                    _ = try decoder.finish()
                } else {
                    try decoder.decode([fault.bytes[index]]) { _ in expected.append(index + 1) }
                }
            } catch {
                expected.append(index + 1)
                break
            }
        }
        #expect(await requests(Source(fault.bytes)) { $0.messageEvents(input: input) } == expected)
        #expect(await requests(Source(fault.bytes.chunks(of: 1))) { $0.messageEvents(input: input) } == expected)
    }

    /// The number of requests before each event, and before the failure.
    private func requests<Element>(
        _ source: Source<Element>,
        _ read: (Source<Element>) -> AsyncMessageStream
    ) async -> [Int] {
        var counts: [Int] = []
        var iterator = read(source).makeAsyncIterator()
        while (try? await iterator.next(isolation: nil)) != nil { counts.append(source.log.requests.value) }
        if iterator.message == nil { counts.append(source.log.requests.value) }
        return counts
    }
}
