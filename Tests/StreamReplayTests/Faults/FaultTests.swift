import CaptureCorpus
import HTTPResponseParsing
import MessageStream
import ServerSentEvents
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Faults other than injected errors.
@Suite(.takesTurns) struct FaultTests {
    private let capture = Capture.named("text-complete.sse").bytes
    /// The ends of the events of the capture.
    private let ends: [Int] = {
        var parser = EventStreamParser()
        var ends: [Int] = []
        try? parser.parse(Capture.named("text-complete.sse").bytes) { ends.append($0.offset + $0.length) }
        return ends
    }()

    private func damaged(_ fault: String, chunk size: Int = .max, seed: UInt64 = 0) throws -> DamagedStream {
        let stream = try DamagedStream(capture, fault, seed: seed, chunk: size)
        #expect(stream.unapplied.isEmpty)
        return stream
    }

    // MARK: Places

    @Test(arguments: [Int.max, 1, 64])
    func cuts(_ size: Int) throws {
        for byte in [0, 1, 500, capture.count - 1, capture.count] {
            let stream = try damaged("cut:byte=\(byte)", chunk: size)
            #expect(stream.body == Array(capture[..<byte]))
            #expect(stream.ending == .truncated)
        }
        for event in [0, 1, 7, ends.count] {
            let stream = try damaged("cut:after=\(event),clean=yes", chunk: size)
            #expect(stream.body == Array(capture[..<(event == 0 ? 0 : ends[event - 1])]))
            #expect(stream.ending == .complete)
        }
    }

    @Test func otherEndings() throws {
        #expect(try damaged("reset:after=2").ending == .reset)
        #expect(try damaged("half-close:byte=20").ending == .halfClosed)
    }

    @Test(arguments: ["cut:byte=999999", "cut:after=999", "drop:event=999", "repeat:event=999", "flip:byte=999999"])
    func placeAfterTheEnd(_ fault: String) throws {
        let stream = try DamagedStream(capture, fault)
        #expect(stream.unapplied.map(\.description).count == 1)
        #expect(stream.body == capture)
    }

    @Test func stalls() throws {
        let endless = try damaged("stall:after=3")
        #expect(endless.pauses == [nil])
        #expect(endless.body == Array(capture[..<ends[2]]))
        let short = try damaged("stall:byte=10,for=1.5")
        #expect(short.pauses == [.milliseconds(1500)])
        #expect(short.body == capture)
        #expect(short.ending == .complete)
        let first = try damaged("stall:at=head,for=20ms")
        #expect(first.parts.first?.content == .pause(.milliseconds(20)))
        #expect(try damaged("stall:at=head").head == nil)
    }

    @Test func pings() throws {
        let stream = try damaged("pings:after=4,count=3,every=0.5")
        #expect(stream.body.count > ends[3])
        #expect(stream.delays == [.milliseconds(500), .milliseconds(500), .milliseconds(500)])
        let failure = stream.verdict.failure
        #expect(failure?.kind.name == "truncated")
        #expect(failure?.eventIndex == 7)
    }

    // MARK: Frames

    private func frame(_ number: Int) -> [UInt8] {
        Array(capture[(number == 1 ? 0 : ends[number - 2])..<ends[number - 1]])
    }

    private func frames(_ numbers: [Int]) -> [UInt8] { numbers.flatMap { frame($0) } }

