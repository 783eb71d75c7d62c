import CaptureCorpus
import Foundation
import Testing

/// A temporary folder with captures.
struct ScanFolder: ~Copyable {
    let folder: TemporaryFolder

    var url: URL { folder.url }
    var path: String { folder.url.path }

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file, and creates its parent directories.
    func add(_ name: String, _ bytes: [UInt8]) throws {
        let file = folder.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: file)
    }

    func add(_ name: String, _ capture: Capture) throws { try add(name, capture.bytes) }

    func addFIFO(_ name: String) throws {
        // The path is used only during the call.
        let code = unsafe mkfifo("\(path)/\(name)", 0o600)
        #expect(code == 0)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.url.appending(path: name).path,
            withDestinationPath: target
        )
    }
}

/// The captures as the input of a stage.
enum StageInput {
    /// The captures except the one with 1 MB, which takes long in debug builds.
    static let captures = Capture.all.filter { $0.bytes.count < 64 << 10 }

    /// A record with the given header.
    static func record(_ key: String, _ bytes: [UInt8]) -> [UInt8] {
        Array("\(bytes.count) \(key)\n".utf8) + bytes
    }

    /// The captures as records.
    static let records = captures.flatMap { record($0.name, $0.bytes) }
}

extension Command.Result {
    /// The lines of captures, without the summary.
    var captureLines: [String] { lines.filter { !$0.hasPrefix("{\"summary\"") } }

    /// The summary, or an empty object.
    var summary: [String: any Sendable] {
        lines.last.flatMap(parse)?["summary"] as? [String: any Sendable] ?? [:]
    }

    /// The outcomes by name: `complete`, the kind of the failure, `unreadable` or `skipped`.
    var outcomes: [String: String] {
        var outcomes: [String: String] = [:]
        for object in objects {
            guard let name = object["file"] as? String ?? object["key"] as? String else { continue }
            outcomes[name] = object["kind"] as? String ?? object["outcome"] as? String ?? ""
        }
        return outcomes
    }

    /// The names in order; `nil` for bytes that belong to no input.
    var names: [String?] {
        objects.filter { $0["summary"] == nil }.map { $0["file"] as? String ?? $0["key"] as? String }
    }
}
