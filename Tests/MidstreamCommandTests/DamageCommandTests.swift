import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// `midstream damage`, and the verdict of `replay` on its output.
@Suite(.takesTurns) struct DamageCommandTests {
    private static let capture = Capture.named("text-complete.sse")
    private static let trace = Capture.root.appending(path: "Corpus/recordings/message.time.trace").path

    /// Damages the capture, and replays the output.
    private func damaged(_ faults: String..., input: String = capture.url.path) async throws -> (
        Command.Result, [UInt8]
    ) {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "out").path
        let words = faults.flatMap { ["--fault", $0] }
        let result = try await Command.run(["damage"] + words + ["-o", output, input])
        #expect(result.status == 0, "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).contains("out"))
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: output)))
        return (try await Command.run(["replay", "--json", output]), bytes)
    }

    @Test(arguments: [
        ("error:shape=51,type=overloaded_error,after=5", 10), ("cut:byte=1000", 13), ("drop:event=1", 16),
        ("split:event=5", 15), ("html", 11), ("html:status=200", 12), ("content-type:value=text/plain", 12),
        ("gzip", 12),
        ("gzip:declared=no", 12), ("status:code=429,retry-after=2", 10), ("error:shape=27", 12), ("stall:after=3", 13),
        ("reset:after=3", 13), ("pings:after=3", 13), ("error:shape=5", 13), ("split:event=5,into=lines", 0),
        ("rechunk", 0),
    ])
    func verdict(_ fault: String, _ status: Int32) async throws {
        let (replay, _) = try await damaged(fault)
        #expect(replay.status == status, "\(replay.text.suffix(500))")
    }

    @Test func formatIsPreserved() async throws {
        let (_, body) = try await damaged("cut:after=2")
        #expect(Self.capture.bytes.starts(with: body))
        let (_, response) = try await damaged("cut:after=2", input: Self.trace)
        #expect(response.starts(with: "HTTP/1.1 200 OK\r\n".utf8))
        #expect(!String(decoding: response, as: UTF8.self).lowercased().contains("transfer-encoding"))
        let (_, typed) = try await damaged("content-type:value=text/plain")
        #expect(typed.starts(with: "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n".utf8))
    }

    @Test func pipes() async throws {
        let words = ["damage", "--fault", "cut:byte=10", "-o", "-", "-"]
        let result = try await Command.run(words, input: Self.capture.bytes)
        #expect(result.status == 0 && result.output == Array(Self.capture.bytes[..<10]))
        #expect(result.errors.isEmpty)
    }

    @Test func seedsRepeat() async throws {
        func run(_ seed: String) async throws -> [UInt8] {
            let words = ["--fault", "flip:count=9", "--seed", seed, "-o", "-", Self.capture.url.path]
            return try await Command.run(["damage"] + words).output
        }
        let first = try await run("1")
        #expect(try await run("1") == first)
        #expect(try await run("2") != first)
    }

    /// The command reports what a file cannot record.
    @Test func losses() async throws {
        let words = ["damage", "--fault", "dribble", "--fault", "stall:after=1", "-o", "-", Self.capture.url.path]
        let result = try await Command.run(words)
        #expect(result.status == 0)
        #expect(result.errors.contains("does not record delays") && result.errors.contains("does not record a stall"))
    }

    @Test func faultThatDoesNotApply() async throws {
        let folder = try TemporaryFolder()
        let output = folder.url.appending(path: "out").path
        let result = try await Command.run(["damage", "--fault", "cut:after=999", "-o", output, Self.capture.url.path])
        #expect(result.status == 65)
        #expect(result.errors.contains("'cut:after=999'"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).allSatisfy {
                $0 != "out" && !$0.hasSuffix("part")
            }
        )
    }

    /// A file that is replaced keeps its permissions.
    @Test(arguments: [["damage", "--fault", "cut:byte=1"], ["report"]])
    func permissions(_ command: [String]) async throws {
        let folder = try TemporaryFolder()
        let output = try folder.file("out", [])
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: output.path)
        #expect(try await Command.run(command + ["-o", output.path, Self.capture.url.path]).status == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: output.path)
        #expect(attributes[.posixPermissions] as? Int == 0o640 && attributes[.size] as? Int != 0)
    }

    @Test func inputIsNeverOverwritten() async throws {
        let folder = try TemporaryFolder()
        let input = try folder.file("in.sse", Self.capture.bytes)
        let link = folder.url.appending(path: "link.sse")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: input)
        for output in [input, link] {
            for command in [["damage", "--fault", "cut:byte=1"], ["report"]] {
                let result = try await Command.run(command + ["-o", output.path, input.path])
                #expect(result.status == 64 && result.output.isEmpty)
                let message = "\(output.path) is an input, which is never overwritten; choose another file for -o\n"
                #expect(result.errors.hasPrefix("midstream: \(message)"))
            }
        }
        #expect([UInt8](try Data(contentsOf: input)) == Self.capture.bytes)
    }

    @Test(arguments: [
        (["-o", "x", "y"], "no fault given"), (["--fault", "cut:byte=1", "y"], "no output given"),
        (["--fault", "cut:byte=1", "-o", "x"], "no input given"),
        (["--fault", "cutt:byte=1", "-o", "x", "y"], "did you mean 'cut'?"),
        (["--fault", "cut", "-o", "x", "y"], "add byte=N or after=N"),
        (["--fault", "error:shape=6", "-o", "x", "y"], "variant of a stream that succeeds"),
        (["--fault", "cut:byte=1", "-o", "x", "y", "z"], "only one file"),
        (["--fault", "cut:byte=1", "--seed", "x", "-o", "x", "y"], "--seed"),
    ])
    func usage(_ words: [String], _ message: String) async throws {
        let result = try await Command.run(["damage"] + words)
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func unreadableAndUnwritable() async throws {
        #expect(try await Command.run(["damage", "--fault", "cut:byte=1", "-o", "-", "/nonexistent"]).status == 66)
        let words = ["damage", "--fault", "cut:byte=1", "-o", "/nonexistent/out", Self.capture.url.path]
        let result = try await Command.run(words)
        #expect(result.status == 74 && result.errors.contains("cannot be written"))
    }
}
