/// Writes the gzip format (RFC 1952), with the bytes as literals of one block with fixed Huffman codes (RFC 1951,
/// section 3.2.6).
///
/// The output is not shorter, but every decompressor accepts it, and the text is unreadable, as in any compressed body.
struct GzipWriter {
    private var checksum: UInt32 = .max
    private var count: UInt32 = 0
    /// The bits that do not fill a byte yet, the first one lowest, and their number. BFINAL = 1, BTYPE = 01.
    private var bits: UInt32 = 0b011
    private var bitCount: UInt32 = 3

    /// ID1, ID2, CM = 8 (deflate), no flags, no time, no extra flags, unknown system.
    static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]

    /// Appends the codes of these bytes.
    mutating func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        for byte in bytes {
            let (code, length) = Self.codes[Int(byte)]
            append(code, length, to: &output)
            checksum = checksum >> 8 ^ Self.checksums[Int((checksum ^ UInt32(byte)) & 0xFF)]
        }
        count &+= UInt32(truncatingIfNeeded: bytes.count)
    }

    /// Appends the end of the block and the trailer: CRC32 and ISIZE.
    mutating func end(to output: inout [UInt8]) {
        append(0, 7, to: &output)
        append(0, (8 - bitCount) % 8, to: &output)
        for value in [~checksum, count] {
            for shift in [0, 8, 16, 24] as [UInt32] { output.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
    }

    private mutating func append(_ code: UInt32, _ length: UInt32, to output: inout [UInt8]) {
        bits |= code << bitCount
        bitCount += length
        while bitCount >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            bitCount -= 8
        }
    }

    /// The code of each literal. "Huffman codes are packed starting with the most-significant bit of the code".
    private static let codes: [(UInt32, UInt32)] = (0..<256).map { literal in
        let (code, length) = literal < 144 ? (0x30 + literal, 8) : (0x190 + literal - 144, 9)
        let reversed = (0..<length).reduce(0) { $0 << 1 | (code >> $1) & 1 }
        return (UInt32(reversed), UInt32(length))
    }

    /// RFC 1952, section 8.
    private static let checksums: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
}
