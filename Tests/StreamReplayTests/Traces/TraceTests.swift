import CaptureCorpus
import MessageStream
import StreamReplay
import TestScheduling
import TestSupport
import Testing

/// Traces that are unusual, damaged or hostile.
@Suite(.takesTurns) struct TraceTests {
    private static let head = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream"]

    private func bodies(_ trace: WrittenTrace) -> [String] {
        let capture = ReadCapture(trace.bytes)
        #expect(capture.error == nil)
        return capture.responses.indices.map { String(decoding: capture.body($0), as: UTF8.self) }
    }

    // MARK: Unusual traces

    /// Text in the body that looks like a record has no effect.
    @Test(arguments: [false, true])
    func quotedTrace(_ isASCII: Bool) {
        var trace = WrittenTrace(isASCII: isASCII)
        let quoted = "<= Recv data, 5 bytes (0x5)\r\n0000: 68 65 6c 6c 6f                                  hello\r\n"
        trace.record("=> Send header", "POST / HTTP/1.1\r\n\r\n")
        trace.record("=> Send data", quoted)
        trace.response(["HTTP/1.1 200 OK", "Content-Type: text/plain"], [Array(quoted.utf8)])
        #expect(bodies(trace) == [quoted])
    }

    /// The layout of a line determines its style, regardless of the text.
    @Test func textLikeColumns() {
        var trace = WrittenTrace(isASCII: true)
        trace.record("=> Send header", "GET / HTTP/1.1\r\n\r\n")
        let text = String(repeating: "61 ", count: 16) + "aaaaaaaaaaaaaaaa"
        trace.response(["HTTP/1.1 200 OK", "Content-Type: text/plain"], [Array(text.utf8)])
        #expect(bodies(trace) == [text])
    }

    /// CRLF at each position of a line, and at the end of a record of exactly one line.
    @Test func lineBreaksInASCII() {
        for count in 0...140 {
            for tail in ["", "x", "\r\n", "\r\n\r\nx", "xy", "\r\nx"] {
                var trace = WrittenTrace(isASCII: true)
                trace.record("=> Send header", "GET / HTTP/1.1\r\n\r\n")
                let text = String(repeating: "x", count: count) + tail
                trace.response(
                    ["HTTP/1.1 200 OK", "Content-Type: text/plain"],
                    [Array((text + "|").utf8), Array(text.utf8)]
                )
                trace.info("Connection #0 to host x left intact")
                #expect(bodies(trace) == [text + "|" + text], "\(count) \(tail.debugDescription)")
            }
        }
    }

    /// After midnight, and after the clock was set back.
    @Test func times() {
        var trace = WrittenTrace()
        trace.prefix = "23:59:59.900000 "
        trace.record("=> Send header", "GET / HTTP/1.1\r\n\r\n")
        trace.response(Self.head, [])
        for time in ["23:59:59.950000", "00:00:00.050000", "00:00:00.040000", "00:00:01.000000"] {
            trace.prefix = "\(time) "
            trace.record("<= Recv data", "data: x\n\n")
        }
        let times = ReadCapture(trace.bytes).responses.first?.chunks.map(\.time)
        let expected = [0, 50, 150, 150, 1100].map { Duration.milliseconds($0) }
        #expect(times == expected)
    }

    @Test func framingAcrossRecords() {
        var trace = WrittenTrace()
        trace.response(
            Self.head + ["Transfer-Encoding: chunked"],
            ["5", "\r", "\ndata:\r\n0\r\n", "\r\n"].map { Array($0.utf8) }
        )
        trace.response(Self.head + ["Transfer-Encoding: chunked"], [Array("data: already decoded\n\n".utf8)])
        #expect(bodies(trace) == ["data:", "data: already decoded\n\n"])
    }

    /// HTTP/2 has no chunks, and its status line exists only in curl's output.
    @Test func http2() {
        var trace = WrittenTrace()
        trace.response(["HTTP/2 200 ", "content-type: text/event-stream"], [Array("5\r\ndata: x\n\n".utf8)])
        #expect(bodies(trace) == ["5\r\ndata: x\n\n"])
        #expect(ReadCapture(trace.bytes).responses.first?.format == .response(isTransferDecoded: true))
    }

    @Test func onlyHeads() {
        var trace = WrittenTrace()
        trace.response(["HTTP/1.1 204 No Content"], [])
        trace.record("<= Recv header", "HTTP/1.1 200 OK\r\n")
        #expect(bodies(trace) == ["", ""])
        #expect(ReadCapture("== Info: Could not resolve host: x\n").responses.isEmpty)
    }

