/// The fields that section 9.2.6 defines.
enum Field {
    case event, data, id, retry, unknown

    /// The length of the longest name.
    static let longestName = 5

    /// "Field names must be compared literally, with no case folding performed."
    init(_ name: RawSpan) {
        var letters: UInt64 = 0
        guard name.byteCount <= Self.longestName else {
            self = .unknown
            return
        }
        for index in 0..<name.byteCount {
            letters |= UInt64(name.byte(at: index)) << UInt64(8 * index)
        }
        self.init(letters: letters, count: name.byteCount)
    }

    /// - Parameters:
    ///   - letters: The name, with its first byte in the lowest bits.
    ///   - count: The number of bytes in the name, which may end in NUL.
    init(letters: UInt64, count: Int) {
        switch (letters, count) {
        case (0x74_6E65_7665, 5): self = .event
        case (0x6174_6164, 4): self = .data
        case (0x6469, 2): self = .id
        case (0x79_7274_6572, 5): self = .retry
        default: self = .unknown
        }
    }

    /// The field whose name begins with these letters, or `unknown`.
    ///
    /// - Parameters:
    ///   - letters: The beginning of the name, with its first byte in the lowest bits.
    ///   - count: The number of bytes, at least 1.
    init(prefix letters: UInt64, count: Int) {
        let names: [(Field, UInt64, Int)] = [
            (.event, 0x74_6E65_7665, 5), (.data, 0x6174_6164, 4), (.id, 0x6469, 2), (.retry, 0x79_7274_6572, 5),
        ]
        let mask = UInt64.max >> UInt64(64 - 8 * count)
        self = names.first { $0.2 >= count && $0.1 & mask == letters }?.0 ?? .unknown
    }
}

/// Parts of field names as loaded from memory.
@usableFromInline
enum Name {
    /// `data`
    @inlinable @inline(__always) static var data: UInt32 { UInt32(littleEndian: 0x6174_6164) }
    /// `even`
    @inlinable @inline(__always) static var even: UInt32 { UInt32(littleEndian: 0x6E65_7665) }
    /// `t:`
    @inlinable @inline(__always) static var tColon: UInt16 { UInt16(littleEndian: 0x3A74) }
}

/// A decimal integer whose digits may be split across chunks.
struct DecimalNumber {
    /// The value so far, or `Int.max` for any larger value; `nil` before the first digit, and after a byte that is not
    /// an ASCII digit.
    private(set) var value: Int?
    private var isInvalid = false

    /// Appends digits. - Complexity: O(`bytes.byteCount`).
    mutating func append(_ bytes: RawSpan) {
        for index in 0..<bytes.byteCount where !isInvalid {
            let digit = bytes.byte(at: index) &- UInt8(ascii: "0")
            guard digit <= 9 else {
                isInvalid = true
                value = nil
                return
            }
            let (tens, overflow) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit))
            value = overflow || carry ? Int.max : sum
        }
    }
}
