import ServerSentEvents

/// The beginning of a body that may not be an event stream, kept to determine its kind.
struct CollectedBody: Sendable {
    private var bytes: [UInt8] = []
    /// Whether more bytes were received than are kept.
    private(set) var isTruncated = false
    private let limit: Int

    /// The maximum number of bytes of JSON kept with a failure.
    private static let jsonLimit = 64 << 10

    /// - Parameter limit: The maximum number of bytes to keep.
    init(limit: Int) {
        self.limit = limit
    }

    /// - Complexity: O(`chunk.byteCount`), amortized.
    mutating func append(_ chunk: RawSpan) {
        let remaining = limit - bytes.count
        if chunk.byteCount > remaining { isTruncated = true }
        if remaining > 0 { bytes.append(copying: chunk.extracting(first: remaining)) }
    }

    /// The kind of the body.
    var kind: MessageStreamFailure.BodyKind { kind(allowingVendorFields: true) }

    /// The kind of the body.
    ///
    /// - Parameter allowingVendorFields: Whether an event stream may begin with a field that the standard does not
    ///   define.
    func kind(allowingVendorFields: Bool) -> MessageStreamFailure.BodyKind {
        guard !bytes.isEmpty else { return .empty }
        return MessageStreamFailure.BodyKind(sniffing: text.rawBytes, allowingVendorFields: allowingVendorFields)
            ?? .eventStream
    }

    /// The error that the body reports, if any.
    var error: APIError? { isTruncated ? nil : APIError(body: text.rawBytes, kind: kind) }

    /// The body as JSON, if it is JSON within the size limit.
    var json: RawJSON? { isTruncated || bytes.count > Self.jsonLimit ? nil : try? RawJSON(validating: text) }

    /// An excerpt of the body.
    var excerpt: String? {
        switch kind {
        case .empty: nil
        case .gzip, .binary: Excerpt.hexadecimal(bytes)
        default: Excerpt.text(of: text.rawBytes)
        }
    }

    /// The bytes as UTF-8, without a byte order mark and without the NULs with which some servers pad a body.
    private var text: [UInt8] {
        if let text = String(utf16: bytes) { return Array(text.utf8) }
        let mark = EventStreamSyntax.byteOrderMark
        let padded = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0).drop { $0 == 0 }
        // NULs are padding if the text before them is complete, judging by its last byte.
        let ends = "}]>\n\r".utf8
        guard let last = padded.lastIndex(where: { $0 != 0 }), last + 1 == bytes.count || ends.contains(padded[last])
        else { return bytes }
        return Array(padded[...last])
    }
}

extension String {
    /// Decodes UTF-16 that begins with a byte order mark or with ASCII characters. `nil` for other bytes.
    fileprivate init?(utf16 bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        let isLittle: Bool
        switch Array(bytes.prefix(4)).map({ $0 == 0 }) {
        case _ where bytes.starts(with: [0xFF, 0xFE]): isLittle = true
        case _ where bytes.starts(with: [0xFE, 0xFF]): isLittle = false
        case [false, true, false, true]: isLittle = true
        case [true, false, true, false]: isLittle = false
        default: return nil
        }
        let units = stride(from: 0, to: bytes.count - 1, by: 2).map { index in
            isLittle
                ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
                : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
        }
        self.init(decoding: units.first == 0xFEFF ? units.dropFirst() : units[...], as: UTF16.self)
    }
}
