import Foundation
import TestScheduling
import Testing

/// Every suite declares how it shares the machine. One that does not would delay the tests of connections.
@Suite(.takesTurns) struct SuiteTests {
    @Test func everySuiteHasATurn() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.path()).filter { $0.hasSuffix(".swift") }
        var count = 0
        // The gate itself is tested without its trait.
        for file in files where !file.hasPrefix("TestScheduling/") {
            let source = try String(contentsOf: root.appending(path: file), encoding: .utf8)
            for line in source.split(separator: "\n") where line.contains("@Suite") && !line.contains("\"@Suite\"") {
                count += 1
                let hasTurn = line.contains(".takesTurns") || line.contains(".runsAlone")
                #expect(hasTurn, "\(file): add .takesTurns or .runsAlone to \(line)")
            }
        }
        #expect(count > 100)
    }
}
