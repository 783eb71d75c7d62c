import HTTPResponseParsing
import HTTPResponseVerifier
import TestSupport
import Testing

/// The result of parsing a response, for tests to inspect.
struct ParsedResponse {
    private(set) var head: ResponseHead?
    private(set) var body: [UInt8] = []
    private(set) var trailers: ResponseFields?
    private(set) var error: HTTPResponseError?
    let ending: HTTPResponseEnding
    let position: Int
    let isComplete: Bool
    let interimCount: Int
    let interimHead: ResponseHead?

    /// Compares the parser with the reference in every chunking, then parses the response in one chunk.
    init(
        _ bytes: [UInt8],
        limits: HTTPResponseLimits = HTTPResponseLimits(),
        isTransferDecoded: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        Self.compareEverywhere(bytes, limits, isTransferDecoded, sourceLocation)
        var parser = HTTPResponseParser(limits: limits, isTransferDecoded: isTransferDecoded)
        // `UInt8` has no padding bytes.
        var rest = unsafe bytes.span.bytes
        do throws(HTTPResponseError) {
            while let part = try parser.next(in: &rest) {
                switch part {
                case .head(let head): self.head = head
                case .body(let piece): body += [UInt8](copyOf: piece)
                case .end(let trailers): self.trailers = trailers
                @unknown default: Issue.record("a part of an unknown kind")
                }
            }
        } catch {
            self.error = error
        }
        position = parser.position
        isComplete = parser.isComplete
        interimCount = parser.interimCount
        interimHead = parser.interimHead
        ending = parser.finish()
    }

    init(
        _ text: String,
        limits: HTTPResponseLimits = HTTPResponseLimits(),
        isTransferDecoded: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        self.init(
            Array(text.utf8),
            limits: limits,
            isTransferDecoded: isTransferDecoded,
            sourceLocation: sourceLocation
        )
    }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The reason and the offset of the error.
    var failure: Failure? { error.map { Failure($0.reason, at: $0.offset) } }

    /// Compares the parser with the reference: in one chunk, byte by byte, at every split, at random splits, and
    /// truncated after every byte. Debug builds try a sample of the splits and truncations.
    private static func compareEverywhere(
        _ bytes: [UInt8],
        _ limits: HTTPResponseLimits,
        _ isTransferDecoded: Bool,
        _ sourceLocation: SourceLocation
    ) {
        var verifier = HTTPResponseVerifier(.whole, limits: limits, isTransferDecoded: isTransferDecoded)
        let expected = verifier.reference(bytes)
        let chunkings = Chunking.all(
            count: bytes.count,
            sizes: [1, 2, 3, 7],
            splits: Sweep.count(inDebug: 20, inRelease: .max),
            random: Sweep.count(inDebug: 5, inRelease: 20),
            upTo: [1, 2, 5, 20]
        )
        for (index, chunking) in chunkings.enumerated() {
            verifier.chunking = chunking
            verifier.seed = UInt64(index)
            if let mismatch = verifier.mismatch(bytes, expected: expected) {
                Issue.record("\(mismatch)", sourceLocation: sourceLocation)
                return
            }
        }
        verifier.chunking = .whole
        for count in Sweep.sample(0..<bytes.count, inDebug: 20) {
            if let mismatch = verifier.mismatch(Array(bytes.prefix(count))) {
                Issue.record("\(mismatch)", sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// The reason and the offset of an error.
struct Failure: Equatable {
    let reason: HTTPResponseError.Reason
    let offset: Int

    init(_ reason: HTTPResponseError.Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
