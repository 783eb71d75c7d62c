/// Incomplete JSON.
enum JSONCompletion {
    /// Whether a text is the beginning of a JSON text, but not a complete one: some ending completes it.
    static func isTruncated(_ text: String) -> Bool {
        guard ReferenceMessageStream.object(text) == nil else { return false }
        var closers: [Character] = []
        var isInString = false
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if isInString {
                if character == "\\" { isEscaped = true } else if character == "\"" { isInString = false }
            } else {
                switch character {
                case "\"": isInString = true
                case "{": closers.append("}")
                case "[": closers.append("]")
                case "}", "]": if closers.popLast() != character { return false }
                default: break
                }
            }
        }
        let end = String(closers.reversed())
        return endings.contains { ReferenceMessageStream.object(text + $0 + end) != nil }
    }

    /// The endings to try: the rest of a string, of an escape, or of a word, or a value.
    private static let endings =
        ["", "0", "\"", "\":0", ":0", "\"x\":0", "\\\"", "\\\":0", "n\"", "n\":0", "null", "{}"]
        + (1...4).flatMap { ["\(String(repeating: "0", count: $0))\"", "\(String(repeating: "0", count: $0))\":0"] }
        + ["true", "false", "null"].flatMap { word in (1..<word.count).map { String(word.dropFirst($0)) } }
}
