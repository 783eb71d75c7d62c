import MessageStream
import StreamReplay

/// The inputs of a scan, in order.
struct ScanSource: ~Copyable {
    /// An input.
    enum Input: Sendable {
        case step(CaptureWalk.Step)
        /// A name from a list, which refers to a file.
        case name([UInt8])
        /// A name that no file can have.
        case invalid([UInt8], reason: String)
    }

    /// The source of the paths.
    enum Origin: Sendable {
        case paths([[UInt8]])
        /// The names on standard input, each ended by this byte.
        ///
        /// - descends: Whether a name may be that of a directory.
        case names(separator: UInt8, descends: Bool)
    }

    private var paths: ArraySlice<[UInt8]> = []
    private var names: NameList?
    private var descends = true
    private var walk: CaptureWalk?

    init(_ origin: Origin) {
        switch origin {
        case .paths(let paths): self.paths = paths[...]
        case .names(let separator, let descends):
            names = NameList(separator: separator)
            self.descends = descends
        }
    }

    /// The next input; `nil` at the end, or when a signal arrives.
    ///
    /// - Throws: The error of standard input.
    mutating func next() throws(CaptureError) -> Input? {
        while true {
            if let step = walk?.next() { return .step(step) }
            walk = nil
            let path: [UInt8]
            if let first = paths.popFirst() {
                path = first
            } else if let name = try names?.next() {
                if name.isCut {
                    return .invalid(name.bytes, reason: "\(MemberProblem.keyTooLong(limit: MemberKey.limit))")
                }
                path = name.bytes
            } else {
                return nil
            }
            if let reason = Self.problem(of: path) { return .invalid(path, reason: reason) }
            if !descends { return .name(path) }
            walk = CaptureWalk(path: path)
        }
    }

    private static func problem(of path: [UInt8]) -> String? {
        if path.isEmpty { return "the name is empty; remove the empty line" }
        return path.contains(0) ? "the name contains a NUL byte; use -0 for NUL-terminated names" : nil
    }
}

/// The names on standard input.
private struct NameList: ~Copyable {
    private var file: CaptureFile?
    private var splitter: NameSplitter
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    /// The names that were read but not returned.
    private var waiting: ArraySlice<NameSplitter.Name> = []
    private var hasEnded = false

    init(separator: UInt8) { splitter = NameSplitter(separator: separator) }

    private static func split(
        _ buffer: [UInt8],
        _ count: Int,
        _ splitter: inout NameSplitter
    ) -> ArraySlice<NameSplitter.Name> {
        splitter.receive(buffer.rawBytes.extracting(first: count))[...]
    }

    /// The next name, as soon as it has been read; `nil` at the end, or when a signal arrives.
    mutating func next() throws(CaptureError) -> NameSplitter.Name? {
        while true {
            if let name = waiting.popFirst() { return name }
            if hasEnded { return nil }
            if file == nil { file = try CaptureFile(path: Array("-".utf8)) }
            switch try file?.read(into: &buffer, interruption: Interruption.shared.descriptor) {
            case .bytes(let count)?: waiting = Self.split(buffer, count, &splitter)
            case .end?:
                hasEnded = true
                if let last = splitter.finish() { return last }
            case .interrupted?, .quiet?, nil:
                hasEnded = true
                return nil
            }
        }
    }
}
