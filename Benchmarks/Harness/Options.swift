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

        Measures the package on generated Messages streams, beside a walk over the same bytes with memchr.
        Figures need a release build: swift run -c release Benchmarks

          --filter PREFIX  only the rows whose name starts with PREFIX
          --json           one JSON object a line
          --smoke          small streams and few rounds: seconds for all rows, and figures not to rely on
          --help           this text

        row            name of the row
        MB/s           median speed, in 10^6 bytes a second
        ÷ memchr walk  speed over that of the walk, paired round by round; the median, and its quartiles
        mallocs/event  allocations of one pass for each event; of the whole pass where there is no event

        Exit status: 0 done; 1 a row failed, or found other events than were generated; 64 usage.
        """
}

/// An error in the command line.
package struct UsageError: Error, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
