// Release builds are not testable.
#if DEBUG
    import Foundation
    import TestScheduling
    import TestSupport
    import Testing

    @testable import MidstreamCommand

    /// The parts of the report that limit what it keeps.
    @Suite(.takesTurns) struct ReportPartsTests {
        @Test func hashes() {
            func hash(_ text: String) -> String {
                var hash = SHA256()
                hash.update(text.utf8)
                return hash.digest().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            }
            // The examples of FIPS 180-4.
            #expect(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
            #expect(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(
                hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                    == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            )
            for count in 0..<20 {
                let bytes = (0..<count).map { UInt8($0 * 37 % 256) }
                #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
            }
        }

        @Test func units() {
            for (value, text) in [
                (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_000, "1 kB"), (1_234, "1.23 kB"),
                (99_960, "100 kB"),
                (999_499, "999 kB"), (999_600, "1 MB"), (12_345_678, "12.3 MB"), (Int.max, "9,223,372 TB"),
            ] {
                #expect(Units.bytes(value) == text)
            }
            for (duration, text) in [
                (Duration.zero, "0 s"), (.microseconds(5), "5 µs"), (.milliseconds(340), "340 ms"),
                (.milliseconds(1_250), "1.25 s"), (.seconds(125), "2 min 5 s"), (.seconds(-1), "0 s"),
                (.seconds(100_000), "27 h 46 min"),
            ] {
                #expect(Units.time(duration) == text)
            }
            #expect(Units.number(-1_234_567) == "-1,234,567" && Units.number(Int.min) == "-9,223,372,036,854,775,808")
        }

        /// The first and the last KiB, in pieces of any size.
        @Test(arguments: [0, 1, 2047, 2048, 2049, 5000])
        func boundedTexts(_ count: Int) {
            let text = String((0..<count).flatMap { _ in "aé🙂".randomElement().map { [$0] } ?? [] })
            for size in [1, 7, 600, 10_000] {
                var bounded = BoundedText()
                var rest = text[...]
                while !rest.isEmpty {
                    bounded.append(String(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                }
                let (beginning, omitted, _, end) = bounded.parts
                #expect(bounded.byteCount == text.utf8.count)
                if let end {
                    #expect(text.hasPrefix(beginning) && text.utf8.suffix(end.count).elementsEqual(end))
                    #expect(beginning.utf8.count + omitted + end.count == text.utf8.count)
                    #expect((1021...1024).contains(beginning.utf8.count) && (1021...1024).contains(end.count))
                } else {
                    #expect(beginning == text && omitted == 0)
                }
            }
        }

        /// The window contains the body bytes at its offset, contains the fault if it is near, and does not depend on
        /// the chunks.
        @Test func windows() {
            var random = SeededRandom(seed: 7)
            for _ in 0..<8 {
                let body = random.bytes(Int.random(in: 1...6_000, using: &random))
                let end = Int.random(in: 0...body.count, using: &random)
                let fault = Bool.random(using: &random) ? body.count : min(body.count, end + 10)
                for size in [1, 100, 3_000, 10_000] {
                    var finder = FaultFinder()
                    for start in stride(from: 0, to: body.count, by: size) {
                        let chunk = Array(body[start..<min(start + size, body.count)])
                        let isHere = end > start && end <= start + chunk.count
                        finder.receive(chunk, eventEnd: isHere ? end : nil)
                    }
                    let window = finder.window(around: fault)
                    #expect(
                        (window.context + window.bytes).elementsEqual(
                            body[(window.offset - window.context.count)..<window.end]
                        )
                    )
                    #expect(window.offset <= fault && fault <= window.end && window.bytes.count <= 2_000)
                    #expect(fault < 300 || window.offset <= fault - 300 || window.bytes.count == body.count)
                }
            }
        }

        /// The bins add up to the input, and their number does not exceed the limit.
        @Test func timelines() {
            var random = SeededRandom(seed: 3)
            for span in [1, 100, 1_000_000, Int.max] {
                var timeline = Timeline()
                var positions: [Int] = []
                for _ in 0..<300 {
                    let position = Int.random(in: 0..<span, using: &random)
                    positions.append(position)
                    timeline.add(at: position) { $0.bytes += 1 }
                }
                #expect(timeline.bins.count <= Timeline.limit && timeline.end == positions.max())
                for (index, bin) in timeline.bins.enumerated() {
                    #expect(bin.bytes == positions.count { $0 / timeline.width == index })
                }
                let (rows, width) = timeline.rows(limit: 30)
                #expect(rows.count <= 30 && rows.reduce(0) { $0 + $1.bytes } == 300)
                #expect(width >= timeline.width)
            }
        }
    }
#endif
