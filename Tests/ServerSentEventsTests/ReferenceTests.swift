import ReferenceEventStream
import TestScheduling
import TestSupport
import Testing

/// The reference itself must be correct.
@Suite("Reference", .takesTurns)
struct ReferenceTests {
    /// Two independent decoders agree: that of the Encoding Standard and that of the standard library.
    @Test func decodesAsTheLibraryDoes() {
        for first in UInt8.min...UInt8.max {
            for second in Sweep.sample(UInt8.min...UInt8.max, inDebug: 12) {
                for tail in [[], [0x80], [0xBF, 0x80], [0x41], [0xC3, 0xA9]] as [[UInt8]] {
                    expectSameDecoding([first, second] + tail)
                }
            }
        }
        var random = SeededRandom(seed: 1)
        let leads: [UInt8] = [0xC3, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF]
        for _ in 0..<5000 {
            expectSameDecoding((0..<random.number(0...12)).map { _ in random.one(of: leads + [0x0A, 0x41]) })
        }
    }

    private func expectSameDecoding(_ bytes: [UInt8]) {
        let decoded = DecodedScalar.decode(bytes)
        let library = String(decoding: bytes, as: UTF8.self)
        if !decoded.map(\.scalar).elementsEqual(library.unicodeScalars) {
            Issue.record("\(bytes) is decoded as \(decoded)")
        }
        if decoded.flatMap(\.bytes) != Array(bytes.indices) {
            Issue.record("the scalars of \(bytes) do not cover its bytes: \(decoded)")
        }
    }

    /// A stream that involves most rules, with the result determined by hand.
    @Test func findsWhatWasWorkedOutByHand() throws {
        let text =
            "\u{FEFF}data: a\r\n\r\n: c\ndata:b\rdata: c\r\revent: x\ndata\nid: 7\nretry: 12\n\n\n\nid\n\ndata: ü\n\ndata: z\n"
        let reference = ReferenceEventStream(Array(text.utf8))
        let events = reference.events
        #expect(events.map { String(decoding: $0.data.bytes, as: UTF8.self) } == ["a", "b\nc", "", "ü"])
        #expect(events.map(\.offset) == [3, 14, 34, 71])
        #expect(events.map(\.length) == [10, 20, 31, 10])
        #expect(events.map { $0.lastEventID.bytes } == [[], [], [0x37], []])
        #expect(events.map(\.retry) == [nil, nil, 12, nil])
        #expect(events[2].type == ["x"])
        #expect(reference.elements[1] == .comment(.init(scalars: [" ", "c"], bytes: [0x20, 0x63])))
        #expect(reference.elements.count == 5)
        #expect(reference.unfinishedBytes == 8)
        #expect(reference.reconnectionTime == 12)
        #expect(reference.lastEventID.bytes.isEmpty)
        #expect(reference.violation == nil)
    }

    @Test(
        arguments: [
            ("data: 12\n\n", 8, 100, nil, 0),
            ("data: 123\n\n", 8, 100, true, 8),
            (":2345678\n", 8, 1, nil, 0),
            (":23456789\n", 8, 1, true, 8),
            ("data: 12\n\n", 100, 8, nil, 0),
            ("data: 123\n\n", 100, 8, false, 8),
            ("a\r\nb\r\nc", 100, 5, nil, 0),
            ("a\r\nb\r\ncd", 100, 5, false, 7),
            ("a\r\n:comment\nb\r\ncd", 100, 5, false, 16),
            ("ab\n\nabc", 100, 2, false, 6),
            ("ab\nc", 100, 2, false, 3),
            ("abc", 2, 2, true, 2),
        ] as [(String, Int, Int, Bool?, Int)]
    )
    func findsViolations(text: String, lineBytes: Int, eventBytes: Int, isLine: Bool?, offset: Int) {
        let reference = ReferenceEventStream(Array(text.utf8), lineBytes: lineBytes, eventBytes: eventBytes)
        #expect(reference.violation?.isLine == isLine)
        #expect(reference.violation?.offset == (isLine == nil ? nil : offset))
    }
}
