import CaptureCorpus
import Foundation
import MessageStream
import Testing

/// Runs the built `midstream` command as a separate process.
enum Command {
    /// The executable, which the build places next to the tests.
    static let executable: URL = {
        // On Darwin, another program loads the tests as a bundle; elsewhere, the tests are the program.
        let bundle = Bundle.allBundles.first { $0.bundleURL.pathExtension == "xctest" && $0 != Bundle.main }?.bundleURL
        let tests = bundle ?? URL(filePath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent().appending(path: "midstream")
    }()

    /// The result of a run.
    struct Result: Sendable {
        /// The exit status, or the number of the signal that terminated the process.
        var status: Int32
        var isSignal: Bool
        var output: [UInt8]
        var errors: String

        /// The output as text. Records an issue if it is not UTF-8.
        var text: String {
            guard let text = String(validating: output, as: UTF8.self) else {
                Issue.record("the output is not UTF-8")
                return ""
            }
            return text
        }

        /// The lines of the output. Records an issue if the last line has no newline.
        var lines: [String] {
            if output.last ?? 0x0A != 0x0A { Issue.record("the last line has no newline") }
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }

        /// The JSON objects on the lines of the output.
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

    /// Limits concurrent runs. Hundreds of them would slow each other down and exceed the descriptors that `Process`
    /// supports.
    private static let turnstile = Turnstile(limit: 8)

    /// Runs the command and waits for it to exit.
    ///
    /// - Parameters:
    ///   - input: The contents of standard input.
    ///   - shell: Shell code to run before `exec` of the command, such as `ulimit -v 100000`; `nil` for no shell.
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
        // A `Process` does not close its handles when the process exits.
        for handle in handles { try handle.close() }
        return Result(
            status: end.status,
            isSignal: end.isSignal,
            output: [UInt8](try Data(contentsOf: output)),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
    }
}

/// Limits the number of concurrent tasks.
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
            let canEnter = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if canEnter { continuation.resume() }
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
    /// Starts the process and waits for it to exit without blocking a thread.
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

/// A temporary folder that is deleted with this value.
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
