import StreamReplay
import TestScheduling
import Testing

/// The counts of a scan.
@Suite(.takesTurns) struct ScanTallyTests {
    private typealias Entry = ScanTally.Entry

    private func times(first: Int, gap: Int) -> ArrivalTimes {
        var times = ArrivalTimes()
        times.receive(10, at: .milliseconds(first), deliversContent: true)
        if gap > 0 { times.receive(10, at: .milliseconds(first + gap), deliversContent: true) }
        return times
    }

    @Test func counts() {
        var tally = ScanTally()
        #expect(tally.isAllComplete && tally.captures == 0)
        tally.add(Entry(outcome: .complete, name: [], byteCount: 5))
        tally.add(Entry(outcome: .skipped, name: []))
        tally.passOver()
        #expect(tally.isAllComplete && tally.captures == 1)
        for type in ["b", "a", nil, "a"] {
            tally.add(Entry(outcome: .failed(kind: "api", errorType: type, stage: "s"), name: [], byteCount: 1))
        }
        tally.add(Entry(outcome: .failed(kind: "http", errorType: nil, stage: "t"), name: []))
        tally.add(Entry(outcome: .unreadable, name: []))
        #expect((tally.captures, tally.complete, tally.failed, tally.unreadable) == (7, 1, 5, 1))
        #expect((tally.skipped, tally.passedOver, tally.byteCount) == (1, 1, 9))
        #expect(tally.kinds.sorted.map(\.name) == ["api", "http"] && tally.kinds["api"] == 4)
        #expect(tally.errorTypes.sorted.map(\.name) == ["a", "b"] && tally.errorTypes["a"] == 2)
        #expect(tally.stages["s"] == 4 && tally.stages["t"] == 1 && tally.stages["u"] == 0)
        #expect(!tally.isAllComplete)
    }

    /// Equal counts are sorted by name, so that the same captures always give the same summary.
    @Test func order() {
        var tally = ScanTally()
        for name in ["d", "b", "c", "a"] {
            tally.add(Entry(outcome: .failed(kind: name, errorType: nil, stage: name), name: []))
        }
        #expect(tally.kinds.sorted.map(\.name) == ["a", "b", "c", "d"])
    }

    @Test func slowest() {
        var tally = ScanTally()
        for (index, first) in [3, 9, 3, 1, 7, 9, 2, 0].enumerated() {
            let times = times(first: first, gap: 10 - first)
            tally.add(Entry(outcome: .complete, name: [UInt8(index)], times: times))
        }
        // Of equal ones, the earlier is first.
        #expect(tally.slowestFirstBytes.map(\.name) == [[1], [5], [4], [0], [2]])
        #expect(tally.largestGaps.map(\.name) == [[7], [3], [6], [0], [2]])
        #expect(tally.largestGaps.first?.duration == .milliseconds(10))
        #expect(tally.largestGaps.first?.byteOffset == 10)
        #expect(tally.slowestFirstBytes.count == ScanTally.listLength)
    }

    /// Error types come from captures, so their number is unlimited.
    @Test func manyNames() {
        var tally = ScanTally()
        for number in 0..<1000 {
            tally.add(Entry(outcome: .failed(kind: "api", errorType: "type\(number)", stage: "s"), name: []))
        }
        #expect(tally.errorTypes.sorted.count == 256 && tally.errorTypes.others == 744)
    }
}
