import StreamReplay
import TestSupport
import Testing

/// The result of splitting a capture: each response with its format and its bytes.
struct SplitCapture: Equatable {
    struct Response: Equatable {
        var format: ResponseFormat
        var bytes: [UInt8] = []
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    var responses: [Response] = []

    /// Splits a capture in chunks of `size` bytes.
    init(_ capture: [UInt8], chunks size: Int, isResponse: Bool = false) {
        var recorder = Recorder()
        var splitter = ResponseSplitter(isResponse: isResponse)
        for start in stride(from: 0, to: capture.count, by: size) {
            let chunk = Array(capture[start..<min(start + size, capture.count)])
            // `UInt8` has no padding bytes.
            splitter.receive(unsafe chunk.span.bytes, &recorder)
        }
        splitter.finish(&recorder)
        responses = recorder.responses
    }

    /// Splits a capture and expects the same result in every chunking.
    init(_ capture: String, isResponse: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) {
        let bytes = Array(capture.utf8)
        self.init(bytes, chunks: max(1, bytes.count), isResponse: isResponse)
        for size in [1, 2, 3, 5, 7, 16, 61, 200] {
            let other = SplitCapture(bytes, chunks: size, isResponse: isResponse)
            #expect(other == self, "chunks of \(size)", sourceLocation: sourceLocation)
        }
        // Split in two at each position, or at a sample of them.
        for cut in Sweep.sample(bytes.indices, inDebug: 25) {
            var recorder = Recorder()
            var splitter = ResponseSplitter(isResponse: isResponse)
            for chunk in [Array(bytes[..<cut]), Array(bytes[cut...])] {
                splitter.receive(unsafe chunk.span.bytes, &recorder)
            }
            splitter.finish(&recorder)
            #expect(recorder.responses == responses, "cut at \(cut)", sourceLocation: sourceLocation)
        }
    }

    /// The responses as text.
    var texts: [String] { responses.map(\.text) }
}

struct Recorder: ResponseSink {
    var responses: [SplitCapture.Response] = []
    /// Whether the last response has ended.
    private var hasEnded = true

    mutating func begin(_ format: ResponseFormat) {
        #expect(hasEnded)
        hasEnded = false
        responses.append(SplitCapture.Response(format: format))
    }

    mutating func receive(_ bytes: RawSpan) {
        #expect(!hasEnded && !bytes.isEmpty)
        let last = responses.count - 1
        // The bytes are copied during the call.
        unsafe bytes.withUnsafeBytes { unsafe responses[last].bytes.append(contentsOf: $0) }
    }

    mutating func end() {
        #expect(!hasEnded)
        hasEnded = true
    }
}
