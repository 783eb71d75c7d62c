import CaptureCorpus
import Foundation
import MessageStreamVerifier
import TestScheduling
import TestSupport
import Testing

/// The seeds and the findings of the fuzzer pass; so do the seeds in every kind of response, with many cuts.
@Suite(.takesTurns) struct ResponseCorpusTests {
    private static func files(_ folder: String) -> [URL] {
        let url = Capture.root.appending(path: "Corpus/\(folder)")
        let files = try? FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
        return (files ?? []).filter { !$0.lastPathComponent.hasPrefix(".") }.sorted { $0.path < $1.path }
    }

    @Test func isThere() {
        #expect(Self.files("fuzz-seeds/messagestream").count >= 46)
    }

    @Test(arguments: Sweep.sample(files("fuzz-seeds/messagestream"), inDebug: 3))
    func seeds(_ file: URL) throws {
        let stream = [UInt8](try Data(contentsOf: file))
        // Each kind of response and each of the limits, with varying cuts.
        for kind in 0..<7 as Range<UInt8> {
            for limits in 0..<4 as Range<UInt8> {
                let number = kind &* 4 &+ limits
                for cut in stride(from: number, to: 255, by: Sweep.step(inDebug: 140, inRelease: 37)) {
                    let header = [limits << 4 | kind, number &* 7 &+ cut, cut]
                    #expect(MessageStreamFuzzInput(header + stream).mismatch() == nil, "\(header)")
                }
            }
        }
    }

    @Test(arguments: files("fuzz-seeds/spelling"))
    func spellings(_ file: URL) throws {
        let seed = [UInt8](try Data(contentsOf: file))
        #expect(SpellingFuzzInput(seed).mismatch() == nil)
        for selector in stride(from: 1, through: 255, by: Sweep.step(inDebug: 31, inRelease: 1)) {
            let header = [UInt8(selector), UInt8(selector)]
            let input = header + seed.dropFirst(SpellingFuzzInput.headerBytes)
            #expect(SpellingFuzzInput(input).mismatch() == nil, "\(header)")
        }
    }

    @Test(arguments: files("regressions/messagestream"))
    func regressions(_ file: URL) throws {
        #expect(MessageStreamFuzzInput([UInt8](try Data(contentsOf: file))).mismatch() == nil)
    }
}
