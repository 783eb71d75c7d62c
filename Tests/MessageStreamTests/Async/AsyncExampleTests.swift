import HTTPResponseParsing
import MessageStream
import Observation
import ServerSentEvents
import TestScheduling
import Testing

// Code as users write it. Each of these must compile unchanged.

/// A client like those built on SwiftNIO: the body of its response is a sequence of buffers.
private struct ClientResponse: Sendable {
    struct Buffer: Sendable {
        /// The unread bytes, without copying them.
        var readableBytesView: View { View(storage: bytes, range: readerIndex..<bytes.count) }
        var bytes: [UInt8]
        var readerIndex: Int

        struct View: RandomAccessCollection, Sendable {
            let storage: [UInt8]
            let range: Range<Int>

            var startIndex: Int { range.lowerBound }
            var endIndex: Int { range.upperBound }
            subscript(position: Int) -> UInt8 { storage[position] }

            func withContiguousStorageIfAvailable<Result>(
                _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
            ) rethrows -> Result? {
                try unsafe storage[range].withContiguousStorageIfAvailable(body)
            }
        }
    }

    var status: (code: UInt, reasonPhrase: String)
    var headers: [(name: String, value: String)]
    var body: Source<Buffer>
}

/// The model of a view: the text received so far, and how it ended.
@MainActor @Observable
private final class Conversation {
    private(set) var text = ""
    private(set) var failure: MessageStreamFailure?
    private(set) var isStreaming = false

    func show(_ stream: AsyncMessageStream) async {
        isStreaming = true
        defer { isStreaming = false }
        do throws(MessageStreamFailure) {
            for try await text in stream.text { self.text += text }
        } catch {
            failure = error
        }
    }
}

/// The client of an app: the type of a stream is a single name, in a property and in a signature.
private struct Replies: Sendable {
    private let stored: AsyncMessageStream

    init(_ chunks: [[UInt8]]) { stored = Source(chunks).messageEvents() }

    func reply() -> AsyncMessageStream { stored }

    func retried() -> RetryingMessageStream { retrying { _ in stored } }

    var text: AsyncTextDeltas<AsyncMessageStream> { stored.guarded(by: .standard).text }
}

@Suite(.takesTurns) struct AsyncExampleTests {
    private let body = [UInt8](MessageParts.start + MessageParts.textBlock("Hello") + MessageParts.end)
    private let broken = [UInt8](
        MessageParts.start + MessageParts.textStart() + MessageParts.textDelta("Hel") + MessageParts.overloaded
    )

    private func response(_ body: [UInt8], status: UInt = 200) -> ClientResponse {
        let buffers = body.chunks(of: 33).map { ClientResponse.Buffer(bytes: [0x0A, 0x0A] + $0, readerIndex: 2) }
        return ClientResponse(
            status: (status, ""),
            headers: [("Content-Type", "text/event-stream; charset=utf-8"), ("request-id", "req_7")],
            body: Source(buffers)
        )
    }

    @Test func clientOnTopOfNIO() async throws {
        let response = response(body)
        let events = response.body.map(\.readableBytesView)
            .messageEvents(
                status: Int(response.status.code),
                headers: ResponseFields(response.headers.map { ($0.name, $0.value) })
            )
        #expect(try await events.message().text == "Hello")

        let refused = self.response([], status: 529)
        let failure = await refused.body.map(\.readableBytesView)
            .messageEvents(
                status: Int(refused.status.code),
                headers: ResponseFields(refused.headers.map { ($0.name, $0.value) })
            ).all().failure
        #expect(failure?.httpStatus == 529)
        #expect(failure?.requestID == "req_7")
        #expect(failure?.retry.isSafe == true)
    }

    /// The failure is typed: it can be used in a `switch` without a cast, and no other error is possible.
    @Test func typedFailure() async {
        let response = response(broken)
        let headers: ResponseFields = ["content-type": "text/event-stream"]
        var shown = ""
        var verdict = ""
        do throws(MessageStreamFailure) {
            for try await event in response.body.map(\.readableBytesView).messageEvents(status: 200, headers: headers) {
                if case .contentBlockDelta(let delta) = event, let text = delta.text { shown += text }
            }
        } catch {
            switch error.kind {
            case .api(let api) where api.type == .overloaded && error.retry.isSafe: verdict = "later"
            case .api(let api): verdict = "\(api.type?.rawValue ?? "?"), after \(error.partial?.text ?? "")"
            case .http, .notEventStream, .truncated, .stalled, .malformedEvent, .protocolViolation, .limitExceeded,
                .transport, .cancelled:
                verdict = "other"
            @unknown default: verdict = "unknown"
            }
        }
        #expect(shown == "Hel")
        #expect(verdict == "overloaded_error, after Hel")
    }

    @Test func model() async {
        let conversation = await Conversation()
        await conversation.show(Source(body.chunks(of: 5)).messageEvents())
        #expect(await conversation.text == "Hello")
        #expect(await conversation.failure == nil)
        await conversation.show(Source(broken.chunks(of: 5)).messageEvents().guarded(by: .standard))
        #expect(await conversation.text == "HelloHel")
        #expect(await conversation.failure?.equivalentStatus == 529)
        #expect(await conversation.isStreaming == false)
    }

