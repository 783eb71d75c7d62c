import ServerSentEvents
import TestScheduling
import Testing

/// The effect of each field, determined by hand.
@Suite("Fields", .takesTurns)
struct FieldTests {
    @Test(arguments: [
        ("data:a", "a"), ("data: a", "a"), ("data:  a", " a"), ("data: a ", "a "), ("data::a", ":a"),
        ("data: :a", ":a"),
        ("data:\ta", "\ta"), ("data", ""), ("data:", ""), ("data: ", ""), ("data:  ", " "),
        ("data:\u{A0}a", "\u{A0}a"), ("data:\u{3000}a", "\u{3000}a"), ("data:a\0b", "a\0b"),
        // A combining mark forms one grapheme cluster with the colon or the space, which must be recognized
        // nevertheless.
        ("data:\u{301}a", "\u{301}a"), ("data: \u{301}a", "\u{301}a"), ("data:\u{200D}", "\u{200D}"),
        ("data: \u{FE0F}\u{20E3}", "\u{FE0F}\u{20E3}"),
        // These are not line ends.
        ("data:a\u{85}b\u{2028}c\u{2029}d\u{B}e\u{C}f", "a\u{85}b\u{2028}c\u{2029}d\u{B}e\u{C}f"),
    ])
    func data(line: String, value: String) {
        #expect(events(line + "\n\n").map { scalars($0.data) } == [scalars(value)])
        #expect(events("data:x\n" + line + "\n\n").map { scalars($0.data) } == [scalars("x\n" + value)])
    }

    @Test(arguments: [
        "Data:a", "DATA:a", "dat:a", "dataa:a", " data:a", "data :a", "data\0:a", "\0data:a", "data\u{301}:a",
        "\u{FEFF}data:a", "dat", "dataa", "data a", "", ":data:a", "foo:data", "event", "id", "retry", "événement:a",
    ])
    func isNoData(line: String) {
        #expect(events("\n" + line + "\n\n").isEmpty)
        #expect(events("\n" + line + "\ndata:x\n\n").last?.data == "x")
    }

    @Test func lastTypeWins() {
        let events = events("event:a\nevent:b\ndata\n\ndata\n\nevent:c\nevent\ndata\n\nevent: d \ndata\n\n")
        #expect(events.map(\.type) == ["b", "message", "message", "d "])
    }

    @Test func typeOfABlockWithoutDataIsDropped() {
        #expect(events("event:a\n\ndata:x\n\n").map(\.type) == ["message"])
    }

    @Test func fieldsMayComeInAnyOrder() {
        let events = events("id:1\ndata:x\nretry:5\nevent:a\ndata:y\n\n")
        #expect(events.map(\.data) == ["x\ny"])
        #expect(events.first?.type == "a")
        #expect(events.first?.lastEventID == "1")
        #expect(events.first?.retry == 5)
    }

    @Test func idStaysUntilItChanges() {
        let events = events("id:1\ndata\n\ndata\n\nid:2\nid:3\ndata\n\nid\ndata\n\ndata\n\nid: é\ndata\n\n")
        #expect(events.map(\.lastEventID) == ["1", "1", "3", "", "", "é"])
    }

    @Test func idWithNullIsIgnored() {
        #expect(events("id:1\nid:2\0\ndata\n\nid:\0\ndata\n\n").map(\.lastEventID) == ["1", "1"])
    }

    @Test func idOfABlockWithoutDataIsCommitted() {
        #expect(events("id:1\n\ndata\n\n").map(\.lastEventID) == ["1"])
    }

    @Test func idIsCommittedByTheBlankLineOnly() throws {
        var parser = EventStreamParser()
        #expect(events(&parser, "id:1\ndata:x\n").isEmpty)
        #expect(parser.lastEventID.byteCount == 0)
        #expect(events(&parser, "\n").map(\.lastEventID) == ["1"])
        #expect(parser.lastEventID.byteCount == 1)
        #expect(events(&parser, "id:22\n").isEmpty)
        #expect(parser.lastEventID.byteCount == 1)
        #expect(events(&parser, "\n").isEmpty)
        #expect(parser.lastEventID.byteCount == 2)
    }

    @Test(
        arguments: [
            ("retry:0", 0), ("retry: 3000", 3000), ("retry:007", 7), ("retry:0000000000000000000000000012", 12),
            ("retry:9223372036854775806", .max - 1), ("retry:9223372036854775807", .max),
            ("retry:9223372036854775808", .max), ("retry:18446744073709551616", .max),
            ("retry:123456789012345678901234567890", .max),
            ("retry", nil), ("retry:", nil), ("retry: ", nil), ("retry:  5", nil), ("retry:5 ", nil), ("retry:+5", nil),
            ("retry:-5", nil), ("retry:1.5", nil), ("retry:1e3", nil), ("retry:0x1", nil), ("retry:\u{661}", nil),
            ("retry:\u{FF11}", nil), ("retry:1\u{301}", nil), ("retry:1\0", nil), ("Retry:1", nil), ("retry:1:2", nil),
            ("retry:99999999999999999999999999a", nil),
        ] as [(String, Int?)]
    )
    func retry(line: String, value: Int?) {
        for size in 1...(line.utf8.count + 1) {
            var parser = EventStreamParser()
            var found: [ServerSentEvent] = []
            let stream = Array((line + "\ndata\n\ndata\n\n").utf8)
            for start in stride(from: 0, to: stream.count, by: size) {
                found += events(&parser, Array(stream[start..<min(start + size, stream.count)]))
            }
            #expect(found.map(\.retry) == [value, nil])
            #expect(parser.reconnectionTime == value)
        }
    }

    @Test func retryTakesEffectAtOnce() {
        var parser = EventStreamParser()
        #expect(parser.reconnectionTime == nil)
        #expect(events(&parser, "data\nretry:5\n").isEmpty)
        #expect(parser.reconnectionTime == 5)
        #expect(events(&parser, "retry:6\nretry:x\n\n").map(\.retry) == [6])
        #expect(events(&parser, "retry:7\n\ndata\n\n").map(\.retry) == [nil])
        #expect(parser.reconnectionTime == 7)
    }

    @Test func commentsAreIgnored() {
        #expect(events(":\n:a\ndata:x\n: data:y\n:\ndata:z\n:id:1\n\n:\n\n").map(\.data) == ["x\nz"])
    }
}
