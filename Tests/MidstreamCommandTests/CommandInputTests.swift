import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// The inputs of the command and its exit statuses.
@Suite(.takesTurns) struct CommandInputTests {
    private static let start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"

    // MARK: Exit status

    @Test(
        arguments: [
            (start + "event: message_stop\ndata: {}\n\n", "complete", 0),
            ("event: error\ndata: {\"type\":\"error\"}\n\n", "api", 10),
            ("{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}", "api", 10),
            ("<html><body>502 Bad Gateway</body></html>", "notEventStream", 12),
            ("{\"type\":\"message\",\"content\":[]}", "notEventStream", 12), ("\u{1F}\u{8B}", "notEventStream", 12),
            ("", "truncated", 13), ("event: ping\ndata: {}\n\n", "truncated", 13), (start, "truncated", 13),
            ("event: ping\ndata: {\n\n", "truncated", 13), ("event: message_stop\ndata: {\n\n", "malformedEvent", 15),
            ("data: [DONE]\n\n", "malformedEvent", 15),
            (start + start, "protocolViolation", 16),
            ("event: content_block_stop\ndata: {\"index\":0}\n\n", "protocolViolation", 16),
        ]
    )
    func replayStatus(_ body: String, kind: String, status: Int32) async throws {
        let json = try await Command.run(["replay", "--json", "-"], input: Array(body.utf8))
        #expect(json.status == status && !json.isSignal)
        #expect(json.errors.isEmpty)
        let verdict = json.objects.last?["verdict"] as? [String: any Sendable]
        let failure = verdict?["failure"] as? [String: any Sendable]
        #expect(failure?["kind"] as? String ?? "complete" == kind)

        let human = try await Command.run(["replay", "-"], input: Array(body.utf8))
        #expect(human.status == status && !human.isSignal)
        #expect(human.errors.hasPrefix(status == 0 ? "midstream: complete" : "midstream: failed (\(kind))"))
        // `events` gives no verdict on events.
        let events = try await Command.run(["events", "--json", "-"], input: Array(body.utf8))
        #expect(events.status == 0)
    }

    // MARK: Usage

