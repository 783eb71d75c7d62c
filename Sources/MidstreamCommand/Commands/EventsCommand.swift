import StreamReplay

/// The command line of `midstream events`.
struct EventsCommand: Subcommand {
    private var path: [UInt8] = []
    private(set) var isJSON = false
    private(set) var reading = ReadingOptions()

    static let declaration = CommandDeclaration(
        name: "events",
        summary: "show the server-sent events",
        usage: ["[options] FILE"],
        details: """
            FILE is what curl writes, as for midstream replay; - is standard input. A
            response that is not an event stream gets the verdict of replay. Otherwise
            there is no verdict, so --with-name of replay does not apply.
            """,
        options: [CommandOption("--json", help: "print one JSON object per line")] + ReadingOptions.declarations,
        operands: .files,
        examples: [
            CommandExample("midstream events broken.sse", "show each event and its position in the body"),
            CommandExample("curl -sNi … | midstream events --json -", "follow a live stream as JSON"),
        ]
    )

    init(_ words: CommandWords) throws(UsageError) {
        for option in words.options {
            if try reading.receive(option) { continue }
            switch option.name {
            case "--json": isJSON = true
            default: preconditionFailure("the option \(option.name) is declared but not read")
            }
        }
        guard let first = words.operands.first else {
            throw UsageError(message: "no input given; use - for standard input")
        }
        guard words.operands.count == 1 else {
            throw UsageError(message: "events accepts only one file; run it once for each file")
        }
        switch try InputSource(first) {
        case .file(let path): self.path = path
        case .live(let source):
            throw UsageError(message: "events accepts only a file; use curl -sNi \(source.name) | midstream events -")
        }
    }

    func run() -> CInt {
        defer { Interruption.shared.disarm() }
        do throws(CaptureError) {
            return try Events.run(path, self)
        } catch {
            Output.printError("\(error.name): \(error.reason(for: Self.declaration.name))")
            return ExitStatus.unreadable
        }
    }
}
