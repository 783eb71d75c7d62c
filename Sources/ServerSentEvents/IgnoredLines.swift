/// The lines that section 9.2.6 ignores because it does not define their field, for a caller that requests them.
///
/// A gateway that fails mid-stream may write its error between the frames of a stream. The standard ignores such text.
/// The parser returns it line by line, at most `limit` bytes of each line, and the caller interprets it. Everything
/// that the parser knows about such text is in this file.
///
/// Invariant: `text.count <= limit`.
struct IgnoredLines: ~Copyable, Sendable {
    /// The maximum number of bytes of a line to return; 0 if the caller does not request ignored lines.
    private let limit: Int
    /// The first bytes of the most recent line that is split by a chunk boundary.
    private(set) var text = ByteBuffer()
    /// The offset in the stream of the last complete ignored line.
    private(set) var offset = 0
    /// Whether that line directly follows another ignored line.
    private(set) var followsAnother = false
    /// The offset in the stream of the line after it; -1 before the first ignored line.
    private var nextLineOffset = -1
    /// The outcome that ``EventStreamParser/consume(_:while:)`` stopped after, until the caller reads it.
    fileprivate(set) var outcome: EventStreamParser.Outcome?

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the caller requests the parts that the standard ignores.
    var isRequested: Bool { limit > 0 }

    /// The number of bytes to return of a line of `count` bytes.
    func boundedCount(_ count: Int) -> Int { min(count, limit) }

    /// Whether a line that begins at `offset` directly follows an ignored line.
    func isFollowed(byLineAt offset: Int) -> Bool { offset == nextLineOffset }

    /// Begins a line that is split by a chunk boundary, with the bytes of its name, the first one in the lowest bits.
    mutating func beginLine(name: UInt64, count: Int) {
        text.removeAll()
        for index in 0..<boundedCount(count) {
            text.append(UInt8(truncatingIfNeeded: name >> UInt64(8 * index)), limit: limit)
        }
    }

    /// Appends bytes to the split line, up to the limit.
    mutating func append(_ bytes: RawSpan) {
        text.append(bytes.extracting(first: limit - text.count), limit: limit)
    }

    /// Receives the end of an ignored line.
    ///
    /// - Parameters:
    ///   - offset: The offset of the line in the stream.
    ///   - nextLineOffset: The offset of the next line in the stream.
    mutating func endLine(at offset: Int, nextLineOffset: Int) {
        self.offset = offset
        followsAnother = isFollowed(byLineAt: offset)
        self.nextLineOffset = nextLineOffset
    }

    /// Receives the LF of a CRLF that is split by a chunk boundary: it belongs to the previous line.
    ///
    /// - Parameter offset: The offset of the LF in the stream.
    mutating func skipLineFeed(at offset: Int) {
        if nextLineOffset == offset { nextLineOffset &+= 1 }
    }

    /// Moves to the start of another stream.
    mutating func reset() { nextLineOffset = -1 }
}

/// A part of an event stream that the standard ignores.
package enum IgnoredElement: ~Escapable {
    /// A comment: the bytes after its colon, and the offset of its frame.
    case comment(RawSpan, frameOffset: Int)
    /// The first bytes, up to the limit, of a line that is neither blank, nor a comment, nor a field that the standard
    /// defines. `followsAnother` is true if the previous line is such a line as well.
    case line(RawSpan, offset: Int, followsAnother: Bool)
    /// A frame with an event type but no data, which dispatches no event, and the offset of the frame.
    case eventWithoutData(type: RawSpan, frameOffset: Int)
}

extension EventStreamParser {
    /// Creates a parser that also returns what the standard ignores: comments, lines that are not fields of an event
    /// stream, and events without data. ``consume(_:while:)`` stops after each of them, as soon as it is complete, and
    /// ``removeIgnoredElement(in:)`` returns it.
    ///
    /// - Parameter ignoredLineLimit: The maximum number of bytes to return of an ignored line; at least 1.
    package init(limits: EventStreamLimits, ignoredLineLimit: Int) {
        self.init(limits: limits, keepsComments: true, ignoredLines: IgnoredLines(limit: max(1, ignoredLineLimit)))
    }

