/// Human-readable numbers with units.
enum Units {
    /// A number with a comma after each group of three digits.
    static func number(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.utf8.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A number and a noun: "1 event", "2,000 events".
    static func count(_ value: Int, _ noun: String) -> String { "\(number(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// A size: "27 bytes", "4.2 kB".
    static func bytes(_ value: Int) -> String {
        if value < 1_000 { return count(value, "byte") }
        var scaled = Double(value) / 1_000
        var unit = 0
        while scaled >= 999.5, unit < units.count - 1 {
            scaled /= 1_000
            unit += 1
        }
        return "\(decimal(scaled)) \(units[unit])"
    }

    private static let units = ["kB", "MB", "GB", "TB"]

    /// A duration in at most three digits: "340 ms", "1.25 s", "2 min 5 s".
    static func time(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        let seconds = Double(whole) + Double(attoseconds) / 1e18
        if seconds <= 0 { return "0 s" }
        if seconds < 0.000_999_5 { return "\(decimal(seconds * 1e6)) µs" }
        if seconds < 0.999_5 { return "\(decimal(seconds * 1e3)) ms" }
        if seconds < 119.5 { return "\(decimal(seconds)) s" }
        let rounded = Int(min(seconds, 1e15).rounded())
        if rounded < 7_200 { return "\(rounded / 60) min \(rounded % 60) s" }
        return "\(number(rounded / 3_600)) h \(rounded / 60 % 60) min"
    }

    /// A positive number with three significant digits, without trailing zeros after the point.
    static func decimal(_ value: Double) -> String {
        let places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
        let scale = [1, 10, 100][places]
        let rounded = Int((min(value, 1e15) * Double(scale)).rounded())
        guard places > 0 else { return number(rounded) }
        let digits = String(rounded % scale)
        var fraction = String(repeating: "0", count: places - digits.utf8.count) + digits
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(rounded / scale)" : "\(rounded / scale).\(fraction)"
    }
}
