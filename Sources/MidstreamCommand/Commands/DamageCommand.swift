import MessageStream
import StreamReplay

/// `midstream damage`: writes a capture with faults.
struct DamageCommand: Subcommand {
    private var path: [UInt8] = []
    private var output: [UInt8] = []
    private var faults = FaultOptions()
    private var reading = ReadingOptions()

    static let declaration = CommandDeclaration(
        name: "damage",
        summary: "write a capture with faults",
        usage: ["[options] --fault FAULT... -o OUT FILE"],
        details: """
            FILE is what curl writes, as for midstream replay; - is standard input. OUT is
            a body if FILE is one, else a response with its head as curl -i writes it, and
            midstream replay OUT shows what a client should make of it. Of several
            responses in FILE, the last one is written. OUT is written completely or not
            at all, and must not be FILE; - is standard output.

            \(FaultOptions.details)
            """,
        options: FaultOptions.declarations + [
            CommandOption("-o", "--output", value: "OUT", help: "the file to write", completion: .files),
            ReadingOptions.inputDeclaration,
        ],
        operands: .files,
        examples: [
            CommandExample(
                "midstream damage --fault error:shape=51,after=5 -o broken.sse whole.sse",
                "insert an error after the fifth event"
            ),
            CommandExample(
                "midstream damage --fault cut:byte=1000 -o - whole.sse | midstream replay -",
                "cut a stream, and show the verdict"
            ),
        ],
        exitStatus: """
            0 written; 64 usage, 65 the faults cannot be applied to FILE,
            66 unreadable input, 74 OUT cannot be written
            """
    )

    init(_ words: CommandWords) throws(UsageError) {
        for option in words.options {
            if try faults.receive(option) { continue }
            if try reading.receive(option) { continue }
            switch option.name {
            case "--output": output = option.value.bytes
            default: preconditionFailure("the option \(option.name) is declared but not read")
            }
        }
        guard let first = words.operands.first else {
            throw UsageError(message: "no input given; use - for standard input")
        }
        guard words.operands.count == 1 else {
            throw UsageError(message: "damage accepts only one file; run it once for each file")
        }
        guard !faults.faults.isEmpty else {
            throw UsageError(message: "no fault given; add --fault, such as --fault cut:after=5")
        }
        guard !output.isEmpty else {
            throw UsageError(message: "no output given; add -o OUT, or -o - for standard output")
        }
        switch try InputSource(first) {
        case .file(let path): self.path = path
        case .live(let source):
            throw UsageError(message: "damage accepts only a file; use curl -sNi \(source.name) | midstream damage … -")
        }
        try WholeFile.check(output, isNoneOf: [path])
    }

    /// Ends a run that wrote nothing.
    private enum Refusal: Error {
        case unreadable(CaptureError)
        case unwritable(WholeFile.Failure)
        case unsuitable(String)
        case interrupted
    }

    func run() -> CInt {
        defer { Interruption.shared.disarm() }
        do throws(Refusal) {
            try damage()
            return ExitStatus.complete
        } catch {
            switch error {
            case .unreadable(let error):
                Output.printError("\(error.name): \(error.reason(for: Self.declaration.name))")
                return ExitStatus.unreadable
            case .unwritable(let failure):
                Output.printError(failure.message)
                return ExitStatus.cannotWrite
            case .unsuitable(let message):
                Output.printError(message)
                return ExitStatus.unsuitable
            case .interrupted: return ExitStatus.cancelled
            }
        }
    }

    private func damage() throws(Refusal) {
        let file: CaptureFile
        do throws(CaptureError) { file = try CaptureFile(path: path) } catch { throw .unreadable(error) }
        Interruption.shared.arm()
        var output: WholeFile
        do throws(WholeFile.Failure) { output = try WholeFile(path: self.output) } catch {
            throw .unwritable(error)
        }
        let responses = try write(file, to: &output)
        do throws(WholeFile.Failure) { try output.commit() } catch { throw .unwritable(error) }
        if responses > 1 { note("the capture has \(responses) responses; only the last one is written") }
        for fault in faults.faults {
            if let loss = fault.lossInFile { note("\(fault): \(loss)") }
        }
    }

    /// Writes the last response.
    ///
    /// - Returns: The number of responses.
    private func write(_ file: borrowing CaptureFile, to output: inout WholeFile) throws(Refusal) -> Int {
        let playback = CapturePlayback(reading.input, name: file.name, .asRecorded)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var response = 0
        var damaged = DamagedCapture(faults.faults, seed: faults.seed)
        var problem: DamagedCapture.Problem?
        var isAtEnd = false
        while !isAtEnd {
            switch try Self.read(file, into: &buffer) {
            case .bytes(let count): playback.receive(buffer[..<count])
            case .interrupted: throw .interrupted
            case .end, .quiet:
                playback.finish()
                isAtEnd = true
            }
            while let part = playback.removePart() {
                if part.response != response {
                    response = part.response
                    problem = nil
                    damaged = DamagedCapture(faults.faults, seed: faults.seed)
                    do throws(WholeFile.Failure) { try output.restart() } catch { throw .unwritable(error) }
                }
                guard problem == nil else { continue }
                var bytes: [UInt8] = []
                do throws(DamagedCapture.Problem) {
                    bytes = try damaged.receive(part, isBody: playback.format == .body)
                } catch {
                    problem = error
                }
                do throws(WholeFile.Failure) { try output.write(bytes) } catch { throw .unwritable(error) }
            }
            do throws(CaptureError) { try playback.throwFailure() } catch { throw .unreadable(error) }
            if Interruption.shared.isPending { throw .interrupted }
        }
        if response == 0 {
            throw .unsuitable("\(file.name): the capture contains no response; record one with curl -i")
        }
        if problem == nil {
            do throws(DamagedCapture.Problem) { try damaged.finish() } catch { problem = error }
        }
        if let problem { throw .unsuitable("\(file.name): \(problem)") }
        return response
    }

    private static func read(
        _ file: borrowing CaptureFile,
        into buffer: inout [UInt8]
    ) throws(Refusal) -> CaptureFile.Reading {
        do throws(CaptureError) {
            return try file.read(into: &buffer, interruption: Interruption.shared.descriptor)
        } catch {
            throw .unreadable(error)
        }
    }

    private func note(_ text: String) { Output.printError("note: \(text)") }
}