    /// Whether ``consume(_:while:)`` stops after the parts that the standard ignores.
    @usableFromInline var stopsAtIgnoredElements: Bool { ignored.isRequested }

    /// Stores an ignored element and stops after it. Returns the number of bytes of `chunk` consumed.
    @usableFromInline @inline(never)
    mutating func stopAfterIgnored(_ chunk: RawSpan, _ outcome: Outcome) -> Int {
        ignored.outcome = outcome
        return outcome.isFrameBoundary ? stopAfterFrame(chunk) : stopInFrame(chunk)
    }

    /// Returns the ignored element that ``consume(_:while:)`` stopped after, once; `nil` if it stopped for another
    /// reason.
    ///
    /// - Parameter chunk: The most recently consumed chunk.
    @_lifetime(&self, copy chunk)
    package mutating func removeIgnoredElement(in chunk: RawSpan) -> IgnoredElement? {
        guard let outcome = ignored.outcome.take() else { return nil }
        // The buffers do not change before the next call on `self`, which the element's lifetime excludes.
        return unsafe _overrideLifetime(ignoredElement(chunk, outcome), mutating: &self)
    }

    /// The most recently completed ignored element, as a view that is valid until the next call on `self`.
    @_lifetime(copy chunk)
    private mutating func ignoredElement(_ chunk: RawSpan, _ outcome: Outcome) -> IgnoredElement {
        let frameOffset = cursor.chunkStart &+ frame.start
        let text = cursor.text
        // The buffers do not change before the next call on `self`: the caller gives the view that lifetime.
        switch outcome {
        case .ignoredLine:
            return .line(
                chunk.bytes(from: text.lowerBound, to: text.lowerBound + ignored.boundedCount(text.count)),
                offset: ignored.offset,
                followsAnother: ignored.followsAnother
            )
        case .bufferedIgnoredLine:
            return .line(
                unsafe _overrideLifetime(ignored.text.span, copying: chunk),
                offset: ignored.offset,
                followsAnother: ignored.followsAnother
            )
        case .eventWithoutData:
            return .eventWithoutData(
                type: frame.type == .chunk
                    ? chunk.bytes(from: frame.typeStart, to: frame.typeEnd)
                    : unsafe _overrideLifetime(bufferedType(), copying: chunk),
                frameOffset: frameOffset
            )
        case .comment:
            return .comment(chunk.bytes(from: text.lowerBound, to: text.upperBound), frameOffset: frameOffset)
        default:
            return .comment(unsafe _overrideLifetime(bufferedComment(), copying: chunk), frameOffset: frameOffset)
        }
    }

    // MARK: The end of the stream

    /// Calls `body` with the line in which the stream ends, if the standard would ignore it regardless of its
    /// continuation. A line that may be the beginning of a field is skipped.
    package func withUnfinishedIgnoredLine(_ body: (IgnoredElement) -> Void) {
        guard ignored.isRequested, state == .line else { return }
        let followsAnother = ignored.isFollowed(byLineAt: line.offset)
        switch line.part {
        case .name:
            guard Field(prefix: line.name, count: line.nameLength) == .unknown else { return }
            // The bytes are read inside the closure, where `name` is alive.
            unsafe withUnsafeBytes(of: line.name.littleEndian) { name in
                let text = unsafe RawSpan(_unsafeBytes: name).extracting(first: line.nameLength)
                body(.line(text, offset: line.offset, followsAnother: followsAnother))
            }
        case .ignored: body(.line(ignored.text.span, offset: line.offset, followsAnother: followsAnother))
        case .value, .comment, .start: return
        }
    }

    /// Calls `body` with the type of the frame in which the stream ends, if the frame has a type but no data.
    package func withUnfinishedEventWithoutData(_ body: (IgnoredElement) -> Void) {
        // The type is unknown as long as its line is incomplete.
        if state == .line, case .value(.event) = line.part { return }
        // Between two frames, `frame` is the last one.
        guard ignored.isRequested, cursor.unfinishedByteCount > 0, frame.data == .none, frame.type == .buffer else {
            return
        }
        body(.eventWithoutData(type: values.type.span, frameOffset: cursor.frameOffset))
    }
}
