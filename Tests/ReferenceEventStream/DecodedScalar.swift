/// A Unicode scalar of a decoded byte stream, with the bytes from which it was decoded.
public struct DecodedScalar: Sendable, Equatable {
    /// The scalar; U+FFFD stands for bytes that are not UTF-8.
    public var scalar: Unicode.Scalar
    /// The range of its bytes in the stream.
    public var bytes: Range<Int>

    /// Creates a scalar decoded from `bytes`.
    public init(_ scalar: Unicode.Scalar, bytes: Range<Int>) {
        self.scalar = scalar
        self.bytes = bytes
    }
}

extension DecodedScalar {
    /// Decodes UTF-8 with replacement: "UTF-8's decoder's handler" of the Encoding Standard, section 8.1.1, step by
    /// step. A leading byte order mark is kept.
    public static func decode(_ bytes: [UInt8]) -> [DecodedScalar] {
        var output: [DecodedScalar] = []
        // "UTF-8's decoder's has an associated UTF-8 code point, UTF-8 bytes seen, and UTF-8 bytes needed (all
        // initially 0), a UTF-8 lower boundary (initially 0x80), and a UTF-8 upper boundary (initially 0xBF)."
        var codePoint: UInt32 = 0
        var bytesSeen = 0
        var bytesNeeded = 0
        var lowerBoundary: UInt8 = 0x80
        var upperBoundary: UInt8 = 0xBF

        var start = 0
        var index = 0
        func emit(_ value: UInt32) {
            output.append(DecodedScalar(Unicode.Scalar(value)!, bytes: start..<index))
            start = index
        }
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if bytesNeeded == 0 {
                switch byte {
                case 0x00...0x7F:
                    emit(UInt32(byte))
                case 0xC2...0xDF:
                    bytesNeeded = 1
                    codePoint = UInt32(byte & 0x1F)
                case 0xE0...0xEF:
                    if byte == 0xE0 { lowerBoundary = 0xA0 }
                    if byte == 0xED { upperBoundary = 0x9F }
                    bytesNeeded = 2
                    codePoint = UInt32(byte & 0xF)
                case 0xF0...0xF4:
                    if byte == 0xF0 { lowerBoundary = 0x90 }
                    if byte == 0xF4 { upperBoundary = 0x8F }
                    bytesNeeded = 3
                    codePoint = UInt32(byte & 0x7)
                default:
                    emit(0xFFFD)
                }
                continue
            }
            guard (lowerBoundary...upperBoundary).contains(byte) else {
                codePoint = 0
                bytesNeeded = 0
                bytesSeen = 0
                lowerBoundary = 0x80
                upperBoundary = 0xBF
                // "Restore byte to ioQueue. Return error."
                index -= 1
                emit(0xFFFD)
                continue
            }
            lowerBoundary = 0x80
            upperBoundary = 0xBF
            codePoint = (codePoint << 6) | UInt32(byte & 0x3F)
            bytesSeen += 1
            if bytesSeen == bytesNeeded {
                emit(codePoint)
                codePoint = 0
                bytesNeeded = 0
                bytesSeen = 0
            }
        }
        // "If byte is end-of-queue and UTF-8 bytes needed is not 0, then set UTF-8 bytes needed to 0 and return error."
        if bytesNeeded != 0 { emit(0xFFFD) }
        return output
    }
}
