/// A captured stream: the output of `curl -N`, `curl -i`, `curl -v`, `curl --trace` or `curl --trace-ascii`, or a
/// recording of a connection.
///
///     let capture = try CapturedStream(contentsOf: "broken.trace")
///     for try await event in capture.messageEvents(pace: .recorded) { … }
///
/// The format is recognized by the first bytes. A capture may contain several responses, such as redirects and retries;
/// by default, the last one is replayed. Interim responses and a proxy's responses to CONNECT are not counted.
/// Responses of parallel transfers follow each other if the trace was made with `--trace-ids`; without ids, they cannot
/// be separated.
///
/// Only the first bytes are read until an iterator requests more. Each iterator reads the capture from the start, so a
/// stream can be replayed any number of times. Reading a file blocks the calling thread briefly.
///
/// - Memory: a few MiB at most, whatever the size of the file; about 16 MiB for a trace of parallel transfers.
public struct CapturedStream: Sendable {
    let chunks: CaptureChunks
    let input: CaptureInput
    /// The format of the capture.
    public let format: CaptureFormat

    /// Whether the capture lacks bytes of the responses. See ``CaptureFormat/isLossy``.
    public var isLossy: Bool { format.isLossy }

    /// Opens a capture in a regular file, and recognizes its format.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - input: The format to read it in.
    /// - Throws: ``CaptureError`` if the file cannot be read, is compressed, or is not in the given format.
    /// - Complexity: O(1): at most 64 KiB are read.
    public init(contentsOf path: String, input: CaptureInput = .auto) throws(CaptureError) {
        try self.init(CaptureChunks(source: .file(path: path)), input)
    }

    /// Creates a capture from its bytes, and recognizes its format.
    ///
    /// - Parameters:
    ///   - bytes: The capture.
    ///   - input: The format to read it in.
    /// - Throws: ``CaptureError`` if the capture is compressed or is not in the given format.
    /// - Complexity: O(1), plus the copy of `bytes` if it is not an array.
    public init(_ bytes: some Collection<UInt8>, input: CaptureInput = .auto) throws(CaptureError) {
        try self.init(CaptureChunks(source: .bytes(Array(bytes))), input)
    }

    private init(_ chunks: CaptureChunks, _ input: CaptureInput) throws(CaptureError) {
        self.chunks = chunks
        self.input = input
        var iterator = chunks.makeAsyncIterator()
        let playback = CapturePlayback(input, name: chunks.name, .asRecorded)
        if let chunk = try iterator.read() {
            playback.receive(chunk)
            // A short capture may end before its format is known. Damage later in the chunk is reported in order.
            if chunk.count < CaptureChunks.chunkSize { playback.finish() }
        }
        if playback.responseCount == 0 { try playback.throwFailure() }
        format = playback.format ?? .body
    }

    /// Counts the responses.
    ///
    /// - Throws: ``CaptureError`` if the capture cannot be read, or is damaged.
    /// - Complexity: O(n), where n is the size of the capture: all of it is read.
    public func responseCount() throws(CaptureError) -> Int {
        var iterator = chunks.makeAsyncIterator()
        let playback = CapturePlayback(input, name: chunks.name, .asRecorded)
        while let chunk = try iterator.read() {
            playback.receive(chunk)
            while playback.removePart() != nil {}
            try playback.throwFailure()
        }
        playback.finish()
        try playback.throwFailure()
        return playback.responseCount
    }

    /// The parts of all responses, in order.
    ///
    /// - Parameters:
    ///   - chunks: The sizes of the body chunks.
    ///   - pace: How fast the responses are replayed. The times of each response count from the request for its first
    ///     part.
    ///   - clock: The clock of the replay.
    public func parts<C: Clock>(
        chunks: ChunkSizes = .asRecorded,
        pace: ReplayPace = .none,
        clock: C = ContinuousClock()
    ) -> CapturedParts<CaptureChunks> where C.Duration == Duration {
        parts(chunks, Pacer(pace, clock))
    }

    /// One response: its head, then the chunks of its body.
    ///
    /// - Parameters:
    ///   - selection: Which response.
    ///   - chunks: The sizes of the body chunks.
    ///   - pace: How fast the response is replayed.
    ///   - clock: The clock of the replay.
    public func response<C: Clock>(
        _ selection: CapturedResponse.Selection = .last,
        chunks: ChunkSizes = .asRecorded,
        pace: ReplayPace = .none,
        clock: C = ContinuousClock()
    ) -> CapturedResponse where C.Duration == Duration {
        CapturedResponse(capture: self, selection: selection, sizes: chunks, pacer: Pacer(pace, clock))
    }

    func parts(_ sizes: ChunkSizes, _ pacer: Pacer) -> CapturedParts<CaptureChunks> {
        CapturedParts(base: chunks, input: input, name: chunks.name, sizes: sizes, pacer: pacer)
    }
}
