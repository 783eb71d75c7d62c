import ServerSentEvents
import TestScheduling
import Testing

/// A caller may stop between any two events of a chunk, and continue later.
@Suite("Stopping within a chunk", .takesTurns)
struct StoppingTests {
    private static let stream = Array(
        "\u{FEFF}data:a\r\n\r\n:c\nid:1\ndata:b\ndata:c\n\n\n\nevent:x\rdata:d\r\rdata:e\n\ndata\n\n:end\ndata:f".utf8
    )
    private static let data = ["a", "b\nc", "d", "e", ""]

    /// Stops after each number of events, with the rest in place or moved in memory.
    @Test(arguments: 0...5, [true, false])
    func nextGoesOn(stop: Int, moves: Bool) throws {
        var parser = EventStreamParser()
        var found: [String] = []
        var rest = Self.stream.span
        for _ in 0..<stop {
            guard let event = try parser.next(in: &rest) else { break }
            found.append(ServerSentEvent(event).data)
        }
        #expect(found == Array(Self.data.prefix(stop)))
        #expect(parser.position == Self.stream.count - rest.count)
        if moves {
            let moved = Array(Self.stream.suffix(rest.count))
            found += events(&parser, moved).map(\.data)
        } else {
            while let event = try parser.next(in: &rest) { found.append(ServerSentEvent(event).data) }
            #expect(rest.count == 0)
        }
        #expect(found == Self.data)
        #expect(parser.finish() == 11)
    }

    @Test(arguments: 1...5, [true, false])
    func consumeGoesOn(stop: Int, moves: Bool) throws {
        var parser = EventStreamParser()
        var found: [String] = []
        // `UInt8` has no padding bytes.
        let chunk = unsafe Self.stream.span.bytes
        let consumed = try parser.consume(chunk) { event in
            found.append(ServerSentEvent(event).data)
            return found.count < stop
        }
        #expect(found == Array(Self.data.prefix(stop)))
        #expect(parser.position == consumed)
        if moves {
            found += events(&parser, Array(Self.stream[consumed...])).map(\.data)
        } else {
            let all = try parser.consume(chunk.extracting(consumed...)) { event in
                found.append(ServerSentEvent(event).data)
                return true
            }
            #expect(all == Self.stream.count - consumed)
        }
        #expect(found == Self.data)
        #expect(parser.finish() == 11)
    }

    /// The rest may be fed in different chunks than it was received in, and with more bytes after it.
    @Test func restMayBeCutAnew() throws {
        for size in 1...Self.stream.count {
            var parser = EventStreamParser()
            var found: [String] = []
            var rest = Self.stream.span
            if let event = try parser.next(in: &rest) { found.append(ServerSentEvent(event).data) }
            while !rest.isEmpty {
                var piece = rest.extracting(first: size)
                let count = piece.count
                if let event = try parser.next(in: &piece) { found.append(ServerSentEvent(event).data) }
                rest = rest.extracting(droppingFirst: count - piece.count)
            }
            #expect(found == Self.data)
            #expect(parser.finish() == 11)
        }
    }

    @Test func elementsInOrder() throws {
        let stream = Array(":a\ndata:1\n:b\ndata:2\n: c\r\n\r\n:\n:d\n\ndata:3\n:\u{301}e\n\n:f".utf8)
        let expected =
            ["comment a", "comment b", "comment  c", "event 1\n2"]
            + ["comment ", "comment d", "comment \u{301}e", "event 3"]
        for size in 1...stream.count {
            var parser = EventStreamParser(keepsComments: true)
            var found: [String] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                found += try elements(&parser, Array(stream[start..<min(start + size, stream.count)]))
            }
            #expect(found.map(scalars) == expected.map(scalars))
            #expect(parser.finish() == 2)
        }
    }

    @Test func commentsAreHandedOutOnRequestOnly() throws {
        var parser = EventStreamParser()
        #expect(try elements(&parser, Array(":a\ndata:1\n:b\n\n".utf8)) == ["event 1"])
        var keeping = EventStreamParser(keepsComments: true)
        #expect(events(&keeping, ":a\ndata:1\n:b\n\n").map(\.data) == ["1"])
    }

    @Test func emptyChunksChangeNothing() throws {
        var parser = EventStreamParser()
        var found: [String] = []
        for byte in Self.stream {
            found += events(&parser, [UInt8]()).map(\.data)
            found += events(&parser, [byte]).map(\.data)
            found += events(&parser, [UInt8]()).map(\.data)
        }
        #expect(found == Self.data)
        #expect(parser.finish() == 11)
    }
}
