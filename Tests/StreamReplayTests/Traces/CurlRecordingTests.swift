import CaptureCorpus
import HTTPResponseParsing
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// The responses in a curl recording equal those that the server sent.
@Suite(.takesTurns) struct CurlRecordingTests {
    @Test func allFormatsAreRecorded() {
        #expect(CurlRecording.all.count > 50)
        #expect(CurlRecording.traces.count > 30)
    }

    @Test(arguments: CurlRecording.all)
    func bodies(_ recording: CurlRecording) async throws {
        let capture = try CapturedStream(contentsOf: recording.path)
        #expect(capture.isLossy == recording.isLossy)
        switch recording.name.split(separator: ".").last {
        case "trace": #expect(capture.format == .trace)
        case "ascii": #expect(capture.format == .asciiTrace)
        case "v": #expect(capture.format == .verbose)
        case "i": #expect(capture.format == .response)
        default: #expect(capture.format == .body)
        }
        var statuses: [Int] = []
        var bodies: [[UInt8]] = []
        var isTruncated: [Bool] = []
        for try await part in capture.parts() {
            #expect((part.time != nil) == recording.hasTimes)
            switch part.content {
            case .head(let head):
                statuses.append(head.status)
                bodies.append([])
                #expect(part.response == statuses.count)
            case .body(let bytes): bodies[bodies.count - 1] += bytes
            case .end(.truncated): isTruncated.append(true)
            case .end(let ending):
                #expect(ending == .complete)
                isTruncated.append(false)
            @unknown default: break
            }
        }
        let responses = recording.responses
        #expect(!responses.isEmpty)
        #expect(statuses == responses.map(\.status))
        #expect(try capture.responseCount() == responses.count)
        for (response, body) in zip(responses, bodies) {
            // curl omits the body of a redirect from its output, and newer versions do not read it.
            let isOmitted = response.status == 302 && body.isEmpty
            #expect(isOmitted || body == recording.shown(response.body), "\(String(decoding: body, as: UTF8.self))")
        }
        // Only a recorded framing shows where a response was cut off.
        let ending = responses.map { recording.isTrace && $0.ending == "truncated" }
        let isRedirect = responses.map { $0.status == 302 }
        for (index, isOmitted) in isRedirect.enumerated() where !isOmitted {
            #expect(isTruncated[index] == ending[index])
        }
    }

    // MARK: Chunkings

    @Test(arguments: CurlRecording.all)
    func anyChunking(_ recording: CurlRecording) throws {
        let bytes = try recording.bytes
        let whole = ReadCapture(bytes)
        #expect(whole.error == nil)
        for size in Sweep.sample([1, 2, 3, 7, 61, 1024], inDebug: 2) {
            let other = ReadCapture(bytes, chunks: size)
            #expect(other.comparable == whole.comparable && other.format == whole.format, "chunks of \(size)")
        }
        for cut in Sweep.sample(1..<bytes.count, inDebug: 8) {
            let other = ReadCapture(bytes, cuts: [cut])
            #expect(other.comparable == whole.comparable && other.format == whole.format, "cut at \(cut)")
        }
        for seed in 0..<UInt64(Sweep.count(inDebug: 2, inRelease: 100)) {
            let cuts = Chunking.random(seed: seed, upTo: 256).cuts(count: bytes.count)
            #expect(ReadCapture(bytes, cuts: cuts).comparable == whole.comparable, "cuts at \(cuts)")
        }
    }

    // MARK: Chunk boundaries and times

    /// A record of a trace, read without any code of the package.
    private struct Record {
        var transfer: Substring?
        /// In microseconds.
        var time: Int?
        var data: [UInt8] = []
    }

