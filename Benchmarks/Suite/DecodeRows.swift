internal import BenchmarkHarness
internal import Foundation
internal import MessageStream
internal import ServerSentEvents
internal import StreamGenerators

/// From bytes to typed events that own their contents.
///
/// Only the row `accumulate` assembles the message. The baseline is a client that frames as well as this package and
/// then uses Foundation: the same framing, and a `JSONDecoder` for the data of each event.
var decodeRows: [Row] {
    [
        decode("text-16KiB", .text),
        decode("tools-16KiB", .tools),
        decode("thinking-16KiB", .thinking),
        decode("multilingual-16KiB", .multilingual),
        decode("uescape-16KiB", .escaped),
        decode("interleaved-16KiB", .interleaved),
        decode("spaced-16KiB", .text, spelling: .spaced),
        decode("sorted-16KiB", .text, spelling: .sorted),
        decode("extra-16KiB", .text, spelling: .extra),
        decode("numbered-16KiB", .text, spelling: .numbered),
        decode("cold-16KiB", .text, spelling: .mixed),
        Row("decode/real-16KiB", on: .captures) { stream in
            let captures = CapturedMessages.corpus.streams
            return { decodeCaptures(captures, byteCount: stream.bytes.count, chunkSize: 16 << 10) }
        },
        decode("text-1400B", .text, chunkSize: 1400),
        decode("accumulate-16KiB", .text, keepsContent: true),
        // A small part of the stream: the speed does not depend on its size, and the complete stream would take
        // minutes.
        Row("decode/jsondecoder-16KiB", on: .messages(.text, fraction: 16)) { stream in
            { try decodeWithFoundation(stream, chunkSize: 16 << 10) }
        },
    ]
}

private func decode(
    _ name: String,
    _ kind: StreamKind,
    spelling: Spelling = .api,
    chunkSize: Int = 16 << 10,
    keepsContent: Bool = false
) -> Row {
    // Rewriting a stream in another spelling is slow, and a part of the stream suffices to measure the speed.
    let fraction = spelling == .api ? 1 : 8
    return Row("decode/\(name)", on: .messages(kind, spelling: spelling, fraction: fraction)) { stream in
        { try decodeEvents(of: stream, chunkSize: chunkSize, keepsContent: keepsContent) }
    }
}

// MARK: - Passes

@inline(never)
private func decodeEvents(of stream: GeneratedStream, chunkSize: Int, keepsContent: Bool) throws -> Tally {
    var decoder = MessageStreamDecoder(keepsContent: keepsContent)
    var count = 0
    try forEachChunk(of: stream, size: chunkSize) { chunk in
        try decoder.decode(chunk) { event in
            // Forces the event to be created completely.
            withExtendedLifetime(event) { count += 1 }
        }
    }
    _ = try decoder.finish()
    return .eventsOnly(count)
}

/// Decodes streams in turn, each with a separate decoder, up to its end or its failure.
@inline(never)
private func decodeCaptures(_ captures: [[UInt8]], byteCount: Int, chunkSize: Int) -> Tally {
    var count = 0
    while count < byteCount {
        for capture in captures {
            var decoder = MessageStreamDecoder(keepsContent: false)
            var rest = capture[...]
            while !rest.isEmpty {
                // Some of the captures are truncated, or report an error.
                try? decoder.decode(rest.prefix(chunkSize)) { event in withExtendedLifetime(event) {} }
                rest = rest.dropFirst(chunkSize)
            }
            _ = try? decoder.finish()
            count += capture.count
        }
    }
    return .bytes(count)
}

@inline(never)
private func decodeWithFoundation(_ stream: GeneratedStream, chunkSize: Int) throws -> Tally {
    var parser = EventStreamParser()
    let decoder = JSONDecoder()
    var count = 0
    var failure: (any Error)?
    try forEachChunk(of: stream, size: chunkSize) { chunk in
        try parser.parse(chunk) { event in
            do {
                // unsafe: the data is copied before the buffer is released
                let data = unsafe event.data.withUnsafeBytes { unsafe Data($0) }
                try withExtendedLifetime(decoder.decode(FoundationEvent.self, from: data)) { _ in count += 1 }
            } catch {
                failure = error
            }
        }
    }
    if let failure { throw failure }
    return .eventsOnly(count)
}

