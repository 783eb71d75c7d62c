import Foundation
import StreamGenerators
import TestScheduling
import Testing

/// The generated messages are always the same, and have the composition that their documentation describes.
@Suite(.takesTurns) struct MessageStreamMixtureTests {
    @Test(arguments: StreamKind.allCases, LineEnd.allCases)
    func sameSeedSameBytes(_ kind: StreamKind, _ lineEnd: LineEnd) {
        let first = GeneratedStream.message(kind, byteCount: 50_000, lineEnd: lineEnd, seed: 7)
        let second = GeneratedStream.message(kind, byteCount: 50_000, lineEnd: lineEnd, seed: 7)
        let other = GeneratedStream.message(kind, byteCount: 50_000, lineEnd: lineEnd, seed: 8)
        #expect(first.bytes == second.bytes)
        #expect(first.bytes != other.bytes)
    }

    /// Figures measured at different times can be compared only if the bytes are the same.
    @Test func bytesStayTheSameFromVersionToVersion() {
        let sums = StreamKind.allCases.map { kind in
            GeneratedStream.message(kind, byteCount: 100_000).bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
                ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3  // FNV-1a
            }
        }
        #expect(
            sums == [
                14_201_235_684_089_363_974, 8_475_182_942_207_190_281, 9_000_095_533_986_748_715,
                5_486_147_272_049_732_410, 13_493_538_426_633_804_138, 3_203_916_672_454_942_865,
            ]
        )
    }

    @Test func generatorIsSplitMix64() {
        var random = SplitMix64(seed: 1_234_567)
        let drawn = (0..<5).map { _ in random.next() }
        #expect(
            drawn == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
    }

    @Test func drawsStayInTheirBounds() {
        var random = SplitMix64(seed: 3)
        let drawn = Set((0..<1000).map { _ in random.next(in: 5...9) })
        #expect(drawn == [5, 6, 7, 8, 9])
        #expect(!(0..<1000).contains { _ in random.next(below: 1) != 0 })
    }

    @Test(arguments: StreamKind.allCases)
    func sizeIsAsAskedFor(_ kind: StreamKind) {
        let count = GeneratedStream.message(kind, byteCount: 2 << 20).bytes.count
        #expect(abs(count - 2 << 20) < 8192)
    }

    @Test(arguments: StreamKind.allCases)
    func smallestMessageIsWhole(_ kind: StreamKind) throws {
        let frames = try Frame.all(in: .message(kind, byteCount: 0))
        #expect(frames.first?.event == "message_start")
        #expect(frames.last?.event == "message_stop")
    }

    @Test func textFramesAreAbout130BytesLong() {
        let stream = GeneratedStream.message(.text, byteCount: 2 << 20)
        let mean = Double(stream.bytes.count) / Double(stream.eventCount)
        #expect((126...134).contains(mean))
    }

    @Test func aboutSixPercentOfTextDeltasGoBeyondASCII() throws {
        let texts = try texts(of: .message(.text, byteCount: 1 << 20))
        let share = Double(texts.count { !$0.utf8.allSatisfy { $0 < 0x80 } }) / Double(texts.count)
        #expect((0.055...0.065).contains(share))
    }

    @Test func multilingualTextHasScriptsMarksAndEscapes() throws {
        let stream = GeneratedStream.message(.multilingual, byteCount: 1 << 20)
        let raw = String(decoding: stream.bytes, as: UTF8.self)
        for escape in [#"\u00e9"#, #"\ud83d\ude00"#, #"\n"#, #"\t"#, #"\""#, #"\\"#, #"\u0001"#, #"\udbff\udfff"#] {
            #expect(raw.contains(escape), "\(escape)")
        }
        let text = try texts(of: stream).joined()
        let characters = Set(text.unicodeScalars)
        for scalar: Unicode.Scalar in ["λ", "щ", "ש", "ر", "न", "ส", "你", "メ", "녕", "გ", "𠮷"] {
            #expect(characters.contains(scalar), "\(scalar)")
        }
        for scalar: Unicode.Scalar in ["\u{301}", "\u{200D}", "\u{FE0F}", "\u{1F600}", "\u{10FFFF}", "\u{FEFF}"] {
            #expect(characters.contains(scalar), "U+\(String(scalar.value, radix: 16))")
        }
        let beyondASCII = stream.bytes.count { $0 >= 0x80 }
        #expect(Double(beyondASCII) / Double(stream.bytes.count) > 0.08)
    }

    @Test func longLineHasTheSizeOfItsName() {
        let stream = GeneratedStream.longLine(byteCount: 1000)
        #expect(stream.bytes.count == 1002)
        #expect(stream.bytes.firstIndex(of: 0x0A) == 1000)
        #expect(stream.dataByteCount == 994)
        #expect(stream.eventCount == 1 && stream.lineFeedCount == 2)
    }

    @Test func emptyLinesAreNothingElse() {
        let stream = GeneratedStream.emptyLines(count: 1000)
        #expect(stream.bytes == Array(repeating: 0x0A, count: 1000))
        #expect(stream.eventCount == 0 && stream.lineFeedCount == 1000)
    }

    private func texts(of stream: GeneratedStream) throws -> [String] {
        try Frame.all(in: stream).compactMap { ($0.object["delta"] as? [String: Any])?["text"] as? String }
    }
}
