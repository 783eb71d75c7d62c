import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay

/// `midstream replay` of a capture: shows each message as it streams, then its verdict.
struct Replay: CaptureDisplay, ~Copyable {
    private var decoder = MessageStreamDecoder()
    private var display: ReplayDisplay
    private var failure: MessageStreamFailure?
    /// The number of bytes since text was last moved out of the decoder.
    private var bytesSinceSpill = 0
    var chunks = ChunkSizes.asRecorded
    private(set) var responseCount = 0
    private(set) var isConcluded = false
    private(set) var status = ExitStatus.complete

    /// How fast to show captures with recorded times.
    private let pace: ReplayPace
    /// When the current response began.
    private var start = ContinuousClock.now
    private init(_ command: ReplayCommand, name: String?) {
        display = ReplayDisplay(command.style, name: name)
        pace = command.pace
    }

    /// Replays a capture.
    ///
    /// - Parameter name: The name of the capture to show, or `nil` to omit it.
    /// - Returns: The exit status.
    static func run(_ path: [UInt8], _ command: ReplayCommand, name: String?) throws(CaptureError) -> CInt {
        var replay = Replay(command, name: name)
        return try CaptureReplay.run(path, command.reading, &replay)
    }

    var isPaced: Bool { pace != .none }
    var isQuiet: Bool { display.isQuiet }

    var hasFailed: Bool { failure != nil }
    var isSettled: Bool { hasFailed || decoder.isComplete }

    mutating func begin(_ format: ResponseFormat) {
        decoder = MessageStreamDecoder(input: MessageStreamDecoder.Input(format))
        failure = nil
        bytesSinceSpill = 0
        isConcluded = false
        responseCount += 1
        start = .now
    }

    /// Waits for the recorded time of the following bytes.
    mutating func advance(to time: Duration) {
        display.advance(to: time)
        guard !isConcluded, !hasFailed, let time = pace.time(for: time) else { return }
        let (deadline, last) = (start + time, ContinuousClock.now)
        while case let left = ContinuousClock.now.duration(to: deadline), left > .zero,
            !Interruption.shared.isPending
        {
            display.flush()
            Interruption.shared.wait(min(left, display.statusInterval ?? left))
            if ContinuousClock.now < deadline { display.showStatus(silence: last.duration(to: .now)) }
        }
    }

    /// The number of bytes to replay before moving text out of the decoder.
    private static let spillInterval = 1 << 20

    mutating func decode(_ bytes: RawSpan) {
        guard !hasFailed, !isConcluded, !(isPaced && Interruption.shared.isPending) else { return }
        defer { display.receive(byteCount: bytes.byteCount) }
        do throws(MessageStreamFailure) {
            try Self.decode(bytes, &decoder, &display)
        } catch {
            failure = error
            return
        }
        bytesSinceSpill += bytes.byteCount
        if bytesSinceSpill >= Self.spillInterval {
            bytesSinceSpill = 0
            Self.spillText(&decoder, &display)
        }
    }

    private static func spillText(_ decoder: inout MessageStreamDecoder, _ display: inout ReplayDisplay) {
        decoder.removeText { block, text in display.spill(text, of: block) }
    }

    private static func decode(
        _ bytes: RawSpan,
        _ decoder: inout MessageStreamDecoder,
        _ display: inout ReplayDisplay
    ) throws(MessageStreamFailure) {
        try decoder.decodeFrames(bytes) { event, frame in display.show(event, frame) }
    }

    mutating func flush() {
        display.flush()
    }

    var statusInterval: Duration? { display.statusInterval }

    mutating func showStatus(silence: Duration) { display.showStatus(silence: silence) }

    mutating func conclude(_ cause: ConclusionCause) {
        guard !isConcluded else { return }
        isConcluded = true
        if failure == nil {
            switch cause {
            case .interruption: failure = decoder.abort(.cancelled)
            // The outcome is known, so the end of the stream does not matter.
            case .pause: break
            case .end, .nextResponse:
                do throws(MessageStreamFailure) {
                    _ = try decoder.finish()
                } catch {
                    failure = error
                }
            }
        }
        let verdict = Verdict(
            message: failure.map { $0.partial } ?? decoder.partial,
            failure: failure,
            diagnostics: failure?.diagnostics ?? decoder.diagnostics,
            requestID: decoder.head?.requestID,
            blockIndices: decoder.blockIndices
        )
        // The first of several responses is recognizable as such only once the next one begins.
        let isOneOfSeveral = responseCount > 1 || cause == .nextResponse
        status = display.conclude(verdict, response: isOneOfSeveral ? responseCount : nil)
    }
}