    @Test(
        arguments: [
            [], ["replay"], ["events"], ["replay", "--json"], ["play", "-"], ["--json", "replay", "-"],
            ["replay", "-x", "-"],
            ["replay", "--jso", "-"], ["replay", "--json=1", "-"], ["events", "-", "-"], ["replay", "--chunk-size"],
            ["replay", "--chunk-size", "0", "-"], ["replay", "--chunk-size", "-1", "-"],
            ["replay", "--chunk-size=", "-"],
            ["replay", "--chunk-size", "1k", "-"], ["replay", "--chunk-size", "99999999999999999999", "-"],
            ["replay", "--chunk-seed", "x", "-"], ["replay", "--chunk-seed", "-1", "-"],
            ["replay", "-", "--chunk-seed"],
            ["replay", "--input", "pcap", "-"], ["replay", "--input"], ["replay", "--"],
        ] as [[String]]
    )
    func invalidUsage(_ arguments: [String]) async throws {
        let result = try await Command.run(arguments)
        #expect(result.status == 64 && !result.isSignal)
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("midstream: "))
        #expect(result.errors.contains("midstream --help"))
    }

    @Test(arguments: [["--help"], ["help"], ["-h"], ["replay", "--help"], ["events", "--json", "-h"]])
    func help(_ arguments: [String]) async throws {
        let result = try await Command.run(arguments)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        for word in [
            "replay", "events", "--json", "--chunk-size", "--chunk-seed", "--input", "--with-name", "19 cancelled",
            "66", "74",
        ] {
            #expect(result.text.contains(word))
        }
    }

    @Test func fileNamesThatLookLikeOptions() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.file("--json", Array(Self.start.utf8))
        let result = try await Command.run(["replay", "--", "--json"], shell: "cd '\(folder.url.path)'")
        #expect(result.status == 13)
        #expect(result.errors.hasPrefix("midstream: failed (truncated)"))
    }

    // MARK: Unreadable files

    @Test(arguments: ["replay", "events"])
    func unreadable(_ action: String) async throws {
        let folder = try TemporaryFolder()
        let missing = folder.url.appending(path: "missing.sse").path
        var cases = [(missing, "No such file"), (folder.url.path, "directory"), ("", "No such file")]
        #if os(Linux)
            // It can be opened, but reading at offset 0 fails.
            cases.append(("/proc/self/mem", "error"))
        #endif
        for (path, reason) in cases {
            for options in [[], ["--json"]] {
                let result = try await Command.run([action] + options + [path])
                #expect(result.status == 66 && !result.isSignal)
                #expect(result.output.isEmpty)
                #expect(result.errors.hasPrefix("midstream: \(path): "))
                #expect(result.errors.contains(reason))
            }
        }
        let input = try await Command.run([action, "-"], shell: "exec < '\(folder.url.path)'")
        #expect(input.status == 66)
        #expect(input.errors.hasPrefix("midstream: standard input: "))
        let closed = try await Command.run([action, "-"], shell: "exec <&-")
        #expect(closed.status == 66)
    }

    /// Each file has its own verdict. The exit status is the first nonzero one.
    @Test func severalFiles() async throws {
        let paths = ["text-complete.sse", "overloaded-first.sse", "cut-between-frames.sse"].map {
            Capture.named($0).url.path
        }
        let result = try await Command.run(["replay", "--json", paths[0], "/missing", paths[2], paths[1]])
        let outcomes = result.objects.compactMap { $0["verdict"] as? [String: any Sendable] }.map {
            $0["outcome"] as? String
        }
        #expect(outcomes == ["complete", "failed", "failed"])
        #expect(result.status == 66)
        #expect(result.errors == "midstream: /missing: No such file or directory\n")

        let human = try await Command.run(["replay", paths[0], paths[1], paths[2]])
        #expect(human.status == 10)
        for path in paths { #expect(human.errors.contains("midstream: \(path)\n")) }
        #expect(try await Command.run(["replay", "--json", paths[0], paths[0]]).status == 0)
    }

    // MARK: Junk and large inputs

    @Test(arguments: Sweep.sample([1 as UInt64, 2, 3], inDebug: 1))
    func binaryJunk(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let junk = random.bytes(100_000)
        let replay = try await Command.run(["replay", "--json", "-"], input: junk)
        #expect(replay.status == 12 && !replay.isSignal)
        #expect(replay.objects.count == 1)
        let human = try await Command.run(["replay", "-"], input: junk)
        #expect(human.errors.contains("looks like binary data"))
        let events = try await Command.run(["events", "--json", "-"], input: junk)
        #expect(events.status == 0 && !events.isSignal)
        #expect(events.objects.last?["end"] != nil)
    }

    /// A line of 100 MB is rejected at the limit.
    @Test(.enabled(if: Sweep.isComplete), arguments: ["", "data: ", ":"])
    func hugeLine(_ beginning: String) async throws {
        let folder = try TemporaryFolder()
        var body = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000)
        body.replaceSubrange(0..<beginning.utf8.count, with: beginning.utf8)
        let file = try folder.file("huge", body)
        for action in ["replay", "events"] {
            let result = try await Command.run([action, "--json", file.path])
            #expect(result.status == 17 && !result.isSignal)
            #expect(result.objects.count == 1)
            if action == "replay" {
                let verdict = result.objects.first?["verdict"] as? [String: any Sendable]
                let failure = verdict?["failure"] as? [String: any Sendable]
                #expect(failure?["kind"] as? String == "limitExceeded")
                #expect(failure?["byteOffset"] as? Int == 16 << 20)
            } else {
                #expect(result.errors.contains("a line is longer than 16777216 bytes"))
            }
        }
        let human = try await Command.run(["replay", file.path])
        #expect(human.status == 17)
        #expect(human.errors.contains("A line of the event stream is longer than 16777216 bytes"))
    }

    // MARK: Closed output

    /// If the reader closes the pipe, the command exits quietly, even if SIGPIPE is ignored.
    @Test(arguments: ["", "trap '' PIPE;"])
    func closedOutput(_ trap: String) async throws {
        let path = Capture.named("answer-1mb.sse").url.path
        for action in ["replay", "events"] {
            for option in ["--json", "--chunk-size=100"] {
                let folder = try TemporaryFolder()
                let errors = try folder.file("errors", [])
                let pipe = Pipe()
                let process = Process()
                process.executableURL = URL(filePath: "/bin/sh")
                process.arguments = ["-c", "\(trap) exec \"$0\" \"$@\"", Command.executable.path, action, option, path]
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = pipe
                process.standardError = try FileHandle(forWritingTo: errors)
                // The pipe has no reader, so a write fails.
                try pipe.fileHandleForReading.close()
                let end = try await process.runToItsEnd()
                #expect(end.isSignal ? end.status == SIGPIPE : end.status == 128 + SIGPIPE)
                #expect(end.isSignal == trap.isEmpty || !end.isSignal)
                #expect(try Data(contentsOf: errors).isEmpty)
            }
        }
    }
}
