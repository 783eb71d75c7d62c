import MessageStream
import StreamReplay

/// What shows the responses of a capture, and has the verdict of each.
protocol CaptureDisplay: ResponseSink, ~Copyable {
    /// Whether the outcome of the response in progress is known, so that only what follows it is still of interest.
    var isSettled: Bool { get }
    /// Whether the response in progress has failed, so that nothing more of it is of interest.
    var hasFailed: Bool { get }
    /// How many responses have begun.
    var responseCount: Int { get }
    /// Whether the verdict of the response in progress is shown.
    var isConcluded: Bool { get }
    /// Writes the events decoded so far.
    mutating func flush()
    /// Shows the verdict of the response in progress, if that was not done.
    mutating func conclude(_ cause: ConclusionCause)
    /// The exit status of the last verdict.
    var status: CInt { get }
}

/// Why there is a verdict now.
enum ConclusionCause {
    /// The input has ended, or nothing more is wanted of it.
    case end
    /// The outcome is known, and nothing more comes for now.
    case pause
    /// The response has ended, and another one follows.
    case nextResponse
    /// A signal came.
    case interruption
}

extension CaptureDisplay where Self: ~Copyable {
    mutating func end() { conclude(.nextResponse) }
}

/// Reads a capture for a display.
///
/// A file is read to its end. A live stream is waited for: once the outcome of its response is known, what can be read
/// without waiting for long is read, then the verdict is shown, and the stream is read on until it ends or has been
/// silent for a second.
enum CaptureReplay {
    /// How long more bytes are waited for before a verdict is shown.
    private static let grace: Duration = .milliseconds(50)
    /// How long a verdict is held back while bytes come, and how long more bytes are waited for once it is shown.
    private static let patience: Duration = .seconds(1)
    private static let bufferSize = 64 * 1024

    /// - Returns: the exit status.
    static func run(
        _ path: [UInt8],
        _ arguments: Arguments,
        _ display: inout some CaptureDisplay & ~Copyable
    ) throws(CaptureError) -> CInt {
        let file = try CaptureFile(path: path)
        var interruption: CInt?
        if file.isLive {
            Interruption.shared.arm()
            interruption = Interruption.shared.descriptor
        }
        var splitter = ResponseSplitter(arguments.input, &display)
        var sizes = arguments.chunks ?? .asRead
        var buffer = [UInt8](repeating: 0, count: bufferSize)
        /// Since when the outcome of a response is known.
        var known: (response: Int, since: ContinuousClock.Instant)?
        var lastByte = ContinuousClock.now
        reading: while true {
            let now = ContinuousClock.now
            let wait: Duration? =
                known == nil ? nil : display.isConcluded ? now.duration(to: lastByte + patience) : grace
            switch try file.read(into: &buffer, patience: wait, interruption: interruption) {
            case .bytes(let count):
                lastByte = .now
                feed(buffer.rawBytes.extracting(first: count), &sizes, &splitter, &display)
                // The events are shown before the next bytes are waited for.
                display.flush()
                if splitter.isLast, display.hasFailed { break reading }
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
            case .interrupted:
                splitter.finish(&display, emptyIsResponse: true)
                display.conclude(.interruption)
                return display.status
            }
        }
        splitter.finish(&display)
        display.conclude(.end)
        return display.status
    }

    private static func feed(
        _ bytes: RawSpan,
        _ sizes: inout ChunkSizes,
        _ splitter: inout ResponseSplitter,
        _ display: inout some CaptureDisplay & ~Copyable
    ) {
        var start = 0
        while start < bytes.byteCount, !(splitter.isLast && display.hasFailed) {
            let end = start + sizes.nextPiece(of: bytes.byteCount - start)
            splitter.take(bytes.extracting(start..<end), &display)
            start = end
        }
    }
}

extension ResponseSplitter {
    /// Creates a splitter for a capture of which a format is said.
    fileprivate init(_ format: Arguments.InputFormat, _ sink: inout some ResponseSink & ~Copyable) {
        switch format {
        case .body: self.init(bodyFor: &sink)
        case .auto: self.init(isResponse: false)
        case .response: self.init(isResponse: true)
        }
    }
}

extension MessageStreamDecoder.Input {
    /// What a decoder is fed with if it is fed with a capture of this format.
    init(_ format: CaptureFormat) {
        switch format {
        case .body: self = .eventStream
        case .response(isTransferDecoded: false): self = .httpResponse
        case .response(isTransferDecoded: true): self = .recordedResponse
        }
    }
}
