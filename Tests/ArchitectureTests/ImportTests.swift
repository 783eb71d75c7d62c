import Foundation
import TestScheduling
import Testing

/// The modules that decode a stream do not import Foundation.
@Suite(.takesTurns) struct ImportTests {
    @Test(arguments: ["HTTPResponseParsing", "MessageStream", "ServerSentEvents", "StreamReplay"])
    func noFoundation(_ module: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/\(module)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: root.path()).filter { $0.hasSuffix(".swift") }
        #expect(!files.isEmpty)
        for file in files {
            let source = try String(contentsOf: root.appending(path: file), encoding: .utf8)
            for line in source.split(separator: "\n") where line.split(separator: " ").contains("import") {
                let isComment = line.drop { $0 == " " }.hasPrefix("//")
                #expect(isComment || !line.contains("Foundation"), "\(file): \(line)")
            }
        }
    }
}