// MARK: - The same events for Foundation

/// The part of ``MessageStreamEvent`` that generated streams use, as one would write it for a `JSONDecoder`.
private enum FoundationEvent: Decodable {
    case messageStart(FoundationMessage)
    case contentBlockStart(index: Int, FoundationBlock)
    case contentBlockDelta(index: Int, FoundationDelta)
    case contentBlockStop(index: Int)
    case messageDelta(FoundationMessageDelta, FoundationUsage?)
    case messageStop
    case ping
    case unknown(String)

    private enum CodingKeys: String, CodingKey {
        case type, message, index, delta, usage
        case contentBlock = "content_block"
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        switch try members.decode(String.self, forKey: .type) {
        case "message_start":
            self = .messageStart(try members.decode(FoundationMessage.self, forKey: .message))
        case "content_block_start":
            self = .contentBlockStart(
                index: try members.decode(Int.self, forKey: .index),
                try members.decode(FoundationBlock.self, forKey: .contentBlock)
            )
        case "content_block_delta":
            self = .contentBlockDelta(
                index: try members.decode(Int.self, forKey: .index),
                try members.decode(FoundationDelta.self, forKey: .delta)
            )
        case "content_block_stop":
            self = .contentBlockStop(index: try members.decode(Int.self, forKey: .index))
        case "message_delta":
            self = .messageDelta(
                try members.decode(FoundationMessageDelta.self, forKey: .delta),
                try members.decodeIfPresent(FoundationUsage.self, forKey: .usage)
            )
        case "message_stop": self = .messageStop
        case "ping": self = .ping
        case let name: self = .unknown(name)
        }
    }
}

private enum FoundationDelta: Decodable {
    case text(String)
    case inputJSON(String)
    case thinking(String)
    case signature(String)
    case other(String)

    private enum CodingKeys: String, CodingKey {
        case type, text, thinking, signature
        case partialJSON = "partial_json"
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        switch try members.decode(String.self, forKey: .type) {
        case "text_delta": self = .text(try members.decode(String.self, forKey: .text))
        case "input_json_delta": self = .inputJSON(try members.decode(String.self, forKey: .partialJSON))
        case "thinking_delta": self = .thinking(try members.decode(String.self, forKey: .thinking))
        case "signature_delta": self = .signature(try members.decode(String.self, forKey: .signature))
        case let type: self = .other(type)
        }
    }
}

private struct FoundationBlock: Decodable {
    var type: String
    var text: String?
    var thinking: String?
    var signature: String?
    var id: String?
    var name: String?
}

private struct FoundationMessage: Decodable {
    var id: String
    var role: String
    var model: String
    var content: [FoundationBlock]
    var stopReason: String?
    var stopSequence: String?
    var usage: FoundationUsage

    private enum CodingKeys: String, CodingKey {
        case id, role, model, content, usage
        case stopReason = "stop_reason"
        case stopSequence = "stop_sequence"
    }
}

private struct FoundationMessageDelta: Decodable {
    var stopReason: String?
    var stopSequence: String?

    private enum CodingKeys: String, CodingKey {
        case stopReason = "stop_reason"
        case stopSequence = "stop_sequence"
    }
}

private struct FoundationUsage: Decodable {
    var inputTokens: Int?
    var outputTokens: Int?
    var cacheCreationInputTokens: Int?
    var cacheReadInputTokens: Int?
    var serviceTier: String?

    private enum CodingKeys: String, CodingKey {
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case cacheCreationInputTokens = "cache_creation_input_tokens"
        case cacheReadInputTokens = "cache_read_input_tokens"
        case serviceTier = "service_tier"
    }
}
