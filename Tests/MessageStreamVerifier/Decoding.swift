import MessageStream
import ServerSentEvents
import TestSupport

/// The result of decoding a stream: everything that must not depend on the chunks.
struct Decoding {
    /// An event, its position, and all its text, because `==` on events treats canonically equivalent strings as equal.
    struct Step: Equatable {
        var offset: Int
        var length: Int
        var event: MessageStreamEvent
        var text: [UInt8]
    }

    var events: [Step] = []
    /// The number of bytes fed when the decoder knew that `message_stop` was complete.
    var completeAt: Int?
    /// The number of bytes fed when the failure was thrown; `nil` if `finish` threw it, or if there was none.
    var failedAt: Int?
    /// The message, complete or partial, as JSON.
    var message: [UInt8]?
    var text: [UInt8] = []
    /// The complete tool inputs, with `nil` for every other block.
    var inputs: [[UInt8]?] = []
    var failure: MessageStreamFailure?
    var diagnostics: Diagnostics?

    /// Feeds `bytes` to a new decoder.
    ///
    /// - Parameter learnsSpellings: Whether the decoder learns how deltas are spelled.
    init(
        _ bytes: [UInt8],
        _ input: MessageStreamDecoder.Input,
        _ limits: MessageStreamLimits,
        _ chunking: Chunking,
        learnsSpellings: Bool = true
    ) {
        var decoder = MessageStreamDecoder(input: input, limits: limits)
        decoder.learnsSpellings = learnsSpellings
        var start = 0
        do throws(MessageStreamFailure) {
            for end in chunking.ends(count: bytes.count) {
                do throws(MessageStreamFailure) {
                    // `UInt8` has no padding bytes.
                    try decoder.decodeFrames(unsafe bytes.span.bytes.extracting(start..<end)) { event, frame in
                        events.append(Step(event, frame))
                    }
                } catch {
                    failedAt = end
                    throw error
                }
                start = end
                if completeAt == nil, decoder.isComplete { completeAt = end }
            }
            receive(try decoder.finish())
            diagnostics = decoder.diagnostics
        } catch {
            receive(error)
        }
    }

    private mutating func receive(_ message: Message?) {
        guard let message else { return }
        var writer = JSONWriter()
        writer.message(message)
        self.message = writer.bytes
        text = Array(message.text.utf8)
        inputs = message.content.map { $0.anyToolUse?.input.json?.utf8 }
    }

    private mutating func receive(_ failure: MessageStreamFailure) {
        receive(failure.partial)
        diagnostics = failure.diagnostics
        self.failure = failure
    }
}

extension Decoding.Step {
    init(_ event: MessageStreamEvent, _ frame: borrowing EventView) {
        self.init(offset: frame.offset, length: frame.length, event: event, text: Self.text(of: event))
    }

    private static func text(of event: MessageStreamEvent) -> [UInt8] {
        switch event {
        case .contentBlockDelta(let delta):
            switch delta.delta {
            case .text(let text), .inputJSON(let text), .thinking(let text), .signature(let text): Array(text.utf8)
            default: []
            }
        case .unknown(let event): Array(event.data.utf8)
        default: []
        }
    }
}

extension MessageStreamFailure? {
    /// The first field, other than the partial message, that differs in another failure, or `nil`.
    package func differenceBesidePartial(from other: Self) -> String? {
        guard let self, let other else { return (self == nil) == (other == nil) ? nil : "only one of them fails" }
        if self.kind != other.kind { return "kind \(other.kind), not \(self.kind)" }
        if self.stage != other.stage { return "stage \(other.stage), not \(self.stage)" }
        if self.httpStatus != other.httpStatus { return "another HTTP status" }
        if self.equivalentStatus != other.equivalentStatus { return "another equivalent status" }
        if self.requestID != other.requestID { return "another request id" }
        if self.gatewayIDs != other.gatewayIDs { return "other ids of gateways" }
        if self.byteOffset != other.byteOffset { return "byte \(other.byteOffset), not \(self.byteOffset)" }
        if self.eventIndex != other.eventIndex { return "event \(other.eventIndex), not \(self.eventIndex)" }
        if self.excerpt != other.excerpt { return "excerpt \(other.excerpt ?? "nil"), not \(self.excerpt ?? "nil")" }
        if self.retry != other.retry { return "another retry advice" }
        // Everything that contains text.
        let words = Array(self.description.utf8)
        return words.elementsEqual(other.description.utf8) ? nil : "\(other), not \(self)"
    }
}
