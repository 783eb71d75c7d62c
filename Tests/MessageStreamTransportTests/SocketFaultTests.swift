import Foundation
import LoopbackServer
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Each fault has its expected outcome over real sockets.
@Suite(.runsAlone(within: .seconds(300)))
struct SocketFaultTests {
    @Test(arguments: SocketFault.all, SocketFault.Transport.allCases)
    func faultHasExpectedOutcome(_ fault: SocketFault, _ transport: SocketFault.Transport) async throws {
        guard let expected = fault.expected[transport] else { return }
        let outcome = try await expectPromptly(within: .seconds(60)) { try await fault.outcome(by: transport) }
        #expect(Array(outcome.text.utf8) == Array(expected.text.utf8))
        #expect(outcome == expected)
    }

    // MARK: FAULTS.md

    /// `FAULTS.md` contains this table. If not, copy the table from the failure message to the place between the
    /// markers.
    @Test func documentContainsTheTable() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "FAULTS.md")
        let parts = try String(contentsOf: url, encoding: .utf8).components(separatedBy: Self.marker)
        try #require(parts.count == 3, "the document must have two markers: \(Self.marker)")
        #expect(Array(parts[1].utf8) == Array("\n\(Self.table)".utf8), "the table is\n\(Self.table)")
    }

    private static let marker = "<!-- made from SocketFault.all -->"

    private static var table: String {
        var lines = [
            "| what happens | by URLSession | by TCPConnection | stage | status | transient | replay safety | text |",
            "|---|---|---|---|---:|---|---|---|",
        ]
        for fault in SocketFault.all {
            let (session, tcp) = (fault.expected[.urlSession], fault.expected[.tcp])
            guard let outcome = session ?? tcp else { continue }
            var cells: [String?] = [fault.what, session?.markdown]
            cells.append(tcp.map { $0.kind == session?.kind ? "the same" : $0.markdown })
            cells.append(outcome.stage.map { "`\($0)`" })
            cells.append(outcome.httpStatus.map(String.init))
            cells.append(outcome.isTransient.map { $0 ? "yes" : "no" })
            cells.append(outcome.replaySafety.map { "`\($0)`" })
            cells.append(outcome.shortText)
            lines.append("| " + cells.map { $0 ?? "–" }.joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension SocketFault.Outcome {
    fileprivate var markdown: String { stage == nil ? kind : "`\(kind)`" }

    fileprivate var shortText: String? {
        text.isEmpty ? nil : text.utf8.count < 20 ? "`\(text)`" : "\(text.utf8.count) bytes"
    }
}
