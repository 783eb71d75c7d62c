import MessageStream
import StreamReplay

/// `midstream serve`: replays captures to any HTTP client, with faults, and judges the client.
struct ServeCommand: Subcommand {
    private var paths: [[UInt8]] = []
    private var usesCorpus = false
    private var isJSON = false
    private var options = ReplayServer.Options()
    private var faults = FaultOptions()
    private var reading = ReadingOptions()

    static let declaration = CommandDeclaration(
        name: "serve",
        summary: "replay captures to any HTTP client, with faults, and judge the client",
        usage: ["[options] PATH...", "[options] --corpus"],
        details: """
            PATH is a capture, as for midstream replay, or a directory of captures. The
            server listens on 127.0.0.1 only, and prints its URL as the first line:
              GET /               the list of captures
              GET or POST /NAME   a capture, also for any path below /NAME/
              POST ANY            the capture of --for, or all captures in turn
              GET /report         what the client did wrong; /report.json as JSON
            Use the URL as the base URL of a client. A recording of a connection is sent
            byte for byte if no fault applies to it.

            SIGINT and SIGTERM end the server after the responses in progress; a second
            signal ends it immediately. At the end, it prints what the client did wrong:
            retry-after ignored, a non-retryable error retried, a retry after content was
            delivered, a retry storm, no read timeout, a truncated stream accepted, a
            connection never closed. A request with the same path and body as a failed
            one is a retry.

            \(FaultOptions.details)
            """,
        options: [
            CommandOption("--port", value: "N", help: "the port (default 0: any free port)"),
            CommandOption("--every", value: "N", help: "apply the faults to every Nth response only (default 1)"),
            CommandOption(
                "--pace",
                value: "PACE",
                help: "recorded (default), none, or ×S, which multiplies the recorded times by S",
                completion: .words(["recorded", "none"])
            ),
            CommandOption("--for", value: "NAME", help: "the capture for POST requests to other paths"),
            CommandOption("--corpus", help: "serve Corpus/faults of this package"),
            CommandOption("--json", help: "print the report at the end as JSON"),
            ReadingOptions.inputDeclaration,
        ] + FaultOptions.declarations,
        operands: .files,
        examples: [
            CommandExample(
                "midstream serve --fault error:after=5 --every 2 answer.sse",
                "fail every second response"
            ),
            CommandExample("midstream serve --corpus --port 8080", "serve every known kind of failure"),
        ],
        exitStatus: """
            0 the client did nothing wrong; 1 it did; 64 usage, 66 nothing can
            be served or the port is in use, 74 standard output cannot be written
            """
    )

    init(_ words: CommandWords) throws(UsageError) {
        for option in words.options {
            if try faults.receive(option) { continue }
            if try reading.receive(option) { continue }
            try receive(option)
        }
        for word in words.operands {
            switch try InputSource(word) {
            case .file(let path) where path.elementsEqual("-".utf8):
                throw UsageError(message: "serve cannot read standard input; save the capture to a file")
            case .file(let path): paths.append(path)
            case .live(let source):
                throw UsageError(message: "serve accepts only files; record the stream first: curl -sNi \(source.name)")
            }
        }
        if paths.isEmpty, !usesCorpus {
            throw UsageError(message: "nothing to serve; give a capture, a directory, or --corpus")
        }
        options.faults = faults.faults
        options.seed = faults.seed
    }

    private mutating func receive(_ option: OptionUse) throws(UsageError) {
        let text = option.text
        switch option.name {
        case "--port":
            guard let port = UInt16(text) else {
                throw UsageError(message: "--port must be a number from 0 to 65535, not '\(Excerpt.shorten(text))'")
            }
            options.port = port
        case "--every":
            guard let every = Int(text), every > 0 else {
                throw UsageError(message: "--every must be a positive number, not '\(Excerpt.shorten(text))'")
            }
            options.every = every
        case "--pace": options.pace = try ReplayPace(option)
        case "--for": options.chosen = text
        case "--corpus": usesCorpus = true
        case "--json": isJSON = true
        default: preconditionFailure("the option \(option.name) is declared but not read")
        }
    }

    func run() -> CInt {
        var shelf = CaptureShelf()
        if usesCorpus {
            guard let folder = CaptureShelf.corpus() else {
                Output.printError(
                    "Corpus/faults was not found in the current directory or above it; give its path instead of --corpus"
                )
                return ExitStatus.unreadable
            }
            shelf.add(folder, isCorpus: true)
        }
        for path in paths { shelf.add(path, input: reading.input) }
        for problem in shelf.problems { Output.printError(problem) }
        guard !shelf.captures.isEmpty else {
            Output.printError("there is nothing to serve; give a capture that can be read")
            return ExitStatus.unreadable
        }
        do throws(ReplayServerError) {
            return serve(try ReplayServer(shelf.captures, options))
        } catch {
            Output.printError(error.description)
            if case .unknownCapture = error.cause { return ExitStatus.usage }
            return ExitStatus.unreadable
        }
    }

    private func serve(_ server: ReplayServer) -> CInt {
        Interruption.shared.arm()
        defer { Interruption.shared.disarm() }
        var output = Output.standardOutput
        output.write(server.url + "\n")
        output.flush()
        server.run(interruption: Interruption.shared.descriptor)
        let report = server.report()
        if isJSON { output.write(json: Array(report.json.utf8)) } else { output.write(received: report.text) }
        output.flush()
        return report.isClean ? ExitStatus.complete : ExitStatus.findings
    }
}