    /// With ids, transfers are separated; one that never ends holds back the others until the end of the capture.
    @Test func parallelTransfers() {
        var trace = WrittenTrace()
        func chunk(_ transfer: Int, _ text: String) {
            trace.prefix = "[\(transfer)-\(transfer)] "
            trace.record("<= Recv data", text)
        }
        for transfer in 0..<3 {
            trace.prefix = "[\(transfer)-x] "
            trace.info("  Trying 127.0.0.1:80...")
            trace.prefix = "[\(transfer)-\(transfer)] "
            trace.response(Self.head, [])
        }
        for round in 0..<5 { for transfer in [2, 0, 1] { chunk(transfer, "data: \(transfer) \(round)\n\n") } }
        trace.prefix = "[1-1] "
        trace.info("Connection #1 to host 127.0.0.1 left intact")
        let expected = (0..<3).map { transfer in (0..<5).map { "data: \(transfer) \($0)\n\n" }.joined() }
        #expect(bodies(trace) == expected)
        for transfer in [0, 2] {
            trace.prefix = "[\(transfer)-\(transfer)] "
            trace.info("closing connection #\(transfer)")
        }
        #expect(bodies(trace) == expected)
        // The first transfer follows a redirect.
        trace.prefix = "[0-0] "
        trace.response(Self.head, [Array("data: again\n\n".utf8)])
        #expect(bodies(trace) == expected + ["data: again\n\n"])
    }

    // MARK: Damaged and hostile traces

    @Test(arguments: [false, true])
    func missingLines(_ isASCII: Bool) throws {
        var trace = WrittenTrace(isASCII: isASCII)
        trace.response(Self.head, [Array(String(repeating: "data: 0123456789\n\n", count: 20).utf8)])
        trace.response(Self.head, [])
        let lines = trace.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var damaged = 0
        for index in lines.indices.dropLast() where lines[index].starts(with: "00".utf8) {
            var others = lines
            others.remove(at: index)
            let capture = ReadCapture(Array(others.joined(separator: [UInt8(ascii: "\n")])))
            guard case .damagedTrace(let offset)? = capture.error else { continue }
            #expect(offset <= lines[...index].reduce(0) { $0 + $1.count + 1 })
            damaged += 1
        }
        // A missing blank line of a head does not show. It has the same effect as a CRLF that is not shown.
        #expect(damaged >= (isASCII ? 8 : 25))
    }

    @Test func notTraces() {
        #expect(ReadCapture("data: x\n\n", input: .trace).error == .notTrace)
        #expect(ReadCapture("", input: .trace).error == .notTrace)
        #expect(ReadCapture([UInt8](repeating: 0, count: 1 << 20), chunks: 4096, input: .trace).error == .notTrace)
        // With `auto`, these are bodies.
        for text in [
            "== Info", "== In", "<= Recv", "12:34:56.789", "12:34:56 x", "[0-", "[1-2] x", "[1,2]", "1", "= x", "*",
            "* x\n",
        ] {
            let capture = ReadCapture(text)
            #expect(capture.error == nil)
            #expect(capture.responses.map(\.bytes) == [Array(text.utf8)], "\(text)")
        }
    }

    /// A trace that ends within its first line has no response. Before it is recognizable, it is a body unless it is
    /// declared to be a trace.
    @Test(
        arguments: [
            ("12:34:56.789012 [0-0] ", "== Info: ", "  Trying 127.0.0.1:8080..."), ("", "== Info: ", "x"),
            ("[3-x] ", "=> Send header, ", "83 bytes (0x53)"), ("", "<= Recv header, ", "17 bytes (0x11)"),
            ("12:34:56.789012 ", "<= Recv data, ", "41 bytes (0x29)"),
            ("Note: x\n", "== Info: ", String(repeating: "x", count: 70_000)),
        ]
    )
    func cutInTheFirstLine(_ prefix: String, _ beginning: String, _ rest: String) {
        let line = Array((prefix + beginning + rest).utf8)
        let recognizable = prefix.utf8.count + beginning.utf8.count
        for end in [Int](1...recognizable + 1) + [line.count - 1, line.count] {
            let bytes = Array(line[..<end])
            let declared = ReadCapture(bytes, input: .trace)
            #expect(declared.error == nil && declared.responses.isEmpty, "\(end)")
            let recognized = ReadCapture(bytes)
            #expect(recognized.error == nil, "\(end)")
            #expect(recognized.responses.map(\.bytes) == (end < recognizable ? [bytes] : []), "\(end)")
        }
    }

    @Test func endlessLines() {
        let size = Sweep.count(inDebug: 1 << 15, inRelease: 1 << 24)
        let annotation = "<= Recv data, 1000000000000 bytes (0xe8d4a51000)\n0000: "
        for text in ["", "x", "00 "] {
            let line =
                Array(annotation.utf8) + Array(repeating: Array((text.isEmpty ? "6" : text).utf8), count: size).joined()
            let capture = ReadCapture(line, chunks: 4096)
            #expect(capture.error == nil && capture.bufferedCount < 8192)
            #expect(ReadCapture(line + [UInt8(ascii: "\n")], chunks: 4096).error == .damagedTrace(offset: 49))
        }
        // Between records, a long line is foreign text, which may end in an annotation.
        var trace = WrittenTrace()
        trace.info("x")
        trace.prefix = String(repeating: "foreign ", count: 10_000)
        trace.record("<= Recv data", "a")
        #expect(ReadCapture(trace.bytes).responses.map(\.bytes) == [Array("a".utf8)])
        #expect(ReadCapture(trace.bytes, chunks: 100).responses.map(\.bytes) == [Array("a".utf8)])
    }

