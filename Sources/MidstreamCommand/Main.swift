import StreamReplay

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// The `midstream` command.
@main
enum Main {
    // Deliberately not async: on Linux, the main thread of an async program waits with all signals unblocked and would
    // receive the ones that `Interruption` waits for.
    static func main() {
        Output.prepareStandardDescriptors()
        Interruption.shared.begin()
        exit(run(commandLine()))
    }

    /// The raw command-line arguments, without the program name.
    private static func commandLine() -> [Arguments.Word] {
        (0..<Int(CommandLine.argc)).dropFirst().compactMap { index in
            // `unsafeArgv` holds `argc` NUL-terminated strings, whose bytes are copied here.
            guard let word = unsafe CommandLine.unsafeArgv[index] else { return nil }
            let length = unsafe strlen(word)
            let bytes = unsafe UnsafeRawBufferPointer(start: word, count: length)
            return unsafe Arguments.Word(bytes: Array(bytes))
        }
    }

    private static func run(_ words: [Arguments.Word]) -> CInt {
        var output = Output.standardOutput
        defer { output.flush() }
        do throws(Arguments.UsageError) {
            switch try Arguments.parse(words) {
            case .help:
                output.write(Arguments.help)
                return ExitStatus.complete
            case .run(let arguments):
                return run(arguments)
            }
        } catch {
            printError("\(error.message)")
            var errors = Output.standardError
            errors.write("Try 'midstream --help'.\n")
            errors.flush()
            return ExitStatus.usage
        }
    }

    /// Runs the action on each source.
    ///
    /// - Returns: the first nonzero exit status, or 0.
    private static func run(_ arguments: Arguments) -> CInt {
        var status = ExitStatus.complete
        for source in arguments.sources {
            let name = arguments.shownName(of: source)
            if let name, !arguments.isJSON { printError(name) }
            let sourceStatus = run(source, arguments, name: name)
            if status == ExitStatus.complete { status = sourceStatus }
            // A signal ends the whole command, not just the current source.
            if Interruption.shared.isPending { break }
        }
        return status
    }

    private static func run(_ source: Arguments.Source, _ arguments: Arguments, name: String?) -> CInt {
        defer { Interruption.shared.disarm() }
        switch source {
        case .live(let connection): return LiveReplay.run(connection, arguments, name: name)
        case .file(let path):
            do throws(CaptureError) {
                return switch arguments.action {
                case .replay: try Replay.run(path, arguments, name: name)
                case .events: try Events.run(path, arguments)
                }
            } catch {
                let reason = error.reason(for: arguments.action)
                printError("\(error.name): \(reason)")
                if let name, arguments.isJSON {
                    var output = Output.standardOutput
                    output.write(json: Verdict.unreadableLine(file: name, reason: reason))
                    output.flush()
                }
                return ExitStatus.unreadable
            }
        }
    }

    private static func printError(_ message: String) {
        var errors = Output.standardError
        errors.write(line: "midstream: \(message)")
        errors.flush()
    }
}

extension CaptureError {
    /// What happened, and what to do about it with this command.
    fileprivate func reason(for action: Arguments.Action) -> String {
        if case .compressed = cause { "\(reason) | midstream \(action.rawValue) -" } else { reason }
    }
}