    private static func records(_ text: String) -> [Record] {
        var records: [Record] = []
        var isData = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let match = line.firstMatch(
                of: /(?:(\d\d):(\d\d):(\d\d)\.(\d{6}) )?(?:\[(\d+)-\d+\] )?<= Recv data, \d+ bytes/
            ) {
                let fields = [match.1, match.2, match.3, match.4].compactMap { $0.flatMap { Int($0) } }
                let time =
                    fields.count == 4 ? ((fields[0] * 60 + fields[1]) * 60 + fields[2]) * 1_000_000 + fields[3] : nil
                records.append(Record(transfer: match.5, time: time))
                isData = true
            } else if isData, let match = line.wholeMatch(of: /[0-9a-f]{4}: ((?:[0-9a-f]{2} ){1,16}) *.*/) {
                // A row has at most 16 pairs, in 48 columns.
                let pairs = line.dropFirst(6).prefix(48).split(separator: " ")
                #expect(!match.1.isEmpty)
                records[records.count - 1].data += pairs.compactMap { UInt8($0, radix: 16) }
            } else {
                isData = false
            }
        }
        return records
    }

    @Test(arguments: CurlRecording.traces.filter { !$0.isLossy })
    func boundariesAndTimes(_ recording: CurlRecording) throws {
        let bytes = try recording.bytes
        let records = Self.records(String(decoding: bytes, as: UTF8.self))
        // One transfer after another.
        let numbers = Set(records.map(\.transfer))
        let transfers = numbers.sorted { Int($0 ?? "") ?? 0 < Int($1 ?? "") ?? 0 }
        let expected = transfers.flatMap { transfer in records.filter { $0.transfer == transfer } }
        let capture = ReadCapture(bytes)
        // The first chunk of a response is its head.
        let chunks = capture.responses.flatMap { $0.chunks.dropFirst() }
        #expect(chunks.map(\.bytes) == expected.map(\.data))
        #expect(recording.scenario == "head" || !chunks.isEmpty)
        guard recording.hasTimes else { return #expect(chunks.allSatisfy { $0.time == nil }) }
        var index = 0
        for response in capture.responses {
            let times = try response.chunks.map { try #require($0.time) }
            #expect(times == times.sorted() && times[0] > .zero)
            let recorded = expected[index..<index + response.chunks.count - 1].compactMap(\.time)
            index += recorded.count
            for (offset, time) in recorded.enumerated() {
                #expect(times[offset + 1] - times[1] == .microseconds(time - recorded[0]))
            }
        }
        // The server pauses for 40 ms after each chunk.
        let message = try #require(capture.responses.last)
        if recording.scenario == "message" {
            let times = message.chunks.compactMap(\.time)
            #expect(times[4] - times[1] > .milliseconds(100) && times[4] < .seconds(5))
        }
    }

    // MARK: Truncated traces

    /// A truncated trace, cut anywhere, gives the beginning of the result of the complete one.
    @Test(arguments: [
        "message.time.trace", "two.time-ids.trace", "redirect.mixed.trace", "message.ascii", "tls.time.trace",
    ])
    func truncated(_ name: String) throws {
        let bytes = try CurlRecording(name: name).bytes
        let whole = ReadCapture(bytes).responses
        for end in Sweep.sample(0..<bytes.count, inDebug: 40) {
            let cut = ReadCapture(Array(bytes[..<end]), input: .trace)
            // Only an empty file shows nothing of a trace.
            #expect(cut.error == (end == 0 ? .notTrace : nil))
            #expect(cut.responses.count <= whole.count)
            for (response, other) in zip(cut.responses.dropLast(), whole) { #expect(response == other) }
            guard let last = cut.responses.last else { continue }
            let expected = whole[cut.responses.count - 1]
            // The end of a chunk may determine the meaning of a dot.
            if name.hasSuffix(".ascii") {
                #expect(last.bytes.count <= expected.bytes.count)
            } else {
                #expect(expected.bytes.starts(with: last.bytes))
                #expect(expected.chunks.starts(with: last.chunks.dropLast()))
            }
        }
    }
}
