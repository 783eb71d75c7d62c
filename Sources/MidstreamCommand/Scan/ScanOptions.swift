import StreamReplay

/// The options of a scan, without its inputs.
struct ScanOptions: Sendable {
    var style = ScanStyle.human
    /// The number of captures to judge at the same time.
    var jobs = 1
    var isQuiet = false
    var hasSummary = true
    /// The format of the captures.
    var input = CaptureInput.auto
    /// The kinds of failure that make the exit status nonzero; `nil` for the default of the style.
    var failingKinds: Set<String>?
    /// The keys that an earlier run judged.
    var skippedKeys: SkippedKeys?

    /// The kinds that `--fail-on` accepts in addition to those of failures.
    static let unreadableKind = "unreadable"
    static let anyKind = "any"

    /// The exit status of a scan that was not interrupted.
    func status(of tally: ScanTally) -> CInt {
        guard let failingKinds else {
            return style == .stage || tally.isAllComplete ? ExitStatus.complete : ExitStatus.incomplete
        }
        let hasFailed =
            failingKinds.contains { tally.kinds[$0] > 0 }
            || failingKinds.contains(Self.unreadableKind) && tally.unreadable > 0
            || failingKinds.contains(Self.anyKind) && !tally.isAllComplete
        return hasFailed ? ExitStatus.incomplete : ExitStatus.complete
    }
}
