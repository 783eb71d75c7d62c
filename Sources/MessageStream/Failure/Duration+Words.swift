extension Duration {
    /// The duration for display, to the millisecond: "12 seconds", "1.5 seconds". Negative durations count as zero.
    package var words: String {
        let (seconds, attoseconds) = components
        if seconds >= 365 * 86_400 { return "more than a year" }
        if self <= .zero { return "0 seconds" }
        let milliseconds = seconds * 1_000 + (attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000
        if milliseconds == 0 { return "less than 0.001 seconds" }
        var fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        if milliseconds == 1_000 { return "1 second" }
        return "\(milliseconds / 1_000)\(fraction.isEmpty ? "" : ".\(fraction)") seconds"
    }
}
