public import Foundation
import TestSupport

/// A file of `Corpus/captures`, with the expected result of reading it.
public struct Capture: Sendable, CustomStringConvertible {
    /// The name of the file.
    public let name: String
    /// The URL of the file.
    public let url: URL
    /// The body.
    public let bytes: [UInt8]
    /// The entry of the file in `verdicts.json`.
    public let expected: ExpectedVerdict

    /// The name, which identifies the test case.
    public var description: String { name }

    /// The root folder of the package.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All captures, sorted by name.
    public static let all: [Capture] = {
        let folder = root.appending(path: "Corpus/captures")
        do {
            let verdicts = try JSONDecoder().decode(
                [String: ExpectedVerdict].self,
                from: Data(contentsOf: folder.appending(path: "verdicts.json"))
            )
            return try verdicts.sorted { $0.key < $1.key }.map { name, expected in
                let url = folder.appending(path: name)
                return Capture(name: name, url: url, bytes: [UInt8](try Data(contentsOf: url)), expected: expected)
            }
        } catch {
            preconditionFailure("Corpus/captures cannot be read: \(error)")
        }
    }()

    /// The captures of complete messages.
    public static let complete = all.filter { $0.expected.outcome == "complete" }

    /// Whether tests sweep the capture, reading all of it many times. Debug builds omit the capture of 1 MB.
    public var isSwept: Bool { bytes.count <= Sweep.count(inDebug: 64 << 10, inRelease: .max) }

    /// The captures of at most 8 KB, which are read byte by byte. The others are sampled.
    public static let small = all.filter { $0.bytes.count <= 8 * 1024 }
    public static let large = all.filter { $0.bytes.count > 8 * 1024 }

    /// The capture in the file `name`.
    public static func named(_ name: String) -> Capture {
        guard let capture = all.first(where: { $0.name == name }) else {
            preconditionFailure("there is no capture \(name)")
        }
        return capture
    }
}

/// An entry of `verdicts.json`. Its members are documented in `Corpus/captures/README.md`.
public struct ExpectedVerdict: Sendable, Decodable {
    public var outcome: String
    public var kind: String?
    public var errorType: String?
    public var stage: String?
    public var httpStatus: Int?
    public var equivalentStatus: Int?
    public var requestID: String?
    public var replaySafety: String?
    public var isTransient: Bool?
    /// The number of server-sent events dispatched.
    public var events: Int
    public var text: String?
    public var textBytes: Int?
    public var textFNV1a64: String?
    public var stopReason: String?
    public var blocks: [Block]

    public struct Block: Sendable, Decodable, Equatable {
        public var type: String
        public var isComplete: Bool
        /// For a block with a tool input: `complete`, `incomplete` or `invalid`.
        public var input: String?

        public init(type: String, isComplete: Bool, input: String?) {
            self.type = type
            self.isComplete = isComplete
            self.input = input
        }
    }

    /// Whether `text` equals the expected text, byte by byte.
    public func matches(text: String) -> Bool {
        let utf8 = Array(text.utf8)
        if let expected = self.text { return utf8 == Array(expected.utf8) }
        let hash = utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return utf8.count == textBytes && String(hash, radix: 16) == textFNV1a64
    }
}
