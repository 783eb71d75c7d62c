import MessageStream
import StreamReplay

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Android)
    import Android
#endif

/// The captures that a server offers, under their names.
struct CaptureShelf {
    private(set) var captures: [ServedCapture] = []
    /// The inputs that cannot be served, and why.
    private(set) var problems: [String] = []
    private var names: Set<[UInt8]> = []

    /// The name endings of files in directories that are not captures.
    private static let foreignEndings = [".md", ".json", ".txt.license", ".py", ".html"]

    /// Adds a file, or all files in a directory and its subdirectories, except hidden files and files that are not
    /// captures.
    ///
    /// - Parameter isCorpus: Whether the file names indicate the formats, as in the corpus.
    mutating func add(_ path: [UInt8], input: CaptureInput = .auto, isCorpus: Bool = false) {
        var walk = CaptureWalk(path: path)
        while let step = walk.next() {
            switch step {
            case .file(let file, _): addFile(file, under: path, input, isCorpus: isCorpus)
            case .unreadable(let file, let cause): problems.append("\(Self.text(file)): \(cause)")
            case .skipped(let file, let reason): problems.append("note: \(Self.text(file)) is skipped: \(reason)")
            }
        }
    }

    private mutating func addFile(_ file: [UInt8], under path: [UInt8], _ input: CaptureInput, isCorpus: Bool) {
        let isGiven = file == path
        var name = file
        if isGiven {
            name = file.lastIndex(of: UInt8(ascii: "/")).map { Array(file[($0 + 1)...]) } ?? file
        } else {
            name.removeFirst(path.count)
            while name.first == UInt8(ascii: "/") { name.removeFirst() }
            let isHidden = name.split(separator: UInt8(ascii: "/")).contains { $0.first == UInt8(ascii: ".") }
            if isHidden || Self.foreignEndings.contains(where: { name.ends(with: $0) }) { return }
        }
        var unique = name
        var number = 1
        while !names.insert(unique).inserted {
            number += 1
            unique = name + "~\(number)".utf8
        }
        let isResponse = name.ends(with: ".http")
        do throws(CaptureError) {
            captures.append(
                try ServedCapture(
                    name: Self.text(unique),
                    contentsOf: Self.text(file),
                    input: !isCorpus ? input : isResponse ? .response : .body
                )
            )
        } catch {
            problems.append("\(error.name): \(error.reason)")
        }
    }

    private static func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

    // MARK: The corpus

    /// The path of `Corpus/faults`, found in the current directory or that of the program, or in a directory above
    /// either.
    static func corpus() -> [UInt8]? {
        // `unsafeArgv` contains NUL-terminated strings, and the program's name if there is one.
        let program = unsafe CommandLine.argc > 0 ? CommandLine.unsafeArgv[0].map { unsafe String(cString: $0) } : nil
        // A program that the shell found in PATH has no folder in its name; Linux knows it.
        let folders = [resolved("."), resolved("/proc/self/exe"), resolved(program ?? ".")].compactMap(\.self)
        for folder in folders {
            var components = folder.split(separator: UInt8(ascii: "/"))
            while true {
                let path = components.flatMap { [UInt8(ascii: "/")] + $0 } + Array("/Corpus/faults".utf8)
                if let status = try? FileStatus(path: path), status.kind == .directory { return path }
                if components.popLast() == nil { break }
            }
        }
        return nil
    }

    /// The absolute path, with symbolic links followed.
    private static func resolved(_ path: String) -> [UInt8]? {
        // `realpath` returns a NUL-terminated string, which is copied here and then released.
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe Array(String(cString: resolved).utf8)
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
