import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// `midstream scan --stage`: one line for each input.
@Suite(.takesTurns) struct StageTests {
    private static let captures = StageInput.captures
    private static let records = StageInput.records
    private static let record = StageInput.record

    /// The lines with their names removed.
    private func verdicts(_ result: Command.Result) -> [Substring] {
        result.captureLines.map { $0.drop { $0 != "," } }
    }

    // MARK: Inputs

    /// Names, records and a tar archive of the same captures give the same lines, in order.
    @Test func forms() async throws {
        let names = Self.captures.map { "\($0.url.path)\n" }.joined()
        let fromNames = try await Command.run(["scan", "--stage"], input: Array(names.utf8))
        #expect(fromNames.status == 0 && fromNames.errors.isEmpty)
        #expect(fromNames.names == Self.captures.map(\.url.path))
        for line in fromNames.captureLines {
            #expect(line.hasPrefix("{\"key\":\"") && line.contains("\",\"schema\":1,"))
        }
        let fromRecords = try await Command.run(["scan", "--stage=records"], input: Self.records)
        #expect(fromRecords.status == 0 && fromRecords.names == Self.captures.map(\.name))
        #expect(verdicts(fromRecords) == verdicts(fromNames))
        #expect(fromRecords.lines.last == fromNames.lines.last)
        let folder = try ScanFolder()
        for capture in Self.captures { try folder.add(capture.name, capture) }
        let words = ["--stage", "tar"]
        let tar = try await Command.run(
            ["scan"] + words,
            shell:
                "cd '\(folder.path)' && tar -cf - \(Self.captures.map(\.name).joined(separator: " ")) > ../\(folder.url.lastPathComponent).tar; exec < ../\(folder.url.lastPathComponent).tar; rm ../\(folder.url.lastPathComponent).tar"
        )
        #expect(tar.status == 0 && tar.names == Self.captures.map(\.name))
        #expect(verdicts(tar) == verdicts(fromNames))
    }

    /// The same bytes give the same lines, with any number of jobs.
    @Test func determinism() async throws {
        let names = Array((Self.captures + Self.captures).map { "\($0.url.path)\n" }.joined().utf8)
        let first = try await Command.run(["scan", "--stage"], input: names)
        for jobs in [1, 3, 8] {
            let again = try await Command.run(["scan", "--stage=names", "--jobs=\(jobs)"], input: names)
            #expect(again.output == first.output)
        }
        let noSummary = try await Command.run(["scan", "--stage", "--no-summary", "-"], input: names)
        #expect(noSummary.lines == first.lines.dropLast())
    }

    @Test func summary() async throws {
        let result = try await Command.run(["scan", "--stage=records"], input: Self.records)
        let complete = Self.captures.filter { $0.expected.outcome == "complete" }.count
        #expect(result.summary["captures"] as? Int == Self.captures.count)
        #expect(result.summary["complete"] as? Int == complete)
        #expect(result.summary["failed"] as? Int == Self.captures.count - complete)
        let empty = try await Command.run(["scan", "--stage=records"])
        #expect(empty.status == 0 && empty.lines.count == 1 && empty.summary["captures"] as? Int == 0)
    }

    // MARK: Bad input

    /// Every input has a line, whatever it is.
    @Test func badNames() async throws {
        let folder = try ScanFolder()
        try folder.add("good", Self.captures[0])
        try folder.add("zipped", [0x1F, 0x8B, 8, 0])
        try folder.link("dangling", to: "nothing")
        try folder.addFIFO("fifo")
        let names = ["good", "", "missing", ".", "fifo", "zipped", "dangling", "good"]
        let input = Array(names.map { $0.isEmpty ? "\n" : "\(folder.path)/\($0)\n" }.joined().utf8)
        let result = try await Command.run(["scan", "--stage"], input: input + Array("a\u{0}b\n".utf8))
        #expect(result.status == 0 && result.captureLines.count == 9)
        let outcomes = result.objects.dropLast().map { $0["outcome"] as? String }
        let judged = Self.captures[0].expected.outcome
        let unreadable = [String?](repeating: "unreadable", count: 6)
        #expect(outcomes == [judged] + unreadable + [judged, "unreadable"])
        for (line, reason) in zip(
            result.captureLines.dropFirst(),
            [
                "the name is empty", "No such file", "Is a directory", "not a regular file", "compressed (gzip)",
                "No such file",
            ]
        ) {
            #expect(line.contains(reason))
        }
        #expect(result.captureLines[8].contains("the name contains a NUL byte"))
    }

    @Test func namesWithLineBreaks() async throws {
        let folder = try ScanFolder()
        try folder.add("a\nb", Self.captures[0])
        let result = try await Command.run(["scan", "--stage", "-0"], input: Array("\(folder.path)/a\nb\u{0}".utf8))
        #expect(result.names == ["\(folder.path)/a\nb"])
        #expect(result.objects.first?["outcome"] as? String == Self.captures[0].expected.outcome)
    }

