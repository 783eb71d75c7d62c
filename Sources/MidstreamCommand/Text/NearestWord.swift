/// Finds the word most likely meant by a mistyped one.
enum NearestWord {
    /// Longer words are not compared, because no command or option is as long.
    private static let lengthLimit = 40

    /// The first of the nearest candidates, or `nil` if none is near enough: at most a third of the longer word may
    /// differ, unless the word is a prefix of the candidate.
    ///
    /// - Complexity: O(`candidates.count`), because long words are not compared.
    static func find(_ word: some StringProtocol, among candidates: [String]) -> String? {
        let typed = letters(word)
        guard !typed.isEmpty, typed.count <= lengthLimit else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let letters = letters(candidate)
            let distance = distance(typed, letters)
            let isNear = distance <= max(1, max(typed.count, letters.count) / 3) && distance < letters.count
            guard isNear || (typed.count >= 3 && letters.starts(with: typed)) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// The clause that suggests a word, or an empty string.
    static func suggestion(for word: some StringProtocol, among candidates: [String]) -> String {
        find(word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
    }

    /// The characters to compare: in lowercase, without leading hyphens.
    private static func letters(_ word: some StringProtocol) -> [UInt8] {
        word.utf8.drop { $0 == UInt8(ascii: "-") }.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    }

    /// The number of insertions, deletions, replacements and transpositions of adjacent letters that turn one word into
    /// the other (the optimal string alignment distance of Damerau and Levenshtein).
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let isEqual = first[row] == second[column]
                var cost = min(last[column] + (isEqual ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
