import Foundation
import HTTPResponseParsing
import HTTPResponseVerifier
import TestScheduling
import TestSupport
import Testing

/// The fuzzer's seeds and findings, and random mutations of them, run through the fuzzer's own check.
@Suite("Random responses", .takesTurns)
struct RandomResponseTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Corpus")

    /// The sorted paths of the files in a folder, without hidden files.
    private static func paths(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus.appending(path: folder).path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map { folder + "/" + $0 }
    }

    static let seeds = paths("fuzz-seeds/http")
    static let regressions = paths("regressions/http")

    private static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: corpus.appending(path: path)))
    }

    @Test func seedsExist() {
        #expect(Self.seeds.count >= 52)
    }

    /// A regression is a fuzzer input with its header.
    @Test func regressionsStayFixed() throws {
        for path in Self.regressions {
            #expect(try HTTPResponseFuzzInput(Self.bytes(path)).mismatch() == nil, "\(path)")
        }
    }

    /// A seed is a response without a header.
    @Test(arguments: seeds)
    func seed(path: String) throws {
        let bytes = try Self.bytes(path)
        _ = ParsedResponse(bytes)
        _ = ParsedResponse(bytes, isTransferDecoded: true)
        var random = SeededRandom(seed: UInt64(bytes.count))
        for _ in 0..<Sweep.count(inDebug: 20, inRelease: 200) {
            let header = (0..<HTTPResponseFuzzInput.headerBytes).map { _ in UInt8(random.number(0...255)) }
            if let mismatch = HTTPResponseFuzzInput(header + bytes).mismatch() {
                Issue.record("\(mismatch)")
                return
            }
        }
    }

    static let responsesPerSeed = Sweep.count(inDebug: 80, inRelease: 20_000)

    /// Seeds with bytes changed, removed and inserted, and with pieces of other seeds.
    @Test(arguments: seeds)
    func mutatedSeed(path: String) throws {
        let seed = try Self.bytes(path)
        let others = try Self.seeds.map(Self.bytes)
        var random = SeededRandom(seed: UInt64(Self.seeds.firstIndex(of: path) ?? 0))
        for _ in 0..<Self.responsesPerSeed {
            var bytes = seed
            for _ in 0..<random.number(1...4) {
                let place = random.number(0...bytes.count)
                switch random.number(0...3) {
                case 0 where place < bytes.count:
                    bytes[place] = UInt8(random.number(0...255))
                case 1:
                    bytes.removeSubrange(place..<min(bytes.count, place + random.number(1...8)))
                case 2:
                    bytes.insert(random.one(of: Array("\r\n\r\n :;,0123456789afx\0\t".utf8)), at: place)
                default:
                    let other = random.one(of: others)
                    let start = random.number(0...other.count)
                    bytes.insert(contentsOf: other[start...].prefix(random.number(0...40)), at: place)
                }
            }
            let header = (0..<HTTPResponseFuzzInput.headerBytes).map { index in
                // Most inputs keep the default limits, so that the parser reads more of the response.
                index == 1 && random.chance(70) ? 0 : UInt8(random.number(0...255))
            }
            if let mismatch = HTTPResponseFuzzInput(header + bytes).mismatch() {
                Issue.record("\(mismatch)")
                return
            }
        }
    }
}
