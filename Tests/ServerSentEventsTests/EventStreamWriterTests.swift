import EventStreamVerifier
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// A parser reads back what the writer wrote.
@Suite(.takesTurns) struct EventStreamWriterTests {
    private typealias Element = EventStreamWriterVerifier.Element

    private func written(
        _ lineEnd: EventStreamWriter.LineEnd = .lineFeed,
        _ body: (inout EventStreamWriter) throws -> Void
    ) rethrows -> String {
        var writer = EventStreamWriter(lineEnd: lineEnd)
        try body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    // MARK: The bytes

    @Test func theUsualFrame() throws {
        let text = try written { try $0.event("ping", data: #"{"type": "ping"}"#) }
        #expect(text == "event: ping\ndata: {\"type\": \"ping\"}\n\n")
    }

    @Test func allFields() throws {
        let text = try written { try $0.event("a", data: "b\n c\n", id: "7", retry: 30) }
        #expect(text == "event: a\nid: 7\nretry: 30\ndata: b\ndata:  c\ndata:\n\n")
    }

    @Test func lineEnds() throws {
        #expect(try written(.carriageReturn) { try $0.event(data: "a") } == "data: a\r\r")
        #expect(try written(.carriageReturnLineFeed) { try $0.event(data: "a") } == "data: a\r\n\r\n")
    }

    @Test func commentsAndFieldsAlone() throws {
        let text = try written { writer in
            try writer.comment(" keep-alive")
            try writer.fields(id: "", retry: 0)
        }
        #expect(text == ": keep-alive\nid:\nretry: 0\n\n")
    }

    @Test func bytesAreRemoved() throws {
        var writer = EventStreamWriter()
        try writer.event(data: "")
        #expect(writer.removeBytes() == Array("data:\n\n".utf8))
        #expect(writer.bytes.isEmpty)
    }

    // MARK: What cannot be written

    @Test(arguments: ["\n", "\r", "\r\n"])
    func lineEndsAreRefused(_ end: String) throws {
        var writer = EventStreamWriter()
        try writer.event("kept", data: "")
        let bytes = writer.bytes
        #expect(reason { try writer.event("a" + end, data: "") } == .lineEnd(in: .type))
        #expect(reason { try writer.event(data: "", id: "a" + end + "b") } == .lineEnd(in: .id))
        #expect(reason { try writer.comment(end) } == .lineEnd(in: .comment))
        let data = reason { try writer.event(data: "a" + end + "b") }
        #expect(data == (end == "\n" ? nil : .carriageReturnInData))
        if data != nil { #expect(writer.bytes == bytes) }
    }

    @Test func otherValuesAreRefused() {
        var writer = EventStreamWriter(limits: EventStreamLimits(lineBytes: 10, eventBytes: 24))
        #expect(reason { try writer.event(data: "", id: "a\0") } == .nullInID)
        #expect(reason { try writer.event(data: "", retry: -1) } == .negativeRetry)
        #expect(reason { try writer.event(data: "12345") } == .lineTooLong(limit: 10))
        #expect(reason { try writer.comment("1234567890") } == .lineTooLong(limit: 10))
        #expect(reason { try writer.event(data: "1234\n1234\n1234") } == .eventTooLong(limit: 24))
        #expect(writer.bytes.isEmpty)
        #expect(reason { try writer.event(data: "1234") } == nil)
        #expect(reason { try writer.comment("123456789") } == nil)
    }

    @Test func errorsHaveOffsetsAndWords() throws {
        var writer = EventStreamWriter()
        let error = #expect(throws: EventStreamWriterError.self) { try writer.event(data: "ab\rc") }
        #expect(error?.offset == 2)
        #expect(error?.description == "the data has a CR at byte 2; separate lines with LF alone")
    }

    private func reason(_ body: () throws -> Void) -> EventStreamWriterError.Reason? {
        do {
            try body()
            return nil
        } catch {
            return (error as? EventStreamWriterError)?.reason
        }
    }

    // MARK: The round trip

    /// Random values, of bytes that have a meaning in an event stream, among others: they are refused exactly if they
    /// contain what the documentation names, and come back otherwise.
    @Test func randomEvents() throws {
        var random = SeededRandom(seed: 15)
        for _ in 0..<Sweep.count(inDebug: 2000, inRelease: 50_000) {
            let lineEnd = random.one(of: EventStreamWriter.LineEnd.allCases)
            var writer = EventStreamWriter(lineEnd: lineEnd)
            var expected: [Element] = []
            var lastID: [UInt8] = []
            for _ in 0..<random.number(1...4) {
                if random.chance(20) {
                    let text = value(&random)
                    let isWritable = !text.contains(0x0A) && !text.contains(0x0D)
                    #expect((reason { try writer.comment(text) } == nil) == isWritable)
                    if isWritable { expected.append(.comment(text)) }
                    continue
                }
                let type = random.chance(30) ? nil : value(&random)
                let data = value(&random)
                let id = random.chance(50) ? nil : value(&random)
                let retry = random.chance(70) ? nil : random.one(of: [-1, 0, 7, Int.max])
                let isWritable =
                    !(type ?? []).contains { $0 == 0x0A || $0 == 0x0D }
                    && !(id ?? []).contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 } && !data.contains(0x0D)
                    && retry ?? 0 >= 0
                let reason = reason { try writer.event(type, data: data, id: id, retry: retry) }
                #expect((reason == nil) == isWritable)
                guard isWritable else { continue }
                lastID = id ?? lastID
                expected.append(.event(type: type ?? [], data: data, id: lastID, retry: retry))
            }
            #expect(EventStreamWriterVerifier.elements(of: writer.bytes) == expected)
        }
    }

    private func value(_ random: inout SeededRandom) -> [UInt8] {
        let pieces: [[UInt8]] = ["", " ", "  ", ":", "data:", "a", "é", "\u{FEFF}", "\t", "\n"].map { Array($0.utf8) }
        var value: [UInt8] = []
        for _ in 0..<random.number(0...4) {
            value += random.chance(6) ? [random.one(of: [0, 0x0D, 0x0A, 0xFF, 0xC3])] : random.one(of: pieces)
        }
        return value
    }

    /// The events of any stream can be written, and come back.
    @Test func streams() {
        var generator = EventStreamGenerator(seed: 3)
        for _ in 0..<Sweep.count(inDebug: 300, inRelease: 20_000) {
            let stream = generator.stream()
            #expect(EventStreamWriterVerifier().mismatch(stream) == nil)
        }
    }
}
