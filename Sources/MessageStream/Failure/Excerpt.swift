import ServerSentEvents

/// Short excerpts of faulty input, for a person to recognize: on one line, of limited length, without terminal control
/// characters and without anything that looks like a secret.
package enum Excerpt {
    /// The maximum length of an excerpt, a name or an ID, in Unicode scalars.
    package static let limit = 120
    /// The maximum length of an error message of the service, in Unicode scalars.
    package static let messageLimit = 2000

    /// The text that replaces a secret.
    package static let mark = Array("[redacted]".unicodeScalars)

    /// The number of scalars to scan beyond those that may be shown, so that a secret at the end is recognized.
    private static let lookAhead = 512

    /// The number of scalars to scan: secrets are longer than their replacement.
    private static func window(_ limit: Int) -> Int { 4 * limit + lookAhead }

    /// The beginning of `bytes` on one line.
    ///
    /// - Complexity: O(1), regardless of the number of bytes.
    package static func text(of bytes: RawSpan) -> String {
        // No scalar has more than four bytes.
        shorten(String(decoding: bytes.extracting(first: 4 * (window(limit) + 1))))
    }

    /// The first 16 of `bytes`, each as two hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    /// The beginning of `text` on one line, with the length limit of an excerpt.
    ///
    /// - Complexity: O(1), regardless of the length of the text.
    package static func shorten(_ text: String) -> String { shorten(text, to: limit) }

    /// The beginning of `text` on one line.
    ///
    /// - Parameters:
    ///   - limit: The maximum number of scalars in the result.
    ///   - isTruncated: Whether `text` is itself the beginning of a longer text.
    /// - Complexity: O(`limit`), regardless of the length of the text.
    package static func shorten(_ text: String, to limit: Int, isTruncated: Bool = false) -> String {
        let source = Array(text.unicodeScalars.prefix(window(limit) + 1))
        let isLonger = source.count > window(limit)
        // The last scalars may be part of a secret that the window cuts off.
        let shown = isLonger ? source.count - lookAhead : source.count
        var line: [Unicode.Scalar] = []
        var index = 0
        for secret in Secrets.ranges(in: source, isTruncated: isTruncated || isLonger) where secret.lowerBound < shown {
            line += source[index..<secret.lowerBound] + mark
            index = secret.upperBound
        }
        if index < shown { line += source[index..<shown] }
        if isLonger || line.count > limit { line = line.prefix(limit - 1) + ["…"] }
        return String(String.UnicodeScalarView(line.map { $0.isTerminalSafe ? $0 : " " }))
    }

    /// The places of what looks like a secret in `text`, in order and without overlap.
    ///
    /// - Parameter isTruncated: Whether `text` is itself the beginning of a longer one.
    /// - Complexity: O(`text.count`).
    package static func secrets(in text: [Unicode.Scalar], isTruncated: Bool) -> [Range<Int>] {
        Secrets.ranges(in: text, isTruncated: isTruncated)
    }

    /// A URL for display: without user information, query and fragment (RFC 3986, section 3), and with a mark in place
    /// of anything else that looks like a secret.
    package static func url(_ url: String) -> String {
        let source = Array(url.unicodeScalars.prefix { $0 != "#" })
        var shown: [Unicode.Scalar] = []
        var index = 0
        for secret in Secrets.ranges(in: source, isTruncated: false) {
            shown += source[index..<secret.lowerBound]
            index = secret.upperBound
            if index < source.count, source[index] == "@", shown.last == "/" {
                index += 1
            } else if shown.last == "?" {
                shown.removeLast()
            } else {
                shown += mark
            }
        }
        return String(String.UnicodeScalarView(shown + source[index...]))
    }
}
