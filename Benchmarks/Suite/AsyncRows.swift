internal import BenchmarkHarness
internal import MessageStream
internal import StreamGenerators

/// Typed events as asynchronous sequences, compared with the synchronous decoding of the same chunks.
///
/// None of these rows assembles the message.
var asyncRows: [Row] {
    [
        events("16KiB", chunkSize: 16 << 10),
        events("1400B", chunkSize: 1400),
        Row(
            "async/throwingStream-16KiB",
            on: .messages(.text, fraction: 4),
            comparedWith: [
                ratioToSync(chunkSize: 16 << 10),
                Comparison("ratioToBare") { stream in
                    let events = try decodedEvents(of: stream)
                    return { try await awaitBare(events) }
                },
            ]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            return { try await awaitThrowingStream(of: chunks) }
        },
        Row(
            "async/mainActor-16KiB",
            on: .messages(.text),
            comparedWith: [
                ratioToSync(chunkSize: 16 << 10),
                Comparison("ratioToNonisolated") { stream in
                    let chunks = PreparedChunks(of: stream, size: 16 << 10)
                    return { try await awaitEvents(of: chunks.messageEvents(keepsContent: false)) }
                },
            ]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            return { try await awaitEventsOnMainActor(of: chunks.messageEvents(keepsContent: false)) }
        },
        Row(
            "async/text-16KiB",
            on: .messages(.text),
            comparedWith: [ratioToSync(chunkSize: 16 << 10)]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            let other = try decodedEvents(of: stream).count { $0.textDelta == nil }
            return { try await awaitText(of: chunks.messageEvents(keepsContent: false), otherEvents: other) }
        },
        Row(
            "async/retrying-16KiB",
            on: .messages(.text),
            comparedWith: [ratioToSync(chunkSize: 16 << 10)]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            return { try await awaitEvents(of: retrying { _ in chunks.messageEvents(keepsContent: false) }) }
        },
        Row(
            "async/guarded-16KiB",
            on: .messages(.text),
            comparedWith: [ratioToSync(chunkSize: 16 << 10)]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            return { try await awaitEvents(of: chunks.messageEvents(keepsContent: false).guarded(by: .standard)) }
        },
        Row(
            "async/bytes",
            on: .messages(.text, fraction: 16),
            comparedWith: [ratioToSync(chunkSize: 1)]
        ) { stream in
            let bytes = PreparedBytes(bytes: stream.bytes)
            return { try await awaitEvents(of: bytes.messageEvents(keepsContent: false)) }
        },
    ]
}

private func events(_ name: String, chunkSize: Int) -> Row {
    Row(
        "async/events-\(name)",
        on: .messages(.text),
        comparedWith: [ratioToSync(chunkSize: chunkSize)]
    ) { stream in
        let chunks = PreparedChunks(of: stream, size: chunkSize)
        return { try await awaitEvents(of: chunks.messageEvents(keepsContent: false)) }
    }
}

private func ratioToSync(chunkSize: Int) -> Comparison {
    Comparison("ratioToSync") { stream in
        let chunks = PreparedChunks(of: stream, size: chunkSize)
        return { try decodeEvents(of: chunks) }
    }
}

// MARK: - Passes

/// Runs on no actor. On an actor, each event costs a check of the executor.
@concurrent
@inline(never)
private func awaitEvents<Stream>(of stream: Stream) async throws -> Tally
where Stream: AsyncSequence<MessageStreamEvent, MessageStreamFailure> & Sendable {
    var count = 0
    for try await event in stream {
        // Forces the event to be created completely.
        withExtendedLifetime(event) { count += 1 }
    }
    return .eventsOnly(count)
}

/// The text of a stream with `otherEvents` events without text.
@concurrent
@inline(never)
private func awaitText(of stream: AsyncMessageStream, otherEvents: Int) async throws -> Tally {
    var count = otherEvents
    for try await text in stream.text {
        withExtendedLifetime(text) { count += 1 }
    }
    return .eventsOnly(count)
}

/// The events of a stream, read on the main actor, as by the model of a view.
@MainActor
@inline(never)
private func awaitEventsOnMainActor(of stream: AsyncMessageStream) async throws -> Tally {
    var count = 0
    for try await event in stream {
        withExtendedLifetime(event) { count += 1 }
    }
    return .eventsOnly(count)
}

@inline(never)
private func decodeEvents(of chunks: PreparedChunks) throws -> Tally {
    var decoder = MessageStreamDecoder(keepsContent: false)
    var count = 0
    for chunk in chunks.chunks {
        try decoder.decode(chunk) { event in withExtendedLifetime(event) { count += 1 } }
    }
    _ = try decoder.finish()
    return .eventsOnly(count)
}

private func decodedEvents(of stream: GeneratedStream) throws -> [MessageStreamEvent] {
    var decoder = MessageStreamDecoder(keepsContent: false)
    var events: [MessageStreamEvent] = []
    try decoder.decode(stream.bytes) { events.append($0) }
    return events
}

/// The same with an `AsyncThrowingStream`. This runs on no actor, because from an actor each call would cost two
/// executor hops.
@concurrent
@inline(never)
private func awaitThrowingStream(of chunks: PreparedChunks) async throws -> Tally {
    var count = 0
    for try await event in chunks.messageEvents(keepsContent: false).throwingStream() {
        withExtendedLifetime(event) { count += 1 }
    }
    return .eventsOnly(count)
}

/// The cost of an `AsyncThrowingStream` itself.
@concurrent
@inline(never)
private func awaitBare(_ events: [MessageStreamEvent]) async throws -> Tally {
    let prepared = PreparedEvents(events)
    var count = 0
    for try await event in AsyncThrowingStream(unfolding: { () async throws -> MessageStreamEvent? in prepared.next() })
    {
        withExtendedLifetime(event) { count += 1 }
    }
    return .eventsOnly(count)
}

/// `@unchecked Sendable`: only one task requests the events.
private final class PreparedEvents: @unchecked Sendable {
    private var events: IndexingIterator<[MessageStreamEvent]>

    init(_ events: [MessageStreamEvent]) {
        self.events = events.makeIterator()
    }

    func next() -> MessageStreamEvent? { events.next() }
}

/// A stream as single bytes, available without waiting.
private struct PreparedBytes: AsyncSequence {
    let bytes: [UInt8]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes.makeIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var bytes: IndexingIterator<[UInt8]>

        mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> UInt8? { bytes.next() }
    }
}
