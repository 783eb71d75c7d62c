import StreamReplay

/// The output of a scan: its lines in order, the progress on a terminal, and the summary.
struct ScanReporter: ~Copyable {
    private let options: ScanOptions
    private var output = Output.standardOutput
    private var errors = Output.standardError
    private let terminal = TerminalStyle.standardError(.auto)
    private(set) var tally = ScanTally()
    /// Whether the progress is visible.
    private var hasProgress = false

    init(_ options: ScanOptions) { self.options = options }

    /// Whether to show the progress: on a terminal that can erase a line, unless the output is quiet.
    var showsProgress: Bool { terminal.hasCursor && !options.isQuiet && options.style != .stage }

    /// Counts a capture and shows its line.
    mutating func report(_ report: ScanReport) {
        tally.add(report.entry)
        switch report.line {
        case .text(let text) where !options.isQuiet:
            eraseProgress()
            output.write(line: text)
        case .json(let line):
            eraseProgress()
            output.write(json: line)
        case .text, nil: return
        }
        output.flushIfLarge()
    }

    /// Counts an input that an earlier run judged.
    mutating func passOver() { tally.passOver() }

    /// Writes the lines so far.
    mutating func flush() { output.flush() }

    /// Shows the progress in place of the previous one.
    mutating func show(_ progress: ScanProgress, seconds: Double) {
        // The line leaves room for the `^C` that a terminal echoes, which would otherwise begin a new line.
        errors.write("\r\(progress.line(width: (terminal.width ?? 80) - 3, seconds: seconds))\u{1B}[K")
        errors.flush()
        hasProgress = true
    }

    mutating func eraseProgress() {
        guard hasProgress else { return }
        hasProgress = false
        errors.write("\r\u{1B}[K")
        errors.flush()
    }

    /// Shows the summary.
    ///
    /// - Returns: The exit status.
    mutating func finish(isInterrupted: Bool, duration: Duration) -> CInt {
        eraseProgress()
        let summary = ScanSummary(tally: tally, isInterrupted: isInterrupted, style: options.style)
        if options.hasSummary {
            switch options.style {
            case .human: for line in summary.lines(duration: duration) { output.write(line: line) }
            case .json, .stage: output.write(json: summary.line)
            }
        }
        output.flush()
        return isInterrupted ? ExitStatus.cancelled : options.status(of: tally)
    }
}
