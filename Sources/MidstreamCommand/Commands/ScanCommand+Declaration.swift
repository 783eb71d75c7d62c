extension ScanCommand {
    private static let stage = "options for a data engine"

    static let declaration = CommandDeclaration(
        name: "scan",
        summary: "judge many captures, and count their failures",
        usage: ["[options] PATH...", "[options] -|-0", "--stage[=names|records|tar] [options]"],
        details: """
            PATH is a capture, as for midstream replay, or a directory with captures at
            any depth. Symbolic links are followed. A file that is not a capture gets
            the verdict of replay, too. Of several responses, the last one counts.
            - reads paths from standard input, one per line; -0 reads NUL-terminated
            paths.

            The summary has counts by failure kind, error type and stage, the slowest
            first bytes and the largest gaps. A file that cannot be read never stops the
            rest. SIGINT ends the scan with the summary so far, and status 19.

            --stage prints one JSON line for each input on standard input, in order, and
            then the counts. It uses no clock: equal bytes give equal lines. The inputs
            are
              names      the paths of files, one per line, or NUL-terminated with -0
              records    '<length> <key>', a line break, and <length> bytes
              tar        the files in a tar archive
            """,
        options: [
            CommandOption("--json", help: "print a JSON object for each capture, then one for the summary"),
            CommandOption("-j", "--jobs", value: "N", help: "judge N captures at a time (default: one for each core)"),
            CommandOption(
                "-q",
                "--quiet",
                help: "omit the progress and the lines for captures that are not complete"
            ),
            CommandOption("--no-summary", help: "omit the summary"),
            CommandOption(
                "--fail-on",
                value: "KIND,...",
                help: "exit with 1 only after a failure of these kinds: \(kinds.joined(separator: ", "))",
                completion: .words(kinds)
            ),
            CommandOption(
                "--skip",
                value: "FILE",
                help: "skip the captures in FILE, the JSON lines of an earlier run",
                completion: .files
            ),
            ReadingOptions.inputDeclaration,
            CommandOption("-0", help: "read NUL-terminated paths from standard input"),
            CommandOption(
                "--stage",
                optionalValue: "FORM",
                help: "read names (default), records or tar from standard input; one job by default",
                completion: .words(StageForm.allCases.map(\.rawValue)),
                section: stage
            ),
        ],
        operands: .files,
        examples: [
            CommandExample("midstream scan captures/", "judge everything under captures/"),
            CommandExample("find . -name '*.sse' -print0 | midstream scan -0 --json", "print a line for each file"),
            CommandExample("tar -c captures | midstream scan --stage=tar", "judge the files of an archive"),
        ],
        exitStatus: """
            0 all complete, 1 not all complete, 19 interrupted; 64 usage,
            66 standard input or the file of --skip cannot be read, 74 standard output
            cannot be written. With --stage, 0 whatever the verdicts. With --fail-on,
            1 only for these kinds.
            """
    )
}
