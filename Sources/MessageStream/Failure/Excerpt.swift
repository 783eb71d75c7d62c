import ServerSentEvents

/// A few words of bytes at fault, for a person to recognise them.
enum Excerpt {
    /// The most characters (Unicode scalars) of an excerpt.
    static let limit = 120

    /// The beginning of `bytes` on one line, without anything that looks like a secret.
    static func make(_ bytes: RawSpan) -> String {
        // No scalar has more than four bytes; a few more, so that a secret at the end is known as one.
        shorten(String(decoding: bytes.extracting(first: 4 * limit + 256)))
    }

    /// The first 16 of `bytes`, each as two hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }

    /// The beginning of `text` on one line, without anything that looks like a secret.
    static func shorten(_ text: String) -> String {
        let line = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
            )
        )
        let scalars = redacted(line).unicodeScalars
        guard scalars.count > limit else { return String(scalars) }
        return String(scalars.prefix(limit - 1)) + "…"
    }

    /// `text` with keys (`sk-…`) and bearer tokens replaced.
    private static func redacted(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let start = secretStart(in: rest) {
            result += rest[..<start] + "[redacted]"
            rest = rest[start...].drop { isTokenCharacter($0) }
        }
        return result + rest
    }

    private static func secretStart(in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        var isAtTokenStart = true
        while index < text.endIndex {
            if isAtTokenStart, text[index...].hasPrefix("sk-"), tokenLength(text[index...]) >= 12 { return index }
            if isAtTokenStart, text[index...].lowercased().hasPrefix("bearer ") {
                let token = text.index(index, offsetBy: 7)
                if tokenLength(text[token...]) >= 8 { return token }
            }
            isAtTokenStart = !isTokenCharacter(text[index])
            index = text.index(after: index)
        }
        return nil
    }

    private static func tokenLength(_ text: Substring) -> Int {
        text.prefix { isTokenCharacter($0) }.count
    }

    private static func isTokenCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.~+/=".contains(character))
    }
}
