/// The types that a Swift source file declares and uses, determined without a compiler.
struct SwiftSource {
    /// The types declared at the top level of the file.
    private(set) var declaredTypes: Set<String> = []
    /// The identifiers that begin with a capital letter, as types do, except for those in comments and string literals.
    private(set) var namedTypes: Set<String> = []

    private static let typeKeywords: Set<String> = ["actor", "class", "enum", "protocol", "struct", "typealias"]

    init(_ text: String) {
        var depth = 0
        var lastWord = ""
        for token in Self.tokens(of: text) {
            switch token {
            case "{": depth += 1
            case "}": depth -= 1
            default:
                if Self.typeKeywords.contains(lastWord), depth == 0 { declaredTypes.insert(token) }
                if token.first?.isUppercase == true { namedTypes.insert(token) }
                lastWord = token
            }
        }
    }

    /// The identifiers and braces of a source, without those in comments and string literals. Interpolations count as
    /// parts of the literal.
    private static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        var rest = Substring(text)
        while let first = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if first == "\"" || first == "#", let literal = lengthOfLiteral(rest) {
                rest = rest.dropFirst(literal)
            } else if first == "{" || first == "}" {
                tokens.append(String(rest.removeFirst()))
            } else if first.isLetter || first == "_" {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                tokens.append(String(word))
                rest = rest[word.endIndex...]
            } else {
                rest.removeFirst()
            }
        }
        return tokens
    }

    /// The length of the string literal at the beginning of `text`, or `nil`.
    private static func lengthOfLiteral(_ text: Substring) -> Int? {
        let pounds = String(text.prefix { $0 == "#" })
        let opening = text.dropFirst(pounds.count)
        guard opening.first == "\"" else { return nil }
        let quotes = opening.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        let escape = "\\" + pounds
        var rest = opening.dropFirst(quotes.count)
        while !rest.isEmpty, !rest.hasPrefix(quotes + pounds) {
            if rest.hasPrefix(escape + "(") {
                rest = rest.dropFirst(escape.count)
                var depth = 0
                repeat {
                    if let literal = lengthOfLiteral(rest) {
                        rest = rest.dropFirst(literal)
                        continue
                    }
                    if rest.first == "(" { depth += 1 }
                    if rest.first == ")" { depth -= 1 }
                    rest = rest.dropFirst()
                } while depth > 0 && !rest.isEmpty
            } else {
                rest = rest.dropFirst(rest.hasPrefix(escape) ? escape.count + 1 : 1)
            }
        }
        return text.count - rest.count + min(rest.count, quotes.count + pounds.count)
    }
}
