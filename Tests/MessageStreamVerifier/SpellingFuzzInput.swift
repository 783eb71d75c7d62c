import MessageStream
import ServerSentEvents
import TestSupport

/// A fuzzer input: two bytes that select the chunking, then the data of events, each ended by a line feed.
///
/// The events follow the start of a message with three open blocks: text, tool use and thinking. They are decoded with and
/// without learned spellings, which must give the same result. Bytes from 0x80 on abbreviate the pieces of deltas, so that
/// a short input is a stream of deltas whose spelling changes:
///
/// | byte | meaning |
/// |---|---|
/// | `0x80 + n` | the piece *n* |
/// | 0xA0 | the data of the event before |
/// | 0xA1 | the same, without its last byte |
/// | 0xA2 | the same, up to its last quotation mark |
/// | 0xA3 | at the start of the data: the event has no name |
/// | CR | nothing, since it would end the line |
/// | others | themselves |
public struct SpellingFuzzInput: Sendable {
    /// The number of bytes before the data.
    public static let headerBytes = 2

    private let chunking: Chunking
    private let stream: [UInt8]

    /// Parses an input. Missing header bytes are 0.
    public init(_ bytes: [UInt8]) {
        let input = FuzzInput(bytes, headerBytes: Self.headerBytes)
        var stream = Self.start
        var previous: [UInt8] = []
        for line in input.payload.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let isUnnamed = line.first == 0xA3
            let data = Self.expand(isUnnamed ? line.dropFirst() : line, after: previous)
            if !isUnnamed { stream += Self.name }
            stream += Self.data + data + Self.blankLine
            previous = data
        }
        self.stream = stream
        let chunking = input.chunking(input.header[0], seed: input.header[1])
        // A split is meant for the data, not for what precedes it.
        self.chunking = if case .split(let offset) = chunking { .split(Self.start.count + offset) } else { chunking }
    }

    private static func expand(_ line: ArraySlice<UInt8>, after previous: [UInt8]) -> [UInt8] {
        var data: [UInt8] = []
        for byte in line where data.count < maximumBytes {
            switch byte {
            case 0x0D: break
            case 0x80..<0x80 + UInt8(pieces.count): data += pieces[Int(byte - 0x80)]
            case 0xA0: data += previous
            case 0xA1: data += previous.dropLast()
            case 0xA2: data += previous[..<(previous.lastIndex(of: UInt8(ascii: "\"")) ?? 0)]
            default: data.append(byte)
            }
        }
        return data
    }

    /// The data of an event grows up to about this size: long enough for two deltas, since long inputs are slow.
    private static let maximumBytes = 512

    private static let pieces: [[UInt8]] = [
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""#, #""}}"#, #","index":0"#,
        #","index":1"#, #","delta":{"type":"text_delta","text":""#,
        #","delta":{"type":"input_json_delta","partial_json":""#, #","delta":{"text":""#, #"","type":"text_delta"}"#,
        #"{"type":"content_block_delta""#, #","seq":"#, #","id":""#, #""type":"content_block_delta"}"#,
        #"{"index":0,"delta":"#, #","delta":{"type":"thinking_delta","thinking":""#, #","index":2"#, #"\ufffd"#,
        "\u{FFFD}", "                ", #"\u00e9"#, #","error":null"#, #","text":"a""#, #"\ud83d\ude00"#, "é",
    ].map { Array($0.utf8) }

    // Raw bytes: the data of a fuzz input may contain a CR, which a writer rejects.
    private static let name = Array("event: content_block_delta\n".utf8)
    private static let data = Array("data: ".utf8)
    private static let blankLine = Array("\n\n".utf8)
    private static let start = Array(
        """
        data: {"type":"message_start","message":{}}

        data: {"type":"content_block_start","index":0,"content_block":{"type":"text"}}

        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use"}}

        data: {"type":"content_block_start","index":2,"content_block":{"type":"thinking"}}


        """.utf8
    )

    /// The first difference that learning makes, or `nil`.
    public func mismatch() -> String? {
        let learned = Outcome(stream, chunking, learnsSpellings: true)
        let unlearned = Outcome(stream, .whole, learnsSpellings: false)
        if learned.steps.count != unlearned.steps.count {
            return "\(learned.steps.count) events, not \(unlearned.steps.count)"
        }
        for (step, other) in zip(learned.steps, unlearned.steps) where step != other {
            return "\(step.event), not \(other.event)"
        }
        if let difference = unlearned.failure.differenceBesidePartial(from: learned.failure) { return difference }
        if learned.text != unlearned.text { return "another text" }
        return learned.diagnostics == unlearned.diagnostics ? nil : "other diagnostics"
    }
}

/// The result of decoding a stream without its end.
private struct Outcome {
    var steps: [Decoding.Step] = []
    var failure: MessageStreamFailure?
    /// The text of all blocks so far.
    var text: [UInt8] = []
    var diagnostics: Diagnostics?

    init(_ bytes: [UInt8], _ chunking: Chunking, learnsSpellings: Bool) {
        var decoder = MessageStreamDecoder()
        decoder.learnsSpellings = learnsSpellings
        var start = 0
        for end in chunking.ends(count: bytes.count) {
            do throws(MessageStreamFailure) {
                // `UInt8` has no padding bytes.
                try decoder.decodeFrames(unsafe bytes.span.bytes.extracting(start..<end)) { event, frame in
                    steps.append(Decoding.Step(event, frame))
                }
            } catch {
                failure = error
                break
            }
            start = end
        }
        diagnostics = decoder.diagnostics
        decoder.removeText { index, more in text += [UInt8(truncatingIfNeeded: index)] + Array(more.utf8) }
    }
}
