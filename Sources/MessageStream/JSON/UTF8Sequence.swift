/// A UTF-8 sequence at some offset, well-formed or not.
///
/// An ill-formed sequence covers the *maximal subpart*: the longest start of a well-formed sequence, or one byte if no
/// sequence starts with it. Each becomes one U+FFFD (the Unicode Standard, section 3.9, and the Encoding Standard's
/// UTF-8 decoder).
struct UTF8Sequence {
    /// The number of bytes it covers, at least 1.
    let count: Int
    /// Whether it is the encoding of a scalar value.
    let isWellFormed: Bool

    /// - Precondition: `offset` is inside `bytes`.
    init(in bytes: RawSpan, at offset: Int) {
        // The Unicode Standard, table 3-7: the number of bytes after the first, and the range of the second.
        let first = bytes.byteOrZero(at: offset)
        let following: Int
        var range: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0x00...0x7F: following = 0
        case 0xC2...0xDF: following = 1
        case 0xE0:
            following = 2
            range = 0xA0...0xBF
        case 0xED:
            following = 2
            range = 0x80...0x9F
        case 0xE1...0xEF: following = 2
        case 0xF0:
            following = 3
            range = 0x90...0xBF
        case 0xF1...0xF3: following = 3
        case 0xF4:
            following = 3
            range = 0x80...0x8F
        default:
            self.count = 1
            self.isWellFormed = false
            return
        }
        for index in 0..<following {
            // The zero after the end is in no range.
            guard range.contains(bytes.byteOrZero(at: offset &+ index &+ 1)) else {
                self.count = index &+ 1
                self.isWellFormed = false
                return
            }
            range = 0x80...0xBF
        }
        self.count = following &+ 1
        self.isWellFormed = true
    }
}

extension RawSpan {
    /// The offset of the first byte at or after `start` that is not part of a well-formed sequence, or the end.
    ///
    /// - Complexity: O(*n*) in the number of bytes skipped.
    func endOfWellFormedUTF8(from start: Int) -> Int {
        var offset = start
        while offset < byteCount {
            if offset <= byteCount &- 8, ByteWord.nonASCII(in: wordOrZeros(at: offset)) == 0 {
                offset &+= 8
                continue
            }
            let sequence = UTF8Sequence(in: self, at: offset)
            guard sequence.isWellFormed else { return offset }
            offset &+= sequence.count
        }
        return offset
    }
}

extension [UInt8] {
    /// Appends `bytes`, with U+FFFD for each maximal subpart of an ill-formed sequence.
    mutating func append(repairingUTF8 bytes: RawSpan) {
        var start = 0
        while true {
            let end = bytes.endOfWellFormedUTF8(from: start)
            append(copying: bytes.extracting(start..<end))
            guard end < bytes.byteCount else { return }
            append(contentsOf: [0xEF, 0xBF, 0xBD])
            start = end &+ UTF8Sequence(in: bytes, at: end).count
        }
    }
}
