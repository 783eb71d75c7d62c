/// A parser of event streams, to the letter of WHATWG HTML, section 9.2.6, fed with the bytes of a body in chunks.
///
/// ## Theory of operation
///
/// A chunk is searched for line ends in one pass, up to 2 KiB ahead (``LineEndMaps``). Each line is looked at where it lies; what a
/// line contributes to its event is kept as a range in the chunk. When a blank line dispatches the event, the view
/// that is handed out points at these ranges: nothing was copied. Bytes are copied in two cases only, and then once:
///
///  - The chunk ends inside a frame. What the frame's complete lines contributed, and as much of the cut line as
///    belongs to a value, moves to the parser's own buffers, and the state of the cut line is kept as ``LineState``.
///  - An event has a second `data` field: the values are joined in the parser's buffer.
///
/// Bytes are searched once, apart from up to 63 where one pass of 2 KiB ends and the next begins, and from what a caller
/// who stopped in mid-chunk moves elsewhere before going on. No buffer is ever shifted.
///
/// The parser never waits and does no input. It copes with chunks of any size, cut anywhere; events, byte ranges and
/// errors do not depend on the cuts. An event is handed out on the byte that ends it: on a CR at once, and an LF that
/// follows is then skipped, even if it arrives a chunk later.
///
///     var parser = EventStreamParser()
///     let bytes = chunk[...]  // An array has a span only from macOS 26 on.
///     var rest = bytes.span
///     while let event = try parser.next(in: &rest) { … }
///
/// - Memory: at most `limits.eventBytes` for the event in progress, beside the last event ID.
@safe
public struct EventStreamParser: ~Copyable, @unchecked Sendable {
    // Sendable: `details` has one owner, and all changes go through `mutating`.

    /// The bounds that this parser keeps.
    public let limits: EventStreamLimits
    /// Whether ``nextElement(in:)`` hands out comments; if not, their text is never held.
    public let keepsComments: Bool

    /// The number of bytes consumed so far, which is the offset in the stream of the next byte to be fed.
    ///
    /// Where `Int` has 32 bits, offsets beyond 2 GiB wrap around; lengths and limits do not depend on that.
    public var position: Int { consumed }
    @usableFromInline var consumed = 0
    /// The reconnection time that the stream last set, in milliseconds; `Int.max` stands for anything above.
    ///
    /// It takes effect when the line is processed, not when the event is dispatched (section 9.2.6).
    public internal(set) var reconnectionTime: Int?
    /// The error that ended this stream, if one did.
    public internal(set) var failure: EventStreamError?

    /// The offset in the stream of the first byte of the frame in progress. Invariant: `frameOffset <= consumed`.
    @usableFromInline var frameOffset = 0
    /// The frame in progress, or the one just completed.
    ///
    /// Between two chunks its `start` says nothing, `frameOffset` does.
    @usableFromInline var frame: Frame
    /// The offset in the chunk in hand of the line that comes next.
    @usableFromInline var lineStart = 0
    /// Where in the chunk in hand the comment, or the ignored line, lies that was just completed.
    @usableFromInline var comment = 0..<0
    /// Whether the next chunk goes on with something: the stream has only begun, the last byte was a CR, a frame or a
    /// line is cut, or the stream has failed.
    @usableFromInline var needsResume = true
    /// The line ends of the chunk in hand.
    @usableFromInline var maps = LineEndMaps()
    /// The offset in the stream of the chunk in hand.
    @usableFromInline var chunkStart = 0
    /// The address of the end of the rest of a chunk, and its length, or -1, once a caller has stopped in mid-chunk. They
    /// serve to tell the rest from another chunk.
    @usableFromInline var restEnd: UInt = 0
    @usableFromInline var restCount = -1
    /// The smaller of the limits.
    @usableFromInline let shortestLimit: Int
    /// How the stream goes on at the next byte.
    var opening = Opening.byteOrderMark(matched: 0)
    /// The cut line.
    var line = PartialLine()

    /// The joined values of the `data` fields of the event in progress, while `frame.data == .gathered`.
    var data = ByteBuffer()
    /// The value of the `event` field of the event in progress, while `frame.type == .gathered`.
    var type = ByteBuffer()
    /// The value of a cut `id` field or comment.
    var scratch = ByteBuffer()
    /// The standard's "last event ID buffer", if a line changed it since the last blank line.
    var pendingID = ByteBuffer()
    /// Whether `pendingID` is to be committed by the next blank line.
    var hasPendingID = false
    /// The standard's "last event ID string", as of the last blank line.
    var committedID = ByteBuffer()
    /// How many bytes of an ignored line are handed out; 0 to hand out none. See ``init(limits:ignoredLineLimit:)``.
    let ignoredLineLimit: Int
    /// The last line that was ignored: where it lies in the chunk in hand, and where in the stream.
    @usableFromInline var ignoredLine = IgnoredLine()
    /// What ``consume(_:while:)`` stopped after, if it is ignored by the standard and not taken yet.
    var pendingIgnored: Outcome?
    /// The part of a view that is not passed by value. It lives as long as the parser, at one place in memory.
    @usableFromInline let details: UnsafeMutablePointer<EventDetails>
    /// No bytes, but of a type that keeps its address while something depends on it, as the parser then does.
    ///
    /// So a structure that holds a parser can use its other fields while a view lives. Without it, Swift 6.3 takes the
    /// view for an access to all of them.
    private let addressable = CollectionOfOne(())

