import ReferenceEventStream
import ServerSentEvents
import TestSupport

/// A parser that is fed in one way, and finally compared with the reference.
///
/// After a stop, the rest of the chunk either stays in place or moves in memory.
struct Feeder: ~Copyable {
    private let verifier: EventStreamVerifier
    private var parser: EventStreamParser
    private var random: SeededRandom
    /// The elements found so far.
    private var found: [ReferenceEventStream.Element] = []
    /// The first difference found within an event.
    private var difference: String?

    init(_ verifier: EventStreamVerifier) {
        self.verifier = verifier
        parser = EventStreamParser(
            limits: verifier.limits,
            keepsComments: verifier.entryPoint == .elements || verifier.entryPoint == .mixed
        )
        random = SeededRandom(seed: verifier.seed)
    }

    /// Feeds a stream to its end or to the error in it, and ends it.
    ///
    /// - Returns: The first difference from the expected elements.
    mutating func feed(_ stream: [UInt8], expected: ReferenceEventStream) -> String? {
        found = []
        var failure: EventStreamError?
        do throws(EventStreamError) {
            try feed(stream)
        } catch {
            failure = error
        }
        if let difference { return difference }
        let wanted = verifier.entryPoint == .elements ? expected.elements : expected.events.map { .event($0) }
        for (index, pair) in zip(found, wanted).enumerated() where pair.0 != pair.1 {
            return "element \(index) is \(pair.0), expected \(pair.1)"
        }
        guard found.count == wanted.count else { return "\(found.count) elements, expected \(wanted.count)" }
        let lastEventID = [UInt8](copyOf: parser.lastEventID)
        guard lastEventID == expected.lastEventID.bytes else {
            return "last event ID \(lastEventID), expected \(expected.lastEventID.bytes)"
        }
        guard parser.reconnectionTime == expected.reconnectionTime else {
            return
                "reconnection time \(parser.reconnectionTime as Int?), expected \(expected.reconnectionTime as Int?)"
        }
        return endDifference(stream, failure, expected)
    }

    /// The difference at the end of a stream, if any.
    private mutating func endDifference(
        _ stream: [UInt8],
        _ failure: EventStreamError?,
        _ expected: ReferenceEventStream
    ) -> String? {
        let limits = verifier.limits
        let violation = expected.violation.map { violation in
            EventStreamError.Expectation(
                limit: violation.isLine ? .lineBytes : .eventBytes,
                allowed: violation.isLine ? limits.lineBytes : limits.eventBytes,
                offset: violation.offset
            )
        }
        guard failure.map(EventStreamError.Expectation.init) == violation, parser.failure == failure else {
            return "error \(failure as EventStreamError?), expected \(violation as EventStreamError.Expectation?)"
        }
        if let failure {
            for bytes in [[], Array("data: x\n\n\n".utf8)] where !isFailed(with: failure, bytes) {
                return "the parser did not stay failed"
            }
            _ = parser.finish()
        } else {
            guard parser.position == stream.count else { return "position \(parser.position) at the end" }
            let unfinished = parser.finish()
            guard unfinished == expected.unfinishedBytes else {
                return "\(unfinished) unfinished bytes, expected \(expected.unfinishedBytes)"
            }
        }
        guard parser.position == 0, parser.failure == nil else { return "not at the start after the end" }
        return nil
    }

    /// Lines and events that a parser would find if it read outside the chunk.
    private static let poison = ["\n", "\r", "data:x\n\n", "id:x\r\r", "x", ":", " "].map { Array($0.utf8) }

    private mutating func isFailed(with failure: EventStreamError, _ bytes: [UInt8]) -> Bool {
        do throws(EventStreamError) {
            try parser.parse(bytes) { _ in }
            return false
        } catch {
            return error == failure
        }
    }

    // MARK: Chunks

