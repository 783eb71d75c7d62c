import StreamReplay

extension ReplayPace {
    /// The option `--pace`.
    static let declaration = CommandOption(
        "--pace",
        value: "PACE",
        help: "how fast to replay: none (default), recorded, or ×S (or xS), which multiplies the recorded times by S: "
            + "×0.5 takes half as long",
        completion: .words(["none", "recorded", "x0.5", "x2"])
    )

    init(_ option: OptionUse) throws(UsageError) {
        let text = option.text
        switch text {
        case "none": self = .none
        case "recorded": self = .recorded
        default:
            // `×` is one scalar. U+0078 is the letter x, which every keyboard has.
            guard let sign = text.unicodeScalars.first, ["×", "x", "X"].contains(sign),
                let factor = Double(String(text.unicodeScalars.dropFirst())), factor > 0, factor <= 1e6
            else {
                throw UsageError(message: "\(option.name) must be none, recorded or ×S, such as ×0.5, not '\(text)'")
            }
            self = .scaled(by: factor)
        }
    }
}
