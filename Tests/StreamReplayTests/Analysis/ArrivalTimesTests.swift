import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// When the bytes and the content of a response arrived.
@Suite(.takesTurns) struct ArrivalTimesTests {
    private typealias Chunk = (count: Int, milliseconds: Int?, hasContent: Bool)

    private func times(_ chunks: [Chunk]) -> ArrivalTimes {
        var times = ArrivalTimes()
        for chunk in chunks {
            let time = chunk.milliseconds.map { Duration.milliseconds($0) }
            times.receive(chunk.count, at: time, deliversContent: chunk.hasContent)
        }
        return times
    }

    @Test func recordedTimes() {
        let times = times([
            (0, 800, false), (100, 800, false), (50, 1200, true), (20, 4200, false), (30, 4300, true), (5, 4350, false),
        ])
        #expect(times.firstByte == .milliseconds(800))
        #expect(times.firstContent == .milliseconds(1200))
        #expect(times.lastContent == .milliseconds(4300))
        #expect(times.lastByte == .milliseconds(4350))
        #expect(times.duration == .milliseconds(3550))
        #expect(times.byteCount == 205)
        let gap = ArrivalTimes.Gap(duration: .seconds(3), start: .milliseconds(1200), byteOffset: 150)
        #expect(times.largestGap == gap)
    }

    @Test func withoutTimes() {
        let times = times([(0, nil, false), (100, nil, true), (1, nil, false)])
        #expect(times.firstByte == nil && times.lastByte == nil && times.duration == nil)
        #expect(times.firstContent == nil && times.lastContent == nil && times.largestGap == nil)
        #expect(times.byteCount == 101)
    }

    @Test func nothing() {
        #expect(times([]) == ArrivalTimes())
        #expect(ArrivalTimes().duration == nil)
    }

    @Test func withoutContent() {
        let times = times([(0, 5, false), (10, 9, false)])
        #expect(times.firstContent == nil && times.lastContent == nil)
        #expect(times.firstByte == .milliseconds(5) && times.lastByte == .milliseconds(9))
    }

    /// If all bytes arrived at once, there is no gap, and the duration is zero.
    @Test func simultaneousChunks() {
        let times = times([(0, 7, false), (10, 7, true), (10, 7, true)])
        #expect(times.largestGap == nil)
        #expect(times.duration == .zero)
    }

    /// Of equal gaps, the first one counts.
    @Test func equalGaps() {
        let times = times([(1, 0, false), (2, 10, false), (4, 20, false), (8, 30, false)])
        #expect(times.largestGap == .init(duration: .milliseconds(10), start: .zero, byteOffset: 1))
    }

    /// A clock that was set back does not cause a negative gap.
    @Test func clockSetBack() {
        let times = times([(1, 100, false), (1, 40, true), (1, 130, false)])
        #expect(times.firstContent == .milliseconds(100))
        #expect(times.largestGap == .init(duration: .milliseconds(30), start: .milliseconds(100), byteOffset: 2))
    }

    /// Chunks without a time count only as bytes.
    @Test func missingTimes() {
        let times = times([(10, nil, true), (10, 50, false), (10, nil, true), (10, 90, true)])
        #expect(times.firstByte == .milliseconds(50))
        #expect(times.firstContent == .milliseconds(90))
        #expect(times.largestGap == .init(duration: .milliseconds(40), start: .milliseconds(50), byteOffset: 30))
    }

    /// The results equal those of a reference that sees all chunks at once.
    @Test func randomTimes() {
        var random = SeededRandom(seed: 15)
        for _ in 0..<300 {
            var clock = 0
            let chunks: [Chunk] = (0..<random.number(0...12)).map { _ in
                clock += random.number(0...5)
                return (random.number(0...9), random.chance(90) ? clock : nil, random.chance(40))
            }
            let times = times(chunks)
            let timed = chunks.enumerated().filter { $0.element.milliseconds != nil }
            func time(_ index: Int) -> Duration { .milliseconds(timed[index].element.milliseconds ?? -1) }
            #expect(times.firstByte == (timed.isEmpty ? nil : time(0)))
            #expect(times.lastByte == (timed.isEmpty ? nil : time(timed.count - 1)))
            let content = timed.filter(\.element.hasContent).map {
                Duration.milliseconds($0.element.milliseconds ?? -1)
            }
            #expect(times.firstContent == content.first && times.lastContent == content.last)
            var largest: ArrivalTimes.Gap?
            for index in timed.indices.dropFirst() {
                let gap = time(index) - time(index - 1)
                guard gap > largest?.duration ?? .zero else { continue }
                let offset = chunks[..<timed[index].offset].reduce(0) { $0 + $1.count }
                largest = .init(duration: gap, start: time(index - 1), byteOffset: offset)
            }
            #expect(times.largestGap == largest)
        }
    }
}
