import CaptureCorpus
import Foundation
import TestScheduling
import Testing

/// The output of `midstream scan` on a terminal.
@Suite(.takesTurns) struct ScanTerminalTests {
    private static let captures = Capture.small.map(\.url.path)

    /// The progress is erased before each line and at the end.
    @Test func progress() async throws {
        let (shown, status) = try await Terminal().run(["scan"] + Self.captures)
        #expect(status == 1)
        let text = String(decoding: shown, as: UTF8.self)
        #expect(text.contains("\u{1B}[K"))
        // Text that overwrites the progress begins at the start of an erased line.
        for line in text.split(separator: "\n") where line.contains("\r") {
            #expect(
                line.split(separator: "\r", omittingEmptySubsequences: false).allSatisfy {
                    $0.isEmpty || $0.hasPrefix("\u{1B}[K") || $0.hasSuffix("\u{1B}[K") || !$0.contains("\u{1B}")
                }
            )
        }
        let screen = Self.screen(text)
        #expect(screen.contains { $0.hasPrefix("\(Self.captures.count) captures") })
        #expect(!screen.contains { $0.contains("files") })
    }

    @Test(arguments: [["--quiet"], ["--json"]])
    func plainOutput(_ options: [String]) async throws {
        let (shown, _) = try await Terminal().run(["scan"] + options + Self.captures)
        let screen = Self.screen(String(decoding: shown, as: UTF8.self))
        #expect(!screen.contains { $0.contains("files") })
        if options == ["--quiet"] { #expect(!shown.contains(0x1B)) }
        if options == ["--json"] { #expect(screen.allSatisfy { parse($0) != nil }) }
    }

    /// Names cannot control the terminal.
    @Test func hostileNames() async throws {
        let folder = try ScanFolder()
        try folder.add("a\u{1B}[31mb\u{7}", [])
        for options in [[], ["--json"]] {
            let (shown, _) = try await Terminal().run(["scan"] + options + [folder.path])
            let text = String(decoding: shown, as: UTF8.self)
            #expect(!text.contains("\u{1B}[31m") && !text.contains("\u{7}"))
        }
    }

    /// Without a terminal, there is no progress.
    @Test func pipe() async throws {
        let result = try await Command.run(["scan"] + Self.captures)
        #expect(result.errors.isEmpty && !result.output.contains(0x1B))
    }

    /// The lines that remain on the screen.
    private static func screen(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            var row: [Character] = []
            var column = 0
            var rest = Substring(line)
            while let character = rest.first {
                if rest.hasPrefix("\u{1B}[K") {
                    row.removeLast(max(0, row.count - column))
                    rest = rest.dropFirst(3)
                    continue
                }
                rest = rest.dropFirst()
                if character == "\r" {
                    column = 0
                } else {
                    if column < row.count { row[column] = character } else { row.append(character) }
                    column += 1
                }
            }
            return String(row)
        }
    }
}
