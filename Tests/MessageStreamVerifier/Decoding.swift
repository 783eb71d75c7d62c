import MessageStream
import ServerSentEvents

/// What a decoder made of bytes: everything that must not depend on how they were cut.
struct Decoding: Equatable {
    /// The events: name, place and text of each.
    var events: [[UInt8]] = []
    /// How many bytes had been fed when `message_stop` was known to have come.
    var completeAt: Int?
    /// How many bytes had been fed when the failure was thrown; nil if only the end brought it, or nothing did.
    var failedAt: Int?
    /// The message, whole or partial, as JSON.
    var message: [UInt8]?
    var text: [UInt8] = []
    /// The inputs of tools that are said to be whole; nil for blocks without.
    var inputs: [[UInt8]?] = []
    /// Everything else that a failure says.
    var failure: String?
    var kind: String?
    var diagnostics: [Diagnostic] = []

    /// Feeds `bytes` to a new decoder.
    ///
    /// - Parameter ends: The end of each chunk, rising, the last one that of the bytes.
    init(_ bytes: [UInt8], _ input: MessageStreamDecoder.Input, _ limits: MessageStreamLimits, ends: [Int]) {
        var decoder = MessageStreamDecoder(input: input, limits: limits)
        var start = 0
        do throws(MessageStreamFailure) {
            for end in ends {
                // A block of its own, where a sanitizer sees an access beyond.
                let chunk = Array(bytes[start..<end])
                do throws(MessageStreamFailure) {
                    // `UInt8` has no padding bytes.
                    try decoder.decodeFrames(unsafe chunk.span.bytes) { event, frame in
                        events.append(Self.bytes(of: event, frame))
                    }
                } catch {
                    failedAt = end
                    throw error
                }
                start = end
                if completeAt == nil, decoder.isComplete { completeAt = end }
            }
            take(try decoder.finish())
            diagnostics = Array(decoder.diagnostics)
        } catch {
            take(error)
        }
    }

    private mutating func take(_ message: Message?) {
        guard let message else { return }
        var writer = JSONWriter()
        writer.message(message)
        self.message = writer.bytes
        text = Array(message.text.utf8)
        inputs = message.content.map { $0.anyToolUse?.input.json?.utf8 }
    }

    private mutating func take(_ failure: MessageStreamFailure) {
        take(failure.partial)
        kind = failure.kind.name
        diagnostics = Array(failure.diagnostics)
        self.failure =
            """
            \(failure.kind) \(failure.stage) \(failure.httpStatus ?? -1) \(failure.equivalentStatus ?? -1) \
            \(failure.requestID ?? "-") \(failure.byteOffset) \(failure.eventIndex) \(failure.excerpt ?? "-") \
            \(failure.retry) \(failure)
            """
    }

    private static func bytes(of event: MessageStreamEvent, _ frame: EventView) -> [UInt8] {
        var bytes = Array("\(frame.offset) \(frame.length) \(event.name) ".utf8)
        switch event {
        case .contentBlockDelta(let delta):
            bytes += Array("\(delta.index) ".utf8)
            switch delta.delta {
            case .text(let text), .inputJSON(let text), .thinking(let text), .signature(let text): bytes += text.utf8
            case .other(_, let json): bytes += json.utf8
            default: break
            }
        case .unknown(let event): bytes += event.data.utf8
        default: break
        }
        return bytes
    }
}
