import HTTPResponseParsing

/// The fields of a response head that concern a retry.
struct RetryFields: Sendable, Hashable {
    var delay: Duration?
    /// In seconds since 1970 UTC.
    var notBefore: Int?
    /// A value that is neither a number nor a date.
    var unreadableDelay: String?
    /// `x-should-retry`.
    var serverAdvice: Bool?

    init(_ fields: ResponseFields) {
        switch fields["x-should-retry"]?.utf8.map({ $0 | 0x20 }) {
        case Array("true".utf8): serverAdvice = true
        case Array("false".utf8): serverAdvice = false
        default: break
        }
        // The more precise field takes precedence, as in the official clients.
        if let text = fields["retry-after-ms"], let milliseconds = DecimalFraction(text) {
            delay = milliseconds.duration(unitsPerSecond: 1000)
            return
        }
        guard let text = fields["retry-after"] else {
            unreadableDelay = fields["retry-after-ms"]
            return
        }
        // "Retry-After = HTTP-date / delay-seconds" (RFC 9110, section 10.2.3).
        if let seconds = DecimalFraction(text) {
            delay = seconds.duration(unitsPerSecond: 1)
        } else if let date = HTTPDate(text) {
            if let now = fields["date"].flatMap(HTTPDate.init) {
                // Both dates are by the service's clock, so the local clock does not matter.
                delay = .seconds(max(0, date.secondsSince1970 - now.secondsSince1970))
            } else {
                notBefore = date.secondsSince1970
            }
        } else {
            unreadableDelay = text
        }
    }

    /// Whether the service names a delay, even one that cannot be read.
    var namesDelay: Bool { delay != nil || notBefore != nil || unreadableDelay != nil }
}

/// A number in ASCII digits with an optional fraction: services send fractions, although the standard allows only whole
/// seconds.
private struct DecimalFraction {
    private var whole: Int64 = 0
    /// In billionths.
    private var fraction: Int64 = 0

    /// The maximum delay; longer ones are reduced to it.
    private static let limit: Int64 = 1 << 40

    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard !parts[0].isEmpty, parts.count == 1 || !parts[1].isEmpty else { return nil }
        for byte in parts[0] {
            guard let digit = byte.digit else { return nil }
            whole = min(whole * 10 + digit, Self.limit)
        }
        guard parts.count == 2 else { return }
        var unit: Int64 = 1_000_000_000
        for byte in parts[1] {
            guard let digit = byte.digit else { return nil }
            unit /= 10
            fraction += digit * unit
        }
    }

    func duration(unitsPerSecond: Int64) -> Duration {
        let billionths = 1_000_000_000 / unitsPerSecond
        return .seconds(whole / unitsPerSecond)
            + .nanoseconds(whole % unitsPerSecond * billionths + fraction / unitsPerSecond)
    }
}

extension UInt8 {
    /// The value of an ASCII digit.
    var digit: Int64? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) ? Int64(self - UInt8(ascii: "0")) : nil
    }
}
