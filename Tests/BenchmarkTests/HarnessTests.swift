import BenchmarkHarness
import StreamGenerators
import TestScheduling
import Testing

@Suite(.takesTurns) struct HarnessTests {
    private let effort = Effort(messageByteCount: 10_000, timePerRow: .zero, rounds: 3...5)

    @Test func rowsAreMeasuredInOrder() async throws {
        var seen: [Measurement] = []
        try await harness.measure([row("a/one"), row("a/two", on: .emptyLines(count: 10))]) { seen.append($0) }
        #expect(seen.map(\.name) == ["a/one", "a/two"])
        let stream = Input.messages(.text).stream(of: effort)
        #expect(seen[0].bytes == stream.bytes.count)
        #expect(seen[0].events == stream.eventCount)
        #expect(seen[0].mallocsPerEvent == 14 / Double(stream.eventCount))
        #expect(seen[0].seconds > 0 && seen[0].memchrRatio > 0)
        #expect(seen[1].events == 0)
        #expect(seen[1].mallocsPerEvent == 14)
    }

    @Test func wrongTallyIsAnError() async {
        let wrong = Row("wrong", on: .messages(.text)) { stream in { .eventsOnly(stream.eventCount + 1) } }
        await #expect(throws: WrongTally.self) { try await harness.measure([wrong]) { _ in } }
    }

    @Test func passesOfARoundAlternate() async throws {
        var order = ""
        let log = { (letter: String) in
            { (stream: GeneratedStream) -> Row.Pass in
                {
                    order += letter
                    return .eventsOnly(stream.eventCount)
                }
            }
        }
        let row = Row(
            "row",
            on: .messages(.text),
            comparedWith: [Comparison("ratio", prepare: log("c"))],
            prepare: log("r")
        )
        let harness = Harness(effort, walk: log("w"), countMallocs: { _ in nil })
        try await harness.measure([row]) { measurement in
            #expect(measurement.mallocsPerEvent == nil)
            #expect(measurement.comparisons.map(\.member) == ["ratio"])
        }
        #expect(order == "wrc" + "wrc" + "crw" + "wrc")
    }

    @Test func tallyIsComparedWithTheStream() {
        let stream = GeneratedStream.longLine(byteCount: 100)
        #expect(Tally.events(1, dataBytes: 94).matches(stream))
        #expect(!Tally.events(1, dataBytes: 93).matches(stream))
        #expect(!Tally.events(2, dataBytes: 94).matches(stream))
        #expect(Tally.eventsOnly(1).matches(stream) && !Tally.eventsOnly(0).matches(stream))
        #expect(Tally.lineFeeds(2).matches(stream) && !Tally.lineFeeds(1).matches(stream))
        #expect(Tally.bytes(102).matches(stream) && !Tally.bytes(100).matches(stream))
    }

    @Test func quantilesInterpolate() {
        #expect(quantile(0.5, of: [3, 1, 2]) == 2)
        #expect(quantile(0.5, of: [4, 1, 2, 3]) == 2.5)
        #expect(quantile(0.25, of: [1, 2, 3, 4, 5]) == 2)
        #expect(quantile(1, of: [1, 7]) == 7)
        #expect(quantile(0.75, of: [9]) == 9)
    }

    private var harness: Harness {
        Harness(
            effort,
            walk: { stream in { .lineFeeds(stream.lineFeedCount) } },
            countMallocs: { pass in
                _ = try await pass()
                return 14
            }
        )
    }

    private func row(_ name: String, on input: Input = .messages(.text)) -> Row {
        Row(name, on: input) { stream in { .eventsOnly(stream.eventCount) } }
    }
}
