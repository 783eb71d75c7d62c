import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// Captures of several responses, written by curl 7.88 or recorded from a persistent connection.
@Suite(.takesTurns) struct RecordingTests {
    struct Recording: Sendable, CustomTestStringConvertible {
        var name: String
        /// The kind of failure of each response, or `complete`.
        var outcomes: [String]
        var statuses: [Int]

        var url: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recordings/\(name)") }
        var testDescription: String { name }
    }

    static let all = [
        Recording(name: "digest.http", outcomes: ["http", "complete"], statuses: [401, 200]),
        Recording(name: "expect.http", outcomes: ["complete"], statuses: [200]),
        Recording(
            name: "keep-alive.http",
            outcomes: ["api", "http", "complete", "api", "complete"],
            statuses: [503, 502, 200, 529, 200]
        ),
        Recording(name: "proxy-redirect.http", outcomes: ["http", "complete"], statuses: [307, 200]),
        Recording(name: "redirect.http", outcomes: ["http", "complete"], statuses: [307, 200]),
        Recording(name: "retry-cut.http", outcomes: ["truncated", "complete"], statuses: [200, 200]),
        Recording(name: "retry-html.http", outcomes: ["api", "http", "complete"], statuses: [503, 502, 200]),
        Recording(name: "retry-text.http", outcomes: ["http", "complete"], statuses: [503, 200]),
    ]

    private func verdicts(_ result: Command.Result) -> [[String: any Sendable]] {
        result.objects.filter { $0["verdict"] != nil }
    }

    private func outcome(_ line: [String: any Sendable]) -> String {
        let verdict = line["verdict"] as? [String: any Sendable]
        return (verdict?["failure"] as? [String: any Sendable])?["kind"] as? String ?? verdict?["outcome"] as? String
            ?? ""
    }

    @Test(arguments: all)
    func replay(_ recording: Recording) async throws {
        let whole = try await Command.run(["replay", "--json", recording.url.path])
        let lines = verdicts(whole)
        #expect(lines.map(outcome) == recording.outcomes)
        #expect(whole.status == 0)
        let numbers = lines.map { $0["response"] as? Int }
        #expect(numbers == (lines.count == 1 ? [nil] : lines.indices.map { $0 + 1 }))
        for (line, status) in zip(lines, recording.statuses) {
            let failure = (line["verdict"] as? [String: any Sendable])?["failure"] as? [String: any Sendable]
            if let failure { #expect(failure["httpStatus"] as? Int == status) }
        }
        let allOptions = [
            ["--chunk-size", "1"], ["--chunk-size", "7"], ["--chunk-seed", "3"], ["--input", "response"],
        ]
        for options in Sweep.sample(allOptions, inDebug: 2) {
            let other = try await Command.run(["replay", "--json"] + options + [recording.url.path])
            #expect(other.output == whole.output && other.status == whole.status, "\(options)")
        }
        // The number follows the file name and precedes the verdict.
        let named = try await Command.run(["replay", "--json", "--with-name", recording.url.path])
        let prefix = #"{"file":"\#(recording.url.path)","#
        #expect(named.lines.filter { $0.hasPrefix(prefix) }.count == lines.count)
        if lines.count > 1 {
            #expect(named.lines.last?.hasPrefix(prefix + #""response":\#(lines.count),"verdict":"#) == true)
        }

        let human = try await Command.run(["replay", recording.url.path])
        let first = "midstream: \(lines.count > 1 ? "response 1: " : "")"
        #expect(human.errors.hasPrefix(first + (recording.outcomes[0] == "complete" ? "complete" : "failed")))
        #expect(human.text.hasSuffix("Hello, world\n"))
    }

    @Test(arguments: all)
    func events(_ recording: Recording) async throws {
        let whole = try await Command.run(["events", "--json", recording.url.path])
        // Each response has its own end line.
        #expect(whole.objects.count { $0["end"] != nil } == recording.outcomes.count)
        #expect(whole.lines.last?.hasPrefix(#"{"end":{"bytes":899,"events":8,"#) == true)
        #expect(whole.status == 0)
        let other = try await Command.run(["events", "--json", "--chunk-size", "1", recording.url.path])
        #expect(other.output == whole.output && other.errors == whole.errors)
    }

    /// The exit status is that of the last response.
    @Test func lastStatus() async throws {
        let failed =
            "HTTP/1.1 529 x\r\ncontent-type: application/json\r\n\r\n{\"error\":{\"type\":\"overloaded_error\"}}"
        for name in ["retry-cut.http", "keep-alive.http"] {
            let recording = try Data(contentsOf: Self.all[0].url.deletingLastPathComponent().appending(path: name))
            for action in ["replay", "events"] {
                let result = try await Command.run(
                    [action, "--json", "-"],
                    input: [UInt8](recording) + Array(failed.utf8)
                )
                #expect(result.status == 10)
            }
        }
    }
}
