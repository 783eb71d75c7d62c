import HTTPResponseParsing
import MessageStream
import ServerSentEvents

/// What a fuzzer makes up: three bytes that say how to feed the decoder, and what it is fed with.
///
/// | byte | says |
/// |---|---|
/// | 0 | what the bytes are: a response, a body in several kinds of response; the high bits are the limits |
/// | 1 | the seed of the cuts |
/// | 2 | where the bytes are cut off, in 256ths of their number |
///
/// What stands between the first two bytes 0x02 is repeated, with the number of the repetition for each `#` in it: so a
/// short input is an object of many members, or a message of many blocks.
public struct ResponseFuzzInput: Sendable {
    /// The number of bytes before the stream.
    public static let headerBytes = 3

    private let input: MessageStreamDecoder.Input
    private let limits: MessageStreamLimits
    private let seed: UInt64
    private let cut: Int
    private let bytes: [UInt8]

    /// Reads an input; missing bytes of the header are 0.
    public init(_ bytes: [UInt8]) {
        let header = Array(bytes.prefix(Self.headerBytes)) + [0, 0, 0]
        self.bytes = Self.expand(bytes.dropFirst(Self.headerBytes))
        input = Self.inputs[Int(header[0] & 0xF) % Self.inputs.count]
        limits = Self.limits[Int(header[0] >> 4) % Self.limits.count]
        seed = UInt64(header[1])
        cut = Int(header[2]) * self.bytes.count / 256
    }

    /// The first of them are what real bytes mostly are.
    private static let inputs: [MessageStreamDecoder.Input] = [
        .eventStream, .httpResponse, .recordedResponse, .body(status: 200, headers: [:]),
        .body(status: 200, headers: ["Content-Type": "application/json"]),
        .body(status: 429, headers: ["content-type": "application/json", "retry-after": "3", "request-id": "req_1"]),
        .body(status: 502, headers: ["content-type": "text/event-stream", "cf-ray": "8"]),
        .eventStream, .httpResponse,
    ]

    private static let limits: [MessageStreamLimits] = [
        MessageStreamLimits(),
        MessageStreamLimits(eventStream: EventStreamLimits(lineBytes: 100, eventBytes: 160), errorBodyBytes: 120),
        MessageStreamLimits(head: HTTPResponseLimits(headBytes: 60, fieldCount: 3), errorBodyBytes: 1),
        MessageStreamLimits(messageBytes: 1000),
    ]

    /// How often a part is repeated: more often than names are compared one by one.
    private static let repetitions = 40

    private static func expand(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let parts = bytes.split(separator: 0x02, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return Array(bytes) }
        var expanded = Array(parts[0])
        for number in 0..<repetitions {
            for byte in parts[1] {
                if byte == UInt8(ascii: "#") { expanded += Array(String(number).utf8) } else { expanded.append(byte) }
            }
        }
        return expanded + parts[2]
    }

    /// What is untrue of the decoder's answer; nil if nothing is.
    public func complaint() -> String? {
        let whole = Decoding(bytes, input, limits, ends: [bytes.count])
        let single = Decoding(bytes, input, limits, ends: Array(stride(from: 1, through: bytes.count, by: 1)))
        if let difference = difference(whole, single) { return "byte by byte: \(difference)" }
        let unlearned = Decoding(bytes, input, limits, ends: [bytes.count], learnsSpellings: false)
        if let difference = difference(whole, unlearned) { return "without learning: \(difference)" }
        let pieces = Decoding(bytes, input, limits, ends: cuts())
        if let difference = difference(whole, pieces) { return "in pieces: \(difference)" }
        let beginning = Decoding(Array(bytes[..<cut]), input, limits, ends: [cut])
        return complaint(about: beginning, of: single).map { "the first \(cut) bytes: \($0)" }
    }

    /// The ends of chunks of random sizes.
    private func cuts() -> [Int] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var ends: [Int] = []
        var end = 0
        while end < bytes.count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            end += Int(state >> 33) % (1 << (1 + Int(seed & 7)))
            ends.append(min(end, bytes.count))
        }
        return ends + [bytes.count]
    }

    /// The first thing in which one chunking differs from another.
    private func difference(_ a: Decoding, _ b: Decoding) -> String? {
        if a.events != b.events { return "other events" }
        if let difference = a.failure.differenceBesidePartial(from: b.failure) { return difference }
        if a.message != b.message { return "another message" }
        return a.diagnostics == b.diagnostics
            ? nil : "diagnostics \(b.diagnostics.map(Array.init) ?? []), not \(a.diagnostics.map(Array.init) ?? [])"
    }

    /// The rules of a stream that is cut off, of which `whole` is what becomes of all of it, fed byte by byte.
    private func complaint(about cutStream: Decoding, of whole: Decoding) -> String? {
        let isComplete = cutStream.failure == nil
        // The message is complete if and only if `message_stop` came as a whole.
        let wasComplete = whole.completeAt.map { $0 <= cut } ?? false
        if isComplete != wasComplete { return "complete: \(isComplete)" }
        // A failure that the bytes themselves brought does not depend on what would have followed.
        if let failedAt = whole.failedAt, failedAt <= cut,
            let difference = whole.failure.differenceBesidePartial(from: cutStream.failure)
        {
            return difference
        }
        if !whole.events.starts(with: cutStream.events) { return "the events are no beginning" }
        if !whole.text.starts(with: cutStream.text), cutStream.message != nil, whole.inputs.count < 2 {
            return "the text is no beginning"
        }
        for (early, late) in zip(cutStream.inputs, whole.inputs) where early != nil && early != late {
            return "an input that is whole changes"
        }
        return nil
    }
}
