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
    static func main() async {
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ words: [String]) async -> CInt {
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
                return await run(arguments)
            }
        } catch {
            errors.write("midstream: \(error.message)\nTry 'midstream --help'.\n")
            return ExitStatus.usage
        }
    }

    /// Runs the action on each source.
    ///
    /// - Returns: the first exit status that is not 0, or 0.
    private static func run(_ arguments: Arguments) async -> CInt {
        var status = ExitStatus.complete
        for source in arguments.sources {
            if arguments.sources.count > 1, !arguments.isJSON { complain(source.name) }
            var sourceStatus: CInt
            switch source {
            case .file(let path):
                do throws(CaptureError) {
                    let file = try CaptureFile(path: path)
                    sourceStatus =
                        switch arguments.action {
                        case .replay: try Replay.run(file, arguments)
                        case .events: try Events.run(file, arguments)
                        }
                } catch {
                    complain("\(error)")
                    sourceStatus = ExitStatus.unreadable
                }
            case .live(let connection):
                sourceStatus = await LiveReplay.run(connection, arguments)
            }
            if status == ExitStatus.complete { status = sourceStatus }
        }
        return status
    }

    private static func complain(_ words: String) {
        var errors = Output.standardError
        errors.write("midstream: \(words)\n")
        errors.flush()
    }
}
