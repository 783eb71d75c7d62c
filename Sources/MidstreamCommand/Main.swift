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
    static func main() {
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ words: [String]) -> CInt {
        var output = Output.standardOutput
        var errors = Output.standardError
        defer {
            output.flush()
            errors.flush()
        }
        do throws(Arguments.UsageError) {
            switch try Arguments.parse(words) {
            case .help:
                output.write(Arguments.help)
                return ExitStatus.complete
            case .run(let arguments):
                return run(arguments)
            }
        } catch {
            errors.write("midstream: \(error.message)\nTry 'midstream --help'.\n")
            return ExitStatus.usage
        }
    }

    /// Runs the action on each file.
    ///
    /// - Returns: the first exit status that is not 0, or 0.
    private static func run(_ arguments: Arguments) -> CInt {
        var status = ExitStatus.complete
        for path in arguments.files {
            var errors = Output.standardError
            if arguments.files.count > 1, !arguments.isJSON { errors.write("midstream: \(path)\n") }
            errors.flush()
            var fileStatus: CInt
            do throws(CaptureError) {
                let file = try CaptureFile(path: path)
                fileStatus =
                    switch arguments.action {
                    case .replay: try Replay.run(file, arguments)
                    case .events: try Events.run(file, arguments)
                    }
            } catch {
                errors.write("midstream: \(error)\n")
                errors.flush()
                fileStatus = ExitStatus.unreadable
            }
            if status == ExitStatus.complete { status = fileStatus }
        }
        return status
    }
}
