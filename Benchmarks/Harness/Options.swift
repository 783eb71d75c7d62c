/// The command line of the suite.
package struct Options: Hashable, Sendable {
    /// The start of the names of the rows to run.
    package var filter = ""
    package var isJSON = false
    package var effort = Effort.full
    package var wantsHelp = false

    /// Parses the arguments after the program name.
    package init(_ arguments: some Sequence<String>) throws(UsageError) {
        var arguments = arguments.makeIterator()
        while let argument = arguments.next() {
            switch argument {
            case "--filter":
                guard let prefix = arguments.next() else { throw UsageError("--filter needs a prefix") }
                filter = prefix
            case "--json": isJSON = true
            case "--smoke": effort = .smoke
            case "--help", "-h": wantsHelp = true
            default: throw UsageError("unknown argument: \(argument)")
            }
        }
    }

    /// The rows that match the filter, at least one.
    package func selection(of rows: [Row]) throws(UsageError) -> [Row] {
        let selection = rows.filter { $0.name.hasPrefix(filter) }
        guard !selection.isEmpty else { throw UsageError("no row's name starts with \(filter)") }
        return selection
    }

    package static let help = """
        usage: Benchmarks [--filter PREFIX] [--json] [--smoke] [--help]

        Measures the package on generated Messages streams, and compares each row with a memchr walk over the same bytes.
        Meaningful figures require a release build: swift run -c release Benchmarks

          --filter PREFIX  run only the rows whose names start with PREFIX
          --json           print one JSON object per line
          --smoke          use small streams and few rounds: takes seconds, but the figures are not reliable
          --help           print this text

        row            the name of the row
        MB/s           the median speed in 10^6 bytes per second
        ÷ memchr walk  the ratio of the speed to that of the walk, paired by round: the median and the quartiles
        mallocs/event  the allocations per event in one pass; per pass if there are no events

        Exit status: 0 success; 1 a row failed, or found events other than the generated ones; 64 usage error.
        """
}

/// An error in the command line.
package struct UsageError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
