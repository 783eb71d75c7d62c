/// The advice as text. The text says exactly what the properties say, so that people and programs act alike.
extension RetryAdvice {
    /// A sentence without its period: whether and when to retry, and what to be aware of.
    ///
    /// - Parameter isSpendCap: Whether the error reports that a spend cap is reached.
    package func words(isSpendCap: Bool) -> String {
        if replaySafety == .never { return "Do not send the request again: its consumer ended the stream" }
        return verdict + delayNote + spendCapNote(isSpendCap)
    }

    private var verdict: String {
        switch serverAdvice {
        case false?: return "The service says not to send the same request again"
        case nil where !isTransient: return "The same request is not likely to succeed"
        default: break
        }
        let subject = serverAdvice == true ? "The service says to send the same request again" : nil
        switch replaySafety {
        case .safe: return "\(subject ?? "The same request can be sent again")\(wait): no output was received"
        case .duplicatesOutput:
            return "\(subject ?? "The same request may succeed")\(wait), but it would repeat output already received"
        case .mayRepeatServerTools:
            return "\(subject ?? "The same request may succeed")\(wait), but tools of the service may run a second time"
        case .never: return ""
        }
    }

    /// When to retry.
    private var wait: String {
        if let delay { return delay <= .zero ? " immediately" : " after \(delay.words)" }
        guard let notBefore, notBefore > 0 else { return "" }
        return " after " + (InternetDate.text(secondsSince1970: notBefore) ?? "a date beyond the year 9999")
    }

    private var delayNote: String {
        guard delay == nil, notBefore == nil, let unreadableDelay else { return "" }
        return "; the service names a delay that cannot be read: \"\(Excerpt.shorten(unreadableDelay))\""
    }

    private func spendCapNote(_ isSpendCap: Bool) -> String {
        if isSpendCap { return "; a spend cap is reached, and if the next attempts fail too, only a higher cap helps" }
        guard mayBeSpendCap else { return "" }
        return delay == nil && notBefore == nil && unreadableDelay == nil
            ? "; the service names no delay, so a spend cap may be reached rather than a rate limit"
            : "; a spend cap may be reached"
    }
}