    @Test(arguments: [Int.max, 1, 50])
    func framesAreMoved(_ size: Int) throws {
        let all = Array(1...ends.count)
        #expect(try damaged("drop:event=4,count=2", chunk: size).body == frames(all.filter { $0 != 4 && $0 != 5 }))
        #expect(try damaged("repeat:event=4,times=2", chunk: size).body == frames([1, 2, 3, 4, 4, 4] + all[4...]))
        #expect(try damaged("reorder:event=4", chunk: size).body == frames([1, 2, 3, 5, 4] + all[5...]))
        #expect(try damaged("reorder:event=4,by=3", chunk: size).body == frames([1, 2, 3, 5, 6, 7, 4] + all[7...]))
        let last = ends.count
        #expect(
            try damaged("reorder:event=\(last - 1),by=9", chunk: size).body
                == frames(all.dropLast(2) + [last, last - 1])
        )
    }

    @Test func framesAreSplit() throws {
        let two = try damaged("split:event=5")
        #expect(two.body.count == capture.count + 2)
        #expect(two.verdict.failure?.kind.name == "malformedEvent")
        #expect(two.verdict.failure?.retry.isTransient == true)
        let lines = try damaged("split:event=5,into=lines")
        #expect(lines.body.count == capture.count + 7)
        #expect(lines.verdict.failure == nil)
        let chunks = try damaged("split:event=5,at=10,into=chunks")
        #expect(chunks.body == capture)
        #expect(chunks.chunks.map(\.count) == [ends[3] + 10, capture.count - ends[3] - 10])
    }

    /// The verdicts of frames that are missing, repeated or in another order.
    @Test func framesHaveVerdicts() throws {
        #expect(try damaged("drop:event=1").verdict.failure?.kind.name == "protocolViolation")
        #expect(try damaged("drop:event=\(ends.count)").verdict.failure?.kind.name == "truncated")
        #expect(try damaged("repeat:event=2").verdict.failure?.kind.name == "protocolViolation")
        #expect(try damaged("reorder:event=1").verdict.failure?.kind.name == "protocolViolation")
    }

    // MARK: Bytes and chunks

    @Test func flips() throws {
        let one = try damaged("flip:byte=100")
        #expect(zip(one.body, capture).filter { $0 != $1 }.count == 1)
        #expect(one.body[100] != capture[100])
        let many = try damaged("flip:count=20,within=1000", seed: 7)
        let places = zip(many.body, capture).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
        #expect(places.count == 20 && places.allSatisfy { $0 < 1000 })
        // The same seed gives the same bytes, in any chunks.
        #expect(try damaged("flip:count=20,within=1000", chunk: 1, seed: 7).body == many.body)
        #expect(try damaged("flip:count=20,within=1000", seed: 8).body != many.body)
        // By default, the place is in a short capture, too.
        for seed in 0..<20 { #expect(try damaged("flip", seed: UInt64(seed)).body != capture) }
    }

    @Test func chunks() throws {
        let fixed = try damaged("rechunk:size=100", chunk: 7)
        #expect(fixed.body == capture)
        #expect(fixed.chunks.dropLast().allSatisfy { $0.count == 100 })
        let random = try damaged("rechunk", chunk: 7, seed: 3)
        #expect(random.body == capture)
        #expect(try damaged("rechunk", seed: 3).chunks == random.chunks)
        let dribble = try damaged("dribble:delay=5ms,size=1000")
        #expect(dribble.body == capture)
        #expect(dribble.delays == Array(repeating: .milliseconds(5), count: dribble.chunks.count))
        #expect(dribble.chunks.count == (capture.count + 999) / 1000)
    }

    // MARK: Heads

    @Test func contentTypes() throws {
        #expect(try damaged("content-type:value=text/plain").head?.mediaType == "text/plain")
        #expect(try damaged("content-type").head?.mediaType == nil)
        #expect(try damaged("content-type:value=text/html").verdict.failure?.kind.name == "notEventStream")
        // A body without a content type that is an event stream is judged as an event stream.
        #expect(try damaged("content-type").verdict.failure == nil)
    }

    @Test func otherBodies() throws {
        let page = try damaged("html")
        #expect(page.head?.status == 502)
        #expect(page.verdict.failure?.kind.name == "http")
        #expect(page.head?.fields["request-id"] == "req_1")
        let lie = try damaged("html:status=200")
        #expect(lie.verdict.failure?.kind.name == "notEventStream")
        let coded = try damaged("gzip")
        #expect(coded.head?.contentCoding == "gzip")
        #expect(coded.verdict.failure?.kind.name == "notEventStream")
    }

    @Test func statuses() throws {
        let limited = try damaged("status:code=429,retry-after=7")
        #expect(limited.head?.status == 429)
        let failure = try #require(limited.verdict.failure)
        #expect(failure.equivalentErrorType == .rateLimit)
        #expect(failure.retry.delay == .seconds(7))
        #expect(try damaged("status:code=503,body=html").verdict.failure?.kind.name == "http")
        #expect(try damaged("status:code=503,body=text").head?.mediaType == "text/plain")
        #expect(try damaged("status:code=500,body=empty").body.isEmpty)
        let kept = try damaged("status:code=529,body=keep")
        #expect(kept.body == capture && kept.head?.mediaType == "text/event-stream")
        let typed = try damaged("status:code=400,type=billing_error,message=Pay")
        #expect(typed.verdict.failure?.equivalentErrorType == .billing)
    }

    /// The gzip output is valid.
    @Test func gzipCanBeRead() throws {
        let body = try damaged("gzip", chunk: 33).body
        #expect(body.starts(with: [0x1F, 0x8B, 8]))
        // CRC32 and length of the original.
        #expect(Array(body.suffix(4)) == (0..<4).map { UInt8(truncatingIfNeeded: capture.count >> (8 * $0)) })
    }

    // MARK: Composition

    @Test func faultsApplyInOrder() throws {
        let cutThenError = DamagedStream(
            capture,
            [try StreamFault("cut:after=3,clean=yes"), try StreamFault("error:shape=19")]
        )
        #expect(cutThenError.body.starts(with: capture[..<ends[2]]))
        #expect(cutThenError.verdict.failure?.kind.name == "api")
        let dropped = DamagedStream(capture, [try StreamFault("drop:event=3"), try StreamFault("cut:after=3")])
        #expect(dropped.body == frames([1, 2, 4]))
        let cut = DamagedStream(capture, [try StreamFault("cut:after=3"), try StreamFault("drop:event=3")])
        #expect(cut.body == frames([1, 2]))
        let none = DamagedStream(capture, [])
        #expect(none.body == capture && none.ending == .complete)
    }

    /// Random chains never trap, are reproducible, and do not depend on the chunks that they receive.
    @Test func randomChains() throws {
        let faults = [
            "cut:byte=700", "cut:after=9", "error:shape=51,after=4", "error:shape=18,after=2", "drop:event=3",
            "repeat:event=5,times=3", "reorder:event=4,by=2", "split:event=6", "split:event=6,into=lines",
            "flip:count=3,within=900", "content-type", "gzip", "stall:byte=300,for=1", "pings:after=8,count=2",
            "status:code=500,body=keep", "reset:byte=3000", "html",
        ]
        var random = SeededRandom(seed: 4)
        for round in 0..<Sweep.count(inDebug: 150, inRelease: 3000) {
            let chain = try (0..<random.number(1...4)).map { _ in try StreamFault(random.one(of: faults)) }
            let whole = DamagedStream(capture, chain, seed: UInt64(round))
            let again = DamagedStream(capture, chain, seed: UInt64(round))
            let pieces = DamagedStream(capture, chain, seed: UInt64(round), chunk: random.number(1...300))
            #expect(whole.parts == again.parts)
            #expect(whole.body == pieces.body, "\(chain)")
            #expect(whole.ending == pieces.ending && whole.head == pieces.head)
        }
    }
}
