import CaptureCorpus
import Foundation
import MessageStream
import TestScheduling
import Testing

/// The folder `Corpus/faults` is consistent, independently of any decoder: its verdicts match its bytes, and its README
/// matches its verdicts.
@Suite(.takesTurns) struct FaultCorpusTests {
    @Test func everyShapeIsThere() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Fault.folder.path)
        let kept = files.filter { !["README.md", "verdicts.json"].contains($0) }.sorted()
        #expect(kept == Fault.all.map(\.name))
        // Several responses in one capture, shape 71, are out of scope for a single response.
        let rows = Set(Fault.all.compactMap(\.expected.details.row))
        #expect(rows == Set(1...32).union(51...70))
        let kinds = Set(Fault.all.compactMap(\.expected.verdict.kind))
        #expect(
            kinds == ["api", "http", "notEventStream", "truncated", "malformedEvent", "protocolViolation", "transport"]
        )
        for fault in Fault.all {
            #expect(fault.name.hasSuffix(".sse") || fault.isResponse, "\(fault)")
            #expect(fault.bytes.count <= 3072, "\(fault)")
            // A name begins with the number of its shape. Additional numbers are for groups of other cases.
            let number = Int(fault.name.prefix(2))
            let row = fault.expected.details.row
            #expect(row == nil ? (33...50).contains(number ?? 0) : row == number, "\(fault)")
        }
    }

    /// The numbers in a verdict, compared with the bytes themselves.
    @Test(arguments: Fault.all)
    func verdictFitsTheBytes(_ fault: Fault) {
        let (verdict, details) = (fault.expected.verdict, fault.expected.details)
        // After a rejected head, there is no body.
        let body = verdict.stage == "beforeResponse" ? [] : fault.response?.body ?? []
        let frames = NaiveFrame.all(in: body)
        #expect(frames.count == verdict.events)
        guard verdict.outcome == "failed" else {
            #expect(frames.contains { $0.type == "message_stop" })
            #expect(verdict.kind == nil && verdict.stage == nil && verdict.httpStatus == nil)
            #expect(details.byteOffset == nil && details.eventIndex == nil && details.message == nil)
            return
        }
        #expect((verdict.stage == "beforeResponse") == (verdict.httpStatus == nil))
        #expect((verdict.errorType == nil) || verdict.kind == "api")
        if let status = verdict.httpStatus { #expect(fault.response?.status == status) }
        if verdict.kind == "truncated" || verdict.kind == "transport" {
            #expect(details.byteOffset == body.count)
            #expect(details.eventIndex == frames.count)
        } else if let offset = details.byteOffset, let index = details.eventIndex {
            // The position of a frame, or of an error without framing, which may be among the lines of the next frame.
            let previous = index == 0 ? 0 : frames[index - 1].range.upperBound
            let next = index < frames.count ? frames[index].range : body.count..<body.count
            let isUnframed = (previous..<next.upperBound).contains(offset) && [0x5B, 0x7B].contains(body[offset])
            #expect(offset == next.lowerBound || isUnframed)
        }
    }

    // MARK: README

    /// The README contains this table. If it does not, copy the text of this failure to the README, between the
    /// markers.
    @Test func readmeHasTheTable() throws {
        let readme = try String(contentsOf: Fault.folder.appending(path: "README.md"), encoding: .utf8)
        let table = Self.table
        let parts = readme.components(separatedBy: Self.marker)
        try #require(parts.count == 3, "the README has two markers: \(Self.marker)")
        #expect(Array(parts[1].utf8) == Array("\n\(table)".utf8), "the table is\n\(table)")
    }

    static let marker = "<!-- made from verdicts.json -->"

    /// The verdicts as a Markdown table.
    private static var table: String {
        var lines = [
            "| row | file | what | kind | equivalent status | stage | transient | replay safety |",
            "|---:|---|---|---|---:|---|---|---|",
        ]
        for fault in Fault.all {
            let (verdict, details) = (fault.expected.verdict, fault.expected.details)
            let cells = [
                details.row.map(String.init), "`\(fault.name)`", details.what,
                verdict.kind.map { "`\($0)`" } ?? "complete",
                verdict.equivalentStatus.map(String.init), verdict.stage.map { "`\($0)`" },
                verdict.isTransient.map { $0 ? "yes" : "no" }, verdict.replaySafety.map { "`\($0)`" },
            ]
            lines.append("| " + cells.map { $0 ?? "–" }.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
