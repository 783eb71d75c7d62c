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
    /// Whether each verdict says of which input it is.
    private var namesInputs = false
    /// How files are cut, if that is said.
    var chunks: ChunkSizes?
    var input = InputFormat.auto
    /// What live sources are sent, and how long they are waited for.
    var request = LiveRequest()

    /// Where a stream comes from.
    enum Source {
        /// The bytes of a path, or `-`.
        case file([UInt8])
        case live(LiveSource)

        /// The input as it was given, without parts that may be secret. Bytes that are not UTF-8 are repaired.
        var name: String {
            switch self {
            case .file(let path): String(decoding: path, as: UTF8.self)
            case .live(let source): source.name
            }
        }
    }

    /// The name by which a verdict says of which input it is; nil if it need not.
    func shownName(of source: Source) -> String? {
        sources.count > 1 || namesInputs ? source.name : nil
    }

    /// A word of the command line. The system has bytes; file names need not be UTF-8.
    struct Word {
        var bytes: [UInt8]
        /// The bytes as text, repaired where they are not UTF-8.
        var text: String { String(decoding: bytes, as: UTF8.self) }
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
    static func parse(_ words: [Word]) throws(UsageError) -> Request {
        guard let first = words.first?.text else { throw UsageError(message: "no command given") }
        if ["help", "--help", "-h"].contains(first) { return .help }
        guard let action = Action(rawValue: first) else { throw UsageError(message: "unknown command '\(first)'") }
        var arguments = Arguments(action: action)
        var rest = words.dropFirst()
        var areOptionsOver = false
        var liveOption: String?
        while let word = rest.popFirst() {
            guard word.bytes.first == UInt8(ascii: "-"), word.bytes.count > 1, !areOptionsOver else {
                arguments.sources.append(try LiveSource(word.text).map(Source.live) ?? .file(word.bytes))
                continue
            }
            // `--name=value` and `--name value` mean the same.
            let parts = word.bytes.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(decoding: parts[0], as: UTF8.self)
            func wordValue() throws(UsageError) -> Word {
                if parts.count == 2 { return Word(bytes: Array(parts[1])) }
                guard let value = rest.popFirst() else { throw UsageError(message: "\(name) needs a value") }
                return value
            }
            func value() throws(UsageError) -> String { try wordValue().text }
            func flag() throws(UsageError) -> Bool {
                guard parts.count == 1 else { throw UsageError(message: "\(name) takes no value") }
                return true
            }
            switch name {
            case "--": areOptionsOver = true
            case "--help", "-h": return .help
            case "--json": arguments.isJSON = try flag()
            case "--with-name": arguments.namesInputs = try flag()
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
        if action == .events, namesInputs { throw UsageError(message: "--with-name is for replay") }
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
}
