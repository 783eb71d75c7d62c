import StreamReplay

extension ReplayPace {
    /// Parses the value of `--pace`: `recorded`, `none`, or the factor by which the recorded times are multiplied, such as
    /// `×0.5`, `x0.5` or `0.5`.
    init?(word: String) {
        switch word {
        case "recorded": self = .recorded
        case "none": self = .none
        default:
            let number = word.hasPrefix("×") || word.hasPrefix("x") ? word.dropFirst() : word[...]
            guard let factor = Double(number), factor >= 0, factor <= 1e6 else { return nil }
            self = .scaled(by: factor)
        }
    }
}
