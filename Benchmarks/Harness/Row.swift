package import StreamGenerators

/// One line of the suite: a name, the stream that it runs on, and the work that is measured.
///
///     Row("framing/16KiB", on: .messages(.text)) { stream in
///         { try frame(stream, chunkSize: 16 << 10) }
///     }
///
/// The outer closure runs once and prepares what is not measured (chunks, scratch memory); the inner one is a *pass*:
/// the work over the whole stream, run again and again.
package struct Row {
    /// One run of the work over the whole stream. It returns what it found there, which keeps the optimiser from
    /// dropping the work and lets the harness check it.
    package typealias Pass = () async throws -> Tally

    package let name: String
    package let input: Input
    package let prepare: (GeneratedStream) throws -> Pass
    package let comparisons: [Comparison]

    package init(
        _ name: String,
        on input: Input,
        comparedWith comparisons: [Comparison] = [],
        prepare: @escaping (GeneratedStream) throws -> Pass
    ) {
        self.name = name
        self.input = input
        self.prepare = prepare
        self.comparisons = comparisons
    }
}

/// Other work on the same stream, run in the same rounds as the row that it stands beside.
package struct Comparison {
    /// The name of the figure, such as `ratioToSync`: the speed of the row over the speed of this work.
    package let member: String
    package let prepare: (GeneratedStream) throws -> Row.Pass

    package init(_ member: String, prepare: @escaping (GeneratedStream) throws -> Row.Pass) {
        self.member = member
        self.prepare = prepare
    }
}

/// The stream that a row runs on.
package enum Input: Hashable, Sendable {
    /// A message of the size of the run, or of a fraction of that size.
    case messages(StreamKind, LineEnd = .lf, spelling: Spelling = .api, fraction: Int = 1)
    /// The captures of the corpus one after the other, of at least a sixteenth of the size of the run.
    case captures
    /// One event in one line of this size, in every run.
    case longLine(byteCount: Int)
    /// This many empty lines, in every run.
    case emptyLines(count: Int)

    package func stream(of effort: Effort) -> GeneratedStream {
        switch self {
        case .messages(let kind, let lineEnd, let spelling, let fraction):
            .message(kind, byteCount: effort.messageByteCount / fraction, spelling: spelling, lineEnd: lineEnd)
        case .captures: CapturedMessages.corpus.stream(byteCount: effort.messageByteCount / 16)
        case .longLine(let byteCount): .longLine(byteCount: byteCount)
        case .emptyLines(let count): .emptyLines(count: count)
        }
    }
}

/// What a pass found in its stream; the harness compares it with what the generator wrote.
package enum Tally: Hashable, Sendable {
    /// Events, and the bytes in the data of all of them.
    case events(Int, dataBytes: Int)
    /// Events whose data the pass did not keep apart.
    case eventsOnly(Int)
    case lineFeeds(Int)
    case bytes(Int)

    /// Whether this is what is in `stream`.
    package func matches(_ stream: GeneratedStream) -> Bool {
        switch self {
        case .events(let count, let dataBytes): count == stream.eventCount && dataBytes == stream.dataByteCount
        case .eventsOnly(let count): count == stream.eventCount
        case .lineFeeds(let count): count == stream.lineFeedCount
        case .bytes(let count): count == stream.bytes.count
        }
    }
}

/// How much a run does.
package struct Effort: Hashable, Sendable {
    /// The size of the generated messages.
    package let messageByteCount: Int
    /// How long the rounds of a row go on, within ``rounds``.
    package let timePerRow: Duration
    package let rounds: ClosedRange<Int>

    package init(messageByteCount: Int, timePerRow: Duration, rounds: ClosedRange<Int>) {
        self.messageByteCount = messageByteCount
        self.timePerRow = timePerRow
        self.rounds = rounds
    }

    /// Figures to rely on.
    package static let full = Effort(messageByteCount: 64 << 20, timePerRow: .seconds(2), rounds: 5...101)
    /// All rows in seconds, to see that they work.
    package static let smoke = Effort(messageByteCount: 2 << 20, timePerRow: .milliseconds(50), rounds: 3...25)
}
