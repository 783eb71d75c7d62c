package import StreamGenerators

/// One row of the suite: a name, the stream that it runs on, and the work to measure.
///
///     Row("framing/16KiB", on: .messages(.text)) { stream in
///         { try frame(stream, chunkSize: 16 << 10) }
///     }
///
/// The outer closure runs once and prepares everything that is not measured, such as chunks and scratch memory. The
/// inner closure is a *pass*: the work over the complete stream, which is repeated.
package struct Row {
    /// One run of the work over the complete stream. It returns what it found, which keeps the optimizer from removing
    /// the work and lets the harness check it.
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

/// Other work on the same stream, run in the same rounds as its row.
package struct Comparison {
    /// The name of the figure, such as `ratioToSync`: the ratio of the row's speed to the speed of this work.
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
    /// The captures of the corpus in turn, with a total size of at least a sixteenth of the size of the run.
    case captures
    /// One event in a line of this size, in every run.
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

/// The findings of a pass. The harness compares them with what the generator wrote.
package enum Tally: Hashable, Sendable {
    /// The number of events, and the total number of bytes in their data.
    case events(Int, dataBytes: Int)
    /// The number of events, if the pass did not count their data.
    case eventsOnly(Int)
    case lineFeeds(Int)
    case bytes(Int)

    /// Whether the findings match `stream`.
    package func matches(_ stream: GeneratedStream) -> Bool {
        switch self {
        case .events(let count, let dataBytes): count == stream.eventCount && dataBytes == stream.dataByteCount
        case .eventsOnly(let count): count == stream.eventCount
        case .lineFeeds(let count): count == stream.lineFeedCount
        case .bytes(let count): count == stream.bytes.count
        }
    }
}

/// The amount of work in a run.
package struct Effort: Hashable, Sendable {
    /// The size of the generated messages.
    package let messageByteCount: Int
    /// How long to repeat the rounds of a row, within ``rounds``.
    package let timePerRow: Duration
    package let rounds: ClosedRange<Int>

    package init(messageByteCount: Int, timePerRow: Duration, rounds: ClosedRange<Int>) {
        self.messageByteCount = messageByteCount
        self.timePerRow = timePerRow
        self.rounds = rounds
    }

    /// For reliable figures.
    package static let full = Effort(messageByteCount: 64 << 20, timePerRow: .seconds(2), rounds: 5...101)
    /// All rows within seconds, to check that they work.
    package static let smoke = Effort(messageByteCount: 2 << 20, timePerRow: .milliseconds(50), rounds: 3...25)
}
