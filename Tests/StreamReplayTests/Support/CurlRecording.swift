import CaptureCorpus
import Foundation
import Testing

/// A file of `Corpus/recordings`, and the responses that the server sent.
struct CurlRecording: Sendable, CustomTestStringConvertible {
    struct Response: Decodable {
        var status: Int
        var body: String
        var ending: String
    }

    var name: String

    static let folder = Capture.root.appending(path: "Corpus/recordings")

    static let all: [CurlRecording] = {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return names.filter { !$0.hasSuffix(".json") && !$0.hasSuffix(".md") }.sorted().map(CurlRecording.init)
        } catch {
            preconditionFailure("Corpus/recordings cannot be read: \(error)")
        }
    }()

    static let traces = all.filter { $0.isTrace }

    private static let served: [String: [Response]] = {
        do {
            let data = try Data(contentsOf: folder.appending(path: "responses.json"))
            return try JSONDecoder().decode([String: [Response]].self, from: data)
        } catch {
            preconditionFailure("Corpus/recordings/responses.json cannot be read: \(error)")
        }
    }()

    var testDescription: String { name }
    var path: String { Self.folder.appending(path: name).path }
    var scenario: String { String(name.prefix { $0 != "." }) }
    var responses: [Response] { Self.served[scenario] ?? [] }
    var isLossy: Bool { name.hasSuffix(".ascii") }
    var isTrace: Bool { name.hasSuffix(".trace") || isLossy }
    var hasTimes: Bool { isTrace && name.contains(".time") }

    var bytes: [UInt8] {
        get throws { [UInt8](try Data(contentsOf: URL(filePath: path))) }
    }

    /// The body as far as the recording can show it.
    func shown(_ body: String) -> [UInt8] {
        // `--trace-ascii` shows a dot for each byte other than printable ASCII; line breaks are restored.
        isLossy ? body.utf8.map { $0 < 0x80 ? $0 : UInt8(ascii: ".") } : Array(body.utf8)
    }
}
