import StreamReplay

/// The options of the commands that decode captures.
struct ReadingOptions {
    /// How to split files into chunks; `nil` for chunks as recorded.
    var chunks: ChunkSizes?
    /// The format of files.
    var input = CaptureInput.auto

    static let declarations = [
        CommandOption("--chunk-size", value: "N", help: "feed N bytes at a time"),
        CommandOption(
            "--chunk-seed",
            value: "S",
            help: "feed 1 to 4096 bytes at a time, at random with seed S"
        ),
        inputDeclaration,
    ]

    static let inputDeclaration = CommandOption(
        "--input",
        value: "FORMAT",
        help: "the format of FILE: auto (default), body, response or trace",
        completion: .words(CaptureInput.allCases.map(\.rawValue))
    )

    /// Reads the value of an option.
    ///
    /// - Returns: Whether it is one of these options.
    mutating func receive(_ option: OptionUse) throws(UsageError) -> Bool {
        let text = option.text
        switch option.name {
        case "--chunk-size":
            guard let size = Int(text), size > 0 else {
                throw UsageError(message: "--chunk-size must be a positive number of bytes, not '\(text)'")
            }
            chunks = .fixed(size)
        case "--chunk-seed":
            guard let seed = UInt64(text) else {
                throw UsageError(message: "--chunk-seed must be a nonnegative integer, not '\(text)'")
            }
            chunks = .seeded(seed)
        case "--input":
            guard let format = CaptureInput(rawValue: text) else {
                let known = CaptureInput.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError(message: "--input must be one of \(known), not '\(text)'")
            }
            input = format
        default: return false
        }
        return true
    }
}
