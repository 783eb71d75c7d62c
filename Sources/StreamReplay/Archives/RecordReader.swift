internal import HTTPResponseParsing

/// Reads length-prefixed records: for each one, a line with its length in bytes, a space and its key, then its bytes.
///
///     5 first.sse⏎data:1042 second key⏎…
///
/// ## Theory of operation
///
/// The reader determines the end of a record from its header alone. It skips line breaks between a record and the next
/// header. If a header is not valid, because the preceding record is longer than its length, the reader reports that
/// once and searches for the next line that is a header. It drops the bytes in between.
///
/// - Memory: one header. The bytes of a record are forwarded as they arrive.
package struct RecordReader: ~Copyable {
    /// The position of the next byte.
    private enum State {
        /// In a header, or before it. → `record`, by a valid one; → `header(isSearching: true)`, by any other line.
        ///
        /// - isSearching: Whether an invalid header was reported, so that further ones are skipped.
        case header(isSearching: Bool)
        /// In a record with this many bytes left, at least one. → `header`
        case record(remaining: Int)
    }

    private var state = State.header(isSearching: false)
    /// The bytes of the header so far.
    private var line: [UInt8] = []
    /// Whether the line is longer than any header.
    private var isLineCut = false
    /// The offsets in the input of the next byte, and of the line.
    private var position = 0
    private var lineStart = 0

    /// The maximum length of a header: 19 digits, a space, and a key.
    private static let headerLimit = 20 + MemberKey.limit

    package init() {}

    /// Receives the next bytes of the input.
    package mutating func receive(_ chunk: RawSpan, _ sink: inout some MemberSink & ~Copyable) {
        var rest = chunk
        while !rest.isEmpty {
            let count =
                switch state {
                case .header: receiveHeader(rest, &sink)
                case .record(let remaining): receiveRecord(rest, remaining, &sink)
                }
            position += count
            rest = rest.extracting(droppingFirst: count)
        }
    }

    private mutating func receiveRecord(
        _ bytes: RawSpan,
        _ remaining: Int,
        _ sink: inout some MemberSink & ~Copyable
    ) -> Int {
        let count = min(remaining, bytes.byteCount)
        sink.receive(bytes.extracting(first: count))
        if count == remaining {
            sink.end(nil)
            state = .header(isSearching: false)
        } else {
            state = .record(remaining: remaining - count)
        }
        return count
    }

    private mutating func receiveHeader(_ bytes: RawSpan, _ sink: inout some MemberSink & ~Copyable) -> Int {
        let found = bytes.firstOffset(of: UInt8(ascii: "\n"), from: 0)
        let end = found ?? bytes.byteCount
        if line.isEmpty, !isLineCut { lineStart = position }
        let room = Self.headerLimit - line.count
        line += bytes.extracting(first: min(room, end)).copy()
        if end > room { isLineCut = true }
        guard found != nil else {
            if isLineCut { rejectLine(&sink) }
            return end
        }
        defer {
            line = []
            isLineCut = false
        }
        if line.isEmpty { return end + 1 }
        guard !isLineCut, let header = Self.parse(line) else {
            rejectLine(&sink)
            return end + 1
        }
        sink.begin(header.key)
        if header.length > 0 {
            state = .record(remaining: header.length)
        } else {
            sink.end(nil)
            state = .header(isSearching: false)
        }
        return end + 1
    }

    private mutating func rejectLine(_ sink: inout some MemberSink & ~Copyable) {
        guard case .header(isSearching: false) = state else { return }
        state = .header(isSearching: true)
        sink.reject(.notRecord(offset: lineStart))
    }

    private static func parse(_ line: [UInt8]) -> (length: Int, key: [UInt8])? {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), space > 0, space <= 19 else { return nil }
        var length = 0
        for byte in line[..<space] {
            guard HeadSyntax.isDigit(byte) else { return nil }
            let (product, overflows) = length.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            if overflows || overflowsToo { return nil }
            length = sum
        }
        let key = Array(line[(space + 1)...])
        return key.count <= MemberKey.limit ? (length, key) : nil
    }

    /// Ends the input.
    package mutating func finish(_ sink: inout some MemberSink & ~Copyable) {
        switch state {
        case .record(let remaining): sink.end(.cut(missingBytes: remaining))
        case .header(isSearching: false) where !line.isEmpty: sink.reject(.headerCut(offset: lineStart))
        case .header: break
        }
        state = .header(isSearching: false)
        line = []
    }
}
