import ServerSentEvents
import Synchronization
import TestScheduling
import Testing

/// The owned event.
@Suite("Owned events", .takesTurns)
struct ServerSentEventTests {
    private func event(_ data: [UInt8]) throws -> ServerSentEvent {
        let all = events(Array("event: t\nid: 1\nretry: 2\ndata:".utf8) + data + Array("\n\n".utf8))
        return try #require(all.first)
    }

    /// "each maximal subpart as one U+FFFD": the examples of the Unicode Standard, section 3.9, tables 3-8 to 3-11, and
    /// sequences interrupted by the line end.
    @Test(
        arguments: [
            (
                [0xC0, 0xAF, 0xE0, 0x80, 0xBF, 0xF0, 0x81, 0x82, 0x41],
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A"
            ),
            (
                [0xED, 0xA0, 0x80, 0xED, 0xBF, 0xBF, 0xED, 0xAF, 0x41],
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A"
            ),
            (
                [0xF4, 0x91, 0x92, 0x93, 0xFF, 0x41, 0x80, 0xBF, 0x42],
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A\u{FFFD}\u{FFFD}B"
            ),
            ([0xE1, 0x80, 0xE2, 0xF0, 0x91, 0x92, 0xF1, 0xBF, 0x41], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}A"),
            ([0xC3], "\u{FFFD}"), ([0xE2, 0x82], "\u{FFFD}"), ([0xF0, 0x9F, 0x98], "\u{FFFD}"),
            ([0x80, 0x80], "\u{FFFD}\u{FFFD}"),
            ([0xE2, 0x82, 0xAC], "€"), ([], ""),
        ] as [([UInt8], String)]
    )
    func illFormedData(bytes: [UInt8], text: String) throws {
        let event = try event(bytes)
        #expect(scalars(event.data) == scalars(text))
        #expect(event.dataBytes == bytes)
    }

    @Test func newDataReplacesTheBytes() throws {
        var event = try event([0xFF])
        event.data = "new"
        #expect(event.dataBytes == Array("new".utf8))
    }

    @Test func typeAndIDAreDecoded() {
        let found = events(
            Array("event:".utf8) + [0xFF] + Array("\nid:".utf8) + [0xE2, 0x82] + Array("\ndata\n\n".utf8)
        )
        #expect(found.map(\.type) == ["\u{FFFD}"])
        #expect(found.map(\.lastEventID) == ["\u{FFFD}"])
    }

    @Test func equality() throws {
        let (first, second) = (try event([0x61]), try event([0x61]))
        #expect(first == second)
        #expect(first.hashValue == second.hashValue)
        // Both decode to U+FFFD, but are not equal.
        #expect(try event([0xFE]) != event([0xFF]))
        #expect(try event([0x61]) != event([0x62]))
    }

    @Test func goesToAnotherTask() async throws {
        func requireSendable<Value: Sendable & ~Copyable>(_: Value.Type) {}
        requireSendable(ServerSentEvent.self)
        requireSendable(EventStreamParser.self)
        requireSendable(EventStreamLimits.self)
        requireSendable(EventStreamError.self)
        let event = try event([0x61])
        let data = await Task.detached { event.data }.value
        #expect(data == "a")
    }

    /// A parser can move to another task with a frame in progress.
    @Test func parserGoesToAnotherTask() async throws {
        var parser = EventStreamParser()
        #expect(events(&parser, "event:x\ndata:a\ndata:").isEmpty)
        let box = Box(parser)
        let found = await Task.detached { box.finishFrame() }.value
        #expect(found.map(\.data) == ["a\nb"])
    }

    private final class Box: Sendable {
        private let parser: Mutex<EventStreamParser>

        init(_ parser: consuming EventStreamParser) { self.parser = Mutex(parser) }

        func finishFrame() -> [ServerSentEvent] { parser.withLock { events(&$0, "b\n\n") } }
    }

    /// Any collection of bytes is a chunk.
    @Test func collections() throws {
        let bytes = Array("data:a\n\ndata:b\n\n".utf8)
        var parser = EventStreamParser()
        var count = 0
        try parser.parse(bytes) { _ in count += 1 }
        try parser.parse(bytes[...]) { _ in count += 1 }
        try parser.parse(ContiguousArray(bytes)) { _ in count += 1 }
        try parser.parse("data:a\n\ndata:b\n\n".utf8) { _ in count += 1 }
        try parser.parse(bytes.lazy.map(\.self)) { _ in count += 1 }
        try parser.parse(repeatElement(UInt8(ascii: "\n"), count: 3)) { _ in count += 1 }
        try parser.parse(EmptyCollection<UInt8>()) { _ in count += 1 }
        #expect(count == 10)
        #expect(parser.position == 83)
    }
}
