import CaptureCorpus
import Foundation
import MessageStream
import Testing

/// The built `midstream` command, as a process of its own.
enum Command {
    /// The executable, which the build puts beside the tests.
    static let executable: URL = {
        // On Darwin the tests are a bundle that another program loads; elsewhere they are the program.
        let bundle = Bundle.allBundles.first { $0.bundleURL.pathExtension == "xctest" && $0 != Bundle.main }?.bundleURL
        let tests = bundle ?? URL(filePath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent().appending(path: "midstream")
    }()

    /// What a run gave.
    struct Result: Sendable {
        /// The exit status, or the number of the signal that ended the process.
        var status: Int32
        var isSignal: Bool
        var output: [UInt8]
        var errors: String

        /// The output as text, which it must be.
        var text: String {
            guard let text = String(validating: output, as: UTF8.self) else {
                Issue.record("the output is not UTF-8")
                return ""
            }
            return text
        }

        /// The output line by line; each must have been ended.
        var lines: [String] {
            if output.last ?? 0x0A != 0x0A { Issue.record("the last line is not ended") }
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }

        /// The objects of the output's lines.
        var objects: [[String: any Sendable]] {
            lines.map { line in
                guard let object = parse(line) else {
                    Issue.record("not a JSON object: \(line)")
                    return [:]
                }
                return object
            }
        }
    }

    /// Hundreds of runs at a time would slow each other down, and need more descriptors than `Process` can bear.
    private static let turnstile = Turnstile(limit: 8)

    /// Runs the command to its end.
    ///
    /// - Parameters:
    ///   - input: What it finds on standard input.
    ///   - shell: What a shell does before it becomes the command, such as `ulimit -v 100000`; nil for no shell.
    static func run(_ arguments: [String], input: [UInt8] = [], shell: String? = nil) async throws -> Result {
        await turnstile.enter()
        defer { turnstile.leave() }
        let folder = try TemporaryFolder()
        let output = try folder.file("output", [])
        let errors = try folder.file("errors", [])
        let process = Process()
        if let shell {
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "\(shell); exec \"$0\" \"$@\"", executable.path] + arguments
        } else {
            process.executableURL = executable
            process.arguments = arguments
        }
        let handles = [
            try FileHandle(forReadingFrom: folder.file("input", input)),
            try FileHandle(forWritingTo: output),
            try FileHandle(forWritingTo: errors),
        ]
        (process.standardInput, process.standardOutput, process.standardError) = (handles[0], handles[1], handles[2])
        let end = try await process.runToItsEnd()
        // A process that has ended keeps its handles.
        for handle in handles { try handle.close() }
        return Result(
            status: end.status,
            isSignal: end.isSignal,
            output: [UInt8](try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
    }
}

/// Lets a number of tasks in at a time.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Locked<State>

    init(limit: Int) {
        state = Locked(State(free: limit))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isLetIn = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isLetIn { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

extension Process {
    /// Starts the process and waits for its end without blocking a thread.
    func runToItsEnd() async throws -> (status: Int32, isSignal: Bool) {
        try await withCheckedThrowingContinuation { continuation in
            terminationHandler = { process in
                let isSignal = process.terminationReason == .uncaughtSignal
                continuation.resume(returning: (status: process.terminationStatus, isSignal: isSignal))
            }
            do {
                try run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// The JSON object in `text`.
func parse(_ text: String) -> [String: any Sendable]? {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: any Sendable]
}

/// A folder that goes away with this value.
struct TemporaryFolder: ~Copyable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "midstream-tests-\(UUID())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            Issue.record("\(url.path) cannot be removed: \(error)")
        }
    }

    /// Writes a file.
    func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file
    }
}
