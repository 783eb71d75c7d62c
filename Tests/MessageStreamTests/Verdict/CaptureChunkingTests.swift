import CaptureCorpus
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// A verdict depends on the bytes, not on how they are split. Each capture is fed in many ways. Each time the events,
/// their positions in the body, and every field of the outcome must be the same.
@Suite(.takesTurns) struct CaptureChunkingTests {
    /// Bytes around a chunk that would change the outcome if they were read.
    static let poison = Array("\n\nevent: error\ndata: {}\n\n".utf8)

    @Test(arguments: Capture.all.filter(\.isSwept))
    func byteByByte(_ capture: Capture) {
        let cuts = Array(1..<capture.bytes.count)
        let isSmall = capture.bytes.count <= 8 * 1024
        let poison = isSmall ? Self.poison : nil
        #expect(Playback(capture.bytes).difference(feeding: capture.bytes, cutAt: cuts, poison: poison) == nil)
    }

    /// Split in two at every byte.
    @Test(arguments: Sweep.sample(Capture.small, inDebug: 5))
    func everyCutInTwo(_ capture: Capture) {
        let whole = Playback(capture.bytes)
        for cut in Sweep.sample(1..<capture.bytes.count, inDebug: 40) {
            let difference = whole.difference(feeding: capture.bytes, cutAt: [cut], poison: Self.poison)
            #expect(difference == nil, "cut at \(cut)")
            if difference != nil { return }
        }
    }

    /// Split in two at seeded random bytes.
    @Test(arguments: Capture.large)
    func someCutsInTwo(_ capture: Capture) {
        let whole = Playback(capture.bytes)
        var generator = SeededRandom(seed: UInt64(capture.bytes.count))
        for _ in 0..<max(1, Sweep.count(inDebug: 200_000, inRelease: 4_000_000) / capture.bytes.count) {
            let cut = Int.random(in: 1..<capture.bytes.count, using: &generator)
            let difference = whole.difference(feeding: capture.bytes, cutAt: [cut], poison: Self.poison)
            #expect(difference == nil, "cut at \(cut)")
        }
    }

    @Test(arguments: Capture.all.filter(\.isSwept), [64, 1400, 16384])
    func piecesOfOneSize(_ capture: Capture, size: Int) {
        let cuts = Array(stride(from: size, to: capture.bytes.count, by: size))
        let whole = Playback(capture.bytes)
        #expect(whole.difference(feeding: capture.bytes, cutAt: cuts) == nil)
        #expect(whole.difference(feeding: capture.bytes, cutAt: cuts, poison: Self.poison) == nil)
    }

    /// Chunks of random sizes: mostly small, or mostly large.
    @Test(arguments: Capture.all.filter(\.isSwept))
    func randomPieces(_ capture: Capture) {
        let whole = Playback(capture.bytes)
        for seed in 0..<UInt64(capture.bytes.count > 100_000 ? 2 : Sweep.count(inDebug: 4, inRelease: 12)) {
            let largest = [3, 40, 500, 5000][Int(seed % 4)]
            let cuts = Chunking.random(seed: seed, upTo: largest).cuts(count: capture.bytes.count)
            let difference = whole.difference(feeding: capture.bytes, cutAt: cuts, poison: Self.poison)
            #expect(difference == nil, "seed \(seed)")
        }
    }

    /// The comparison itself detects one changed byte in a text, and another normalization of the same characters.
    @Test func differencesAreFound() throws {
        let capture = Capture.named("text-complete.sse")
        let whole = Playback(capture.bytes)
        let delta = NaiveFrame.all(in: capture.bytes)[3]
        let letter = try #require(delta.range.last { capture.bytes[$0] == UInt8(ascii: "t") })
        var changed = capture.bytes
        changed[letter] = UInt8(ascii: "u")
        #expect(whole.difference(feeding: changed, cutAt: []) != nil)
        #expect(whole.difference(feeding: Array(capture.bytes.dropLast(40)), cutAt: []) != nil)

        func stream(_ text: String) -> [UInt8] {
            Array((MessageParts.start + MessageParts.textBlock(text) + MessageParts.end).utf8)
        }
        // An é, and an e with an acute accent: equal as strings, but different text.
        #expect(Playback(stream("\u{E9}")).difference(feeding: stream("e\u{301}"), cutAt: []) != nil)
    }
}
