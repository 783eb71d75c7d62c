import CaptureCorpus
import EventStreamVerifier
import Foundation
import ReferenceEventStream
import TestScheduling
import TestSupport
import Testing

/// The files of `Corpus`.
enum Corpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus")

    /// The sorted names of the files in a folder, without hidden files.
    static func names(_ path: String, suffix: String = "") -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: path).path)) ?? []
        return names.filter { !$0.hasPrefix(".") && $0.hasSuffix(suffix) }.sorted()
    }

    /// The bytes of a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        let file = try FileHandle(forReadingFrom: folder.appending(path: path))
        return try Array(file.readToEnd() ?? Data())
    }
}

/// Captures and seeds have the same result as the reference, regardless of how they are split.
@Suite("Corpus", .takesTurns)
struct CorpusTests {
    static let captures = Corpus.names("captures", suffix: ".sse").map { "captures/" + $0 }
    static let swept = Capture.all.filter(\.isSwept).map { "captures/" + $0.name }
    static let seeds = Corpus.names("fuzz-seeds/eventstream").map { "fuzz-seeds/eventstream/" + $0 }
    static let regressions = Corpus.names("regressions/eventstream").map { "regressions/eventstream/" + $0 }

    @Test func isThere() {
        #expect(Self.captures.count >= 26)
        #expect(Self.seeds.count >= 99)
    }

    @Test(arguments: Sweep.sample(swept, inDebug: 4) + Sweep.sample(seeds, inDebug: 20))
    func everyChunking(path: String) throws {
        let stream = try Corpus.bytes(path)
        let expected = ReferenceEventStream(stream)
        let ways = EventStreamVerifier.Way.allCases
        // Only some splits of a large file are tried, and very few of a file of 1 MB.
        let splits = min(Sweep.count(inDebug: 10, inRelease: 8192), 40_000_000 / max(stream.count, 1))
        let chunkings = Chunking.all(
            count: stream.count,
            sizes: [1, 64, 1400],
            splits: splits,
            random: Sweep.count(inDebug: 4, inRelease: 30)
        )
        for (index, chunking) in chunkings.enumerated() {
            // Small seeds are fed in every way; for large files, the ways alternate.
            for way in stream.count < 200 ? ways : [ways[index % ways.count]] {
                let verifier = EventStreamVerifier(chunking, way, seed: UInt64(index))
                if let mismatch = verifier.mismatch(stream, expected: expected) {
                    Issue.record("\(mismatch)")
                    return
                }
            }
        }
    }

    /// The seeds and the findings of the fuzzer pass the fuzzer's own check.
    @Test(arguments: seeds + regressions)
    func fuzzInputs(path: String) throws {
        let bytes = try Corpus.bytes(path)
        if path.hasPrefix("regressions") {
            #expect(EventStreamFuzzInput(bytes).mismatch() == nil)
            return
        }
        // A seed is a stream without a header.
        var random = SeededRandom(seed: UInt64(bytes.count))
        for _ in 0..<Sweep.count(inDebug: 20, inRelease: 200) {
            let header = (0..<EventStreamFuzzInput.headerBytes).map { _ in UInt8(random.number(0...255)) }
            if let mismatch = EventStreamFuzzInput(header + bytes).mismatch() {
                Issue.record("\(mismatch)")
                return
            }
        }
    }

    /// The number of events in a capture agrees with its verdict.
    @Test(arguments: captures)
    func countsOfTheVerdicts(path: String) throws {
        let verdicts = try JSONSerialization.jsonObject(with: Data(Corpus.bytes("captures/verdicts.json")))
        let byName = try #require(verdicts as? [String: [String: Any]])
        let count = try #require(byName[String(path.dropFirst("captures/".count))]?["events"] as? Int)
        #expect(try events(Corpus.bytes(path)).count == count)
    }
}
