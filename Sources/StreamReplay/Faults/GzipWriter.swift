/// Wraps bytes in the gzip format (RFC 1952) without compressing them: in stored blocks (RFC 1951, section 3.2.4).
///
/// Every decompressor reads them, and the first bytes are those of any gzip file.
struct GzipWriter {
    private var checksum: UInt32 = .max
    private var count: UInt32 = 0

    /// ID1, ID2, CM = 8 (deflate), no flags, no time, no extra flags, unknown system.
    static let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]

    /// The blocks with these bytes.
    mutating func blocks(_ bytes: [UInt8]) -> [UInt8] {
        var blocks: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 65_535)
            Self.append(bytes[start..<end], isFinal: false, to: &blocks)
            start = end
        }
        for byte in bytes {
            checksum = checksum >> 8 ^ Self.table[Int((checksum ^ UInt32(byte)) & 0xFF)]
        }
        count &+= UInt32(truncatingIfNeeded: bytes.count)
        return blocks
    }

    /// The last block and the trailer: CRC32 and ISIZE.
    func end() -> [UInt8] {
        var bytes: [UInt8] = []
        Self.append([], isFinal: true, to: &bytes)
        for value in [~checksum, count] {
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return bytes
    }

    /// BFINAL and BTYPE = 00 in a byte of their own, LEN, and its complement NLEN.
    private static func append(_ bytes: ArraySlice<UInt8>, isFinal: Bool, to blocks: inout [UInt8]) {
        let count = UInt16(bytes.count)
        blocks.append(isFinal ? 1 : 0)
        for value in [count, ~count] {
            blocks.append(UInt8(truncatingIfNeeded: value))
            blocks.append(UInt8(truncatingIfNeeded: value >> 8))
        }
        blocks += bytes
    }

    /// RFC 1952, section 8.
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }
}