    /// Creates a parser at the start of a stream.
    ///
    /// - Parameters:
    ///   - limits: Bounds on lines and events.
    ///   - keepsComments: Whether ``nextElement(in:)`` is to hand out comments.
    public init(limits: EventStreamLimits = EventStreamLimits(), keepsComments: Bool = false) {
        self.init(limits: limits, keepsComments: keepsComments, ignoredLineLimit: 0)
    }

    /// Creates a parser that also hands out what the standard ignores: comments, lines that are no field of an event
    /// stream, and events without data. ``consume(_:while:)`` stops after each of them, as soon as it is complete, and
    /// ``takeIgnored(in:)`` has it.
    ///
    /// - Parameter ignoredLineLimit: The most bytes of an ignored line that are handed out; at least 1.
    package init(limits: EventStreamLimits, ignoredLineLimit: Int) {
        self.init(limits: limits, keepsComments: true, ignoredLineLimit: max(1, ignoredLineLimit))
    }

    private init(limits: EventStreamLimits, keepsComments: Bool, ignoredLineLimit: Int) {
        self.limits = limits
        self.keepsComments = keepsComments
        self.ignoredLineLimit = ignoredLineLimit
        shortestLimit = min(limits.lineBytes, limits.eventBytes)
        frame = Frame(start: 0, room: limits.eventBytes)
        // Freed by `deinit`; its own address serves as that of an empty last event ID.
        unsafe details = .allocate(capacity: 1)
        unsafe details.initialize(to: EventDetails(idStart: UnsafeRawPointer(details)))
    }

    deinit {
        // Allocated by `init`; a trivial type needs no deinitialization.
        unsafe details.deallocate()
    }

    /// The last event ID of the stream: the value that the last blank line committed. UTF-8 as received.
    public var lastEventID: RawSpan {
        @_lifetime(borrow self)
        get { committedID.span }
    }

    /// How many bytes of an unfinished frame there are, between two chunks.
    package var unfinishedByteCount: Int { consumed &- frameOffset }

    /// Ends the stream and tells how many bytes of an unfinished frame were left, comments included.
    ///
    /// The standard discards an unfinished frame: "Once the end of the file is reached, any pending data must be
    /// discarded." Its `id` is not committed. The parser is then at the start of a stream again, for the next
    /// connection of the same source: ``lastEventID`` and ``reconnectionTime`` stay, ``position`` starts at 0.
    ///
    /// - Returns: the length of the unfinished frame in bytes; 0 if the stream ended between frames.
    @discardableResult
    public mutating func finish() -> Int {
        let unfinished = consumed &- frameOffset
        consumed = 0
        frameOffset = 0
        frame = Frame(start: 0, room: limits.eventBytes)
        needsResume = true
        opening = .byteOrderMark(matched: 0)
        line = PartialLine()
        hasPendingID = false
        ignoredLine = IgnoredLine()
        failure = nil
        restCount = -1
        return unfinished
    }
}

