import ServerSentEvents

/// The beginning of a body, kept because it may not be an event stream, and then tells what it is.
struct CollectedBody: Sendable {
    private(set) var bytes: [UInt8] = []
    /// How many bytes came.
    private(set) var count = 0
    private let limit: Int

    /// - Parameter limit: How many bytes are kept.
    init(limit: Int) {
        self.limit = limit
    }

    /// Whether more came than is kept.
    var isCut: Bool { count > limit }

    /// - Complexity: O(`chunk.byteCount`), amortized.
    mutating func append(_ chunk: RawSpan) {
        count += chunk.byteCount
        let room = limit - bytes.count
        if room > 0 { bytes.append(copying: chunk.extracting(first: room)) }
    }

    /// What it looks like.
    var kind: MessageStreamFailure.BodyKind {
        bytes.isEmpty ? .empty : MessageStreamFailure.BodyKind(sniffing: bytes.rawBytes) ?? .eventStream
    }

    /// The error that it reports, if it does.
    var error: APIError? { isCut ? nil : APIError(body: bytes.rawBytes, kind: kind) }

    /// A few words of it.
    var excerpt: String? {
        switch kind {
        case .empty: nil
        case .gzip, .binary: Excerpt.hexadecimal(bytes)
        default: Excerpt.make(bytes.rawBytes)
        }
    }
}
