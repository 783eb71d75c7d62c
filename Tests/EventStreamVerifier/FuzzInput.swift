import ServerSentEvents

/// The input of a fuzzer: four bytes that select how to feed the parser, and the stream.
///
/// | byte | selects |
/// |---|---|
/// | 0 | the chunking: 0 is one chunk; up to 63 the size of the chunks; up to 127 where it is cut in two; else random |
/// | 1 | the limits: the low four bits that of a line, the high four that of an event; 0 is 1 MiB |
/// | 2 | the way to feed it, whether feeding stops within chunks, and whether there is a second connection |
/// | 3 | the seed of all random choices |
public struct FuzzInput: Sendable {
    /// The number of bytes before the stream.
    public static let headerBytes = 4

    private let verifier: EventStreamVerifier
    private let stream: [UInt8]
    private let connections: Int

    /// Reads an input; missing bytes of the header are 0.
    public init(_ bytes: [UInt8]) {
        let header = Array(bytes.prefix(Self.headerBytes)) + [0, 0, 0, 0]
        self.init(header: header, stream: Array(bytes.dropFirst(Self.headerBytes)))
    }

    /// Creates an input of a header and a stream.
    public init(header: [UInt8], stream: [UInt8]) {
        let size = Int(header[0])
        let chunking: Chunking =
            switch size {
            case 0: .whole
            case 1...63: .fixed(size)
            case 64...127: .split((size - 64) * stream.count / 63)
            default: .random(seed: UInt64(header[3]), upTo: 1 << (size & 7))
            }
        let ways = EventStreamVerifier.Way.allCases
        verifier = EventStreamVerifier(
            chunking,
            ways[Int(header[2] & 0x3F) % ways.count],
            limits: EventStreamLimits(
                lineBytes: Self.limits[Int(header[1] & 0xF)],
                eventBytes: Self.limits[Int(header[1] >> 4)]
            ),
            stops: header[2] & 0x40 != 0,
            seed: UInt64(header[3])
        )
        connections = header[2] & 0x80 == 0 ? 1 : 2
        self.stream = stream
    }

    private static let limits = [1 << 20, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 64, 100]

    /// The first difference between the parser and the reference, or `nil`.
    public func mismatch() -> String? { verifier.mismatch(stream, connections: connections) }
}
