import EventStreamVerifier
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// Random streams in random chunks, fed in every way, have the same result as the reference.
@Suite("Random streams", .takesTurns)
struct DifferentialTests {
    static let batches = 0..<UInt64(Sweep.count(inDebug: 4, inRelease: 400))
    static let streamsPerBatch = UInt64(Sweep.count(inDebug: 40, inRelease: 500))

    /// Each stream is fed in every way, each time with a different chunking.
    @Test(arguments: batches)
    func everyWay(batch: UInt64) {
        for index in 0..<Self.streamsPerBatch {
            let seed = batch * Self.streamsPerBatch + index
            var generator = EventStreamGenerator(seed: seed)
            var random = SeededRandom(seed: ~seed)
            let stream = generator.stream()
            let expected = EventStreamVerifier(.whole, .parse).reference(stream)
            for way in EventStreamVerifier.Way.allCases {
                let chunking = chunking(&random)
                let verifier = EventStreamVerifier(chunking, way, stops: random.chance(80), seed: random.next())
                let connections = random.chance(10) ? 2 : 1
                if let mismatch = verifier.mismatch(stream, expected: expected, connections: connections) {
                    Issue.record("seed \(seed): \(mismatch)")
                    return
                }
            }
        }
    }

    /// The same with small limits, which many of the streams exceed.
    @Test(arguments: batches)
    func everyWayWithLimits(batch: UInt64) {
        for index in 0..<Self.streamsPerBatch / 5 {
            let seed = batch * Self.streamsPerBatch + index
            var generator = EventStreamGenerator(seed: seed)
            var random = SeededRandom(seed: seed &* 3)
            let stream = generator.stream()
            let limits = EventStreamLimits(
                lineBytes: random.one(of: [1, 2, 3, 5, 8, 12, 20, 50, 100, 1000]),
                eventBytes: random.one(of: [1, 2, 3, 5, 8, 12, 20, 50, 100, 1000, 10000])
            )
            for way in EventStreamVerifier.Way.allCases {
                let verifier = EventStreamVerifier(chunking(&random), way, limits: limits, seed: random.next())
                if let mismatch = verifier.mismatch(stream, connections: random.chance(10) ? 2 : 1) {
                    Issue.record("seed \(seed): \(mismatch)")
                    return
                }
            }
        }
    }

    private func chunking(_ random: inout SeededRandom) -> Chunking {
        switch random.number(0...9) {
        case 0: .whole
        case 1: .fixed(1)
        case 2: .fixed(random.number(2...80))
        case 3...4: .split(random.number(0...200))
        default: .random(seed: random.next(), upTo: random.one(of: [1, 2, 3, 5, 10, 30, 100, 1000]))
        }
    }
}
