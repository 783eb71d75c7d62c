internal import BenchmarkHarness
internal import ServerSentEvents
internal import StreamGenerators

/// From bytes to server-sent events, with `EventStreamParser` alone.
var framingRows: [Row] {
    [
        framing("whole", chunkSize: .max),
        framing("16KiB", chunkSize: 16 << 10),
        framing("1400B", chunkSize: 1400),
        framing("64B", chunkSize: 64),
        framing("1B", chunkSize: 1),
        framing("crlf-16KiB", chunkSize: 16 << 10, on: .messages(.text, .crlf)),
        Row("framing/next-16KiB", on: .messages(.text)) { stream in
            { try pullEvents(of: stream, chunkSize: 16 << 10) }
        },
        Row("framing/owned-16KiB", on: .messages(.text)) { stream in
            { try copyEvents(of: stream, chunkSize: 16 << 10) }
        },
        // These show linear time: two of them that differ in size by a factor of eight have about the same speed, and
        // so do 1B and its eighth.
        framing("1B-eighth", chunkSize: 1, on: .messages(.text, fraction: 8)),
        framing("line-8MiB", chunkSize: 1400, on: .longLine(byteCount: 8 << 20), limits: wideLimits),
        framing("line-64MiB", chunkSize: 1400, on: .longLine(byteCount: 64 << 20), limits: wideLimits),
        framing("emptyLines", chunkSize: 16 << 10, on: .emptyLines(count: 1_000_000)),
        framing("emptyLines-8x", chunkSize: 16 << 10, on: .emptyLines(count: 8_000_000)),
        // Last, because its chunks leave so much free memory in the heap that the buffer of a long line would grow into
        // it and find it warm.
        Row(
            "framing/async-16KiB",
            on: .messages(.text),
            comparedWith: [
                Comparison("ratioToSync") { stream in
                    let chunks = PreparedChunks(of: stream, size: 16 << 10)
                    return { try copyEvents(of: chunks) }
                }
            ]
        ) { stream in
            let chunks = PreparedChunks(of: stream, size: 16 << 10)
            return { try await awaitEvents(of: chunks) }
        },
    ]
}

private let wideLimits = EventStreamLimits(lineBytes: 128 << 20, eventBytes: 128 << 20)

/// A row that receives each event as a view and uses only the length of its data.
private func framing(
    _ name: String,
    chunkSize: Int,
    on input: Input = .messages(.text),
    limits: EventStreamLimits = EventStreamLimits()
) -> Row {
    Row("framing/\(name)", on: input) { stream in
        { try viewEvents(of: stream, chunkSize: chunkSize, limits: limits) }
    }
}

// MARK: - Passes

@inline(never)
private func viewEvents(of stream: GeneratedStream, chunkSize: Int, limits: EventStreamLimits) throws -> Tally {
    var parser = EventStreamParser(limits: limits)
    var count = 0
    var dataBytes = 0
    try forEachChunk(of: stream, size: chunkSize) { chunk in
        try parser.parse(chunk) { event in
            count += 1
            dataBytes += event.data.byteCount
        }
    }
    return .events(count, dataBytes: dataBytes)
}

/// The same with the parser's function that returns events one at a time.
@inline(never)
private func pullEvents(of stream: GeneratedStream, chunkSize: Int) throws -> Tally {
    var parser = EventStreamParser()
    var count = 0
    var dataBytes = 0
    try forEachChunk(of: stream, size: chunkSize) { chunk in
        var rest = chunk
        while let event = try parser.next(in: &rest) {
            count += 1
            dataBytes += event.data.byteCount
        }
    }
    return .events(count, dataBytes: dataBytes)
}

/// The same with a copy of each event, which `withExtendedLifetime` forces to be created completely.
@inline(never)
private func copyEvents(of stream: GeneratedStream, chunkSize: Int) throws -> Tally {
    var parser = EventStreamParser()
    var copier = ServerSentEventCopier()
    var tally = OwnedTally()
    try forEachChunk(of: stream, size: chunkSize) { chunk in
        try parser.parse(chunk) { view in tally.add(copier.copy(view)) }
    }
    return tally.tally
}

/// The same over chunks that are arrays.
@inline(never)
private func copyEvents(of chunks: PreparedChunks) throws -> Tally {
    var parser = EventStreamParser()
    var copier = ServerSentEventCopier()
    var tally = OwnedTally()
    for chunk in chunks.chunks {
        try parser.parse(chunk) { view in tally.add(copier.copy(view)) }
    }
    return tally.tally
}

/// The same with the asynchronous sequence of events.
@inline(never)
private func awaitEvents(of chunks: PreparedChunks) async throws -> Tally {
    var tally = OwnedTally()
    for try await event in chunks.serverSentEvents() { tally.add(event) }
    return tally.tally
}

/// Counts copied events.
private struct OwnedTally {
    private var count = 0
    private var dataBytes = 0

    var tally: Tally { .events(count, dataBytes: dataBytes) }

    @inline(__always)
    mutating func add(_ event: borrowing ServerSentEvent) {
        withExtendedLifetime(event) {
            count += 1
            dataBytes += event.data.utf8.count
        }
    }
}

/// A stream split into arrays, available without waiting.
struct PreparedChunks: AsyncSequence {
    let chunks: [[UInt8]]

    init(of stream: GeneratedStream, size: Int) {
        chunks = stride(from: 0, to: stream.bytes.count, by: size).map { start in
            Array(stream.bytes[start..<Swift.min(start + size, stream.bytes.count)])
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: chunks.makeIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var chunks: IndexingIterator<[[UInt8]]>

        mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> [UInt8]? { chunks.next() }
    }
}

/// Calls `body` with the bytes of the stream in chunks of `size`; the last one may be shorter.
@inline(__always)
func forEachChunk(of stream: GeneratedStream, size: Int, _ body: (RawSpan) throws -> Void) rethrows {
    let bytes = unsafe stream.bytes.span.bytes  // unsafe: bytes have no padding
    var start = 0
    while start < bytes.byteCount {
        let end = start + min(size, bytes.byteCount - start)
        try body(bytes.extracting(start..<end))
        start = end
    }
}
