import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// `midstream events`: the exact format of its JSON lines.
@Suite(.takesTurns) struct EventsCommandTests {
    private func run(_ body: String) async throws -> Command.Result {
        try await Command.run(["events", "--json", "-"], input: Array(body.utf8))
    }

    @Test func jsonLines() async throws {
        let frames = [
            "retry: 5\nid: 7\nevent: x\ndata: a\ndata:  b\"\n\n", ": comment\ndata: é\u{2028}\r\n\r", "\nid\n\n",
            "data\n\n", "retry: 10\n\n", "retry: x\nevent: y\ndata: z\nretry: 20\n\n", "data: unfinished\n",
        ]
        let result = try await run(frames.joined())
        #expect(
            result.text == """
                {"type":"x","data":"a\\n b\\"","lastEventID":"7","retry":5,"offset":0,"length":43}
                {"type":"message","data":"é\u{2028}","lastEventID":"7","retry":null,"offset":43,"length":24}
                {"type":"message","data":"","lastEventID":"","retry":null,"offset":72,"length":6}
                {"type":"y","data":"z","lastEventID":"","retry":20,"offset":89,"length":37}
                {"end":{"bytes":143,"events":4,"lastEventID":"","retry":20,"unfinishedBytes":17}}

                """
        )
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(frames.joined().utf8.count == 143)
    }

    @Test func emptyBody() async throws {
        let end = #"{"end":{"bytes":0,"events":0,"lastEventID":"","retry":null,"unfinishedBytes":0}}"# + "\n"
        let result = try await run("")
        #expect(result.text == end)
        #expect(result.status == 0)
    }

    /// Each event has the last event ID at its dispatch. The ID of an unfinished frame does not count.
    @Test func lastEventIDs() async throws {
        let result = try await run("id: 1\n\nid: 2\ndata: a\n\ndata: b\n\nid: 3\n\nid: 4\n")
        #expect(result.objects.compactMap { $0["lastEventID"] as? String } == ["2", "2"])
        #expect(result.lines.last?.contains(#""lastEventID":"3","retry":null,"unfinishedBytes":6"#) == true)
    }

    /// For arbitrary input bytes, the output is UTF-8 and each line is JSON.
    @Test func invalidUTF8() async throws {
        let folder = try TemporaryFolder()
        let bad: [UInt8] = [0xE2, 0x82, 0xFF, 0x00, 0x1B, 0xC0]
        var body: [UInt8] = []
        for name in ["data: ", "event: ", "id: "] { body += Array(name.utf8) + bad + [0x0A] }
        let file = try folder.file("bad", body + [0x0A])
        let result = try await Command.run(["events", "--json", file.path])
        let repaired = "\u{FFFD}\u{FFFD}\u{0}\u{1B}\u{FFFD}"
        #expect(result.objects.first?["data"] as? String == repaired)
        #expect(result.objects.first?["type"] as? String == repaired)
        // The parser ignores an ID that contains NUL.
        #expect(result.objects.first?["lastEventID"] as? String == "")
        #expect(result.lines.first?.hasPrefix(#"{"type":"��\u0000\u001b�","data":"#) == true)
    }

    /// Each frame of each capture, with its offset.
    @Test(arguments: Sweep.sample(Capture.all.filter(\.isSwept), inDebug: 12))
    func captures(_ capture: Capture) async throws {
        let result = try await Command.run(["events", "--json", capture.url.path])
        let objects = result.objects
        let frames = NaiveFrame.all(in: capture.bytes)
        #expect(objects.count == frames.count + 1)
        for (object, frame) in zip(objects, frames) {
            #expect(Set(object.keys) == ["type", "data", "lastEventID", "retry", "offset", "length"])
            #expect(object["type"] as? String == (frame.name.isEmpty ? "message" : frame.name))
            #expect((object["data"] as? String).map { Array($0.utf8) } == frame.data)
            #expect(object["offset"] as? Int == frame.range.lowerBound)
            #expect(object["length"] as? Int == frame.range.count)
        }
        let end = objects.last?["end"] as? [String: any Sendable]
        #expect(end.map { Set($0.keys) } == ["bytes", "events", "lastEventID", "retry", "unfinishedBytes"])
        #expect(end?["bytes"] as? Int == capture.bytes.count)
        #expect(end?["events"] as? Int == capture.expected.events)
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
    }

    /// The output is byte-identical for every chunking.
    @Test(arguments: [["--chunk-size", "1"], ["--chunk-size", "64"], ["--chunk-seed", "1"], ["--input", "body"]])
    func chunks(_ options: [String]) async throws {
        let names = ["mixed-line-ends-bom.sse", "no-space-multi-data.sse", "cut-inside-utf8.sse"]
        for name in Sweep.sample(names, inDebug: 1) {
            let capture = Capture.named(name)
            let whole = try await Command.run(["events", "--json", capture.url.path])
            let file = try await Command.run(["events"] + options + ["--json", capture.url.path])
            let input = try await Command.run(["events", "--json"] + options + ["-"], input: capture.bytes)
            #expect(file.output == whole.output && file.status == whole.status)
            #expect(input.output == whole.output && input.status == whole.status)
        }
    }

    /// Human-readable output: the events on standard output, the summary on standard error.
    @Test func humanOutput() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.file("body.sse", Array("event: x\ndata: a\ndata: b\n\ndata: c\n".utf8))
        let result = try await Command.run(["events", file.path])
        #expect(result.text == "0  bytes 0..<26  x\n   a\n   b\n")
        #expect(result.errors == "midstream: 1 event in 34 bytes, including 8 bytes of an unfinished event\n")
        #expect(result.status == 0)
    }
}
