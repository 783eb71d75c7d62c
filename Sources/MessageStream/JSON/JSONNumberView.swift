/// A number as written in the text, borrowed from it.
///
/// The text conforms to RFC 8259, section 6, and may have any length. It is converted to a value only on request, so
/// that digits are lost only where the caller accepts it.
package struct JSONNumberView: ~Escapable {
    /// The text of the number.
    package let raw: RawSpan
    /// Whether the number is written without a fraction and without an exponent.
    package let isInteger: Bool

    @_lifetime(copy raw)
    @inline(__always)
    init(raw: RawSpan, isInteger: Bool) {
        self.raw = raw
        self.isInteger = isInteger
    }

    /// The value, or `nil` if the number has a fraction or an exponent, or does not fit. `-0` is 0.
    package var int64: Int64? {
        // Twenty bytes are enough for every value that fits, because there are no leading zeros.
        guard isInteger, raw.byteCount <= 20 else { return nil }
        let isNegative = raw.byteOrZero(at: 0) == UInt8(ascii: "-")
        // Nineteen digits are less than 10^19, which fits a UInt64; a twentieth digit may overflow.
        var magnitude: UInt64 = 0
        for offset in (isNegative ? 1 : 0)..<raw.byteCount {
            let digit = UInt64(raw.byteOrZero(at: offset) &- UInt8(ascii: "0"))
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            magnitude = sum
        }
        if isNegative { return magnitude <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// The value, or `nil` if the number has a fraction or an exponent, or does not fit. `-0` is 0.
    package var int: Int? {
        int64.flatMap { Int(exactly: $0) }
    }

    /// The nearest `Double`, or `nil` if the magnitude is too large. A magnitude that is too small becomes zero.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// The text of the number, with every digit as written.
    package var text: String {
        String(copyingUTF8: raw)
    }
}
