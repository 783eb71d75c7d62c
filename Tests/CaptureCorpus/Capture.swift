public import Foundation
import TestSupport

/// A file of `Corpus/captures`, and what a reader must find in it.
public struct Capture: Sendable, CustomStringConvertible {
    /// The name of the file.
    public let name: String
    /// Where the file is.
    public let url: URL
    /// The body.
    public let bytes: [UInt8]
    /// What `verdicts.json` says of it.
    public let expected: ExpectedVerdict

    /// The name, to tell test cases by.
    public var description: String { name }

    /// The top of the package.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// All captures, in the order of their names.
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

    /// The captures in which nothing failed.
    public static let complete = all.filter { $0.expected.outcome == "complete" }

    /// Whether tests sweep the capture, with many runs of all of it. Debug builds omit that of 1 MB.
    public var isSwept: Bool { bytes.count <= Sweep.count(inDebug: 64 << 10, inRelease: .max) }

    /// Those of at most 8 KB, which are gone through byte by byte, and the others, of which samples are taken.
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
    /// How many server-sent events are dispatched.
    public var events: Int
    public var text: String?
    public var textBytes: Int?
    public var textFNV1a64: String?
    public var stopReason: String?
    public var blocks: [Block]

    public struct Block: Sendable, Decodable, Equatable {
        public var type: String
        public var isComplete: Bool
        /// `complete`, `incomplete` or `invalid`, of a block with a tool input.
        public var input: String?

        public init(type: String, isComplete: Bool, input: String?) {
            self.type = type
            self.isComplete = isComplete
            self.input = input
        }
    }

    /// Whether `text` is the one that is expected, to the byte.
    public func matches(text: String) -> Bool {
        let utf8 = Array(text.utf8)
        if let expected = self.text { return utf8 == Array(expected.utf8) }
        let hash = utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        return utf8.count == textBytes && String(hash, radix: 16) == textFNV1a64
    }
}
