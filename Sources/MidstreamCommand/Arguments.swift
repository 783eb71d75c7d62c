import MessageStream
import StreamReplay

/// What the command line asks for.
struct Arguments {
    enum Action: String {
        case replay, events
    }

    var action: Action
    var sources: [Source] = []
    var isJSON = false
    /// How files are cut, if that is said.
    var chunks: ChunkSizes?
    var input = InputFormat.auto
    /// What live sources are sent, and how long they are waited for.
    var request = LiveRequest()

    /// Where a stream comes from.
    enum Source {
        /// A path, or `-`.
        case file(String)
        case live(LiveSource)

        /// The name to show to a person.
        var name: String {
            switch self {
            case .file(let path): path
            case .live(let source): source.name
            }
        }
    }

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
        var liveOption: String?
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-", !areOptionsOver else {
                arguments.sources.append(try LiveSource(word).map(Source.live) ?? .file(word))
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
            case "--header":
                try arguments.request.addFields(try value())
                liveOption = name
            case "--data":
                try arguments.request.setBody(try value())
                liveOption = name
            case "--silence":
                arguments.request.stalls.silence = try duration(try value(), name)
                liveOption = name
            case "--no-content":
                arguments.request.stalls.noContent = try duration(try value(), name)
                liveOption = name
            default: throw UsageError(message: "unknown option '\(name)'")
            }
        }
        try arguments.check(liveOption: liveOption)
        return .run(arguments)
    }

    /// The seconds in `text`; nil, for no end, if they are 0.
    private static func duration(_ text: String, _ name: String) throws(UsageError) -> Duration? {
        guard let seconds = Double(text), seconds >= 0, seconds <= 1e9 else {
            throw UsageError(message: "\(name) takes a number of seconds, or 0 for no end, not '\(text)'")
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    /// - Parameter liveOption: An option that only live sources know, if one was given.
    private func check(liveOption: String?) throws(UsageError) {
        guard !sources.isEmpty else { throw UsageError(message: "no file given; - is standard input") }
        if action == .events, sources.count > 1 { throw UsageError(message: "events takes one file") }
        var areAllFiles = true
        for case .live(let source) in sources {
            areAllFiles = false
            if action == .events {
                throw UsageError(message: "events takes a file; pipe the stream to it: curl -sNi \(source.name) | …")
            }
        }
        if areAllFiles, let liveOption { throw UsageError(message: "\(liveOption) is for URLs") }
        if !areAllFiles, chunks != nil {
            throw UsageError(message: "the bytes of a URL are taken as they come, not cut")
        }
    }

    static let help = """
        Replays a captured stream of the Messages API, and says why it failed if it did.

        usage: midstream replay [options] FILE|URL...   the message as it streams, then the verdict
               midstream events [options] FILE          the server-sent events

        FILE is the body of a response, as curl -N writes it, or the response with its head,
        as curl -i writes it or as it came from the socket; - is standard input.
        URL is http://…, https://… or tcp://HOST:PORT, whose bytes are those of a response
        with its head, or with --input body those of a body.

        options:
          --json            one JSON object a line
          --chunk-size N    feed N bytes at a time
          --chunk-seed S    feed 1 to 4096 bytes at a time, drawn from a generator with seed S
          --input FORMAT    what FILE is: auto (default), body or response
          -h, --help        this text
        options for a URL:
          --header LINE     add the header field 'Name: value', or those in the lines of @FILE
          --data DATA       send DATA, or the contents of @FILE, by POST; over TCP as it is
          --silence S       fail when no byte came for S seconds (default 60; 0: never)
          --no-content S    fail when nothing of the message came for S seconds (default 300)

        exit status: 0 complete; 10 api, 11 http, 12 notEventStream, 13 truncated,
        14 stalled, 15 malformedEvent, 16 protocolViolation, 17 limitExceeded, 18 transport;
        64 usage, 66 unreadable input

        """
}