    /// A record that is longer than its length does not stop the rest, nor does a truncated one.
    @Test func badRecords() async throws {
        let bytes = Self.captures[0].bytes
        var input = Self.record("first", bytes)
        input += Array("\(bytes.count - 100) long\n".utf8) + bytes
        input += Self.record("second", bytes)
        input += Array("\(bytes.count + 1) short\n".utf8) + bytes
        let result = try await Command.run(["scan", "--stage=records"], input: input)
        #expect(result.status == 0)
        #expect(result.names == ["first", "long", nil, "second", "short"])
        let lines = result.captureLines
        #expect(
            lines[2].hasPrefix(
                "{\"key\":null,\"schema\":1,\"outcome\":\"unreadable\",\"unreadable\":\"the input has no record"
            )
        )
        #expect(lines[4].contains("\"unreadable\":\"the input ends 1 byte too early"))
        #expect(lines[0].replacing("first", with: "second") == lines[3])
    }

    @Test func badArchives() async throws {
        let text = try await Command.run(
            ["scan", "--stage=tar"],
            input: Array("captures/a.sse\ncaptures/b.sse\n".utf8)
        )
        #expect(text.status == 0 && text.captureLines.count == 1)
        let gzip = try await Command.run(["scan", "--stage=tar"], input: [0x1F, 0x8B, 8, 0, 1, 2])
        #expect(gzip.captureLines.first?.contains("the archive is compressed (gzip); decompress it first") == true)
    }

    /// Keys that are not UTF-8 give valid lines, all of them different.
    @Test func anyKeys() async throws {
        let keys: [[UInt8]] = [[0xFF], [0xFE], Array("\u{FFFD}".utf8), [0xED, 0xB2, 0x80], [0x22, 0x5C, 0x07], []]
        let input = keys.flatMap { key -> [UInt8] in Array("1 ".utf8) + key + [0x0A, 0x78] }
        let result = try await Command.run(["scan", "--stage=records"], input: input)
        #expect(result.captureLines.count == keys.count && Set(result.captureLines).count == keys.count)
        let hex = result.objects.dropLast().map { $0["keyHex"] as? String }
        #expect(hex == ["ff", "fe", nil, "edb280", nil, nil])
        // The lines of a run are the `--skip` of the next.
        let folder = try ScanFolder()
        try folder.add("earlier", result.output)
        let rest = try await Command.run(["scan", "--stage=records", "--skip", "\(folder.path)/earlier"], input: input)
        #expect(rest.captureLines.isEmpty && rest.summary["passedOver"] as? Int == keys.count)
    }

    // MARK: Exit status

    @Test(
        arguments: [
            ([], 0), (["--fail-on", "api"], 1), (["--fail-on", "transport"], 0), (["--fail-on", "any"], 1),
            (["--fail-on", "unreadable"], 0),
        ] as [([String], Int32)]
    )
    func failOn(_ options: [String], _ status: Int32) async throws {
        let result = try await Command.run(["scan", "--stage=records"] + options, input: Self.records)
        #expect(result.status == status && result.captureLines.count == Self.captures.count)
    }

    // MARK: Pipes

    /// Each line is written before the next input is read, so that an engine can wait for it.
    @Test(arguments: ["names", "records"])
    func conversation(_ form: String) throws {
        let command = try LiveCommand(["scan", "--stage=\(form)", "--no-summary"])
        for capture in Self.captures.prefix(5) {
            if form == "names" {
                try command.write(Array("\(capture.url.path)\n".utf8))
            } else {
                try command.write(Self.record(capture.name, capture.bytes))
            }
            let line = try command.line()
            #expect(line.hasPrefix("{\"key\":\"\(form == "names" ? capture.url.path : capture.name)\","))
        }
        let end = try command.finish()
        #expect(end.status == 0 && end.output.isEmpty && end.errors.isEmpty)
    }

    /// A closed pipe ends the command quietly.
    @Test(arguments: ["--stage=records", "--stage=names", "--json"])
    func closedPipe(_ option: String) async throws {
        let names = (0..<2000).map { _ in "\(Self.captures[0].url.path)\n" }.joined()
        let input = option == "--stage=records" ? (0..<40).flatMap { _ in Self.records } : Array(names.utf8)
        let folder = try ScanFolder()
        try folder.add("input", input)
        let words = option == "--json" ? ["scan", "--json", "-"] : ["scan", option]
        let result = try await Command.run(
            words,
            shell: "exec < '\(folder.path)/input'; \"$0\" \"$@\" | head -n 1; exec true"
        )
        #expect(result.errors.isEmpty && result.lines.count == 1)
    }

    #if os(Linux)
        /// Memory use does not depend on the length of the input.
        @Test func memory() throws {
            let command = try LiveCommand(["scan", "--stage=records", "--no-summary"])
            let line = Array("event: ping\ndata: {\"type\":\"ping\"}\n\n".utf8)
            let piece = (0..<2000).flatMap { _ in line }
            let count = Sweep.count(inDebug: 20, inRelease: 2000)
            try command.write(Array("\(piece.count * count) key\n".utf8))
            for _ in 0..<count { try command.write(piece) }
            #expect(try command.line().contains("\"truncated\""))
            #expect(try command.peakMemory() < 64 << 20)
            #expect(try command.finish().status == 0)
        }
    #endif
}
