import EventStreamVerifier
import ServerSentEvents
import TestScheduling
import TestSupport
import Testing

/// Input that no server sends in good faith takes linear time and bounded memory, and never traps.
@Suite("Hostile input", .takesTurns)
struct HostileInputTests {
    #if DEBUG
        static let total = 2 << 20
        static let unit = 1 << 12
    #else
        static let total = 64 << 20
        static let unit = 1 << 19
    #endif

    /// A stream that repeats a pattern.
    enum Input: String, CaseIterable, Codable, Sendable {
        case newlines, carriageReturns, carriageReturnLineFeeds, colons, comments, dataLines, emptyDataLines, idLines
        case idBlocks, retryBlocks, events, joinedEvents, unknownFields, nulls, randomBytes, everyByte, byteOrderMarks

        var pattern: [UInt8] {
            switch self {
            case .newlines: [0x0A]
            case .carriageReturns: [0x0D]
            case .carriageReturnLineFeeds: [0x0D, 0x0A]
            case .colons: [0x3A]
            case .comments: Array(":a\n".utf8)
            case .dataLines: Array("data:a\n".utf8)
            case .emptyDataLines: Array("data\n".utf8)
            case .idLines: Array("id:1\n".utf8)
            case .idBlocks: Array("id:1\n\n".utf8)
            case .retryBlocks: Array("retry:99999999999999999999\n\n".utf8)
            case .events: Array("data\n\n".utf8)
            case .joinedEvents: Array("data:a\rdata:b\r\r".utf8)
            case .unknownFields: Array("foo:bar\r\n".utf8)
            case .nulls: [0x00]
            case .randomBytes:
                {
                    var random = SeededRandom(seed: 9)
                    return random.bytes(4096)
                }()
            case .everyByte: Array(UInt8.min...UInt8.max)
            case .byteOrderMarks: [0xEF, 0xBB, 0xBF]
            }
        }

        /// A chunk of complete patterns, with about `count` bytes.
        func chunk(_ count: Int) -> [UInt8] {
            let pattern = pattern
            return Array(repeatElement(pattern, count: max(1, count / pattern.count)).joined())
        }
    }

