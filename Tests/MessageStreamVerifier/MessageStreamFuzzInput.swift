import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import TestSupport

/// A fuzzer input: three bytes that select how to feed the decoder, then the bytes to feed.
///
/// | byte | selects |
/// |---|---|
/// | 0 | the low four bits, the form of the bytes: a response, or the body of one of several responses; the high four, the limits |
/// | 1 | the random seed of the chunking |
/// | 2 | where the bytes are cut off, in 256ths of their number |
///
/// The part between the first two bytes 0x02 is repeated, with each `#` in it replaced by the number of the repetition.
/// A short input can thus become an object with many members, or a message with many blocks.
public struct MessageStreamFuzzInput: Sendable {
    /// The number of bytes before the stream.
    public static let headerBytes = 3

    private let verifier: MessageStreamVerifier
    private let bytes: [UInt8]

    /// Parses an input. Missing header bytes are 0.
    public init(_ bytes: [UInt8]) {
        let input = FuzzInput(bytes, headerBytes: Self.headerBytes)
        let header = input.header
        self.bytes = Self.expand(input.payload[...])
        verifier = MessageStreamVerifier(
            .random(seed: UInt64(header[1]), upTo: 2 << Int(header[1] & 7)),
            Self.inputs[Int(header[0] & 0xF) % Self.inputs.count],
            limits: Self.limits[Int(header[0] >> 4) % Self.limits.count],
            cut: Int(header[2]) * self.bytes.count / 256
        )
    }

    /// The most common kinds come first.
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

    /// The number of repetitions: more than the number of names that are compared one by one.
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

    /// The first rule that the decoder violates, or `nil`.
    public func mismatch() -> String? { verifier.mismatch(bytes) }
}