    private mutating func feed(_ stream: [UInt8]) throws(EventStreamError) {
        var memory = PoisonedMemory(Self.poison)
        var start = 0
        for end in verifier.chunking.ends(count: stream.count) {
            memory.put(stream[start..<end], &random)
            var consumed = try feedOnce(memory.chunk)
            start += consumed
            while start < end, consumed > 0, difference == nil {
                switch random.number(0...2) {
                case 0: memory.put(stream[start..<end], &random)
                case 1: memory.putWithoutMargin(stream[start..<end])
                default: memory.dropFirst(consumed)
                }
                consumed = try feedOnce(memory.chunk)
                start += consumed
            }
            if difference == nil, parser.position != start || start != end {
                difference = "position \(parser.position), \(start) consumed of \(end)"
            }
            if difference != nil { return }
        }
    }

    // MARK: Entry points

    /// Feeds a chunk up to the first stop.
    ///
    /// - Returns: The number of bytes consumed by the parser.
    private mutating func feedOnce(_ chunk: Span<UInt8>) throws(EventStreamError) -> Int {
        var entryPoint = verifier.entryPoint
        if entryPoint == .mixed {
            entryPoint = random.one(of: [.parse, .parseCollection, .next, .nextInSpan, .consume, .elements])
        }
        let most = verifier.stops && random.chance(70) ? random.number(1...3) : .max
        // `UInt8` has no padding bytes.
        let bytes = unsafe chunk.bytes
        switch entryPoint {
        case .parse: return try parse(bytes)
        case .parseCollection: return try parseCollection(bytes)
        case .next: return try pull(bytes, most)
        case .nextInSpan: return try pull(chunk, most)
        case .consume: return try consume(bytes, most)
        case .elements, .mixed: return try pullElements(bytes, most)
        }
    }

    private mutating func parse(_ chunk: RawSpan) throws(EventStreamError) -> Int {
        var found: [ReferenceEventStream.Element] = []
        defer { self.found += found }
        try parser.parse(chunk) { event in found.append(.event(ReferenceEventStream.Event(event))) }
        return chunk.byteCount
    }

    private mutating func parseCollection(_ chunk: RawSpan) throws(EventStreamError) -> Int {
        var found: [ReferenceEventStream.Element] = []
        defer { self.found += found }
        let array = [UInt8](copyOf: chunk)
        let record = { (event: EventView) in found.append(.event(ReferenceEventStream.Event(event))) }
        switch random.number(0...3) {
        case 0: try parser.parse(array, record)
        case 1: try parser.parse(ContiguousArray(array)[...], record)
        case 2: try parser.parse(array.lazy.map(\.self), record)
        default: try parser.parse(array.reversed().reversed() as [UInt8], record)
        }
        return chunk.byteCount
    }

    private mutating func consume(_ chunk: RawSpan, _ most: Int) throws(EventStreamError) -> Int {
        var found: [ReferenceEventStream.Element] = []
        defer { self.found += found }
        return try parser.consume(chunk) { event in
            found.append(.event(ReferenceEventStream.Event(event)))
            return found.count < most
        }
    }

    private mutating func pull(_ chunk: RawSpan, _ most: Int) throws(EventStreamError) -> Int {
        var rest = chunk
        for _ in 0..<most {
            guard let event = try parser.next(in: &rest) else { break }
            found.append(.event(ReferenceEventStream.Event(event)))
        }
        return chunk.byteCount - rest.byteCount
    }

    private mutating func pull(_ chunk: Span<UInt8>, _ most: Int) throws(EventStreamError) -> Int {
        var rest = chunk
        for _ in 0..<most {
            guard let event = try parser.next(in: &rest) else { break }
            found.append(.event(ReferenceEventStream.Event(event)))
        }
        return chunk.count - rest.count
    }

    private mutating func pullElements(_ chunk: RawSpan, _ most: Int) throws(EventStreamError) -> Int {
        var rest = chunk
        for _ in 0..<most {
            guard let element = try parser.nextElement(in: &rest) else { break }
            switch element {
            case .event(let event):
                found.append(.event(ReferenceEventStream.Event(event)))
            case .comment(let text):
                if verifier.entryPoint == .elements { found.append(.comment(ReferenceEventStream.Text(copyOf: text))) }
            @unknown default:
                difference = "an element of an unknown kind"
            }
        }
        return chunk.byteCount - rest.byteCount
    }
}
