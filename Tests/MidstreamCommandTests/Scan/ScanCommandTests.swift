import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// `midstream scan` of files and directories.
@Suite(.takesTurns) struct ScanCommandTests {
    private static let corpus = Capture.root.appending(path: "Corpus/captures").path
    /// The paths of the captures except the one with 1 MB, which takes long in debug builds.
    private static let captures = Capture.all.filter { $0.bytes.count < 64 << 10 }.map(\.url.path)

    // MARK: Verdicts

    /// Each capture of the corpus has the verdict of `replay`.
    @Test func corpus() async throws {
        let result = try await Command.run(["scan", "--json", Self.corpus])
        #expect(result.status == 1 && result.errors.isEmpty)
        var lines: [String: [String: any Sendable]] = [:]
        for object in result.objects {
            if let file = object["file"] as? String { lines[URL(filePath: file).lastPathComponent] = object }
        }
        for capture in Capture.all {
            let line = try #require(lines[capture.name])
            let expected = capture.expected
            #expect(line["schema"] as? Int == 1)
            #expect(line["outcome"] as? String == expected.outcome)
            #expect(line["kind"] as? String == expected.kind)
            // The capture with 1 MB takes long in debug builds.
            guard capture.isSwept else { continue }
            let replay = try await Command.run(["replay", "--json", capture.url.path])
            let verdict = replay.objects.last?["verdict"] as? [String: any Sendable]
            let failure = verdict?["failure"] as? [String: any Sendable]
            for name in ["errorType", "stage", "excerpt", "replaySafety"] {
                #expect(line[name] as? String == failure?[name] as? String, "\(capture.name) \(name)")
            }
            for name in ["httpStatus", "equivalentStatus", "byteOffset", "eventIndex"] {
                #expect(line[name] as? Int == failure?[name] as? Int, "\(capture.name) \(name)")
            }
            #expect(line["isTransient"] as? Bool == failure?["isTransient"] as? Bool)
        }
        // The README and the list of verdicts are not event streams.
        #expect(lines["README.md"]?["kind"] as? String == "notEventStream")
        let counts = ["complete", "failed", "unreadable", "captures"].map { result.summary[$0] as? Int }
        let complete = Capture.complete.count
        #expect(counts == [complete, Capture.all.count - complete + 2, 0, Capture.all.count + 2])
    }

    @Test func humanSummary() async throws {
        let result = try await Command.run(["scan"] + Self.captures)
        #expect(result.status == 1 && result.errors.isEmpty)
        let text = result.text
        for line in [
            "failures by kind\n", "failures by error type\n", "failures by stage\n", "  overloaded_error       2\n",
            "  api        5\n", "  truncated  5\n", "\(Self.captures.count) captures, ",
            "overloaded-first.sse: failed (api): The service reported overloaded_error, as status 529: Overloaded, at byte 0",
        ] {
            #expect(text.contains(line))
        }
        let quiet = try await Command.run(["scan", "--quiet"] + Self.captures)
        #expect(quiet.status == 1 && quiet.lines.first?.hasPrefix("\(Self.captures.count) captures") == true)
        let nothing = try await Command.run(["scan", "-q", "--no-summary"] + Self.captures)
        #expect(nothing.status == 1 && nothing.output.isEmpty)
    }

    @Test func allComplete() async throws {
        let folder = try ScanFolder()
        for capture in Capture.complete.filter(\.isSwept).prefix(3) { try folder.add("a/\(capture.name)", capture) }
        let result = try await Command.run(["scan", folder.path])
        #expect(result.status == 0 && result.text.hasPrefix("3 captures"))
        let empty = try ScanFolder()
        #expect(try await Command.run(["scan", empty.path]).status == 0)
    }

