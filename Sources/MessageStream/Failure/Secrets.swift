/// Finds the secrets in a text: keys of well-known shapes, tokens after `Bearer`, private keys, the user information
/// and queries of URLs, and the values of members, fields and parameters whose names suggest a secret
/// (`Secrets+Names.swift`).
///
/// The search is a heuristic that prefers to hide too much, because an exposed secret does more harm than a hidden
/// word. It does not hide text that looks like prose, or token counts.
struct Secrets {
    /// The text with its escapes decoded.
    let text: EscapedText
    /// Whether the text is cut off at its end.
    let isTruncated: Bool
    /// The number of times the URL at the current position is percent-encoded, if the position is after its `://`;
    /// `nil` outside a URL.
    private var percentsOfURL: Int?

    /// The secrets in `source`, in order and without overlap.
    ///
    /// - Parameter isTruncated: Whether the text is cut off at the end of `source`: the beginning of a secret there then
    ///   counts as a secret.
    /// - Complexity: O(`source.count`).
    static func ranges(in source: [Unicode.Scalar], isTruncated: Bool) -> [Range<Int>] {
        var escaped = Secrets(text: EscapedText(reading: source), isTruncated: isTruncated)
        var found = escaped.findAll()
        guard escaped.text.count < source.count else { return found }
        // A backslash or a percent sign before a key may not be an escape: `DOMAIN\bearer …`.
        let verbatim = Secrets(text: EscapedText(verbatim: source), isTruncated: isTruncated)
        found += verbatim.findCredentials()
        return found.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { ranges, range in
            if let last = ranges.last, range.lowerBound < last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    /// The ranges of all secrets in the source.
    private mutating func findAll() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < text.count {
            if let allowed = percentsOfURL, endsURL(index, percents: allowed) { percentsOfURL = nil }
            if hasAuthority(at: index) { percentsOfURL = text[index].percents }
            if let range = secret(at: index), !range.isEmpty {
                found.append(text.source(of: range))
                index = range.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    /// The ranges of the keys in the source that are recognized by their shape.
    private func findCredentials() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < text.count {
            if let range = credential(at: index), !range.isEmpty {
                found.append(text.source(of: range))
                index = range.upperBound
            } else {
                index += 1
            }
        }
        return found
    }

    /// The range of the secret that begins, or is announced, at `start`.
    private func secret(at start: Int) -> Range<Int>? {
        switch self[start] {
        case UInt8(ascii: ":"): userInformation(at: start)
        case UInt8(ascii: "?"): query(at: start)
        case UInt8(ascii: "-"): privateKey(at: start) ?? namedValue(at: start)
        case let byte where byte.isNamePart: namedValue(at: start) ?? credential(at: start)
        default: nil
        }
    }

    // MARK: Shapes

    /// The prefixes of keys, and the minimum number of characters that follow. Lowercase letters match both cases.
    private static let shapes: [(prefix: [UInt8], minimum: Int)] = [
        ("sk-", 9), ("sk_live_", 8), ("sk_test_", 8), ("rk_live_", 8), ("rk_test_", 8), ("AIza", 16), ("AKIA", 12),
        ("ASIA", 12), ("ABSK", 16), ("ghp_", 16), ("gho_", 16), ("ghu_", 16), ("ghs_", 16), ("ghr_", 16),
        ("github_pat_", 16), ("xoxa-", 8), ("xoxb-", 8), ("xoxe-", 8), ("xoxp-", 8), ("xoxr-", 8), ("xoxs-", 8),
        ("ya29.", 10), ("glpat-", 10), ("hf_", 20), ("gsk_", 20), ("xai-", 20), ("eyJ", 16),
    ].map { (Array($0.utf8), $1) }

    /// A key of a well-known shape, or a token after `Bearer`.
    private func credential(at start: Int) -> Range<Int>? {
        // Not inside a word, as in `risk-free`. Any sign may precede a key, as in `?key=sk-…`.
        guard self[start].isLetterOrDigit, start == 0 || !self[start - 1].isLetterOrDigit else { return nil }
        for shape in Self.shapes where matches(shape.prefix, at: start) {
            let end = endOfToken(from: start)
            // A run that is too short is also cheap to scan again.
            if end - start >= shape.prefix.count + shape.minimum || isTruncated(at: end) { return start..<end }
        }
        return bearer(at: start)
    }

    private static let bearer = Array("bearer".utf8)

    private func bearer(at start: Int) -> Range<Int>? {
        let end = start + Self.bearer.count
        guard end < text.count, matches(Self.bearer, at: start) else { return nil }
        // In a form, a plus sign is a space.
        var token = end
        while token < text.count, isBlank(token) || self[token] == UInt8(ascii: "+") { token += 1 }
        guard token > end else { return nil }
        let range = token..<endOfToken(from: token)
        guard range.count >= 8 || isTruncated(at: range.upperBound) else { return nil }
        let words = ["authentication", "authorization", "authorized", "credential", "credentials"]
        let word = lowercased(range).filter(\.isLetterOrDigit)
        return words.contains { word.elementsEqual($0.utf8) } ? nil : range
    }

    private func endOfToken(from start: Int) -> Int {
        var end = start
        while end < text.count, self[end].isTokenPart { end += 1 }
        return end
    }

    private static let keyBegin = Array("-----begin ".utf8)
    private static let keyTitle = Array("private key".utf8)
    private static let keyEnd = Array("-----end ".utf8)

    /// A private key (RFC 7468), up to its last line or the end of the text.
    private func privateKey(at start: Int) -> Range<Int>? {
        guard matches(Self.keyBegin, at: start) else { return nil }
        let title = start + Self.keyBegin.count
        // `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`.
        guard let key = (title..<min(title + 24, text.count)).first(where: { matches(Self.keyTitle, at: $0) }) else {
            return nil
        }
        let body = key + Self.keyTitle.count
        return start..<((body..<text.count).first { matches(Self.keyEnd, at: $0) } ?? text.count)
    }

    // MARK: URLs

    /// The user information of a URL after its `://` (RFC 3986, section 3.2.1): client errors often contain the URL of
    /// the request.
    private func userInformation(at start: Int) -> Range<Int>? {
        guard hasAuthority(at: start) else { return nil }
        let authority = start + 3
        var end = authority
        var sign: Int?
        while end < text.count, !endsURL(end, percents: text[start].percents), !"/?#".utf8.contains(self[end]) {
            if self[end] == UInt8(ascii: "@") { sign = end }
            end += 1
        }
        if isTruncated(at: end) { return authority..<end }
        return sign.map { authority..<$0 }
    }

    /// The query of a URL after its `?` (RFC 3986, section 3.4).
    private func query(at start: Int) -> Range<Int>? {
        guard percentsOfURL != nil else { return nil }
        let query = start + 1
        return query..<((query..<text.count).first { endsURL($0, percents: text[start].percents) } ?? text.count)
    }

    private func endsURL(_ index: Int, percents: Int) -> Bool {
        // Text encoded more often than the URL is part of it.
        (self[index] <= 0x20 || "\"<>\\^`{|}".utf8.contains(self[index])) && text[index].percents <= percents
    }

    /// Whether the text has `://` at `index`.
    private func hasAuthority(at index: Int) -> Bool {
        self[index] == UInt8(ascii: ":") && index + 2 < text.count && self[index + 1] == UInt8(ascii: "/")
            && self[index + 2] == UInt8(ascii: "/")
    }
}

// MARK: - Reading

extension Secrets {
    subscript(index: Int) -> UInt8 { text.characters[index].byte }

    func isBlank(_ index: Int) -> Bool { self[index] == 0x20 || self[index] == 0x09 }

    /// Whether `end` is the end of a text that is cut off.
    func isTruncated(at end: Int) -> Bool { isTruncated && end == text.count }

    /// Whether `word` occurs at `start`. Lowercase letters in it match both cases.
    func matches(_ word: [UInt8], at start: Int) -> Bool {
        guard word.count <= text.count - start else { return false }
        for offset in word.indices {
            let byte = self[start + offset]
            guard byte == word[offset] || byte.lowercased == word[offset] else { return false }
        }
        return true
    }

    func lowercased(_ range: Range<Int>) -> [UInt8] { range.map { self[$0].lowercased } }
}

extension UInt8 {
    /// Whether the byte is an ASCII letter or digit.
    var isLetterOrDigit: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// Whether the byte can be part of the name of a field, a member or a variable.
    var isNamePart: Bool { isLetterOrDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }

    /// Whether the byte can be part of a token (RFC 6750, section 2.1).
    fileprivate var isTokenPart: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "+"),
            UInt8(ascii: "/"), UInt8(ascii: "="):
            true
        default: isLetterOrDigit
        }
    }

    /// The lowercase letter if the byte is an ASCII letter, or else the byte itself.
    fileprivate var lowercased: UInt8 { 0x41...0x5A ~= self ? self | 0x20 : self }
}
