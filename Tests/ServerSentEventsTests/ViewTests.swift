import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// The contents of a view, and the location of its bytes in memory.
@Suite("Views", .takesTurns)
struct ViewTests {
    /// The addresses of the bytes of `span`.
    private func addresses(_ span: RawSpan) -> Range<UInt> {
        // Addresses are only compared.
        let start = unsafe span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        return start..<(start + UInt(span.byteCount))
    }

    /// For each event of a chunk, whether its data and type are in the memory of the chunk.
    private func places(
        _ parser: inout EventStreamParser,
        _ text: String
    ) throws -> [(data: Bool, type: Bool)] {
        let chunk = Array(text.utf8)
        var places: [(data: Bool, type: Bool)] = []
        // `UInt8` has no padding bytes.
        let bytes = unsafe chunk.span.bytes
        let range = addresses(bytes)
        try parser.parse(bytes) { event in
            let data = addresses(event.data)
            let type = addresses(event.eventField)
            places.append((range.contains(data) && !data.isEmpty, range.contains(type) && !type.isEmpty))
        }
        return places
    }

    @Test(arguments: [
        "data: abc\n\n", "event: x\ndata: abc\n\n", "data: abc\nevent: x\n\n",
        ": c\nid: 1\ndata: abc\nretry: 1\nevent: x\n\n",
        "data: abc\r\n\r\n", "event: x\r\ndata: abc\r\n\r\n", "data: abc\r\r",
    ])
    func wholeFramesAreNotCopied(frame: String) throws {
        var parser = EventStreamParser()
        let hasType = frame.contains("event")
        for _ in 0..<3 {
            let places = try places(&parser, frame + "\n" + frame + frame)
            #expect(places.count == 3)
            #expect(places.allSatisfy { $0.data && $0.type == hasType })
        }
    }

    @Test func emptyDataIsEmpty() throws {
        var parser = EventStreamParser()
        var lengths: [Int] = []
        try parser.parse(Array("data\n\ndata:\n\ndata: \n\nevent\ndata\n\n".utf8)) { event in
            lengths += [event.data.byteCount, event.eventField.byteCount]
            #expect(event.data.isEmpty && event.eventField.isEmpty && event.hasType("message"))
        }
        #expect(lengths == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func joinedDataIsGathered() throws {
        var parser = EventStreamParser()
        let places = try places(&parser, "event: x\ndata: a\ndata: b\n\ndata: c\n\ndata: d\ndata\n\n")
        #expect(places.map(\.data) == [false, true, false])
        #expect(places.map(\.type) == [true, false, false])
    }

    @Test func cutFramesAreGathered() throws {
        var parser = EventStreamParser()
        #expect(try places(&parser, "event: x\ndata: abc").isEmpty)
        let next = try places(&parser, "def\n\nevent: y\ndata: g\n\n")
        #expect(next.map(\.data) == [false, true])
        #expect(next.map(\.type) == [false, true])
        // Only split frames are copied: the data of this frame is completely in the second chunk.
        #expect(try places(&parser, "event: x\n").isEmpty)
        let last = try places(&parser, "data: h\n\n")
        #expect(last.map(\.data) == [true])
        #expect(last.map(\.type) == [false])
    }

    /// IDs with growing and shrinking lengths: each view shows the ID at its dispatch.
    @Test(arguments: [1, 3, 64, 1000, 100_000])
    func lastEventIDAtDispatch(chunkSize: Int) throws {
        var stream: [UInt8] = []
        var expected: [[UInt8]] = []
        var random = SeededRandom(seed: 5)
        var current: [UInt8] = []
        for index in 0..<300 {
            if random.chance(60) {
                current = Array(repeating: UInt8(ascii: "a") + UInt8(index % 26), count: random.number(0...400))
                stream += Array("id:".utf8) + current + Array("\n".utf8)
                if random.chance(20) { stream += Array("\n".utf8) }
            }
            stream += Array("data:x\n\n".utf8)
            expected.append(current)
        }
        var parser = EventStreamParser()
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: chunkSize) {
            let chunk = stream[start..<min(start + chunkSize, stream.count)]
            try parser.parse(chunk) { found.append([UInt8](copyOf: $0.lastEventID)) }
        }
        #expect(found == expected)
        #expect([UInt8](copyOf: parser.lastEventID) == current)
    }

    @Test func typeIsComparedByBytes() throws {
        var parser = EventStreamParser()
        var answers: [Bool] = []
        try parser.parse(Array("data\n\nevent:ping\ndata\n\nevent:e\u{301}\ndata\n\nevent:message\ndata\n\n".utf8)) {
            event in
            answers += [event.hasType("message"), event.hasType("ping"), event.hasType("\u{E9}"), event.hasType("pin")]
        }
        let (yes, no) = (true, false)
        #expect(answers == [yes, no, no, no, no, yes, no, no, no, no, no, no, yes, no, no, no])
    }

    @Test func byteRange() throws {
        var parser = EventStreamParser()
        var ranges: [Range<Int>] = []
        try parser.parse(Array("data:a\n\n:c\ndata:b\r\n\r\n".utf8)) { ranges.append($0.byteRange) }
        #expect(ranges == [0..<8, 8..<20])
    }
}
