import EventStreamVerifier
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// The end of a stream, and the next connection of the same source.
@Suite("Connections", .takesTurns)
struct ConnectionTests {
    @Test(arguments: [
        ("", 0), ("\n", 0), ("\r\n", 0), ("\u{FEFF}", 0), ("\u{FEFF}\n", 0), ("data:a\n\n", 0), ("data:a\r\n\r\n", 0),
        ("data:a\r\r", 0), ("data:a\n\n\n\r\r\n", 0), ("data:a\n", 7), ("data:a", 6), ("\u{FEFF}data:a\n", 7),
        (":c\n", 3), (":c", 2), (":", 1), ("data:a\n\n:c\n", 3), ("data:a\r\n\r\ndata:b\r\n", 8), ("id:1\n", 5),
        ("x", 1),
        ("data:a\r\r\ndata", 4), ("id:1\n\nevent:x\n", 8),
    ])
    func unfinishedBytes(stream: String, count: Int) {
        let bytes = Array(stream.utf8)
        for chunking in Chunking.all(count: bytes.count, random: 4) {
            #expect(EventStreamVerifier(chunking, .parse).mismatch(bytes, connections: 2) == nil)
        }
        var parser = EventStreamParser()
        _ = events(&parser, bytes)
        #expect(parser.finish() == count)
        #expect(parser.finish() == 0)
    }

    @Test(arguments: [[0xEF], [0xEF, 0xBB]])
    func incompleteByteOrderMark(bytes: [UInt8]) {
        var parser = EventStreamParser()
        for byte in bytes { _ = events(&parser, [byte]) }
        #expect(parser.position == bytes.count)
        #expect(parser.finish() == bytes.count)
        #expect(events(&parser, [0xBF] + Array("data:a\n\ndata:b\n\n".utf8)).map(\.data) == ["b"])
    }

    @Test func nextConnectionKeepsIDAndReconnectionTime() {
        var parser = EventStreamParser()
        #expect(events(&parser, "\u{FEFF}id:1\nretry:5\ndata:a\n\nid:2\nevent:x\ndata:cut").map(\.lastEventID) == ["1"])
        #expect(parser.finish() == 21)
        #expect(parser.position == 0)
        #expect(parser.reconnectionTime == 5)
        #expect([UInt8](copyOf: parser.lastEventID) == [UInt8(ascii: "1")])
        // Nothing of the unfinished frame remains: neither its data nor its type nor its ID.
        let next = events(&parser, "\u{FEFF}data:b\n\nid\ndata:c\n\n")
        #expect(next.map(\.data) == ["b", "c"])
        #expect(next.map(\.type) == ["message", "message"])
        #expect(next.map(\.lastEventID) == ["1", ""])
        #expect(next.map(\.offset) == [3, 11])
        #expect(next.map(\.retry) == [nil, nil])
    }

    /// The next stream starts afresh, wherever the previous one ends.
    @Test func endAnywhere() {
        let stream = Array("\u{FEFF}:c\r\nid: 1\r\nevent:x\r\ndata: a\r\ndata:b\r\nretry:5\r\n\r\ndata\r\n\r\n".utf8)
        for end in 0...stream.count {
            for size in [1, 2, 5, 100] {
                var parser = EventStreamParser()
                for start in stride(from: 0, to: end, by: size) {
                    _ = events(&parser, Array(stream[start..<min(start + size, end)]))
                }
                parser.finish()
                let next = events(&parser, "\n\u{FEFF}data\n\n\ndata:x\n\n")
                #expect(next.map(\.data) == ["x"])
                #expect(next.map(\.type) == ["message"])
                #expect(next.map(\.offset) == [11])
            }
        }
    }

    /// A line feed at the start of a stream is a blank line, even if the previous stream ended with a CR.
    @Test func lineFeedIsNotSwallowedAcrossConnections() {
        var parser = EventStreamParser()
        #expect(events(&parser, "data:a\r\r").count == 1)
        #expect(parser.finish() == 0)
        #expect(events(&parser, "\ndata:b\n\n").map(\.offset) == [1])
    }

    /// The rest of a chunk after a stop is discarded, even if the chunk of the next connection is at the same address.
    @Test func sameMemoryForTheNextConnection() throws {
        var memory = Array("data:a\n\ndata:b\n\n".utf8)
        var parser = EventStreamParser()
        do {
            var rest = memory.span
            let isEvent = try parser.next(in: &rest) != nil
            #expect(isEvent && rest.count == 8)
        }
        parser.finish()
        memory.replaceSubrange(0..<16, with: Array("x\nid:1\ndata:c\n\n\n".utf8))
        #expect(events(&parser, memory).map(\.data) == ["c"])
    }
}
