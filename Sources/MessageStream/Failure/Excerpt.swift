import ServerSentEvents

/// A few words of bytes at fault, for a person to recognise them: on one line, bounded, without what a terminal would take
/// for a command, and without what looks like a secret.
package enum Excerpt {
    /// The most characters (Unicode scalars) of an excerpt, a name or an id.
    package static let limit = 120
    /// The most characters (Unicode scalars) of what the service says about an error.
    package static let messageLimit = 2000

    /// What stands for a secret.
    package static let mark = Array("[redacted]".unicodeScalars)

    /// How many scalars are looked at beyond those that may be shown, so that a secret at the end is known as one.
    private static let lookAhead = 512

    /// How many scalars are looked at: secrets are longer than what stands for them.
    private static func window(_ limit: Int) -> Int { 4 * limit + lookAhead }

    /// The beginning of `bytes` on one line.
    ///
    /// - Complexity: O(1), however many bytes there are.
    package static func make(_ bytes: RawSpan) -> String {
        // No scalar has more than four bytes.
        shorten(String(decoding: bytes.extracting(first: 4 * (window(limit) + 1))))
    }

    /// The first 16 of `bytes`, each as two hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    /// The beginning of `text` on one line, as long as an excerpt may be.
    ///
    /// - Complexity: O(1), however long the text is.
    package static func shorten(_ text: String) -> String { shorten(text, to: limit) }

    /// The beginning of `text` on one line.
    ///
    /// - Parameters:
    ///   - limit: The most scalars of the result.
    ///   - isCut: Whether `text` is itself the beginning of a longer one.
    /// - Complexity: O(`limit`), however long the text is.
    package static func shorten(_ text: String, to limit: Int, isCut: Bool = false) -> String {
        let source = Array(text.unicodeScalars.prefix(window(limit) + 1))
        let isBeyond = source.count > window(limit)
        // Of the last ones it is not known whether they are a secret.
        let shown = isBeyond ? source.count - lookAhead : source.count
        var line: [Unicode.Scalar] = []
        var index = 0
        for secret in Secrets.ranges(in: source, isCut: isCut || isBeyond) where secret.lowerBound < shown {
            line += source[index..<secret.lowerBound] + mark
            index = secret.upperBound
        }
        if index < shown { line += source[index..<shown] }
        if isBeyond || line.count > limit { line = line.prefix(limit - 1) + ["…"] }
        return String(String.UnicodeScalarView(line.map { $0.isTerminalSafe ? $0 : " " }))
    }

    /// The places of what looks like a secret in `text`, in order and without overlap.
    ///
    /// - Parameter isCut: Whether `text` is itself the beginning of a longer one.
    /// - Complexity: O(`text.count`).
    package static func secrets(in text: [Unicode.Scalar], isCut: Bool) -> [Range<Int>] {
        Secrets.ranges(in: text, isCut: isCut)
    }

    /// A URL for display: without user information, query and fragment (RFC 3986, section 3), and with a mark in place of
    /// what else looks like a secret.
    package static func url(_ url: String) -> String {
        let source = Array(url.unicodeScalars.prefix { $0 != "#" })
        var shown: [Unicode.Scalar] = []
        var index = 0
        for secret in Secrets.ranges(in: source, isCut: false) {
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
