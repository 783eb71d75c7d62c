import EventStreamVerifier
import ReferenceEventStream
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// Lines and events that are too long are errors: the same error with any chunking, and in every later call.
@Suite("Limits", .takesTurns)
struct LimitsTests {
    /// A stream that exceeds a limit of 10 bytes for a line or 20 for an event, and the offset where it does.
    struct Case: Sendable, CustomTestStringConvertible {
        var stream: String
        var limit: EventStreamError.Limit
        var offset: Int
        var events = 0
        var testDescription: String { stream.debugDescription }
    }

    static let exceeding: [Case] = [
        // Any kind of line, in the first frame and in a later one, with and without its end.
        Case(stream: "data: 67890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "data: 67890X", limit: .lineBytes, offset: 10),
        Case(stream: "event:7890X\ndata\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "event:7\ndata:67890X\n\n", limit: .lineBytes, offset: 18),
        Case(stream: ":234567890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "id:4567890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "retry:7890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "1234567890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "foo:567890X\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "data:6789é\n\n", limit: .lineBytes, offset: 10),
        Case(stream: "\u{FEFF}data:67890X", limit: .lineBytes, offset: 13),
        Case(stream: "\n\u{FEFF}data:89X", limit: .lineBytes, offset: 11),
        Case(stream: "data:a\n\ndata:b\r\n\r\ndata:67890X", limit: .lineBytes, offset: 28, events: 2),
        // An event: its lines, each with one byte for its end of any kind.
        Case(stream: "data:6789\ndata:67890X\n\n", limit: .lineBytes, offset: 20),
        Case(stream: "data:6789\ndata:67890\nX\n\n", limit: .eventBytes, offset: 21),
        Case(stream: "data:67890\ndata:6789\n\ndata:6789\ndata:67890\nX", limit: .eventBytes, offset: 43, events: 1),
        Case(stream: "data:6789\ndata:678\ndX\n\n", limit: .eventBytes, offset: 20),
        Case(stream: "data:6789\r\ndata:678\r\ndX\n\n", limit: .eventBytes, offset: 22),
        Case(stream: "event:7\ndata:67\nid:4X\n\n", limit: .eventBytes, offset: 20),
        Case(stream: "foo:56789\nfoo:56789\nX", limit: .eventBytes, offset: 20),
        Case(stream: ":2345\n:2345\n:2345\n:2345\ndata:6789\ndata:6789\nX", limit: .eventBytes, offset: 44),
        Case(stream: "data:6789\n:2345\ndata:6789\n:2345\n:2345\nX", limit: .eventBytes, offset: 38),
    ]

    static let fitting: [(String, Int)] = [
        ("data:67890\n\n", 1), ("event:7890\ndata:6789\n\n", 1), ("event:7890\r\ndata:6789\r\n\r\n", 1),
        ("data:67890\ndata:6789\n\n", 1), ("data:6789\r\ndata:6789\r\n\r\ndata:67890\r\n\r\n", 2),
        (":234567890\n:234567890\n:234567890\ndata:6789\ndata:6789\n:\n\n", 1), ("\u{FEFF}data:67890\n\n", 1),
        ("1234567890\n\n1234567890\n\n1234567890\n\ndata\n\n", 1), ("data\rdata\rdata\rdata\r\r", 1),
    ]

    static let limits = EventStreamLimits(lineBytes: 10, eventBytes: 20)

    @Test(arguments: exceeding)
    func sameErrorAtEveryChunking(test: Case) {
        let stream = Array(test.stream.utf8)
        for chunking in Chunking.all(
            count: stream.count,
            sizes: [1, 2, 3, 7],
            random: Sweep.count(inDebug: 4, inRelease: 40)
        ) {
            for way in EventStreamVerifier.Way.allCases {
                let verifier = EventStreamVerifier(chunking, way, limits: Self.limits)
                #expect(verifier.mismatch(stream) == nil)
            }
        }
        for size in 1...stream.count {
            var parser = EventStreamParser(limits: Self.limits)
            var events = 0
            var failure: EventStreamError?
            for start in stride(from: 0, to: stream.count, by: size) where failure == nil {
                do throws(EventStreamError) {
                    try parser.parse(stream[start..<min(start + size, stream.count)]) { _ in events += 1 }
                } catch {
                    failure = error
                }
            }
            #expect(failure?.limit == test.limit)
            #expect(failure?.offset == test.offset)
            #expect(failure?.allowed == (test.limit == .lineBytes ? 10 : 20))
            #expect(events == test.events)
        }
    }

    @Test(arguments: fitting)
    func noErrorUpToTheLimit(text: String, count: Int) {
        let stream = Array(text.utf8)
        for chunking in Chunking.all(
            count: stream.count,
            sizes: [1, 2, 3, 7],
            random: Sweep.count(inDebug: 4, inRelease: 40)
        ) {
            for way in EventStreamVerifier.Way.allCases {
                let verifier = EventStreamVerifier(chunking, way, limits: Self.limits)
                #expect(verifier.mismatch(stream) == nil)
            }
        }
        let reference = EventStreamVerifier(.whole, .parse, limits: Self.limits).reference(stream)
        #expect(reference.violation == nil)
        #expect(reference.events.count == count)
    }

    /// The error is thrown at the first byte beyond the limit, not at the end of the line.
    @Test func errorComesAtOnce() throws {
        var parser = EventStreamParser(limits: Self.limits)
        try parser.parse("data:67890".utf8) { _ in }
        #expect(throws: EventStreamError.self) { try parser.parse("X".utf8) { _ in } }
    }

    @Test func staysFailedForEver() throws {
        var parser = EventStreamParser(limits: Self.limits, keepsComments: true)
        var first: EventStreamError?
        do throws(EventStreamError) {
            try parser.parse(Array("id:1\ndata:a\n\ndata: 67890X".utf8)) { _ in }
        } catch {
            first = error
        }
        let failure = try #require(first)
        #expect(failure.offset == 23)
        for text in ["", "\n", "\n\n", "data:x\n\n", "\u{FEFF}data:x\n\n"] {
            let chunk = Array(text.utf8)
            #expect(throws: failure) { try parser.parse(chunk) { _ in } }
            // `UInt8` has no padding bytes.
            var rest = unsafe chunk.span.bytes
            #expect(throws: failure) { while try parser.next(in: &rest) != nil {} }
            #expect(throws: failure) { while try parser.nextElement(in: &rest) != nil {} }
            // `UInt8` has no padding bytes.
            #expect(throws: failure) { try parser.consume(unsafe chunk.span.bytes) { _ in true } }
            #expect(parser.failure == failure)
        }
        #expect(parser.lastEventID.byteCount == 1)
        // The next connection is another stream.
        parser.finish()
        #expect(parser.failure == nil)
        #expect(events(&parser, "\u{FEFF}data:x\n\n").map(\.lastEventID) == ["1"])
    }

    @Test func description() throws {
        for (stream, text) in [
            ("12345678901", "event stream: a line is longer than 10 bytes, at byte 10"),
            ("data:6789\ndata:6789\nX", "event stream: an event is longer than 20 bytes, at byte 20"),
        ] {
            var parser = EventStreamParser(limits: Self.limits)
            let error = #expect(throws: EventStreamError.self) { try parser.parse(stream.utf8) { _ in } }
            #expect(error?.description == text)
        }
    }

    @Test func valuesOfLimits() {
        #expect(EventStreamLimits() == EventStreamLimits(lineBytes: 16 << 20, eventBytes: 64 << 20))
        #expect(EventStreamLimits(lineBytes: 0, eventBytes: -5) == EventStreamLimits(lineBytes: 1, eventBytes: 1))
        #expect(EventStreamParser(limits: Self.limits).limits == Self.limits)
    }
}
