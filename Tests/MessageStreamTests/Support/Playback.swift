import MessageStream
import MessageStreamVerifier
import ServerSentEvents
import TestSupport

/// The result of decoding a body: the events with their positions, then the outcome.
struct Playback {
    /// An event, the bytes of its frame, and all its text.
    struct Step {
        var event: MessageStreamEvent
        var range: Range<Int>
        /// Distinguishes text that `==` on events treats as equal because it is canonically equivalent.
        var text: [UInt8]
    }

    private(set) var steps: [Step] = []
    private(set) var outcome: Outcome
    /// The form of the bytes, and the limits.
    private let input: MessageStreamDecoder.Input
    private let limits: MessageStreamLimits

    /// The end of a body.
    struct Outcome {
        /// The message, complete or partial.
        var message: Message?
        var failure: MessageStreamFailure?
        var diagnostics: Diagnostics
    }

    var events: [MessageStreamEvent] { steps.map(\.event) }
    var message: Message? { outcome.message }
    var failure: MessageStreamFailure? { outcome.failure }
    var diagnostics: Diagnostics { outcome.diagnostics }

    /// Decodes `body` in one chunk.
    init(
        _ body: [UInt8],
        input: MessageStreamDecoder.Input = .eventStream,
        limits: MessageStreamLimits = MessageStreamLimits(),
        keepsContent: Bool = true
    ) {
        self.input = input
        self.limits = limits
        var decoder = MessageStreamDecoder(input: input, limits: limits, keepsContent: keepsContent)
        var steps: [Step] = []
        outcome = Self.feed(body, cutAt: [], poison: nil, to: &decoder) { event, range in
            steps.append(Step(event: event, range: range, text: Self.text(of: event)))
        }
        self.steps = steps
    }

    /// Decodes a text as a body.
    init(_ body: String, keepsContent: Bool = true) {
        self.init(Array(body.utf8), keepsContent: keepsContent)
    }

    /// Feeds `body` in chunks that end at `cuts` and at the end.
    ///
    /// - Parameters:
    ///   - cuts: Offsets in ascending order.
    ///   - poison: The bytes before and after each chunk in memory; `nil` leaves each chunk in place in the body.
    static func feed(
        _ body: [UInt8],
        cutAt cuts: [Int],
        poison: [UInt8]?,
        to decoder: inout MessageStreamDecoder,
        _ take: (MessageStreamEvent, Range<Int>) -> Void
    ) -> Outcome {
        var start = 0
        var memory = PoisonedMemory()
        do throws(MessageStreamFailure) {
            for end in cuts + [body.count] {
                if let poison {
                    memory.put(body[start..<end], before: poison, after: poison)
                    // `UInt8` has no padding bytes.
                    let chunk = unsafe memory.chunk.bytes
                    try decoder.decodeFrames(chunk) { event, frame in take(event, frame.byteRange) }
                } else {
                    let chunk = body.rawBytes.extracting(start..<end)
                    try decoder.decodeFrames(chunk) { event, frame in take(event, frame.byteRange) }
                }
                start = end
            }
            let message = try decoder.finish()
            return Outcome(message: message, failure: nil, diagnostics: decoder.diagnostics)
        } catch {
            return Outcome(message: error.partial, failure: error, diagnostics: error.diagnostics)
        }
    }

    /// The first difference when `body` is fed in chunks; `nil` if the results are equal.
    func difference(feeding body: [UInt8], cutAt cuts: [Int], poison: [UInt8]? = nil) -> String? {
        var decoder = MessageStreamDecoder(input: input, limits: limits)
        var index = 0
        var mismatch: String?
        let outcome = Self.feed(body, cutAt: cuts, poison: poison, to: &decoder) { event, range in
            defer { index += 1 }
            guard mismatch == nil else { return }
            guard index < steps.count else {
                mismatch = "event \(index) more: \(event)"
                return
            }
            let step = steps[index]
            if step.range != range { mismatch = "event \(index): bytes \(range), not \(step.range)" }
            if step.event != event || step.text != Self.text(of: event) {
                mismatch = "event \(index): \(event), not \(step.event)"
            }
        }
        if let mismatch { return mismatch }
        if index != steps.count { return "\(index) events, not \(steps.count)" }
        return self.outcome.difference(from: outcome)
    }

    /// Every string of an event that a normalization might change.
    static func text(of event: MessageStreamEvent) -> [UInt8] {
        switch event {
        case .contentBlockDelta(let delta):
            switch delta.delta {
            case .text(let text), .inputJSON(let text), .thinking(let text), .signature(let text):
                return Array(text.utf8)
            // Raw JSON is compared by its bytes.
            default: return []
            }
        case .messageStart(let message): return message.jsonBytes
        case .contentBlockStart(_, let block): return Message(id: "", model: "", content: [block]).jsonBytes
        case .messageDelta(let delta):
            return Array("\(delta.stopReason?.rawValue ?? "")\n\(delta.stopSequence ?? "")".utf8)
        case .unknown(let event): return Array("\(event.name)\n\(event.data)".utf8)
        default: return []
        }
    }
}

extension Playback.Outcome {
    /// The first field that differs in another outcome; `nil` if the outcomes are equal.
    func difference(from other: Self) -> String? {
        if message != other.message { return "the message is another" }
        if message?.jsonBytes != other.message?.jsonBytes { return "the message has other bytes" }
        if diagnostics != other.diagnostics { return "diagnostics \(other.diagnostics), not \(diagnostics)" }
        return failure.difference(from: other.failure)
    }
}

extension MessageStreamFailure? {
    /// The first field that differs in another failure; `nil` if the failures are equal.
    func difference(from other: Self) -> String? {
        if self?.partial?.jsonBytes != other?.partial?.jsonBytes { return "another partial message" }
        return differenceBesidePartial(from: other)
    }
}

extension Message {
    /// The message as written by `midstream --json`: strings are equal only if these bytes are.
    var jsonBytes: [UInt8] {
        var writer = JSONWriter()
        writer.message(self)
        return writer.bytes
    }
}

/// A frame with an event name and data.
func frame(_ name: String, _ data: String) -> String {
    "event: \(name)\ndata: \(data)\n\n"
}

/// A frame with data alone.
func frame(_ data: String) -> String {
    "data: \(data)\n\n"
}