extension EventStreamParser {
    /// Consumes `chunk` up to and including the end of the next event, and hands that event out.
    ///
    /// What remains of `chunk` are the bytes not looked at yet: pass them again for the next event, now or later. The
    /// caller may also leave them, if it wants nothing more of the stream.
    ///
    /// - Parameter chunk: The next bytes of the stream, of any number.
    /// - Returns: the next event, or `nil` when all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, now and ever after.
    /// - Complexity: O(bytes consumed).
    @inlinable
    @_lifetime(&self, copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func next(in chunk: inout RawSpan) throws(EventStreamError) -> EventView? {
        let bytes = chunk
        var outcome = try firstOutcome(bytes)
        while true {
            switch outcome {
            case .frameStart:
                outcome = try nextOutcome(bytes)
            case .event:
                chunk = bytes.bytes(from: leave(bytes), to: bytes.byteCount)
                return unsafe _overrideLifetime(view(bytes, frame), mutating: &self)
            case .comment, .gatheredComment, .ignoredLine, .gatheredIgnoredLine:
                outcome = try goOn(bytes)
            case .eventWithoutData:
                outcome = .frameStart
            case .needsBytes:
                chunk = RawSpan()
                return nil
            }
        }
    }

    /// Consumes `chunk` up to and including the end of the next event or comment, and hands it out.
    ///
    /// Comments are only handed out by a parser that was created with `keepsComments`. A `retry` field is visible in
    /// ``EventView/retry`` and, at once, in ``reconnectionTime``.
    ///
    /// - Parameter chunk: The next bytes of the stream, of any number; what remains was not looked at yet.
    /// - Returns: the next event or comment, or `nil` when all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, now and ever after.
    /// - Complexity: O(bytes consumed).
    @inlinable
    @_lifetime(&self, copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func nextElement(in chunk: inout RawSpan) throws(EventStreamError) -> EventStreamElement? {
        let bytes = chunk
        var outcome = try firstOutcome(bytes)
        while outcome.isIgnored { outcome = try outcome.endsFrame ? nextOutcome(bytes) : goOn(bytes) }
        switch outcome {
        case .event:
            chunk = bytes.bytes(from: leave(bytes), to: bytes.byteCount)
            return .event(unsafe _overrideLifetime(view(bytes, frame), mutating: &self))
        case .comment:
            let text = comment
            chunk = leaveFrame(bytes)
            return .comment(bytes.bytes(from: text.lowerBound, to: text.upperBound))
        case .gatheredComment:
            chunk = leaveFrame(bytes)
            // The buffer does not change before the next call on `self`, which the element's lifetime excludes.
            let text = unsafe _overrideLifetime(gatheredComment(), copying: bytes)
            return .comment(unsafe _overrideLifetime(text, mutating: &self))
        case .needsBytes, .frameStart, .ignoredLine, .gatheredIgnoredLine, .eventWithoutData:
            chunk = RawSpan()
            return nil
        }
    }

    /// Feeds a chunk and hands each event that it completes to `body`, as long as that returns true.
    ///
    /// This is the fastest way through a chunk: the search for line ends goes on from event to event.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, of any number.
    ///   - body: Called for each event, in order; returns whether to go on.
    /// - Returns: the number of bytes consumed: all, or fewer if `body` returned false. The parser then expects the
    ///   bytes that follow those, now or later.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, now and ever after.
    /// - Complexity: O(bytes consumed).
    @inlinable @inline(__always)
    @discardableResult
    public mutating func consume(
        _ chunk: RawSpan,
        while body: (EventView) -> Bool
    ) throws(EventStreamError) -> Int {
        var outcome = try firstOutcome(chunk)
        while true {
            switch outcome {
            case .frameStart:
                break
            case .event:
                if !body(view(chunk, frame)) { return leave(chunk) }
            case .comment, .gatheredComment, .ignoredLine, .gatheredIgnoredLine, .eventWithoutData:
                if handsOutIgnored { return leaveIgnored(chunk, outcome) }
                outcome = try goOn(chunk)
                continue
            case .needsBytes:
                return chunk.byteCount
            }
            // What lives from frame to frame is this one value: it stays in a register.
            var lineStart = self.lineStart
            var lineEnd = 0
            while true {
                var plain = Frame(start: lineStart, room: limits.eventBytes)
                guard readPlainFrame(chunk, &plain, &lineStart, &lineEnd) else {
                    frame = plain
                    self.lineStart = lineStart
                    outcome = try scan(chunk, lineEnd: lineEnd)
                    break
                }
                if !body(view(chunk, plain)) {
                    self.lineStart = lineStart
                    return leave(chunk)
                }
            }
        }
    }

    /// Feeds a chunk and hands each event that it completes to `body`.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, of any number.
    ///   - body: Called for each event, in order.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, now and ever after.
    /// - Complexity: O(`chunk.byteCount`).
    @inlinable @inline(__always)
    public mutating func parse(
        _ chunk: RawSpan,
        _ body: (EventView) -> Void
    ) throws(EventStreamError) {
        try consume(chunk) { event in
            body(event)
            return true
        }
    }
}

/// What an event stream consists of, as far as a reader can want to see it.
@nonexhaustive
public enum EventStreamElement: ~Escapable {
    /// A dispatched event.
    case event(EventView)
    /// A comment: the bytes between the colon that begins the line and the line's end. Gateways send these to keep
    /// a connection alive.
    case comment(RawSpan)
}

/// What the standard ignores, and what may matter all the same to a reader that asks why a stream broke.
package enum IgnoredElement: ~Escapable {
    /// A comment: the bytes after its colon. The offset is that of the frame.
    case comment(RawSpan, frameOffset: Int)
    /// A line that is neither blank, nor a comment, nor a field that the standard knows: at most the first bytes of it.
    /// `followsAnother` says that the line before it is one as well.
    case line(RawSpan, offset: Int, followsAnother: Bool)
    /// A frame with an event type and no data, so that it dispatches no event. The offset is that of the frame.
    case eventWithoutData(type: RawSpan, frameOffset: Int)
}
