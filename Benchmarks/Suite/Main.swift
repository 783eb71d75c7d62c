internal import BenchmarkHarness

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The command: `swift run -c release Benchmarks`.
@main
enum Command {
    /// All rows, in the order in which they run. Add the rows of a new file here.
    private static var rows: [Row] { yardstickRows + framingRows + decodeRows + asyncRows }

    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            if options.wantsHelp { return emit(Options.help, to: STDOUT_FILENO) }
            #if DEBUG
                printError("this is a debug build, so the figures are meaningless")
            #endif
            try await run(options)
        } catch let error as UsageError {
            printError("\(error); see --help")
            exit(64)
        } catch {
            printError("\(error)")
            exit(1)
        }
    }

    private static func run(_ options: Options) async throws {
        let selection = try options.selection(of: rows)
        let report = Report(asJSON: options.isJSON, names: selection.map(\.name))
        keepMappingLargeBlocks()
        let harness = Harness(options.effort, walk: memchrWalk, countMallocs: AllocationCounter.count)
        if let header = report.header { emit(header, to: STDOUT_FILENO) }
        try await harness.measure(selection) { emit(report.line($0), to: STDOUT_FILENO) }
    }

    private static func printError(_ message: String) {
        emit("Benchmarks: \(message)", to: STDERR_FILENO)
    }

    /// Writes a line immediately, without buffering, so that the reader of a pipe sees each row when it is complete.
    private static func emit(_ line: String, to descriptor: Int32) {
        let bytes = Array("\(line)\n".utf8)
        var written = 0
        while written < bytes.count {
            // unsafe: the bytes starting at `written` are inside the array
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            guard count > 0 else { return }
            written += count
        }
    }
}
