import CaptureCorpus
import Foundation
import LoopbackServer
import TestScheduling
import Testing

/// Inherited standard descriptors, signals, and streams that do not end.
@Suite(.takesTurns(within: .seconds(300))) struct PipeTests {
    private let complete = Capture.named("text-complete.sse")

    /// A command between two pipes whose other ends belong to the test.
    private final class Piped {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        private let errors: URL
        private let folder: URL

        init(_ arguments: [String], isNonBlocking: Bool = false, shell: String = "") throws {
            signal(SIGPIPE, SIG_IGN)
            folder = FileManager.default.temporaryDirectory.appending(path: "midstream-tests-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            errors = folder.appending(path: "errors")
            try Data().write(to: errors)
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "\(shell) exec \"$0\" \"$@\"", Command.executable.path] + arguments
            process.standardInput = input
            process.standardOutput = output
            process.standardError = try FileHandle(forWritingTo: errors)
            if isNonBlocking {
                // The flag belongs to the end of the pipe that the command inherits.
                for end in [input.fileHandleForReading, output.fileHandleForWriting] {
                    let flags = fcntl(end.fileDescriptor, F_GETFL)
                    #expect(fcntl(end.fileDescriptor, F_SETFL, flags | O_NONBLOCK) == 0)
                }
            }
            try process.run()
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(at: folder)
        }

        func write(_ bytes: some Sequence<UInt8>) throws {
            try input.fileHandleForWriting.write(contentsOf: Data(bytes))
        }

        /// Waits for the command to exit, after closing the input if `closes` is true.
        func finish(closes: Bool = false, closesAfter: Bool = true) throws -> (
            output: [UInt8], errors: String, status: Int32
        ) {
            if closes { try input.fileHandleForWriting.close() }
            let bytes = [UInt8](try output.fileHandleForReading.readToEnd() ?? Data())
            // Other readers of the input exit now. Without this, the wait would last as long as they do.
            if !closes, closesAfter { try input.fileHandleForWriting.close() }
            process.waitUntilExit()
            let isSignal = process.terminationReason == .uncaughtSignal
            return (
                bytes, String(decoding: try Data(contentsOf: errors), as: UTF8.self),
                isSignal ? -process.terminationStatus : process.terminationStatus
            )
        }
    }

    // MARK: Non-blocking descriptors

    @Test(arguments: ["replay", "events"])
    func nonBlocking(_ action: String) throws {
        let capture = Capture.named("answer-1mb.sse")
        let command = try Piped([action, "--json", "-"], isNonBlocking: true)
        let input = command.input.fileHandleForWriting
        let writer = Thread {
            // At first, the pipe is empty; at the end, it is full.
            usleep(200_000)
            try? input.write(contentsOf: Data(capture.bytes))
            try? input.close()
        }
        writer.start()
        usleep(600_000)
        let result = try command.finish(closesAfter: false)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        let lines = result.output.split(separator: 0x0A)
        #expect(lines.count == capture.expected.events + 1)
        #expect(lines.last?.starts(with: Array(action == "replay" ? #"{"verdict":"#.utf8 : #"{"end":"#.utf8)) == true)
    }

    // MARK: Unwritable output

    #if os(Linux)
        @Test(arguments: ["> /dev/full", ">&-"], ["replay", "events"])
        func unwritable(_ redirection: String, _ action: String) async throws {
            for options in [[], ["--json"]] {
                let path = complete.url.path
                let result = try await Command.run([action] + options + [path], shell: "exec \(redirection)")
                #expect(result.status == 74 && !result.isSignal)
                #expect(result.errors.hasPrefix("midstream: standard output cannot be written: "))
            }
        }

        /// An unwritable standard error does not change the exit status.
        @Test(arguments: ["2> /dev/full", "2>&-", "a broken pipe"])
        func unwritableErrors(_ redirection: String) async throws {
            let broken =
                redirection == "a broken pipe" ? "mkfifo p && (: < p) & exec 2> p; sleep 0.3" : "exec \(redirection)"
            let folder = try TemporaryFolder()
            for (name, status) in [("text-complete.sse", 0 as Int32), ("overloaded-first.sse", 10)] {
                let shell = "cd '\(folder.url.path)'; rm -f p; \(broken)"
                let result = try await Command.run(["replay", Capture.named(name).url.path], shell: shell)
                #expect(result.status == status && !result.isSignal, "\(redirection)")
            }
            let missing = try await Command.run(
                ["replay", "/missing"],
                shell: "cd '\(folder.url.path)'; rm -f p; \(broken)"
            )
            #expect(missing.status == 66)
        }
    #endif

    // MARK: Names

    @Test func nonUTF8FileNames() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("plain", complete.bytes)
        let shell =
            "cd '\(folder.url.path)'; cp plain \"$(printf 'caf\\351.sse')\"; set -- \"$@\" \"$(printf 'caf\\351.sse')\""
        let result = try await Command.run(["replay", "--json", "--with-name"], shell: shell)
        #expect(result.status == 0)
        #expect(result.objects.last?["file"] as? String == "caf\u{FFFD}.sse")
        #expect(result.lines.last?.hasPrefix(#"{"file":"caf"#) == true)
        #expect(try await Command.run(["events"], shell: shell).status == 0)
    }

    // MARK: Signals

    @Test(arguments: [SIGINT, SIGTERM], ["pipe", "fifo", "tcp", "http"])
    func signals(_ number: Int32, _ source: String) async throws {
        let frames = NaiveFrame.all(in: complete.bytes)
        let beginning = Array(complete.bytes[..<frames[5].range.upperBound])
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nrequest-id: req_9\r\n\r\n"
        let server = try LoopbackServer { peer in
            if source == "http" { _ = try peer.readHead() }
            try peer.write(Array(head.utf8) + beginning)
            peer.waitForClose()
        }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let fifo = folder.url.appending(path: "fifo").path
        let name = source == "pipe" ? "-" : source == "fifo" ? fifo : server.url("/", scheme: source)
        let makeFIFO = source == "fifo" ? "mkfifo '\(fifo)'; exec 3<&0; cat <&3 > '\(fifo)' & exec 3<&-;" : ""
        let command = try Piped(["replay", "--json", name], shell: makeFIFO)
        if source == "pipe" || source == "fifo" { try command.write(Array(head.utf8) + beginning) }
        // The last event is displayed, so the command has read the whole beginning.
        var shown: [UInt8] = []
        while shown.count(where: { $0 == 0x0A }) < 6 {
            let bytes = command.output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty)
            shown += bytes
        }
        kill(command.process.processIdentifier, number)
        let end = try command.finish()
        #expect(end.status == 19)
        let verdict = parse(String(decoding: end.output, as: UTF8.self))?["verdict"] as? [String: Any]
        let failure = verdict?["failure"] as? [String: Any]
        #expect(failure?["kind"] as? String == "cancelled")
        #expect(failure?["requestID"] as? String == "req_9")
        #expect(failure?["replaySafety"] as? String == "never")
        #expect((verdict?["text"] as? String)?.isEmpty == false)
        #expect((verdict?["message"] as? [String: Any])?["id"] is String)
        // Keep the folder alive until here.
        #expect(FileManager.default.fileExists(atPath: folder.url.path))
    }

    /// Before the first byte, in a head, and in `events`.
    @Test func earlySignals() throws {
        let calls = [("", "replay"), ("HTTP/1.1 20", "replay"), ("data: x\n\n", "events")]
        let commands = try calls.map { input, action in
            let command = try Piped([action, "--json", "-"])
            try command.write(input.utf8)
            return command
        }
        usleep(500_000)
        for ((_, action), command) in zip(calls, commands) {
            kill(command.process.processIdentifier, SIGINT)
            let end = try command.finish()
            #expect(end.status == 19)
            let line = String(decoding: end.output.split(separator: 0x0A).last ?? [], as: UTF8.self)
            if action == "events" { #expect(line.hasPrefix(#"{"end":{"bytes":9,"events":1"#)) }
            if action == "replay" { #expect(line.contains(#""kind":"cancelled""#) && line.contains("beforeResponse")) }
        }
    }

    /// A second signal ends the command immediately, even while it cannot write its verdict.
    @Test func secondSignal() throws {
        let command = try Piped(["replay", "--json", "-"])
        let input = command.input.fileHandleForWriting
        let writer = Thread { try? input.write(contentsOf: Data(Capture.named("answer-1mb.sse").bytes)) }
        writer.start()
        // The output pipe is full, because the test does not read it.
        usleep(500_000)
        kill(command.process.processIdentifier, SIGTERM)
        usleep(300_000)
        #expect(command.process.isRunning)
        kill(command.process.processIdentifier, SIGTERM)
        #expect(try command.finish().status == -SIGTERM)
    }

    /// A signal that the command inherits as ignored stays ignored; the other one works.
    @Test func ignoredSignal() throws {
        let command = try Piped(["replay", "--json", "-"], shell: "trap '' INT;")
        usleep(400_000)
        kill(command.process.processIdentifier, SIGINT)
        usleep(200_000)
        #expect(command.process.isRunning)
        kill(command.process.processIdentifier, SIGTERM)
        #expect(try command.finish().status == 19)
    }

    // MARK: The end of a live stream

    /// The verdict appears after `message_stop`, then the command exits, although the pipe stays open.
    @Test func exitsAfterMessage() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let command = try Piped(["replay", "-"])
        try command.write(complete.bytes)
        let end = try command.finish()
        #expect(end.status == 0)
        #expect(end.errors.hasPrefix("midstream: complete"))
        #expect(start.duration(to: clock.now) < .seconds(10))
    }

    /// Bytes that follow immediately count in the verdict. Later bytes are read but change nothing.
    @Test func diagnosticsAfterMessage() throws {
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}\n\n"
        let command = try Piped(["replay", "--json", "-"])
        try command.write(complete.bytes)
        try command.write(error.utf8)
        usleep(400_000)
        // The verdict has been printed, and the command still reads.
        #expect(command.process.isRunning)
        try command.write(error.utf8)
        let end = try command.finish(closes: true)
        #expect(end.status == 0)
        let lines = end.output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.count { $0.hasPrefix(#"{"verdict":"#) } == 1)
        #expect(lines.last?.contains(#""diagnosticCounts":{"errorAfterStop":1}"#) == true)
    }

    /// A response that arrives after the verdict on another one has its own verdict.
    @Test func laterResponse() throws {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        let failed = "HTTP/1.1 529 \r\ncontent-length: 2\r\n\r\n{}"
        let command = try Piped(["replay", "--json", "-"])
        try command.write(failed.utf8)
        usleep(400_000)
        try command.write(Array(head.utf8) + complete.bytes)
        let end = try command.finish()
        let lines = end.output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.first?.hasPrefix(#"{"verdict":{"outcome":"failed""#) == true)
        #expect(lines.last?.hasPrefix(#"{"response":2,"verdict":{"outcome":"complete""#) == true)
        #expect(end.status == 0)
    }
}
