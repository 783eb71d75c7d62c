/// The lines that section 9.2.6 ignores because it does not define their field, for a caller that asks for them.
///
/// A gateway that fails in mid-stream may write its error between the frames of a stream. The standard ignores such
/// text. The parser hands it out line by line, at most `limit` bytes of each, and the caller decides what it means. All
/// that the parser knows of it is in this file.
///
/// Invariant: `text.count <= limit`.
struct IgnoredLines: ~Copyable, Sendable {
    /// The most bytes of a line that are handed out; 0 if the caller did not ask for any.
    private let limit: Int
    /// The first bytes of the last line that a chunk boundary cut.
    private(set) var text = ByteBuffer()
    /// The offset in the stream of the last ignored line that is complete.
    private(set) var offset = 0
    /// Whether that line follows another ignored line, with no line between them.
    private(set) var followsAnother = false
    /// The offset in the stream of the line after it; -1 before the first ignored line.
    private var nextLineOffset = -1
    /// What ``EventStreamParser/consume(_:while:)`` stopped after, until the caller has read it.
    fileprivate(set) var outcome: EventStreamParser.Outcome?

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the caller asked for what the standard ignores.
    var isWanted: Bool { limit > 0 }

    /// How many bytes of a line of `count` bytes are handed out.
    func boundedCount(_ count: Int) -> Int { min(count, limit) }

    /// Whether a line that begins at `offset` follows an ignored line, with no line between them.
    func isFollowed(byLineAt offset: Int) -> Bool { offset == nextLineOffset }

    /// Begins a line that a chunk boundary cuts, with the bytes of its name, the first one lowest.
    mutating func beginLine(name: UInt64, count: Int) {
        text.removeAll()
        for index in 0..<boundedCount(count) {
            text.append(UInt8(truncatingIfNeeded: name >> UInt64(8 * index)), limit: limit)
        }
    }

    /// Appends bytes to that line, up to the limit.
    mutating func append(_ bytes: RawSpan) {
        text.append(bytes.extracting(first: limit - text.count), limit: limit)
    }

    /// Receives the end of an ignored line.
    ///
    /// - Parameters:
    ///   - offset: The offset in the stream of its first byte.
    ///   - nextLineOffset: The offset in the stream of the line after it.
    mutating func endLine(at offset: Int, nextLineOffset: Int) {
        self.offset = offset
        followsAnother = isFollowed(byLineAt: offset)
        self.nextLineOffset = nextLineOffset
    }

    /// Receives the LF of a CRLF that a chunk boundary cuts: it belongs to the line before.
    ///
    /// - Parameter offset: The offset in the stream of the LF.
    mutating func skipLineFeed(at offset: Int) {
        if nextLineOffset == offset { nextLineOffset &+= 1 }
    }

    /// Moves to the start of another stream.
    mutating func reset() { nextLineOffset = -1 }
}

/// A part of an event stream that the standard ignores.
package enum IgnoredElement: ~Escapable {
    /// A comment: the bytes after its colon. The offset is that of the frame.
    case comment(RawSpan, frameOffset: Int)
    /// A line that is neither blank, nor a comment, nor a field that the standard defines: its first bytes, up to the
    /// limit. `followsAnother` is true if the line before it is one as well.
    case line(RawSpan, offset: Int, followsAnother: Bool)
    /// A frame with an event type and no data, so that it dispatches no event. The offset is that of the frame.
    case eventWithoutData(type: RawSpan, frameOffset: Int)
}

extension EventStreamParser {
    /// Creates a parser that also hands out what the standard ignores: comments, lines that are no field of an event
    /// stream, and events without data. ``consume(_:while:)`` stops after each of them, as soon as it is complete, and
    /// ``removeIgnoredElement(in:)`` returns it.
    ///
    /// - Parameter ignoredLineLimit: The most bytes of an ignored line that are handed out; at least 1.
    package init(limits: EventStreamLimits, ignoredLineLimit: Int) {
        self.init(limits: limits, keepsComments: true, ignoredLines: IgnoredLines(limit: max(1, ignoredLineLimit)))
    }

    /// Whether ``consume(_:while:)`` stops after what the standard ignores.
    @usableFromInline var wantsIgnored: Bool { ignored.isWanted }

    /// Consumes `chunk` up to what the standard ignores, and saves what that was; returns how many bytes are consumed.
    @usableFromInline @inline(never)
    mutating func stopAfterIgnored(_ chunk: RawSpan, _ outcome: Outcome) -> Int {
        ignored.outcome = outcome
        return outcome.isFrameBoundary ? stopAfterFrame(chunk) : stopInFrame(chunk)
    }

    /// Returns what ``consume(_:while:)`` stopped after, once: nil if it stopped for another reason.
    ///
    /// - Parameter chunk: The chunk that was consumed last.
    @_lifetime(&self, copy chunk)
    package mutating func removeIgnoredElement(in chunk: RawSpan) -> IgnoredElement? {
        guard let outcome = ignored.outcome.take() else { return nil }
        // The buffers do not change before the next call on `self`, which the element's lifetime excludes.
        return unsafe _overrideLifetime(ignoredElement(chunk, outcome), mutating: &self)
    }

    /// The ignored element that was completed last, as a view that is valid until the next call on `self`.
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

    /// Hands out the line in which the stream ends, if the standard would ignore it with any end. A line that may be
    /// the beginning of a field is not handed out.
    package func withUnfinishedIgnoredLine(_ body: (IgnoredElement) -> Void) {
        guard ignored.isWanted, state == .line else { return }
        let followsAnother = ignored.isFollowed(byLineAt: line.offset)
        switch line.part {
        case .name:
            guard Field(prefix: line.name, count: line.nameLength) == .unknown else { return }
            // The bytes are read within the closure, where `name` lives.
            unsafe withUnsafeBytes(of: line.name.littleEndian) { name in
                let text = unsafe RawSpan(_unsafeBytes: name).extracting(first: line.nameLength)
                body(.line(text, offset: line.offset, followsAnother: followsAnother))
            }
        case .ignored: body(.line(ignored.text.span, offset: line.offset, followsAnother: followsAnother))
        case .value, .comment, .start: return
        }
    }

    /// Hands out the type of the frame in which the stream ends, if that has a type and no data.
    package func withUnfinishedEventWithoutData(_ body: (IgnoredElement) -> Void) {
        // The type is unknown as long as its line is cut.
        if state == .line, case .value(.event) = line.part { return }
        // Between two frames, `frame` is the last one.
        guard ignored.isWanted, cursor.unfinishedByteCount > 0, frame.data == .none, frame.type == .buffer else {
            return
        }
        body(.eventWithoutData(type: values.type.span, frameOffset: cursor.frameOffset))
    }
}
