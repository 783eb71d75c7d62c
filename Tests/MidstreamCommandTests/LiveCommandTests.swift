import CaptureCorpus
import Foundation
import TestScheduling
import TestSupport
import Testing

/// A stream in progress: the command displays each event before it waits for more bytes.
@Suite(.takesTurns) struct LiveCommandTests {
    /// The pieces of a capture, each ending with a frame.
    private func pieces(of capture: Capture) -> [(frame: NaiveFrame, bytes: ArraySlice<UInt8>)] {
        var start = 0
        return NaiveFrame.all(in: capture.bytes).map { frame in
            defer { start = frame.range.upperBound }
            return (frame, capture.bytes[start..<frame.range.upperBound])
        }
    }

    @Test(arguments: ["text-complete.sse", "crlf.sse", "cr-only.sse", "interleaved-blocks.sse"])
    func replayLines(_ name: String) throws {
        let command = try LiveCommand(["replay", "--json", "-"])
        for (frame, bytes) in pieces(of: Capture.named(name)) {
            // The second write completes the frame.
            try command.write(bytes.dropLast())
            try command.write(bytes.suffix(1))
            let line = try command.line()
            #expect(line.hasPrefix(#"{"event":"\#(frame.type)","offset":\#(frame.range.lowerBound),"#))
            #expect(command.isSilent)
        }
        let end = try command.finish()
        #expect(end.output.hasPrefix(#"{"verdict":{"outcome":"complete""#))
        #expect(end.status == 0)
    }

    /// The text appears as it arrives, for any requested chunk size.
    @Test(arguments: [[], ["--chunk-size", "7"], ["--chunk-size", "100000"], ["--chunk-seed", "5"]])
    func replayText(_ options: [String]) throws {
        let command = try LiveCommand(["replay"] + options + ["-"])
        var text = ""
        for (frame, bytes) in pieces(of: Capture.named("text-complete.sse")) {
            try command.write(bytes)
            guard frame.type == "content_block_delta" else { continue }
            let object = parse(String(decoding: frame.data, as: UTF8.self))
            let piece = try #require((object?["delta"] as? [String: any Sendable])?["text"] as? String)
            try command.expect(piece)
            text += piece
        }
        let end = try command.finish()
        #expect(Capture.named("text-complete.sse").expected.matches(text: text))
        #expect(end.output == "\n")
        #expect(end.errors.hasPrefix("midstream: complete"))
        #expect(end.status == 0)
    }

    @Test func eventsLines() throws {
        let command = try LiveCommand(["events", "--json", "-"])
        for (frame, bytes) in pieces(of: Capture.named("pings-and-comments.sse")) {
            try command.write(bytes)
            #expect(
                try command.line().contains(#""offset":\#(frame.range.lowerBound),"length":\#(frame.range.count)}"#)
            )
            #expect(command.isSilent)
        }
        #expect(try command.finish().status == 0)
    }

    /// A failure ends the command immediately, while the stream is still open.
    @Test func failure() throws {
        let command = try LiveCommand(["replay", "--json", "-"])
        try command.write(Capture.named("overloaded-first.sse").bytes)
        #expect(try command.line().hasPrefix(#"{"verdict":{"outcome":"failed""#))
        #expect(try command.finish().status == 10)
    }

    #if os(Linux)
        /// The command keeps only a part of a line or a body in memory, although both exceed the allowed memory.
        @Test(.enabled(if: Sweep.isComplete)) func memory() throws {
            let folder = try TemporaryFolder()
            let line = try folder.file(
                "line",
                [UInt8](repeating: UInt8(ascii: "x"), count: 100_000_000)
            )
            // After the verdict on the first file, the command waits for the second one.
            let replay = try LiveCommand(["replay", "--json", line.path, "-"])
            #expect(try replay.line().contains(#""kind":"limitExceeded""#))
            #expect(try replay.peakMemory() < 64 << 20)
            #expect(try replay.finish().status == 17)

            // Frames are discarded once displayed, so they need even less memory.
            let pings = Array(String(repeating: ": \(String(repeating: "x", count: 8000))\n\n", count: 125).utf8)
            let events = try LiveCommand(["events", "--json", "-"])
            for _ in 0..<100 { try events.write(pings) }
            try events.write(Array("data: x\n\n".utf8))
            _ = try events.line()
            #expect(try events.peakMemory() < 32 << 20)
            #expect(try events.finish().status == 0)
        }
    #endif
}
