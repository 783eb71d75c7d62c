public import Foundation
import TestSupport

/// A file of `Corpus/faults`, with the expected result of reading it.
public struct Fault: Sendable, CustomStringConvertible {
    /// The name of the file.
    public let name: String
    /// The URL of the file.
    public let url: URL
    /// A complete response as read from the socket if the name ends in `.http`; otherwise a body.
    public let bytes: [UInt8]
    /// The entry of the file in `verdicts.json`.
    public let expected: ExpectedFault

    /// The name, which identifies the test case.
    public var description: String { name }

    /// Whether the file is a response with its head, not just a body.
    public var isResponse: Bool { name.hasSuffix(".http") }

    /// The folder.
    public static let folder = Capture.root.appending(path: "Corpus/faults")

    /// All faults, sorted by name.
    public static let all: [Fault] = {
        do {
            let verdicts = try JSONDecoder().decode(
                [String: ExpectedFault].self,
                from: Data(contentsOf: folder.appending(path: "verdicts.json"))
            )
            return try verdicts.sorted { $0.key < $1.key }.map { name, expected in
                let url = folder.appending(path: name)
                return Fault(name: name, url: url, bytes: [UInt8](try Data(contentsOf: url)), expected: expected)
            }
        } catch {
            preconditionFailure("Corpus/faults cannot be read: \(error)")
        }
    }()

    /// The bodies.
    public static let bodies = all.filter { !$0.isResponse }
    /// The responses.
    public static let responses = all.filter(\.isResponse)

    /// All faults in release builds. Debug builds use a sample, because all faults would take minutes under a
    /// sanitizer.
    public static let sample = Sweep.sample(all, inDebug: 24)

    /// The fault in the file `name`.
    public static func named(_ name: String) -> Fault {
        guard let fault = all.first(where: { $0.name == name }) else {
            preconditionFailure("there is no fault \(name)")
        }
        return fault
    }

    /// The response, found by a slow and simple search; for a body, a response with status 200 and an event stream.
    /// `nil` if there is no final head.
    public var response: NaiveResponse? {
        isResponse
            ? NaiveResponse(bytes)
            : NaiveResponse(status: 200, fields: [("content-type", "text/event-stream")], body: bytes)
    }
}

/// An entry of the `verdicts.json` of `Corpus/faults`. Its members are documented in `Corpus/faults/README.md`.
public struct ExpectedFault: Sendable, Decodable {
    /// The members that the verdict of a capture has as well.
    public var verdict: ExpectedVerdict
    /// The members that only a fault has.
    public var details: Details

    public struct Details: Sendable, Decodable {
        public var row: Int?
        public var what: String
        public var message: String?
        public var retryAfterSeconds: Double?
        /// `date` if the delay is relative to the current time.
        public var retryAfter: String?
        public var shouldRetry: Bool?
        public var spendCap: Bool?
        public var sniffed: String?
        public var byteOffset: Int?
        public var eventIndex: Int?
        public var diagnostics: [String]?
        /// The number of diagnostics of each kind.
        public var diagnosticCounts: [String: Int]?
        /// The excerpt of the faulty bytes.
        public var excerpt: String?
        /// The model named in the message.
        public var model: String?
    }

    public init(from decoder: any Decoder) throws {
        verdict = try ExpectedVerdict(from: decoder)
        details = try Details(from: decoder)
    }
}
