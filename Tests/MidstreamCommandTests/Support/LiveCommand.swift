import Foundation
import Testing

/// A running command, with access to its input and output.
final class LiveCommand {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let errors = Pipe()
    /// The output received but not consumed yet.
    private var pending: [UInt8] = []

    /// The maximum time to wait for output.
    private static let patience: Duration = .seconds(30)

    /// Output that did not arrive in time.
    struct Timeout: Error {
        var expected: String
        var received: String
    }

    init(_ arguments: [String]) throws {
        // Make a write to an exited command fail instead of killing the tests.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = Command.executable
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    /// Writes bytes to standard input.
    func write(_ bytes: some Sequence<UInt8>) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
    }

    /// Consumes the next bytes of standard output and expects them to equal `text`.
    func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let expected = Array(text.utf8)
        try receive(text) { $0.count >= expected.count }
        #expect(Array(pending.prefix(expected.count)) == expected, sourceLocation: sourceLocation)
        pending.removeFirst(min(expected.count, pending.count))
    }

    /// Consumes the next line of standard output.
    func line() throws -> String {
        try receive("a line") { $0.contains(0x0A) }
        let end = pending.firstIndex(of: 0x0A) ?? 0
        defer { pending.removeFirst(end + 1) }
        return String(decoding: pending[..<end], as: UTF8.self)
    }

    /// Sends SIGINT.
    func interrupt() { process.interrupt() }

    /// Closes standard input and waits for the command to exit.
    ///
    /// - Returns: The rest of standard output, standard error, and the exit status.
    func finish() throws -> (output: String, errors: String, status: Int32) {
        try input.fileHandleForWriting.close()
        pending += [UInt8](try output.fileHandleForReading.readToEnd() ?? Data())
        let messages = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (String(decoding: pending, as: UTF8.self), messages, process.terminationStatus)
    }

    /// Whether there is no unconsumed output.
    var isSilent: Bool { pending.isEmpty && !isReadable(output.fileHandleForReading, milliseconds: 0) }

    #if os(Linux)
        /// The peak memory use of the command so far, in bytes.
        func peakMemory() throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
            let kilobytes = try #require(
                line.split(separator: " ").dropLast().last.flatMap { Int($0.filter(\.isNumber)) }
            )
            return kilobytes * 1024
        }
    #endif

    private func receive(_ expected: String, until isEnough: ([UInt8]) -> Bool) throws {
        let deadline = ContinuousClock.now + Self.patience
        while !isEnough(pending) {
            let left = deadline - .now
            let isThere = left > .zero && isReadable(output.fileHandleForReading, milliseconds: 1000)
            let bytes = isThere ? [UInt8](output.fileHandleForReading.availableData) : []
            if left <= .zero || (isThere && bytes.isEmpty) {
                throw Timeout(expected: expected, received: String(decoding: pending, as: UTF8.self))
            }
            pending += bytes
        }
    }
}

private func isReadable(_ handle: FileHandle, milliseconds: CInt) -> Bool {
    var entry = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
    // The one entry outlives the call.
    return unsafe poll(&entry, 1, milliseconds) > 0
}
