import Foundation
import MessageStream
import StreamReplay

/// The command line of `midstream scan`.
struct ScanCommand: Subcommand {
    /// The source of the captures.
    private enum Source {
        case files(ScanSource.Origin)
        case members(MemberStage.Form)
    }

    private var options = ScanOptions()
    private var source = Source.files(.paths([]))
    /// The output of an earlier run, whose captures are skipped.
    private var earlierRun: [UInt8]?

    init(_ words: CommandWords) throws(UsageError) {
        var isJSON = false
        var stage: StageForm?
        var jobs: Int?
        var separator: UInt8?
        var operands = words.operands.map(\.bytes)
        for option in words.options {
            switch option.name {
            case "--json": isJSON = true
            case "--jobs": jobs = try Self.jobs(option.text)
            case "--quiet": options.isQuiet = true
            case "--no-summary": options.hasSummary = false
            case "--fail-on": options.failingKinds = try Self.kinds(option.text, options.failingKinds ?? [])
            case "--skip": earlierRun = option.value.bytes
            case "--stage": stage = try option.text.isEmpty ? stage ?? .names : Self.form(option.text)
            case "-0": separator = 0
            case "--input":
                var reading = ReadingOptions()
                _ = try reading.receive(option)
                options.input = reading.input
            default: preconditionFailure("the option \(option.name) is declared but not read")
            }
        }
        if operands.contains(where: { $0.elementsEqual("-".utf8) }) {
            guard operands.count == 1 else {
                throw UsageError(message: "- cannot be combined with other paths; write them to standard input")
            }
            operands = []
            separator = separator ?? UInt8(ascii: "\n")
        }
        if let stage {
            // `--stage tar` means the same as `--stage=tar`.
            var form = stage
            if let last = operands.popLast() { form = try Self.form(String(decoding: last, as: UTF8.self)) }
            try readStage(form, separator, operands, jobs)
        } else {
            options.style = isJSON ? .json : .human
            options.jobs = jobs ?? min(Self.maximumJobs, ProcessInfo.processInfo.activeProcessorCount)
            guard separator == nil || operands.isEmpty else {
                throw UsageError(message: "-0 reads names from standard input; omit the paths")
            }
            guard separator != nil || !operands.isEmpty else {
                throw UsageError(message: "no path given; use - to read names from standard input")
            }
            source = .files(separator.map { .names(separator: $0, descends: true) } ?? .paths(operands))
        }
    }

    private mutating func readStage(
        _ form: StageForm,
        _ separator: UInt8?,
        _ operands: [[UInt8]],
        _ jobs: Int?
    ) throws(UsageError) {
        guard operands.isEmpty else { throw UsageError(message: "--stage reads standard input; omit the paths") }
        options.style = .stage
        options.jobs = jobs ?? 1
        switch form {
        case .names: source = .files(.names(separator: separator ?? UInt8(ascii: "\n"), descends: false))
        case .records, .tar:
            if separator == 0 { throw UsageError(message: "-0 applies only to names") }
            if options.jobs > 1 { throw UsageError(message: "--jobs applies only to names and paths") }
            source = .members(form == .tar ? .tar : .records)
        }
    }

    func run() -> CInt {
        LargeBlocks.returnWhenFreed()
        defer { Interruption.shared.disarm() }
        var options = options
        if let earlierRun {
            do throws(CaptureError) {
                options.skippedKeys = try SkippedKeys(path: earlierRun)
            } catch {
                Output.printError("--skip: \(error)")
                return ExitStatus.unreadable
            }
        }
        switch source {
        case .files(let origin): return ScanRun(origin, options).run()
        case .members(let form): return MemberStage.run(form, options)
        }
    }

    // MARK: Values

    /// The contents of standard input with `--stage`.
    enum StageForm: String, CaseIterable {
        case names, records, tar
    }

    private static let maximumJobs = 1024

    private static func form(_ text: String) throws(UsageError) -> StageForm {
        guard let form = StageForm(rawValue: text) else {
            let known = StageForm.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError(
                message:
                    "--stage reads standard input, as one of \(known), not '\(Excerpt.shorten(text))'; omit the paths"
            )
        }
        return form
    }

    private static func jobs(_ text: String) throws(UsageError) -> Int {
        guard let jobs = Int(text), (1...maximumJobs).contains(jobs) else {
            throw UsageError(
                message: "--jobs must be a number from 1 to \(maximumJobs), not '\(Excerpt.shorten(text))'"
            )
        }
        return jobs
    }

    /// The kinds that `--fail-on` accepts.
    static let kinds = [
        "api", "http", "notEventStream", "truncated", "stalled", "malformedEvent", "protocolViolation",
        "limitExceeded", "transport", "cancelled", ScanOptions.unreadableKind, ScanOptions.anyKind,
    ]

    private static func kinds(_ text: String, _ earlier: Set<String>) throws(UsageError) -> Set<String> {
        let names = text.split(separator: ",").map(String.init)
        guard !names.isEmpty else { throw UsageError(message: "--fail-on requires at least one kind") }
        for name in names where !kinds.contains(name) {
            let suggestion = NearestWord.suggestion(for: name, among: kinds)
            throw UsageError(
                message:
                    "--fail-on accepts \(kinds.joined(separator: ", ")), not '\(Excerpt.shorten(name))'\(suggestion)"
            )
        }
        return earlier.union(names)
    }
}
