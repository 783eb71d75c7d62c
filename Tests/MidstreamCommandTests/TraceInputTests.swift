import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// Traces and other output of curl as inputs of the command.
@Suite(.takesTurns) struct TraceInputTests {
    private static let folder = Capture.root.appending(path: "Corpus/recordings")

    private static func path(_ name: String) -> String { folder.appending(path: name).path }

    private static let note = "midstream: note: --trace-ascii does not record line breaks and non-ASCII characters"

    private func outcomes(_ result: Command.Result) -> [String] {
        result.objects.compactMap { $0["verdict"] as? [String: any Sendable] }.map { verdict in
            (verdict["failure"] as? [String: any Sendable])?["kind"] as? String ?? verdict["outcome"] as? String ?? ""
        }
    }

    @Test(
        arguments: [
            ("message.time.trace", ["complete"], 0), ("message.time.ascii", ["complete"], 0),
            ("message.v", ["complete"], 0),
            ("redirect.time-ids.trace", ["http", "complete"], 0), ("redirect.meter.v", ["http", "complete"], 0),
            ("retry.ids.trace", ["api", "complete"], 0), ("parallel.time-ids.trace", ["complete", "api"], 10),
            ("two.time-ids.ascii", ["complete", "complete"], 0), ("cut.time.trace", ["truncated"], 13),
            ("cut.v", ["truncated"], 13), ("overloaded.time.meter.trace", ["api"], 10),
            ("tls.time.trace", ["complete"], 0),
        ]
    )
    func replay(_ name: String, _ expected: [String], _ status: Int32) async throws {
        let whole = try await Command.run(["replay", "--json", Self.path(name)])
        #expect(outcomes(whole) == expected)
        #expect(whole.status == status)
        let isLossy = name.hasSuffix(".ascii")
        #expect(
            isLossy ? whole.errors.hasPrefix(Self.note) && whole.errors.count { $0 == "\n" } == 1 : whole.errors.isEmpty
        )
        // Each verdict has the number of its response.
        let numbers = whole.objects.filter { $0["verdict"] != nil }.map { $0["response"] as? Int }
        #expect(numbers == (expected.count == 1 ? [nil] : expected.indices.map { $0 + 1 }))
        var variants = [["--chunk-size", "1"], ["--chunk-seed", "3"]]
        if !name.hasSuffix(".v") { variants.append(["--input", "trace"]) }
        for options in variants {
            let other = try await Command.run(["replay", "--json"] + options + [Self.path(name)])
            #expect(other.output == whole.output && other.status == status, "\(options)")
        }
        let piped = try await Command.run(["replay", "--json", "-"], shell: "exec < '\(Self.path(name))'")
        #expect(piped.output == whole.output && piped.status == status)
        let events = try await Command.run(["events", "--json", Self.path(name)])
        #expect(events.objects.count { $0["end"] != nil } == expected.count)
    }

    /// The verdict on a trace is that on the bytes the server sent: the text is that of the output of `curl -N`.
    @Test func sameText() async throws {
        func text(_ name: String) async throws -> [UInt8] { try await Command.run(["replay", Self.path(name)]).output }
        let body = try await text("message.body")
        #expect(!body.isEmpty)
        for name in ["message.trace", "message.i", "message.v", "tls.time.trace", "message.time-ids.v"] {
            #expect(try await text(name) == body, "\(name)")
        }
    }

    /// A trace without a response is cut, wherever it ends.
    @Test(arguments: ["== Info: x", "== Info: x\n", "12:34:56.789012 => Send header, 8"])
    func tracesWithoutResponses(_ text: String) async throws {
        for options in [[], ["--input", "trace"]] {
            let result = try await Command.run(["replay", "--json"] + options + ["-"], input: Array(text.utf8))
            #expect(outcomes(result) == ["truncated"] && result.status == 13)
            let events = try await Command.run(["events", "--json"] + options + ["-"], input: Array(text.utf8))
            #expect(events.status == 0 && events.errors.isEmpty, "\(events.errors)")
        }
    }

    @Test func notTraces() async throws {
        let body = Self.path("message.body")
        for action in ["replay", "events"] {
            let result = try await Command.run([action, "--json", "--input", "trace", body])
            #expect(result.status == 66 && result.output.isEmpty)
            #expect(
                result.errors.hasPrefix(
                    "midstream: \(body): the file is not a curl trace; record one with curl --trace"
                )
            )
        }
        let named = try await Command.run(["replay", "--json", "--with-name", "--input", "trace", body])
        #expect(named.objects.first?["file"] as? String == body)
        #expect((named.objects.first?["unreadable"] as? String)?.hasPrefix("the file is not a curl trace") == true)
        let live = try await Command.run(["replay", "--input", "trace", "tcp://127.0.0.1:1"])
        #expect(live.status == 64)
        // Read as a body, a trace is text.
        let result = try await Command.run(["replay", "--json", "--input", "body", Self.path("message.trace")])
        #expect(result.status == 12 || result.status == 13)
    }

    @Test func damagedTraces() async throws {
        let text = String(decoding: try Data(contentsOf: Self.folder.appending(path: "message.trace")), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let index = try #require(lines.lastIndex { $0.hasPrefix("0010: ") })
        let damaged = (lines[..<index] + lines[(index + 1)...]).joined(separator: "\n")
        let result = try await Command.run(["replay", "--json", "-"], input: Array(damaged.utf8))
        #expect(result.status == 66)
        #expect(result.errors.contains("the trace is damaged at byte"))
        #expect(outcomes(result).isEmpty)
        // A truncated trace is judged like a truncated connection.
        let cut = try await Command.run(
            ["replay", "--json", "-"],
            input: Array(lines[..<index].joined(separator: "\n").utf8)
        )
        #expect(outcomes(cut) == ["truncated"] && cut.status == 13)
    }

    /// A compressed file is rejected, and the message names the command that reads it.
    @Test func compressedFiles() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("message.trace.gz", [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0])
        for action in ["replay", "events"] {
            let result = try await Command.run([action, file.path])
            #expect(result.status == 66)
            let advice = "decompress it first: gzip -dc FILE | midstream \(action) -\n"
            #expect(result.errors == "midstream: \(file.path): the file is compressed (gzip); \(advice)")
        }
        #expect(try await Command.run(["replay", "--input", "body", file.path]).status == 12)
    }
}
