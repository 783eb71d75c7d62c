import ServerSentEvents

/// A few words of bytes at fault, for a person to recognise them.
enum Excerpt {
    /// The most characters (Unicode scalars) of an excerpt.
    static let limit = 120

    /// The beginning of `bytes` on one line, without anything that looks like a secret.
    static func make(_ bytes: RawSpan) -> String {
        // No scalar has more than four bytes.
        shorten(String(decoding: bytes.extracting(first: 4 * lookAhead)))
    }

    /// The first 16 of `bytes`, each as two hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    /// How many scalars are looked at: a few more than are shown, so that a secret at the end is known as one.
    private static let lookAhead = limit + 256

    /// The beginning of `text` on one line, without anything that looks like a secret.
    ///
    /// - Complexity: O(1), however long the text is.
    static func shorten(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(lookAhead + 1).map { scalar in
            scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value ? " " : scalar
        }
        let redacted = redacting(line)
        guard redacted.count > limit else { return String(String.UnicodeScalarView(redacted)) }
        return String(String.UnicodeScalarView(redacted.prefix(limit - 1))) + "…"
    }

    /// `text` with keys (`sk-…`), bearer tokens, and the user information and queries of URLs replaced.
    private static func redacting(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            if let secret = secret(in: text, at: index) {
                result += text[index..<secret.lowerBound] + Array("[redacted]".unicodeScalars)
                index = secret.upperBound
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// Where the secret lies that begins at `start`, or is announced there.
    private static func secret(in text: [Unicode.Scalar], at start: Int) -> Range<Int>? {
        if text[start] == ":" || text[start] == "?" { return secretOfURL(in: text, at: start) }
        // Not inside a word, as in `risk-free`. Before a key there may be any sign, as in `?key=sk-…`.
        guard start == 0 || !isLetterOrDigit(text[start - 1]) else { return nil }
        if matches("sk-", text, at: start) {
            let end = endOfToken(in: text, from: start)
            if end - start >= 12 { return start..<end }
        }
        if matches("bearer ", text, at: start) {
            let token = text[start...].dropFirst(6).firstIndex { $0 != " " } ?? text.count
            let end = endOfToken(in: text, from: token)
            if end - token >= 8 { return token..<end }
        }
        return nil
    }

    /// The user information of a URL behind its `://`, or the query behind its `?` (RFC 3986, section 3): errors of clients
    /// often hold the URL of the request.
    private static func secretOfURL(in text: [Unicode.Scalar], at start: Int) -> Range<Int>? {
        if matches("://", text, at: start) {
            let authority = text[(start + 3)...].prefix { !endsURL($0) && !"/?#".unicodeScalars.contains($0) }
            return authority.lastIndex(of: "@").map { start + 3..<$0 }
        }
        guard text[start] == "?" else { return nil }
        let before = text[..<start].reversed().prefix { !endsURL($0) }
        guard String(String.UnicodeScalarView(before)).contains("//:") else { return nil }
        let query = text[(start + 1)...].prefix { !endsURL($0) }
        return query.isEmpty ? nil : query.startIndex..<query.endIndex
    }

    /// Whether a scalar cannot stand in a URL (RFC 3986, appendix C, has the delimiters that are usual).
    private static func endsURL(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value <= 0x20 || "\"<>\\^`{|}".unicodeScalars.contains(scalar)
    }

    private static func matches(_ word: String, _ text: [Unicode.Scalar], at start: Int) -> Bool {
        text[start...].prefix(word.unicodeScalars.count).elementsEqual(word.unicodeScalars) { a, b in
            a == b || (isLetterOrDigit(a) && a.value | 0x20 == b.value)
        }
    }

    private static func endOfToken(in text: [Unicode.Scalar], from start: Int) -> Int {
        text[start...].firstIndex { !isLetterOrDigit($0) && !"-_.~+/=".unicodeScalars.contains($0) } ?? text.count
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z": true
        default: false
        }
    }
}
