import HTTPResponseParsing
import StreamReplay

/// The responses of a capture, as reported by a ``CaptureReader``.
struct ReadCapture: Equatable {
    struct Chunk: Equatable {
        var bytes: [UInt8]
        var time: Duration?
    }

    struct Response: Equatable {
        var format: ResponseFormat
        /// The head, if there is one, then the chunks.
        var chunks: [Chunk] = []
        var bytes: [UInt8] { chunks.flatMap(\.bytes) }
    }

    var responses: [Response] = []
    var error: CaptureError.Cause?
    var format: CaptureFormat?
    /// The maximum number of bytes kept.
    var bufferedCount = 0

    /// Reads a capture in chunks that end at `cuts`.
    init(_ capture: [UInt8], cuts: some Sequence<Int>, input: CaptureInput = .auto) {
        var sink = Sink()
        var reader = CaptureReader(input, name: "capture")
        do throws(CaptureError) {
            var start = 0
            for end in cuts {
                let chunk = Array(capture[start..<end])
                // `UInt8` has no padding bytes.
                try reader.receive(unsafe chunk.span.bytes, &sink)
                bufferedCount = max(bufferedCount, reader.bufferedCount)
                start = end
            }
            let chunk = Array(capture[start...])
            try reader.receive(unsafe chunk.span.bytes, &sink)
            bufferedCount = max(bufferedCount, reader.bufferedCount)
            try reader.finish(&sink)
        } catch {
            self.error = error.cause
        }
        responses = sink.responses
        format = reader.format
    }

    /// Reads a capture in chunks of `size` bytes.
    init(_ capture: [UInt8], chunks size: Int = .max, input: CaptureInput = .auto) {
        let step = max(1, min(size, capture.count))
        self.init(capture, cuts: stride(from: step, to: max(step, capture.count), by: step), input: input)
    }

    init(_ capture: String, input: CaptureInput = .auto) { self.init(Array(capture.utf8), input: input) }

    /// The responses, with their chunks joined unless the format records them.
    var comparable: [Response] {
        if format == .trace || format == .asciiTrace { return responses }
        return responses.map { Response(format: $0.format, chunks: [Chunk(bytes: $0.bytes)]) }
    }

    /// The body of a response, without its framing.
    func body(_ index: Int) -> [UInt8] {
        guard case .response(let isTransferDecoded) = responses[index].format else { return responses[index].bytes }
        var parser = HTTPResponseParser(isTransferDecoded: isTransferDecoded)
        let bytes = responses[index].bytes
        var rest = unsafe bytes.span.bytes
        var body: [UInt8] = []
        while let part = try? parser.next(in: &rest) {
            // The bytes are copied during the call.
            if case .body(let piece) = part { unsafe piece.withUnsafeBytes { unsafe body.append(contentsOf: $0) } }
        }
        return body
    }

    private struct Sink: ResponseSink {
        var responses: [Response] = []
        var time: Duration?

        mutating func begin(_ format: ResponseFormat) {
            responses.append(Response(format: format))
            time = nil
        }

        mutating func advance(to time: Duration) { self.time = time }

        mutating func receive(_ bytes: RawSpan) {
            // The bytes are copied during the call.
            let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
            responses[responses.count - 1].chunks.append(Chunk(bytes: copy, time: time))
        }

        mutating func end() {}
    }
}
