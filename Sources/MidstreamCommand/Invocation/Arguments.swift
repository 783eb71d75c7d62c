import MessageStream
import StreamReplay

/// The parsed command line.
struct Arguments {
    enum Action: String {
        case replay, events
    }

    var action: Action
    var sources: [Source] = []
    var isJSON = false
    /// Whether each verdict names its input.
    private var namesInputs = false
    /// How to split files into chunks; nil for chunks as recorded.
    var chunks: ChunkSizes?
    /// The format of files.
    var input = CaptureInput.auto
    /// The request and the stall limits for live sources.
    var request = LiveRequest()

    /// The source of a stream.
    enum Source {
        /// The bytes of a path, or `-`.
        case file([UInt8])
        case live(LiveSource)

        /// The input as given, with possible secrets removed and invalid UTF-8 repaired.
        var name: String {
            switch self {
            case .file(let path): String(decoding: path, as: UTF8.self)
            case .live(let source): source.name
            }
        }
    }

    /// The name of the input to show in its verdicts, or nil to omit it.
    func shownName(of source: Source) -> String? {
        sources.count > 1 || namesInputs ? source.name : nil
    }

    /// A command-line argument, kept as bytes because file names need not be UTF-8.
    struct Word {
        var bytes: [UInt8]
        /// The bytes as text, with invalid UTF-8 repaired.
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// A command line that cannot be parsed, with a message for the user.
    struct UsageError: Error {
        var message: String
    }

    /// The action that a command line requests.
    enum Request {
        case run(Arguments)
        /// Print the help.
        case help
    }

    /// Parses a command line, without the program name.
    static func parse(_ words: [Word]) throws(UsageError) -> Request {
        guard let first = words.first?.text else { throw UsageError(message: "no command given") }
        if ["help", "--help", "-h"].contains(first) { return .help }
        guard let action = Action(rawValue: first) else { throw UsageError(message: "unknown command '\(first)'") }
        var arguments = Arguments(action: action)
        var rest = words.dropFirst()
        var hasSeenSeparator = false
        var liveOption: String?
        while let word = rest.popFirst() {
            guard word.bytes.first == UInt8(ascii: "-"), word.bytes.count > 1, !hasSeenSeparator else {
                arguments.sources.append(try LiveSource(word.text).map(Source.live) ?? .file(word.bytes))
                continue
            }
            // `--name=value` and `--name value` mean the same.
            let parts = word.bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self)
            func wordValue() throws(UsageError) -> Word {
                if parts.count == 2 { return Word(bytes: Array(parts[1])) }
                guard let value = rest.popFirst() else { throw UsageError(message: "\(name) requires a value") }
                return value
            }
            func value() throws(UsageError) -> String { try wordValue().text }
            func flag() throws(UsageError) -> Bool {
                guard parts.count == 1 else { throw UsageError(message: "\(name) does not take a value") }
                return true
            }
            switch name {
            case "--": hasSeenSeparator = true
            case "--help", "-h": return .help
            case "--json": arguments.isJSON = try flag()
            case "--with-name": arguments.namesInputs = try flag()
            case "--chunk-size":
                let text = try value()
                guard let size = Int(text), size > 0 else {
                    throw UsageError(message: "--chunk-size must be a positive number of bytes, not '\(text)'")
                }
                arguments.chunks = .fixed(size)
            case "--chunk-seed":
                let text = try value()
                guard let seed = UInt64(text) else {
                    throw UsageError(message: "--chunk-seed must be a nonnegative integer, not '\(text)'")
                }
                arguments.chunks = .seeded(seed)
            case "--input":
                let text = try value()
                guard let format = CaptureInput(rawValue: text) else {
                    let known = CaptureInput.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError(message: "--input must be one of \(known), not '\(text)'")
                }
                arguments.input = format
            case "--header":
                try arguments.request.addFields(try wordValue().bytes)
                liveOption = name
            case "--data":
                try arguments.request.setBody(try wordValue().bytes)
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

    /// Parses a number of seconds; nil, for no limit, if it is 0.
    private static func duration(_ text: String, _ name: String) throws(UsageError) -> Duration? {
        guard let seconds = Double(text), seconds >= 0, seconds <= 1e9 else {
            throw UsageError(message: "\(name) must be a number of seconds, or 0 for no limit, not '\(text)'")
        }
        return seconds == 0 ? nil : .seconds(seconds)
    }

    /// Checks combinations of options and inputs.
    ///
    /// - Parameter liveOption: An option that applies only to live sources, if one was given.
    private func check(liveOption: String?) throws(UsageError) {
        guard !sources.isEmpty else { throw UsageError(message: "no input given; use - for standard input") }
        if action == .events, sources.count > 1 {
            throw UsageError(message: "events accepts only one file; run it once for each file")
        }
        if action == .events, namesInputs { throw UsageError(message: "--with-name applies only to replay") }
        var areAllFiles = true
        for case .live(let source) in sources {
            areAllFiles = false
            if action == .events {
                throw UsageError(
                    message: "events accepts only a file; use curl -sNi \(source.name) | midstream events -"
                )
            }
        }
        if areAllFiles, let liveOption { throw UsageError(message: "\(liveOption) applies only to URLs") }
        if !areAllFiles, input == .trace { throw UsageError(message: "--input trace applies only to files") }
        if !areAllFiles, chunks != nil {
            throw UsageError(message: "--chunk-size and --chunk-seed apply only to files")
        }
    }
}
