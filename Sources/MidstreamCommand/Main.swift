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
    private static func commandLine() -> [Word] {
        (0..<Int(CommandLine.argc)).dropFirst().compactMap { index in
            // `unsafeArgv` holds `argc` NUL-terminated strings, whose bytes are copied here.
            guard let word = unsafe CommandLine.unsafeArgv[index] else { return nil }
            let length = unsafe strlen(word)
            let bytes = unsafe UnsafeRawBufferPointer(start: word, count: length)
            return unsafe Word(bytes: Array(bytes))
        }
    }

    private static func run(_ words: [Word]) -> CInt {
        do throws(UsageError) {
            switch try Request(words, commands: CommandList.all) {
            case .show(let text):
                var output = Output.standardOutput
                output.write(text)
                output.flush()
                return ExitStatus.complete
            case .run(let command): return command.run()
            }
        } catch {
            Output.printError(error.message)
            let help = error.command.map { "'midstream \($0) --help'; for all commands, " } ?? ""
            var errors = Output.standardError
            errors.write("Try \(help)'midstream --help'.\n")
            errors.flush()
            return ExitStatus.usage
        }
    }
}