    /// The times of traces, and the slowest ones.
    @Test func times() async throws {
        let folder = Capture.root.appending(path: "Corpus/recordings").path
        let result = try await Command.run(["scan", "--json", folder])
        let timed = result.objects.filter { $0["times"] is [String: any Sendable] }
        #expect(!timed.isEmpty)
        for line in timed {
            let times = line["times"] as? [String: any Sendable]
            let file = line["file"] as? String ?? ""
            #expect(file.contains(".time"), "\(file)")
            let (first, last) = (times?["firstByteSeconds"] as? Double, times?["lastByteSeconds"] as? Double)
            #expect(first ?? 1 <= last ?? 0, "\(file)")
        }
        let slowest = result.summary["slowestFirstBytes"] as? [[String: any Sendable]] ?? []
        let gaps = result.summary["largestGaps"] as? [[String: any Sendable]] ?? []
        #expect(slowest.count == 5 && gaps.count == 5)
        let seconds = gaps.compactMap { $0["seconds"] as? Double }
        #expect(seconds == seconds.sorted(by: >) && gaps.allSatisfy { $0["byteOffset"] is Int })
        let human = try await Command.run(["scan", folder])
        #expect(human.text.contains("slowest first bytes\n") && human.text.contains("largest gaps\n"))
    }

    // MARK: Order

    /// The output does not depend on the number of jobs.
    @Test func jobs() async throws {
        let folder = try ScanFolder()
        for number in 0..<24 {
            let capture = Capture.all[number % Capture.all.count]
            try folder.add("d\(number % 3)/f\(number)", capture.isSwept ? capture : Capture.small[0])
        }
        try folder.link("d1/loop", to: "..")
        let expected = try await Command.run(["scan", "--json", "--jobs", "1", folder.path])
        #expect(expected.captureLines.count == 25)
        let names = expected.names.compactMap(\.self)
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        for jobs in 2...8 {
            let result = try await Command.run(["scan", "--json", "-j\(jobs)", folder.path])
            #expect(result.output == expected.output && result.status == 1)
        }
        #expect(try await Command.run(["scan", "--json", folder.path]).output == expected.output)
    }

    /// Paths are scanned in the order given.
    @Test func paths() async throws {
        let folder = try ScanFolder()
        for name in ["b/2", "b/1", "a", "c"] { try folder.add(name, Capture.small[0]) }
        let paths = ["c", "b", "a", "c"].map { "\(folder.path)/\($0)" }
        let result = try await Command.run(["scan", "--json"] + paths)
        #expect(result.names == ["c", "b/1", "b/2", "a", "c"].map { "\(folder.path)/\($0)" })
    }

    // MARK: Options

    @Test(
        arguments: [
            (["--fail-on", "http"], 0), (["--fail-on", "api"], 1), (["--fail-on=http,truncated"], 1),
            (["--fail-on", "http", "--fail-on", "truncated"], 1), (["--fail-on", "unreadable"], 0),
            (["--fail-on", "any"], 1),
        ] as [([String], Int32)]
    )
    func failOn(_ options: [String], _ status: Int32) async throws {
        let result = try await Command.run(["scan", "-q"] + options + Self.captures)
        #expect(result.status == status && !result.isSignal)
    }

    @Test func unreadableFails() async throws {
        let result = try await Command.run(["scan", "-q", "--fail-on", "unreadable", "/nowhere"])
        #expect(result.status == 1)
        #expect(try await Command.run(["scan", "-q", "--fail-on", "api", "/nowhere"]).status == 0)
    }

    @Test(
        arguments: [
            [], ["--jobs", "0", "x"], ["--jobs", "x", "x"], ["--jobs", "9999", "x"], ["-", "x"], ["-0", "x"],
            ["--fail-on", "apis", "x"], ["--fail-on", "", "x"], ["--fail-on"], ["--skip"],
            ["--stage", "x"], ["--stage=x"], ["--stage", "names", "x"], ["--stage=records", "-0"],
            ["--stage=tar", "--jobs", "2"], ["--json=1", "x"], ["--input", "x", "x"], ["-x", "x"],
        ] as [[String]]
    )
    func usage(_ words: [String]) async throws {
        let result = try await Command.run(["scan"] + words)
        #expect(result.status == 64 && result.output.isEmpty && !result.errors.isEmpty)
    }

    @Test(arguments: ["/nowhere", "/"])
    func unreadableEarlierRun(_ path: String) async throws {
        let result = try await Command.run(["scan", "--json", "--skip", path] + Self.captures)
        #expect(result.status == 66 && result.output.isEmpty)
        #expect(result.errors.hasPrefix("midstream: --skip: \(path): "))
    }

    @Test func unreadableStandardInput() async throws {
        for words in [["-"], ["--stage"], ["--stage=tar"], ["--stage=records"]] {
            let result = try await Command.run(["scan", "--json"] + words, shell: "exec < /")
            #expect(result.status == 66 && result.errors.contains("Is a directory"))
        }
    }
}