    /// A view that disappears cancels its task, which releases the model immediately, regardless of the transport.
    @Test func modelThatIsCancelled() async {
        let source = Source([broken.dropLast(80)].map { Array($0) }, then: .deafness())
        let conversation = await Conversation()
        let task = Task { await conversation.show(source.messageEvents().guarded()) }
        await source.log.waits.reaches(1)
        task.cancel()
        await task.value
        #expect(await conversation.text == "Hel")
        #expect(await conversation.failure?.kind == .cancelled)
        source.log.gate.add()
    }

    /// A stream from any kind of source fits the same property.
    @Test func storedStream() async throws {
        let replies = Replies(body.chunks(of: 33))
        #expect(try await replies.reply().message().text == "Hello")
        #expect(try await replies.retried().message().text == "Hello")
        #expect(await replies.text.all().elements == ["Hello"])
        let head = ResponseHead(status: 200, fields: ["content-type": "text/event-stream"])
        let streams: [AsyncMessageStream] = [
            Source(body).messageEvents(), Source([.head(head), ResponsePart.body(body)]).messageEvents(),
            Source([body]).messageEvents().guarded(by: .standard),
        ]
        for stream in streams {
            let message = try await Task.detached { try await stream.message() }.value
            #expect(message.text == "Hello")
        }
    }

    /// One pass for both the events and the message.
    @Test func eventsAndMessage() async throws {
        let source = Source(body.chunks(of: 33))
        var events: [MessageStreamEvent] = []
        do throws(MessageStreamFailure) {
            let message = try await source.messageEvents().message { event in events.append(event) }
            #expect(message.text == "Hello")
            let again = try await retrying { _ in source.messageEvents() }.message { event in events.append(event) }
            #expect(again == message)
        } catch {
            Issue.record(error)
        }
        #expect(events == Playback(body).events + Playback(body).events)
        var partial: [MessageStreamEvent] = []
        let failure = await #expect(throws: MessageStreamFailure.self) {
            _ = try await Source([broken]).messageEvents().message { event in partial.append(event) }
        }
        #expect(partial.count == 3)
        #expect(failure?.partial?.text == "Hel")
    }

    /// A closure that throws, such as one that writes to a disconnected client, ends the stream.
    @Test func closureThatThrows() async {
        let source = Source(body.chunks(of: 33), then: .silence)
        let write: (MessageStreamEvent) async throws -> Void = { _ in throw SourceError() }
        await #expect(throws: SourceError.self) { try await source.messageEvents().message(onEvent: write) }
        await #expect(throws: SourceError.self) {
            try await retrying { _ in source.messageEvents() }.message(onEvent: write)
        }
        await source.log.freed.reaches(2)
        #expect(source.log.waits.value == 0)
    }

    @MainActor @Test func eventsAndMessageOnTheMainActor() async throws {
        var count = 0
        _ = try await Source(body.chunks(of: 5)).messageEvents().message { _ in
            MainActor.assertIsolated()
            count += 1
        }
        #expect(count == 6)
    }

    /// When consumed on an actor, the events are received on it.
    @MainActor @Test func onTheMainActor() async throws {
        var count = 0
        for try await _ in Source(body.chunks(of: 5)).messageEvents() {
            MainActor.assertIsolated()
            count += 1
        }
        for try await _ in Source(body.chunks(of: 5)).messageEvents().guarded() { count += 1 }
        for try await _ in Source(body.chunks(of: 5)).messageEvents().throwingStream() { count += 1 }
        let again = retrying { _ in Source(body.chunks(of: 5)).messageEvents() }
        for try await _ in again { count += 1 }
        #expect(count == 24)
    }

    @Test func retryingWithAPolicy() async throws {
        var texts: [String] = []
        let events = retrying(RetryPolicy(maxAttempts: 2), clock: JumpingClock()) { attempt in
            let response = response(body, status: attempt == 1 ? 503 : 200)
            return response.body.map(\.readableBytesView)
                .messageEvents(
                    status: Int(response.status.code),
                    headers: ResponseFields(response.headers.map { ($0.name, $0.value) })
                )
        }
        for try await text in events.text { texts.append(text) }
        #expect(texts == ["Hello"])
    }

    /// For code that requires the concrete type.
    @Test func concreteType() async throws {
        func events() -> AsyncThrowingStream<MessageStreamEvent, any Error> {
            Source(broken.chunks(of: 9)).messageEvents().throwingStream()
        }
        var count = 0
        do {
            for try await _ in events() { count += 1 }
            Issue.record("no failure")
        } catch let failure as MessageStreamFailure {
            #expect(failure.equivalentStatus == 529)
        }
        #expect(count == 3)
    }

    /// Any other event stream.
    @Test func serverSentEvents() async throws {
        var lines: [String] = []
        let chunks = Source(["id: 7\ndata: o", "ne\n\nevent: x\nda", "ta: two\n\n"].map { [UInt8]($0) })
        for try await event in chunks.serverSentEvents() { lines.append("\(event.type) \(event.data)") }
        #expect(lines == ["message one", "x two"])
    }
}
