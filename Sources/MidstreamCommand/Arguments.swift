import StreamReplay

/// What the command line asks for.
struct Arguments {
    enum Action: String {
        case replay, events
    }

    var action: Action
    var files: [String] = []
    var isJSON = false
    var chunks = ChunkSizes.asRead
    var input = InputFormat.auto

    /// What a file is said to be.
    enum InputFormat: String, CaseIterable {
        case auto, body, response
    }

    /// Why a command line is not understood: a sentence for a person.
    struct UsageError: Error {
        var message: String
    }

    /// What to do with a command line.
    enum Request {
        case run(Arguments)
        /// Print the help.
        case help
    }

    /// Reads a command line, without the program's name.
    static func parse(_ words: [String]) throws(UsageError) -> Request {
        guard let first = words.first else { throw UsageError(message: "no command given") }
        if ["help", "--help", "-h"].contains(first) { return .help }
        guard let action = Action(rawValue: first) else { throw UsageError(message: "unknown command '\(first)'") }
        var arguments = Arguments(action: action)
        var rest = words.dropFirst()
        var areOptionsOver = false
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-", !areOptionsOver else {
                arguments.files.append(word)
                continue
            }
            // `--name=value` and `--name value` mean the same.
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            func value() throws(UsageError) -> String {
                if parts.count == 2 { return parts[1] }
                guard let value = rest.popFirst() else { throw UsageError(message: "\(name) needs a value") }
                return value
            }
            switch name {
            case "--": areOptionsOver = true
            case "--help", "-h": return .help
            case "--json":
                guard parts.count == 1 else { throw UsageError(message: "--json takes no value") }
                arguments.isJSON = true
            case "--chunk-size":
                let text = try value()
                guard let size = Int(text), size > 0 else {
                    throw UsageError(message: "--chunk-size takes a number of bytes from 1 on, not '\(text)'")
                }
                arguments.chunks = .fixed(size)
            case "--chunk-seed":
                let text = try value()
                guard let seed = UInt64(text) else {
                    throw UsageError(message: "--chunk-seed takes a whole number from 0 on, not '\(text)'")
                }
                arguments.chunks = .seeded(seed)
            case "--input":
                let text = try value()
                guard let format = InputFormat(rawValue: text) else {
                    let known = InputFormat.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError(message: "--input takes one of \(known), not '\(text)'")
                }
                arguments.input = format
            default: throw UsageError(message: "unknown option '\(name)'")
            }
        }
        guard !arguments.files.isEmpty else { throw UsageError(message: "no file given; - is standard input") }
        if action == .events, arguments.files.count > 1 { throw UsageError(message: "events takes one file") }
        return .run(arguments)
    }

    static let help = """
        Replays a captured stream of the Messages API, and says why it failed if it did.

        usage: midstream replay [options] FILE...   the message as it streams, then the verdict
               midstream events [options] FILE      the server-sent events

        FILE is the body of a response, as curl -N writes it, or the response with its head,
        as curl -i writes it or as it came from the socket; - is standard input.

        options:
          --json            one JSON object a line
          --chunk-size N    feed N bytes at a time
          --chunk-seed S    feed 1 to 4096 bytes at a time, drawn from a generator with seed S
          --input FORMAT    what FILE is: auto (default), body or response
          -h, --help        this text

        exit status: 0 complete; 10 api, 11 http, 12 notEventStream, 13 truncated,
        15 malformedEvent, 16 protocolViolation, 17 limitExceeded, 18 transport;
        64 usage, 66 unreadable input

        """
}
