import MessageStream
import StreamReplay

/// Displays the responses of a capture and the verdict of each.
protocol CaptureDisplay: ResponseSink, ~Copyable {
    /// The sizes of the chunks to decode.
    var chunks: ChunkSizes { get set }
    /// Decodes the next bytes of the current response.
    mutating func decode(_ bytes: RawSpan)
    /// Whether the outcome of the current response is known, so that only bytes after it still matter.
    var isSettled: Bool { get }
    /// Whether the current response has failed, so that the rest of it can be skipped.
    var hasFailed: Bool { get }
    /// The number of responses begun so far.
    var responseCount: Int { get }
    /// Whether the verdict of the current response has been shown.
    var isConcluded: Bool { get }
    /// Writes the events decoded so far.
    mutating func flush()
    /// The interval at which to call `showStatus` while no bytes arrive, or `nil` for never.
    var statusInterval: Duration? { get }
    /// Shows what has arrived, and the time since the last arrival.
    mutating func showStatus(silence: Duration)
    /// Whether to omit notes.
    var isQuiet: Bool { get }
    /// Whether the display waits for recorded times.
    var isPaced: Bool { get }
    /// Shows the verdict of the current response, unless it has already been shown.
    mutating func conclude(_ cause: ConclusionCause)
    /// The exit status of the last verdict.
    var status: CInt { get }
}

/// The reason for showing a verdict.
enum ConclusionCause {
    /// The input has ended, or the rest of it can be ignored.
    case end
    /// The outcome is known, and the input is idle.
    case pause
    /// The response has ended, and another one follows.
    case nextResponse
    /// A signal arrived.
    case interruption
}

extension CaptureDisplay where Self: ~Copyable {
    var statusInterval: Duration? { nil }
    mutating func showStatus(silence: Duration) {}
    var isPaced: Bool { false }
    var isQuiet: Bool { false }

    mutating func end() { conclude(.nextResponse) }

    mutating func receive(_ bytes: RawSpan) {
        var start = 0
        while start < bytes.byteCount, !hasFailed {
            let end = start + chunks.nextPiece(of: bytes.byteCount - start)
            decode(bytes.extracting(start..<end))
            start = end
        }
    }
}

/// Feeds a capture to a display.
///
/// A file is read to its end. For a live stream, once the outcome of its response is known, the reader first drains the
/// bytes that arrive within a short grace period, then shows the verdict. It keeps reading until the stream ends or
/// stays silent for a second.
enum CaptureReplay {
    /// How long to wait for more bytes before showing a verdict.
    private static let grace: Duration = .milliseconds(50)
    /// The longest delay of a verdict while bytes keep arriving, and the longest wait for more bytes after it.
    private static let patience: Duration = .seconds(1)
    private static let bufferSize = 64 * 1024

    /// Feeds the capture at `path` to `display`.
    ///
    /// - Returns: The exit status.
    static func run(
        _ path: [UInt8],
        _ options: ReadingOptions,
        _ display: inout some CaptureDisplay & ~Copyable
    ) throws(CaptureError) -> CInt {
        let file = try CaptureFile(path: path)
        var interruption: CInt?
        if file.isLive || display.isPaced {
            Interruption.shared.arm()
            interruption = Interruption.shared.descriptor
        }
        var reader = CaptureReader(options.input, name: file.name)
        display.chunks = options.chunks ?? .asRecorded
        var hasNoted = false
        var buffer = [UInt8](repeating: 0, count: bufferSize)
        /// The response whose outcome is known, and the time since when.
        var known: (response: Int, since: ContinuousClock.Instant)?
        var lastByte = ContinuousClock.now
        reading: while true {
            let now = ContinuousClock.now
            let wait: Duration? =
                known == nil ? nil : display.isConcluded ? now.duration(to: lastByte + patience) : grace
            switch try read(file, into: &buffer, wait, since: lastByte, interruption, &display) {
            case .bytes(let count):
                lastByte = .now
                try reader.receive(buffer.rawBytes.extracting(first: count), &display)
                if display.isPaced, Interruption.shared.isPending { return try interrupt(&reader, &display) }
                if reader.format?.isLossy == true, !hasNoted, !display.isQuiet {
                    hasNoted = true
                    note(lossyCapture)
                }
                // Show the events before waiting for more bytes.
                display.flush()
                if reader.isLast, display.hasFailed { break reading }
                guard display.isSettled else {
                    known = nil
                    continue
                }
                if known?.response != display.responseCount { known = (display.responseCount, lastByte) }
                if file.isLive, let known, known.since + patience < lastByte { display.conclude(.pause) }
            case .quiet:
                if display.isConcluded { break reading }
                display.conclude(.pause)
            case .end: break reading
            case .interrupted: return try interrupt(&reader, &display)
            }
        }
        try reader.finish(&display)
        display.conclude(.end)
        return display.status
    }

    /// Reads the next bytes, and shows the status while none arrive.
    private static func read(
        _ file: borrowing CaptureFile,
        into buffer: inout [UInt8],
        _ patience: Duration?,
        since lastByte: ContinuousClock.Instant,
        _ interruption: CInt?,
        _ display: inout some CaptureDisplay & ~Copyable
    ) throws(CaptureError) -> CaptureFile.Reading {
        let deadline = patience.map { ContinuousClock.now + $0 }
        while true {
            let left = deadline.map { ContinuousClock.now.duration(to: $0) }
            let wait = [left, display.statusInterval].compactMap(\.self).min()
            let reading = try file.read(into: &buffer, patience: wait, interruption: interruption)
            guard case .quiet = reading, deadline.map({ ContinuousClock.now < $0 }) ?? true else { return reading }
            display.showStatus(silence: lastByte.duration(to: .now))
        }
    }

    private static func interrupt(
        _ reader: inout CaptureReader,
        _ display: inout some CaptureDisplay & ~Copyable
    ) throws(CaptureError) -> CInt {
        try reader.finish(&display, emptyIsResponse: true)
        display.conclude(.interruption)
        return display.status
    }

    private static let lossyCapture =
        "--trace-ascii does not record line breaks and non-ASCII characters; they are guessed or shown as dots. "
        + "Use curl --trace to record every byte."

    private static func note(_ text: String) {
        var errors = Output.standardError
        errors.write(line: "midstream: note: \(text)")
        errors.flush()
    }
}
