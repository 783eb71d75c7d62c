import ServerSentEvents
import TestSupport

/// A fuzzer input: four bytes that select how to feed the parser, then the stream.
///
/// | byte | selects |
/// |---|---|
/// | 0 | the chunking: 0 for one chunk; up to 63, the chunk size; up to 127, the offset of one split; else random |
/// | 1 | the limits: the low four bits that of a line, the high four that of an event; 0 for 1 MiB |
/// | 2 | the function that feeds the parser, whether feeding stops within chunks, and whether there is a second connection |
/// | 3 | the random seed |
public struct EventStreamFuzzInput: Sendable {
    /// The number of bytes before the stream.
    public static let headerBytes = 4

    private let verifier: EventStreamVerifier
    private let stream: [UInt8]
    private let connections: Int

    /// Parses an input. Missing header bytes are 0.
    public init(_ bytes: [UInt8]) {
        let input = FuzzInput(bytes, headerBytes: Self.headerBytes)
        let header = input.header
        let entryPoints = EventStreamVerifier.EntryPoint.allCases
        verifier = EventStreamVerifier(
            input.chunking(header[0], seed: header[3]),
            entryPoints[Int(header[2] & 0x3F) % entryPoints.count],
            limits: EventStreamLimits(
                lineBytes: Self.limits[Int(header[1] & 0xF)],
                eventBytes: Self.limits[Int(header[1] >> 4)]
            ),
            stops: header[2] & 0x40 != 0,
            seed: UInt64(header[3])
        )
        connections = header[2] & 0x80 == 0 ? 1 : 2
        stream = input.payload
    }

    private static let limits = [1 << 20, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 64, 100]

    /// The first difference between the parser and the reference, or between what the writer wrote and what the parser
    /// reads back, or `nil`.
    public func mismatch() -> String? {
        verifier.mismatch(stream, connections: connections) ?? EventStreamWriterVerifier().mismatch(stream)
    }
}
