import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// `midstream scan --skip`: the output of an earlier run, complete or truncated.
@Suite(.takesTurns) struct StageSkipTests {
    private static let captures = StageInput.captures
    private static let records = StageInput.records

    /// The places to cut an output: around every line end, and some in every line. Each one starts a process.
    private static func cuts(_ output: [UInt8]) -> [Int] {
        let ends = output.indices.filter { output[$0] == 0x0A }.flatMap { [$0, $0 + 1, $0 + 2] }
        return Set(ends + stride(from: 0, through: output.count, by: 61)).filter { $0 <= output.count }.sorted()
    }

    /// Wherever the output was cut, the next run prints the remaining lines.
    @Test func skip() async throws {
        let folder = try ScanFolder()
        let whole = try await Command.run(["scan", "--stage=records", "--no-summary"], input: Self.records)
        for count in Sweep.sample(Self.cuts(whole.output), inDebug: 8) {
            let earlier = Array(whole.output.prefix(count))
            try folder.add("earlier", earlier)
            let rest = try await Command.run(
                ["scan", "--stage=records", "--no-summary", "--skip", "\(folder.path)/earlier"],
                input: Self.records
            )
            // A truncated last line is ignored.
            let lines = earlier.prefix((earlier.lastIndex(of: 0x0A) ?? -1) + 1)
            #expect(Array(lines) + rest.output == whole.output)
        }
    }

    /// A truncated line before the lines of a later run is ignored, as are other lines.
    @Test func skipAfterTornLine() async throws {
        let folder = try ScanFolder()
        let whole = try await Command.run(["scan", "--stage=records"], input: Self.records)
        let lines = whole.captureLines
        let torn = String(lines[0].prefix(40))
        try folder.add("earlier", Array("\(torn)\(lines[1])\nno JSON\n\n[1]\n\(lines[2])\n\(lines[3])".utf8))
        let rest = try await Command.run(
            ["scan", "--stage=records", "--skip=\(folder.path)/earlier"],
            input: Self.records
        )
        #expect(rest.captureLines == [lines[0], lines[1]] + lines[3...])
        #expect(rest.summary["passedOver"] as? Int == 1)
    }

    @Test func skipOfFiles() async throws {
        let folder = try ScanFolder()
        for name in ["a", "b", "c"] { try folder.add("captures/\(name)", Self.captures[0]) }
        let path = "\(folder.path)/captures"
        let whole = try await Command.run(["scan", "--json", path])
        try folder.add("earlier", Array((whole.lines[1] + "\n").utf8))
        let rest = try await Command.run(["scan", "--json", "--skip", "\(folder.path)/earlier", path])
        #expect(rest.names == ["\(path)/a", "\(path)/c"])
    }
}
