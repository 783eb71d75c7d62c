/// The source of a stream.
enum InputSource {
    /// The bytes of a path, or `-`.
    case file([UInt8])
    case live(LiveSource)

    init(_ word: Word) throws(UsageError) {
        self = try LiveSource(word.text).map(InputSource.live) ?? .file(word.bytes)
    }

    /// The input as given, with possible secrets removed and invalid UTF-8 repaired.
    var name: String {
        switch self {
        case .file(let path): String(decoding: path, as: UTF8.self)
        case .live(let source): source.name
        }
    }
}
