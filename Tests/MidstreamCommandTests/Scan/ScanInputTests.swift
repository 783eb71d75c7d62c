import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// The inputs of `midstream scan`: bad files, loops, and names from standard input.
@Suite(.takesTurns) struct ScanInputTests {
    // MARK: Bad input

    /// One bad file never stops the rest.
    @Test func badFiles() async throws {
        let folder = try ScanFolder()
        let good = Capture.small.first { $0.expected.outcome == "complete" } ?? Capture.all[0]
        try folder.add("a", good)
        try folder.add("sub/b", good)
        try folder.add("empty", [])
        try folder.add("zipped", [0x1F, 0x8B, 8, 0])
        try folder.add("image.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0x0D])
        try folder.add("page.html", Array("<!doctype html><title>502 Bad Gateway</title>".utf8))
        try folder.link("dangling", to: "nothing")
        try folder.link("ring", to: "ring")
        try folder.link("sub/loop", to: "..")
        try folder.link("sub/self", to: ".")
        try folder.addFIFO("fifo")
        let trace =
            Array("== Info: x\n<= Recv header, 17 bytes (0x11)\n".utf8)
            + Array("0000: 48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d HTTP/1.1 200 OK.\n== Info: y\n".utf8)
        try folder.add("damaged.trace", trace)
        let result = try await Command.run(["scan", "--json", folder.path, "\(folder.path)/missing"])
        let names = result.outcomes.map { (String($0.key.dropFirst(folder.path.count + 1)), $0.value) }
        #expect(
            Dictionary(uniqueKeysWithValues: names) == [
                "a": "complete", "sub/b": "complete", "empty": "truncated", "zipped": "unreadable",
                "image.png": "notEventStream", "page.html": "notEventStream", "dangling": "unreadable",
                "ring": "unreadable", "sub/loop": "skipped", "sub/self": "skipped", "fifo": "skipped",
                "damaged.trace": "unreadable", "missing": "unreadable",
            ]
        )
        #expect(result.status == 1 && result.errors.isEmpty)
        let human = try await Command.run(["scan", folder.path])
        #expect(human.text.contains("zipped: unreadable: the file is compressed (gzip); decompress it first"))
        #expect(human.text.contains("dangling: unreadable: No such file or directory"))
        // A FIFO that is given as the path is an error, and is not opened.
        let fifo = try await Command.run(["scan", "--json", "\(folder.path)/fifo"])
        #expect(fifo.status == 1 && fifo.summary["unreadable"] as? Int == 1)
    }

    /// A loop of links ends, and is not an error.
    @Test func loops() async throws {
        let folder = try ScanFolder()
        let good = Capture.small.first { $0.expected.outcome == "complete" } ?? Capture.all[0]
        try folder.add("x/y/a", good)
        try folder.link("x/y/up", to: "../../x")
        let result = try await Command.run(["scan", "--json", folder.path])
        #expect(result.status == 0 && result.names.count == 2)
        #expect(result.summary["skipped"] as? Int == 1 && result.summary["captures"] as? Int == 1)
        #expect(result.captureLines[1].contains("the link leads back to a directory above it"))
    }

    // MARK: Names from standard input

    @Test func namesFromStandardInput() async throws {
        let folder = try ScanFolder()
        let good = Capture.small.first { $0.expected.outcome == "complete" } ?? Capture.all[0]
        for name in ["d/a", "b\nc"] { try folder.add(name, good) }
        let path = folder.path
        let lines = try await Command.run(["scan", "--json", "-"], input: Array("\(path)/d\n\n\(path)/x\n".utf8))
        #expect(lines.names == ["\(path)/d/a", "", "\(path)/x"] && lines.status == 1)
        #expect(lines.captureLines[1].contains("the name is empty"))
        let zero = try await Command.run(["scan", "--json", "-0"], input: Array("\(path)/b\nc\u{0}\(path)/d/a".utf8))
        #expect(zero.names == ["\(path)/b\nc", "\(path)/d/a"] && zero.status == 0)
        let nothing = try await Command.run(["scan", "--json", "-"])
        #expect(nothing.status == 0 && nothing.lines.count == 1)
        let long = try await Command.run(["scan", "--json", "-"], input: [UInt8](repeating: 0x61, count: 200_000))
        #expect(long.status == 1 && long.captureLines.count == 1 && long.output.count < 100_000)
    }

    /// A name that is not UTF-8 gives valid JSON, from which its bytes can be restored.
    @Test func anyNames() async throws {
        let folder = try ScanFolder()
        let good = Capture.small.first { $0.expected.outcome == "complete" } ?? Capture.all[0]
        let name: [UInt8] = Array(folder.path.utf8) + [0x2F, 0xFF, 0x22, 0xC3]
        // The path is NUL-terminated, and used only during the call.
        let descriptor = unsafe open(name.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
        // Some file systems accept only UTF-8.
        guard descriptor >= 0 else { return }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(good.bytes))
        let result = try await Command.run(["scan", "--json", folder.path])
        #expect(result.status == 0)
        let hex = name.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(result.objects.first?["fileHex"] as? String == hex)
        #expect((result.objects.first?["file"] as? String)?.hasSuffix("\u{FFFD}\"\u{FFFD}") == true)
    }

    /// A signal ends the scan with the captures so far.
    @Test func interruption() throws {
        let command = try LiveCommand(["scan", "--json", "-"])
        let capture = Capture.small[0]
        try command.write(Array("\(capture.url.path)\n".utf8))
        let line = try command.line()
        #expect(line.hasPrefix("{\"file\":\"\(capture.url.path)\","))
        command.interrupt()
        let summary = parse(try command.line())?["summary"] as? [String: any Sendable]
        #expect(summary?["interrupted"] as? Bool == true && summary?["captures"] as? Int == 1)
        let end = try command.finish()
        #expect(end.status == 19 && end.errors.isEmpty)
    }
}
