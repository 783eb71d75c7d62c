import EventStreamVerifier
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// Line ends, byte order marks, and the positions of frames in the stream.
@Suite("Line ends", .takesTurns)
struct LineEndTests {
    @Test(arguments: ["\n", "\r", "\r\n"], ["\n", "\r", "\r\n"])
    func everyPair(first: String, second: String) {
        let stream = "data:a\(first)data:b\(second)\(second)data:c\(first)\(first)"
        let found = events(stream)
        // CR followed by LF is one line end, not two, so there is no blank line where they meet.
        #expect(found.map(\.data) == ["a\nb", "c"])
    }

    @Test func lineFeedAndCarriageReturnAreTwo() {
        #expect(events("data:a\n\rdata:b\n\r").map(\.data) == ["a", "b"])
        #expect(events("data:a\r\n\rdata:b\r\n\r\n").map(\.data) == ["a", "b"])
        #expect(events("data:a\r\ndata:b\r\n").isEmpty)
    }

    @Test func carriageReturnDispatchesAtOnce() {
        var parser = EventStreamParser()
        #expect(events(&parser, "data:a\r").isEmpty)
        let first = events(&parser, "\r")
        #expect(first.map(\.data) == ["a"])
        #expect(first.map { $0.offset + $0.length } == [8])
        // This LF belongs to the preceding CR; the next one is a blank line.
        #expect(events(&parser, "\n").isEmpty)
        #expect(parser.position == 9)
        let second = events(&parser, "data:b\r\n\r")
        #expect(second.map(\.data) == ["b"])
        #expect(second.map(\.offset) == [9])
        #expect(second.map(\.length) == [9])
        let third = events(&parser, "data:c\n\n")
        #expect(third.map(\.data) == ["c"])
        #expect(third.map(\.offset) == [18])
    }

    /// An event is delivered at its last byte, not at the byte after it.
    @Test(arguments: ["data:a\n\n", "data:a\r\r", "data:a\r\n\r", "data:a\n\r", "data:a\r\n\n", "event:x\ndata\n:\n\n"])
    func lastByteDispatches(frame: String) {
        for lead in ["", "\u{FEFF}", "data:x\n\n", "\r\n"] {
            let stream = Array((lead + frame).utf8)
            var parser = EventStreamParser()
            for byte in stream.dropLast() { _ = events(&parser, [byte]) }
            let last = events(&parser, [stream[stream.count - 1]])
            #expect(last.count == 1)
            #expect(last.first?.offset == lead.utf8.count)
            #expect(last.first?.length == frame.utf8.count)
        }
    }

    @Test func frameBeginsWithItsFirstLine() {
        let stream = "\r\n\n:c\nfoo\ndata:a\n:d\n\n\n\r\r\nid:1\n\ndata:b\n\n"
        let found = events(stream)
        #expect(found.map(\.offset) == [3, 31])
        #expect(found.map(\.length) == [18, 8])
    }

    @Test(arguments: [
        ("\u{FEFF}data:a\n\n", ["a"], 3), ("\u{FEFF}\u{FEFF}data:a\n\ndata:b\n\n", ["b"], 14),
        ("\n\u{FEFF}data:a\n\ndata:b\n\n", ["b"], 12), ("data:\u{FEFF}a\n\n", ["\u{FEFF}a"], 0),
        ("\u{FEFF}\ndata:a\n\n", ["a"], 4), ("\u{FEFF}:\ndata:a\n\n", ["a"], 3), ("\u{FEFF}", [], 0),
    ])
    func byteOrderMark(stream: String, data: [String], offset: Int) {
        #expect(events(stream).map { scalars($0.data) } == data.map(scalars))
        #expect(events(stream).first?.offset ?? 0 == offset)
    }

    @Test(arguments: [
        [0xEF], [0xEF, 0xBB], [0xEF, 0xBF, 0xBB], [0xEF, 0xBB, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF],
    ])
    func isNoByteOrderMark(lead: [UInt8]) {
        let line = Array("data:a\n\ndata:b\n\n".utf8)
        #expect(events(lead + line).map(\.data) == ["b"])
        #expect(events(lead + [0x0A] + line).map(\.data) == ["a", "b"])
        for chunking in Chunking.all(count: lead.count + line.count) {
            let verifier = EventStreamVerifier(chunking, .consume)
            #expect(verifier.mismatch(lead + line) == nil)
            #expect(verifier.mismatch(lead + [0x0A] + line) == nil)
            #expect(verifier.mismatch(lead) == nil)
        }
    }

    /// Line ends at every distance from the ends of the parser's 64-byte words and 2 KiB passes.
    @Test(arguments: ["\n", "\r", "\r\n"])
    func everyLength(lineEnd: String) {
        for length in Array(0...200) + Array(2030...2070) + Array(4080...4110) {
            let text = String(repeating: "x", count: length)
            let stream = "data:\(text)\(lineEnd)\(lineEnd)data:y\(lineEnd)\(lineEnd)"
            let found = events(stream)
            #expect(found.map(\.data.utf8.count) == [length, 1])
            #expect(found.last?.offset == 5 + length + 2 * lineEnd.utf8.count)
        }
    }
}
