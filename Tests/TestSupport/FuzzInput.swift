/// The input of a fuzzer: a header, which selects how to feed the parser, and the bytes to feed.
public struct FuzzInput: Sendable {
    /// The header. Missing bytes are 0.
    public let header: [UInt8]
    /// The bytes to feed.
    public let payload: [UInt8]

    /// Splits an input.
    public init(_ bytes: [UInt8], headerBytes: Int) {
        let header = bytes.prefix(headerBytes)
        self.header = header + [UInt8](repeating: 0, count: headerBytes - header.count)
        payload = Array(bytes.dropFirst(headerBytes))
    }

    /// The chunking that a byte selects: 0 for one chunk; up to 63, the chunk size; up to 127, the offset of one split,
    /// in 63rds of the payload; else random sizes.
    public func chunking(_ selector: UInt8, seed: UInt8) -> Chunking {
        let size = Int(selector)
        return switch size {
        case 0: .whole
        case 1...63: .fixed(size)
        case 64...127: .split((size - 64) * payload.count / 63)
        default: .random(seed: UInt64(seed), upTo: 1 << (size & 7))
        }
    }
}
