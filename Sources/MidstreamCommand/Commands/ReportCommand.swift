import MessageStream
import StreamReplay

/// `midstream report`: one page about captures.
struct ReportCommand: Subcommand {
    private var paths: [[UInt8]] = []
    /// The path of the page in bytes, or `-`.
    private var output: [UInt8] = []
    private var input = CaptureInput.auto

    static let declaration = CommandDeclaration(
        name: "report",
        summary: "make one HTML page that shows what happened in captures",
        usage: ["[options] FILE... -o OUT.html"],
        details: """
            FILE is what curl writes, as for midstream replay; - is standard input. The
            page has the verdict, a timeline, the bytes around the failure, the content
            blocks, the usage and the head of each response, and what a client should do.
            Several responses have an overview. The page needs no network and has no
            scripts. Secrets are masked as far as they are recognized.

            OUT.html is written as a whole or not at all.
            """,
        options: [
            CommandOption(
                "-o",
                "--output",
                value: "OUT",
                help: "where to write the page; - is standard output",
                completion: .files
            ),
            ReadingOptions.inputDeclaration,
        ],
        operands: .files,
        examples: [
            CommandExample("midstream report broken.trace -o broken.html", "explain a capture on a page"),
            CommandExample("midstream report captures/*.sse -o all.html", "compare captures"),
            CommandExample("midstream report -o - broken.sse | gzip > broken.html.gz", "write to standard output"),
        ],
        exitStatus: """
            0 the page was written, whatever the verdicts are; 64 usage;
            66 an input cannot be read, and the page says so; 74 the page cannot
            be written
            """
    )

    init(_ words: CommandWords) throws(UsageError) {
        var reading = ReadingOptions()
        for option in words.options {
            if try reading.receive(option) { continue }
            switch option.name {
            case "--output": output = option.value.bytes
            default: preconditionFailure("the option \(option.name) is declared but not read")
            }
        }
        input = reading.input
        for word in words.operands {
            switch try InputSource(word) {
            case .file(let path): paths.append(path)
            case .live(let source):
                throw UsageError(
                    message: "report accepts only files; use curl -sNi \(source.name) | midstream report - -o OUT"
                )
            }
        }
        guard !paths.isEmpty else { throw UsageError(message: "no input given; use - for standard input") }
        guard !output.isEmpty else {
            throw UsageError(message: "no output given; use -o OUT.html, or -o - for standard output")
        }
        try WholeFile.check(output, isNoneOf: paths)
    }

    private var writesToStandardOutput: Bool { output.elementsEqual("-".utf8) }

    func run() -> CInt {
        let captures = paths.map(read)
        let page = ReportPage.make(captures)
        if writesToStandardOutput {
            var standardOutput = Output.standardOutput
            standardOutput.write(bytes: page)
            standardOutput.flush()
        } else {
            do throws(WholeFile.Failure) {
                var file = try WholeFile(path: output)
                try file.write(page)
                try file.commit()
            } catch {
                Output.printError(error.message)
                return ExitStatus.cannotWrite
            }
        }
        return captures.contains { $0.unreadable != nil } ? ExitStatus.unreadable : ExitStatus.complete
    }

    private static let bufferSize = 64 * 1024

    /// Reads a capture to its end. If that fails, the report covers the part that was read.
    private func read(_ path: [UInt8]) -> CaptureReport {
        let isStandardInput = path.elementsEqual("-".utf8)
        var report = CaptureReport(name: isStandardInput ? "standard input" : String(decoding: path, as: UTF8.self))
        var collector = ResponseCollector()
        do throws(CaptureError) {
            let file = try CaptureFile(path: path)
            var reader = CaptureReader(input, name: file.name)
            var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
            while case .bytes(let count) = try file.read(into: &buffer) {
                try reader.receive(buffer.rawBytes.extracting(first: count), &collector)
                report.format = reader.format
            }
            try reader.finish(&collector)
            report.format = reader.format
        } catch {
            report.unreadable = error.reason(for: Self.declaration.name)
            Output.printError("\(error.name): \(report.unreadable ?? "")")
        }
        collector.end()
        report.responses = collector.responses
        report.omittedResponses = collector.responseCount - collector.responses.count
        return report
    }
}