    @Test func hugeNumbers() {
        for count in [
            "99999999999999999999999 bytes (0xffffffffffffffffffff)", "1 bytes (0x2)", "1 bytes (0x1", "-1 bytes (0x1)",
        ] {
            #expect(ReadCapture("== Info: x\n<= Recv data, \(count)\n0000: 61 \n").responses.isEmpty)
        }
    }

    /// Transfers that run at the same time are kept up to a limit.
    @Test func tooMuchToSort() {
        func record(_ transfer: Int, _ count: Int) -> [UInt8] {
            var trace = WrittenTrace()
            trace.prefix = "[\(transfer)-1] "
            trace.record("<= Recv data", [UInt8](repeating: 0x61, count: count))
            return trace.bytes
        }
        let first = record(0, 1)
        // The number of transfers is limited.
        let transfers = first + (1...2000).flatMap { record($0, 1) }
        #expect(ReadCapture(transfers, chunks: 1 << 16).error == .parallelTransfers(limit: 16 << 20))
        // So is the number of their bytes. In debug builds, this takes long.
        let large = record(1, Sweep.count(inDebug: 1 << 16, inRelease: 1 << 20))
        let count = Sweep.count(inDebug: 1, inRelease: 17)
        let bytes = first + Array(repeating: large, count: count).joined()
        #expect((ReadCapture(bytes, chunks: 1 << 16).error == .parallelTransfers(limit: 16 << 20)) == (count == 17))
    }

    /// Memory use does not depend on the size of the trace.
    @Test func longTraces() throws {
        var trace = WrittenTrace()
        trace.response(Self.head, [])
        let head = trace.bytes
        trace = WrittenTrace()
        let text = Array(String(repeating: "data: {\"type\":\"ping\"}\n\n", count: 400).utf8)
        trace.record("<= Recv data", text)
        let count = Sweep.count(inDebug: 100, inRelease: 6000)
        var sink = Counter()
        var reader = CaptureReader(name: "trace")
        var most = 0
        try reader.receive(unsafe head.span.bytes, &sink)
        for _ in 0..<count {
            try reader.receive(unsafe trace.bytes.span.bytes, &sink)
            most = max(most, reader.bufferedCount)
        }
        try reader.finish(&sink)
        #expect(sink.count == count * text.count + Self.head.reduce(2) { $0 + $1.utf8.count + 2 })
        #expect(most < 64 << 10)
    }

    private struct Counter: ResponseSink {
        var count = 0
        mutating func begin(_ format: ResponseFormat) {}
        mutating func receive(_ bytes: RawSpan) { count += bytes.byteCount }
        mutating func end() {}
    }

    /// A record larger than any chunk is forwarded in pieces.
    @Test(.enabled(if: Sweep.isComplete)) func largeRecords() throws {
        var trace = WrittenTrace()
        let body = [UInt8](repeating: 0x61, count: 3 << 20)
        trace.response(Self.head, [body])
        let capture = ReadCapture(trace.bytes, chunks: 1 << 16)
        #expect(capture.body(0) == body)
        #expect(capture.bufferedCount <= (1 << 20) + 4096)
    }

    // MARK: Line breaks in --trace-ascii

    /// The verdict on a capture equals the one on its bytes, provided that its text is ASCII.
    @Test(arguments: Capture.all.filter { $0.bytes.count < 100_000 })
    func verdicts(_ capture: Capture) async throws {
        for size in [64, 700, 100_000] {
            var trace = WrittenTrace(isASCII: true)
            trace.record("=> Send header", "GET / HTTP/1.1\r\n\r\n")
            // Chunks end with a line, as those of a server do.
            var chunks: [[UInt8]] = [[]]
            for byte in capture.bytes {
                if chunks[chunks.count - 1].count >= size, chunks[chunks.count - 1].last == 0x0A { chunks.append([]) }
                chunks[chunks.count - 1].append(byte)
            }
            trace.response(Self.head, chunks)
            let stream = try CapturedStream(trace.bytes)
            #expect(stream.isLossy)
            var kind: String?
            do throws(MessageStreamFailure) {
                for try await _ in stream.messageEvents() {}
            } catch {
                kind = error.kind.name
            }
            #expect(kind == capture.expected.kind, "chunks of \(size)")
        }
    }
}
