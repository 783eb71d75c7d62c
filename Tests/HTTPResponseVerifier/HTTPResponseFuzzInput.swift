import HTTPResponseParsing
import TestSupport

/// A fuzzer input: four bytes that control how to feed the parser, then the response.
///
/// | byte | meaning |
/// |---|---|
/// | 0 | the chunking: 0 for one chunk; up to 63, the chunk size; up to 127, the offset of one split; else random |
/// | 1 | the limits: the low four bits limit the head, the high four bits the rest; 0 for no limit |
/// | 2 | the lowest bit: whether the transfer coding has already been removed |
/// | 3 | the random seed |
public struct HTTPResponseFuzzInput: Sendable {
    /// The number of bytes before the response.
    public static let headerBytes = 4

    private let verifier: HTTPResponseVerifier
    private let response: [UInt8]

    /// Parses an input. Missing header bytes are 0.
    public init(_ bytes: [UInt8]) {
        let input = FuzzInput(bytes, headerBytes: Self.headerBytes)
        let header = input.header
        var limits = Self.limits[Int(header[1] >> 4)]
        limits.headBytes = Self.headLimits[Int(header[1] & 0xF)]
        verifier = HTTPResponseVerifier(
            input.chunking(header[0], seed: header[3]),
            limits: limits,
            isTransferDecoded: header[2] & 1 != 0,
            seed: UInt64(header[3])
        )
        response = input.payload
    }

    private static let headLimits = [1 << 20, 1, 4, 5, 6, 13, 16, 17, 18, 24, 32, 48, 64, 80, 100, .max]
    private static let limits: [HTTPResponseLimits] =
        [0, 1, 2, 3, 4].map { HTTPResponseLimits(fieldCount: 256 >> ($0 * 2)) }
        + [0, 1, 2, 3, 8, 20].map { HTTPResponseLimits(fieldCount: 2, trailerBytes: $0) }
        + [1, 2, 3, 5, 16].map { HTTPResponseLimits(fieldCount: 0x7FFF, chunkLineBytes: $0) }

    /// The first difference between the parser and the reference, or `nil`.
    public func mismatch() -> String? { verifier.mismatch(response) }
}
