import CaptureCorpus
import Foundation
import JSONVerifier
import TestScheduling
import Testing

/// Replays the seeds and the findings of the fuzzer.
@Suite(.takesTurns) struct JSONCorpusTests {
    @Test(arguments: ["fuzz-seeds/json", "regressions/json"])
    func agreesWithTheReference(_ folder: String) throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Capture.root.appending(path: "Corpus/\(folder)"),
            includingPropertiesForKeys: nil
        )
        for file in files where !file.lastPathComponent.hasPrefix(".") {
            let text = [UInt8](try Data(contentsOf: file))
            for end in 0...text.count {
                let mismatch = JSONVerifier.mismatch(Array(text[..<end]))
                #expect(mismatch == nil, "\(file.lastPathComponent), \(end) bytes")
            }
        }
        #expect(!files.isEmpty)
    }
}
