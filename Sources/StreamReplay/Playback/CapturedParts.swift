/// The parts of all responses in a capture, in order, with their recorded timing or another pace.
///
/// The errors are those of the base, ``CaptureError``, and those of the clock, such as `CancellationError`.
///
/// - Memory: one chunk of the base, and the memory of the format: at most a few MiB, or about 16 MiB for a trace of
///   parallel transfers.
public struct CapturedParts<Base: AsyncSequence>: AsyncSequence where Base.Element: Collection<UInt8> {
    public typealias Element = CapturedPart
    public typealias Failure = any Error

    let base: Base
    let input: CaptureInput
    let name: String
    let sizes: ChunkSizes
    let pacer: Pacer

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base.makeAsyncIterator(), CapturePlayback(input, name: name, sizes), pacer)
    }

    /// Reads the parts one after another. Do not copy an iterator: both copies would read the same capture.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// `nil` after the end.
        private var base: Base.AsyncIterator?
        private let playback: CapturePlayback
        private let pacer: Pacer
        /// The current response, and the wait for its times.
        private var response = 0
        private var wait: (@Sendable (Duration) async throws -> Void)?

        init(_ base: Base.AsyncIterator, _ playback: CapturePlayback, _ pacer: Pacer) {
            self.base = base
            self.playback = playback
            self.pacer = pacer
        }

        /// The next part, at its time; `nil` at the end of the capture.
        ///
        /// - Throws: The error of the base or of the clock, or ``CaptureError``, after all parts before it.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> CapturedPart? {
            while true {
                if let part = playback.removePart() {
                    if part.response != response {
                        response = part.response
                        wait = pacer.start()
                    }
                    if let time = pacer.time(for: part), let wait { try await wait(time) }
                    return part
                }
                try playback.throwFailure()
                guard base != nil else { return nil }
                if let chunk = try await base!.next(isolation: actor) {
                    playback.receive(chunk)
                } else {
                    base = nil
                    playback.finish()
                }
            }
        }
    }
}

extension CapturedParts: Sendable where Base: Sendable {}

extension AsyncSequence where Element: Collection<UInt8> {
    /// The parts of the responses in the capture that consists of these chunks.
    ///
    /// - Parameters:
    ///   - input: The format of the capture.
    ///   - chunks: The sizes of the body chunks.
    ///   - pace: How fast the responses are replayed.
    ///   - clock: The clock of the replay.
    public func capturedParts<C: Clock>(
        input: CaptureInput = .auto,
        chunks: ChunkSizes = .asRecorded,
        pace: ReplayPace = .none,
        clock: C = ContinuousClock()
    ) -> CapturedParts<Self> where C.Duration == Duration {
        CapturedParts(base: self, input: input, name: "the capture", sizes: chunks, pacer: Pacer(pace, clock))
    }
}

/// The state of an iterator: the reader of the capture, and the parts not yet returned. An iterator is a copyable value
/// but a reader is not, so the iterator holds it by reference.
package final class CapturePlayback {
    private var reader: CaptureReader
    private var collector: PartCollector
    private var parts: [CapturedPart] = []
    private var position = 0
    private var failure: CaptureError?

    package init(_ input: CaptureInput, name: String, _ sizes: ChunkSizes) {
        reader = CaptureReader(input, name: name)
        collector = PartCollector(sizes)
    }

    /// The format of the capture, or `nil` until it is known.
    package var format: CaptureFormat? { reader.format }

    /// The number of responses so far.
    package var responseCount: Int { collector.count }

    /// Removes and returns the next part.
    package func removePart() -> CapturedPart? {
        if position == parts.count {
            parts = collector.removeParts()
            position = 0
        }
        guard position < parts.count else { return nil }
        defer { position += 1 }
        return parts[position]
    }

    /// Throws the error that follows the parts.
    package func throwFailure() throws(CaptureError) {
        if let failure { throw failure }
    }

    /// Receives the next bytes of the capture.
    package func receive(_ chunk: some Collection<UInt8>) {
        let isContiguous: Void? = chunk.withContiguousStorageIfAvailable { buffer in
            // The buffer is valid during the call.
            receive(bytes: unsafe buffer.span.bytes)
        }
        if isContiguous == nil { receive(bytes: Array(chunk).rawBytes) }
    }

    private func receive(bytes: RawSpan) {
        if failure != nil { return }
        do throws(CaptureError) {
            try reader.receive(bytes, &collector)
        } catch {
            failure = error
        }
    }

    /// Ends the capture.
    package func finish() {
        if failure != nil { return }
        do throws(CaptureError) {
            try reader.finish(&collector)
            collector.end()
        } catch {
            failure = error
        }
    }
}