    /// The error of an endless line, and of an endless event.
    @Test(
        arguments: [
            (.colons, .lineBytes, 1000), (.nulls, .lineBytes, 1000), (.byteOrderMarks, .lineBytes, 1003),
            (.dataLines, .eventBytes, 20000), (.emptyDataLines, .eventBytes, 20000), (.idLines, .eventBytes, 20000),
            (.unknownFields, .eventBytes, 22500),
        ] as [(Input, EventStreamError.Limit, Int)]
    )
    func endless(input: Input, limit: EventStreamError.Limit, offset: Int) throws {
        for chunkSize in [1, 7, 1000, 100_000] {
            let chunk = input.chunk(chunkSize)
            var parser = EventStreamParser(limits: EventStreamLimits(lineBytes: 1000, eventBytes: 20000))
            let error = #expect(throws: EventStreamError.self) {
                while parser.position < 1 << 20 { try parser.parse(chunk) { _ in } }
            }
            #expect(error?.limit == limit)
            #expect(error?.offset == offset)
        }
    }

    /// A separate process is fed with 64 MiB, and never holds much more memory than the limits allow.
    @Test(.enabled(if: !ResourceUse.isSanitized), arguments: Sweep.sample(Input.allCases, inDebug: 1))
    func memoryIsBounded(input: Input) async {
        await #expect(processExitsWith: .success) { [input = input as Input] in
            let limits = EventStreamLimits(lineBytes: 1 << 20, eventBytes: 2 << 20)
            let chunk = input.chunk(1 << 16)
            var events = 0
            let before = ResourceUse.peakResidentBytes
            for keepsComments in [false, true] {
                var parser = EventStreamParser(limits: limits, keepsComments: keepsComments)
                do throws(EventStreamError) {
                    while parser.position < Self.total {
                        // `UInt8` has no padding bytes.
                        var rest = unsafe chunk.span.bytes
                        while try parser.nextElement(in: &rest) != nil { events += 1 }
                    }
                } catch {
                    precondition(error.offset <= 3 << 20)
                }
            }
            let grown = ResourceUse.peakResidentBytes - before
            precondition(grown < 8 << 20, "\(grown) bytes more for \(events) events")
        }
    }

    /// Ignored bytes are not stored, regardless of their number: unwanted comments, unknown fields, digits.
    @Test(.enabled(if: !ResourceUse.isSanitized), arguments: [":", "foo:", "foo", "retry:0"])
    func whatMeansNothingIsNotHeld(start: String) async {
        await #expect(processExitsWith: .success) { [start = start as String] in
            let chunk = [UInt8](repeating: UInt8(ascii: "1"), count: 1 << 16)
            var parser = EventStreamParser(limits: EventStreamLimits(lineBytes: .max, eventBytes: .max))
            let before = ResourceUse.peakResidentBytes
            try parser.parse(start.utf8) { _ in }
            while parser.position < Self.total { try parser.parse(chunk) { _ in } }
            let grown = ResourceUse.peakResidentBytes - before
            precondition(grown < 8 << 20, "\(grown) bytes more")
        }
    }

    /// A parser frees all of its memory.
    @Test(.enabled(if: !ResourceUse.isSanitized))
    func memoryIsFreed() async {
        await #expect(processExitsWith: .success) {
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 18)
            let names = ["id:", "event:", "data:", "id:", ":"]
            let before = ResourceUse.peakResidentBytes
            for _ in 0..<(Self.total >> 19) {
                var parser = EventStreamParser(keepsComments: true)
                for name in names {
                    try parser.parse(name.utf8) { _ in }
                    try parser.parse(line) { _ in }
                    try parser.parse("\n".utf8) { _ in }
                }
            }
            let grown = ResourceUse.peakResidentBytes - before
            precondition(grown < 8 << 20, "\(grown) bytes more")
        }
    }

    /// Eight times the bytes take about eight times as long, with every chunk size.
    @Test(.enabled(if: Sweep.isComplete), arguments: Input.allCases, [1, 1400, Int.max])
    func timeIsLinear(input: Input, chunkSize: Int) throws {
        let unit = chunkSize == 1 ? Self.unit / 4 : Self.unit
        let short = input.chunk(unit)
        let long = Array(repeatElement(short, count: 8).joined())
        let limits = EventStreamLimits(lineBytes: .max, eventBytes: .max)
        func seconds(_ stream: [UInt8]) throws -> Double {
            // The best of three runs, because other tests run concurrently.
            try (0..<3).map { _ in
                var parser = EventStreamParser(limits: limits)
                return try ResourceUse.threadSeconds {
                    for index in stride(from: 0, to: stream.count, by: chunkSize) {
                        try parser.parse(stream[index..<(index + min(chunkSize, stream.count - index))]) { _ in }
                    }
                }
            }.min() ?? 0
        }
        let (one, eight) = (try seconds(short), try seconds(long))
        #expect(eight < 8 * 3 * one + 0.005, "\(one) s and \(eight) s")
    }

    #if DEBUG
        /// Comments requested one by one, between frames and inside one: the bytes of a chunk are searched once, except
        /// where one pass ends.
        @Test(arguments: [":\n", ": keep-alive\r\n", "data:a\n:b\n\n", "event:x\n: c\r", ":d\nid:1\n"])
        func commentsAreSearchedOnce(unit: String) throws {
            let chunk = Array(repeatElement(Array(unit.utf8), count: 65_536 / unit.utf8.count).joined())
            for start in ["", "data:in the midst of a frame\n"] {
                let chunk = Array(start.utf8) + chunk
                var elements = 0
                let mapped = try Work.count {
                    var parser = EventStreamParser(keepsComments: true)
                    // `UInt8` has no padding bytes.
                    var rest = unsafe chunk.span.bytes
                    while try parser.nextElement(in: &rest) != nil { elements += 1 }
                }
                #expect(elements >= 65_536 / unit.utf8.count)
                #expect(mapped <= chunk.count * 2, "\(mapped) bytes for \(chunk.count)")
            }
        }
    #endif

    /// The next stream may be at the address where the rest of the last one was.
    @Test func lineEndsOfAnotherStreamAreNotKept() throws {
        var chunk = Array(":a\n:b\n".utf8)
        var parser = EventStreamParser(keepsComments: true)
        func comment(_ chunk: [UInt8], from start: Int) throws -> [UInt8]? {
            // `UInt8` has no padding bytes.
            var rest = unsafe chunk.span.bytes.extracting(droppingFirst: start)
            guard case .comment(let text) = try parser.nextElement(in: &rest) else { return nil }
            return Array(String(decoding: text).utf8)
        }
        #expect(try comment(chunk, from: 0) == Array("a".utf8))
        parser.finish()
        chunk[4] = 0x0A
        #expect(try comment(chunk, from: 3) == [])
    }

    /// One line with the maximum length of an event, and the effect of one more byte.
    @Test func longestEvent() throws {
        let limits = EventStreamLimits(lineBytes: Self.total, eventBytes: Self.total)
        let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 1024)
        for excess in 0...1 {
            var parser = EventStreamParser(limits: limits)
            try parser.parse(Array("data:".utf8)) { _ in }
            while parser.position + chunk.count <= Self.total { try parser.parse(chunk) { _ in } }
            try parser.parse(chunk[0..<(Self.total - parser.position)]) { _ in }
            if excess == 1 {
                let error = #expect(throws: EventStreamError.self) { try parser.parse([0x78]) { _ in } }
                #expect(error?.offset == Self.total)
            } else {
                var lengths: [Int] = []
                try parser.parse([0x0A, 0x0A]) { lengths.append($0.data.byteCount) }
                #expect(lengths == [Self.total - 5])
            }
        }
    }

    /// Random bytes with many line ends, colons and name letters.
    @Test(arguments: Sweep.sample(0..<20 as Range<UInt64>, inDebug: 2))
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let letters = Array("\n\n\r\r:: dataeventidretry0\0".utf8) + [0xEF, 0xBB, 0xBF]
        let stream = (0..<random.number(1...20000)).map { _ in
            random.chance(90) ? random.one(of: letters) : UInt8(truncatingIfNeeded: random.next())
        }
        for way in EventStreamVerifier.Way.allCases {
            for chunking in [.whole, .fixed(1), .fixed(63), .random(seed: seed, upTo: 3000)] as [Chunking] {
                #expect(EventStreamVerifier(chunking, way, seed: seed).mismatch(stream) == nil)
            }
        }
    }
}
