import CaptureCorpus
import EventStreamVerifier
import Foundation
import ReferenceEventStream
import Testing

/// The files of `Corpus`.
enum Corpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus")

    /// The names of the files in a folder, in order; hidden ones are none.
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

/// Captures and seeds give what the reference gives, however they are cut.
@Suite("Corpus")
struct CorpusTests {
    static let captures = Corpus.names("captures", suffix: ".sse").map { "captures/" + $0 }
    static let seeds = Corpus.names("fuzz-seeds/eventstream").map { "fuzz-seeds/eventstream/" + $0 }
    static let regressions = Corpus.names("regressions/eventstream").map { "regressions/eventstream/" + $0 }

    @Test func isThere() {
        #expect(Self.captures.count >= 26)
        #expect(Self.seeds.count >= 99)
    }

    @Test(arguments: Sweep.sample(captures + seeds, inDebug: 25))
    func everyChunking(path: String) throws {
        let stream = try Corpus.bytes(path)
        let expected = ReferenceEventStream(stream)
        let ways = EventStreamVerifier.Way.allCases
        for (index, chunking) in chunkings(count: stream.count).enumerated() {
            // The small seeds in every way, large files in each way by turns.
            for way in stream.count < 200 ? ways : [ways[index % ways.count]] {
                let verifier = EventStreamVerifier(chunking, way, seed: UInt64(index))
                if let mismatch = verifier.mismatch(stream, expected: expected) {
                    Issue.record("\(mismatch)")
                    return
                }
            }
        }
    }

    private func chunkings(count: Int) -> [Chunking] {
        #if DEBUG
            let (mostSplits, mostRandom) = (40, 4)
        #else
            let (mostSplits, mostRandom) = (8192, 30)
        #endif
        // Of a file of more bytes a sample is cut in two; 1 MB a few times only.
        let splits = count <= mostSplits ? count : min(mostSplits, 40_000_000 / max(count, 1))
        var chunkings: [Chunking] = [.whole, .fixed(1), .fixed(64), .fixed(1400)]
        chunkings += stride(from: 0, through: count, by: max(1, count / max(splits, 1))).map { .split($0) }
        chunkings += (0..<mostRandom).map { .random(seed: UInt64($0), upTo: [2, 20, 200, 2000][$0 % 4]) }
        return chunkings
    }

    /// What the fuzzer starts from and what it has found, through the fuzzer's own check.
    @Test(arguments: seeds + regressions)
    func fuzzInputs(path: String) throws {
        let bytes = try Corpus.bytes(path)
        if path.hasPrefix("regressions") {
            #expect(FuzzInput(bytes).mismatch() == nil)
            return
        }
        // A seed is a stream without a header.
        var random = SeededRandom(seed: UInt64(bytes.count))
        for _ in 0..<50 {
            let header = (0..<FuzzInput.headerBytes).map { _ in UInt8(random.number(0...255)) }
            if let mismatch = FuzzInput(header + bytes).mismatch() {
                Issue.record("\(mismatch)")
                return
            }
        }
    }

    /// The verdicts say how many events a capture has.
    @Test(arguments: captures)
    func countsOfTheVerdicts(path: String) throws {
        let verdicts = try JSONSerialization.jsonObject(with: Data(Corpus.bytes("captures/verdicts.json")))
        let byName = try #require(verdicts as? [String: [String: Any]])
        let count = try #require(byName[String(path.dropFirst("captures/".count))]?["events"] as? Int)
        #expect(try events(Corpus.bytes(path)).count == count)
    }
}
