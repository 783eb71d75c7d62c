import MessageStream
import StreamReplay

/// The command line of `midstream replay`.
struct ReplayCommand: Subcommand {
    private(set) var sources: [InputSource] = []
    private(set) var style = ReplayStyle()
    private(set) var pace = ReplayPace.none
    /// Whether each verdict names its input.
    private var namesInputs = false
    private(set) var reading = ReadingOptions()
    /// The request and the stall limits for live sources.
    private(set) var request = LiveRequest()

    init(_ words: CommandWords) throws(UsageError) {
        for word in words.operands { sources.append(try InputSource(word)) }
        var liveOption: String?
        for option in words.options {
            if try reading.receive(option) { continue }
            switch option.name {
            case "--json": style.isJSON = true
            case "--otel": style.isSpan = true
            case "--quiet": style.isQuiet = true
            case "--color": style.color = try ColorChoice(option)
            case "--pace": pace = try ReplayPace(option)
            case "--with-name": namesInputs = true
            default:
                try receiveLive(option)
                liveOption = option.name
            }
        }
        try check(liveOption: liveOption)
    }

    private mutating func receiveLive(_ option: OptionUse) throws(UsageError) {
        switch option.name {
        case "--header": try request.addFields(option.value.bytes)
        case "--data": try request.setBody(option.value.bytes)
        case "--silence": request.stalls.silence = try Self.duration(option)
        case "--no-content": request.stalls.noContent = try Self.duration(option)
        default: preconditionFailure("the option \(option.name) is declared but not read")
        }
    }

    /// Parses a number of seconds; `nil`, for no limit, if it is 0.
    private static func duration(_ option: OptionUse) throws(UsageError) -> Duration? {
        let text = option.text
        guard let seconds = Double(text), seconds >= 0, seconds <= 1e9 else {
            throw UsageError(message: "\(option.name) must be a number of seconds, or 0 for no limit, not '\(text)'")
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    /// Checks combinations of options and inputs.
    ///
    /// - Parameter liveOption: An option that applies only to live sources, if one was given.
    private func check(liveOption: String?) throws(UsageError) {
        guard !sources.isEmpty else { throw UsageError(message: "no input given; use - for standard input") }
        let areAllFiles = sources.allSatisfy { if case .file = $0 { true } else { false } }
        if areAllFiles, let liveOption { throw UsageError(message: "\(liveOption) applies only to URLs") }
        if !areAllFiles, reading.input == .trace { throw UsageError(message: "--input trace applies only to files") }
        if style.isJSON, style.isSpan { throw UsageError(message: "--json and --otel cannot be combined") }
        if !areAllFiles, pace != .none { throw UsageError(message: "--pace applies only to files") }
        if !areAllFiles, reading.chunks != nil {
            throw UsageError(message: "--chunk-size and --chunk-seed apply only to files")
        }
    }

    /// The name of the input to show in its verdicts, or `nil` to omit it.
    private func shownName(of source: InputSource) -> String? {
        sources.count > 1 || namesInputs ? source.name : nil
    }

    /// Replays each source.
    ///
    /// - Returns: The first nonzero exit status, or 0.
    func run() -> CInt {
        var status = ExitStatus.complete
        for source in sources {
            let name = shownName(of: source)
            if let name, !style.isJSON, !style.isSpan, !style.isQuiet { Output.printError(name) }
            let sourceStatus = run(source, name: name)
            if status == ExitStatus.complete { status = sourceStatus }
            // A signal ends the whole command, not just the current source.
            if Interruption.shared.isPending { break }
        }
        return status
    }

    private func run(_ source: InputSource, name: String?) -> CInt {
        defer { Interruption.shared.disarm() }
        switch source {
        case .live(let connection): return LiveReplay.run(connection, self, name: name)
        case .file(let path):
            do throws(CaptureError) {
                return try Replay.run(path, self, name: name)
            } catch {
                let reason = error.reason(for: Self.declaration.name)
                Output.printError("\(error.name): \(reason)")
                if let name, style.isJSON {
                    var output = Output.standardOutput
                    output.write(json: Verdict.unreadableLine(file: name, reason: reason))
                    output.flush()
                }
                return ExitStatus.unreadable
            }
        }
    }
}

extension CaptureError {
    /// A message that states what happened, and what to do about it with this command.
    func reason(for command: String) -> String {
        if case .compressed = cause { "\(reason) | midstream \(command) -" } else { reason }
    }
}
