/// A parser of event streams, to the letter of WHATWG HTML, section 9.2.6, fed with the bytes of a body in chunks.
///
/// ## Theory of operation
///
/// The parser finds the line ends of a chunk in one pass, up to 2 KiB ahead (``LineEndMaps``), and reads each line in
/// place. What a line contributes to its event is kept as a range in the chunk. When a blank line dispatches the event,
/// the view that is handed out points at these ranges, so nothing is copied. Bytes are copied in two cases only, once:
///
///  - The chunk ends inside a frame. What the frame's complete lines contributed, and as much of the cut line as
///    belongs to a value, moves to the parser's own buffers (``FrameValues``, ``PartialLine``).
///  - An event has a second `data` field: the values are joined in the parser's buffer.
///
/// Bytes are searched once, apart from up to 63 where one pass of 2 KiB ends and the next begins, and from what a
/// caller that stopped in mid-chunk moves elsewhere before it continues. No buffer is ever shifted.
///
/// The parser never waits and does no input. It accepts chunks of any size, cut anywhere; events, byte ranges and
/// errors do not depend on the cuts. An event is handed out on the byte that ends it: on a CR at once, and an LF that
/// follows is then skipped, even if it arrives a chunk later.
///
///     var parser = EventStreamParser()
///     let bytes = chunk[...]  // An array has a span only from macOS 26 on.
///     var rest = bytes.span
///     while let event = try parser.next(in: &rest) { … }
///
/// - Memory: at most `limits.eventBytes` for the event in progress, in addition to the last event ID.
@safe
public struct EventStreamParser: ~Copyable, @unchecked Sendable {
    // Sendable: `details` has one owner, and all changes go through `mutating`.

    /// The bounds that this parser enforces.
    public let limits: EventStreamLimits
    /// Whether ``nextElement(in:)`` hands out comments; if not, their text is never held.
    public let keepsComments: Bool

    /// The number of bytes consumed so far, which is the offset in the stream of the next byte to be fed.
    ///
    /// Where `Int` has 32 bits, offsets beyond 2 GiB wrap around; lengths and limits do not depend on that.
    public var position: Int { cursor.consumed }
    /// The reconnection time that the stream last set, in milliseconds; `Int.max` stands for anything above.
    ///
    /// It takes effect when the line is processed, not when the event is dispatched (section 9.2.6).
    public internal(set) var reconnectionTime: Int?
    /// The error that ended this stream, if one did.
    public internal(set) var failure: EventStreamError?

    /// The smaller of the limits.
    @usableFromInline let shortestLimit: Int
    /// Where in the stream the next byte lies.
    @usableFromInline var state = State.streamStart
    /// The place of the parser in the stream and in the chunk.
    @usableFromInline var cursor = Cursor()
    /// The frame in progress, or the one just completed.
    @usableFromInline var frame: Frame
    /// The values of `frame` that are not in the chunk.
    var values = FrameValues()
    /// The line that a chunk boundary cuts.
    var line = PartialLine()
    /// The last event ID, as received and as committed.
    var lastEventIDs = LastEventIDs()
    /// The lines that the standard ignores, for a caller that wants them.
    var ignored: IgnoredLines
    /// The part of a view that is not passed by value. It lives as long as the parser, at one place in memory.
    @usableFromInline let details: UnsafeMutablePointer<EventDetails>
    /// A value without bytes, of a type that keeps its address while something depends on it, as the parser then does.
    ///
    /// So a structure that holds a parser can use its other fields while a view lives. Without it, Swift 6.3 takes the
    /// view for an access to all of them.
    private let addressable = CollectionOfOne(())

    /// Where in the stream the next byte lies.
    ///
    /// This is what a chunk leaves to the next one. While the parser reads a chunk, the state is `frameStart`, or
    /// `afterCarriageReturn` once a CR is known to be the chunk's last byte. A chunk can end in any state but
    /// `streamStart`: below, "any" stands for these.
    @usableFromInline
    enum State: UInt8, Sendable {
        /// At the start of the stream. Invariant: the bytes consumed so far, at most two, begin a byte order mark.
        /// → `streamStart`, while the mark is incomplete; else any.
        case streamStart
        /// Before the first byte of a frame: the parser holds nothing of the chunks before. → any.
        case frameStart
        /// Before the first byte of a line of the frame in progress. → any.
        case lineStart
        /// After a CR, which has ended its line. An LF that follows is skipped. → any.
        case afterCarriageReturn
        /// In a line, of which `line` holds what was received. → `line`, or `dataValue` after the first byte of such a
        /// value, while the line end is missing; else any.
        case line
        /// In the value of a `data` field, after its first byte, where nearly all chunks end. → `dataValue`, while the
        /// line end is missing; else any.
        case dataValue
        /// After a byte over a limit. Nothing more is consumed. Invariant: `failure` is set. → `streamStart`, by
        /// ``finish()`` only.
        case failed
    }

    /// Creates a parser at the start of a stream.
    ///
    /// - Parameters:
    ///   - limits: Bounds on lines and events.
    ///   - keepsComments: Whether ``nextElement(in:)`` is to hand out comments.
    public init(limits: EventStreamLimits = EventStreamLimits(), keepsComments: Bool = false) {
        self.init(limits: limits, keepsComments: keepsComments, ignoredLines: IgnoredLines(limit: 0))
    }

    init(limits: EventStreamLimits, keepsComments: Bool, ignoredLines: consuming IgnoredLines) {
        self.limits = limits
        self.keepsComments = keepsComments
        ignored = ignoredLines
        shortestLimit = min(limits.lineBytes, limits.eventBytes)
        frame = Frame(start: 0, limit: limits.eventBytes)
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
        get { lastEventIDs.committed.span }
    }

    /// The number of bytes of an unfinished frame, between two chunks.
    package var unfinishedByteCount: Int { cursor.unfinishedByteCount }

    /// Ends the stream and returns how many bytes of an unfinished frame were left, comments included.
    ///
    /// The standard discards an unfinished frame: "Once the end of the file is reached, any pending data must be
    /// discarded." Its `id` is not committed. The parser is then at the start of a stream again, for the next
    /// connection of the same source: ``lastEventID`` and ``reconnectionTime`` stay, ``position`` starts at 0.
    ///
    /// - Returns: The length of the unfinished frame in bytes; 0 if the stream ended between frames.
    @discardableResult
    public mutating func finish() -> Int {
        let unfinished = unfinishedByteCount
        state = .streamStart
        failure = nil
        cursor.reset()
        frame = Frame(start: 0, limit: limits.eventBytes)
        lastEventIDs.isBufferChanged = false
        ignored.reset()
        return unfinished
    }
}

extension EventStreamParser {
    /// Consumes `chunk` up to and including the end of the next event, and hands that event out.
    ///
    /// What remains of `chunk` are the bytes that were not read yet: pass them again for the next event, now or later.
    /// A caller that wants nothing more of the stream may discard them.
    ///
    /// - Parameter chunk: The next bytes of the stream, of any number.
    /// - Returns: The next event, or `nil` when all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, by this call and every later one.
    /// - Complexity: O(bytes consumed).
    @inlinable
    @_lifetime(&self, copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func next(in chunk: inout RawSpan) throws(EventStreamError) -> EventView? {
        let bytes = chunk
        var outcome = try beginChunk(bytes)
        while true {
            switch outcome {
            case .frameStart:
                outcome = try readFrame(bytes)
            case .event:
                // In bounds: no more is consumed than there is.
                chunk = unsafe bytes.uncheckedBytes(from: stopAfterFrame(bytes), to: bytes.byteCount)
                return unsafe _overrideLifetime(uncheckedView(of: frame, in: bytes), mutating: &self)
            case .comment, .bufferedComment, .ignoredLine, .bufferedIgnoredLine:
                outcome = try continueFrame(bytes)
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
    /// Only a parser that was created with `keepsComments` hands out comments. A `retry` field is visible in
    /// ``EventView/retry`` and, at once, in ``reconnectionTime``.
    ///
    /// - Parameter chunk: The next bytes of the stream, of any number; what remains was not read yet.
    /// - Returns: The next event or comment, or `nil` when all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, by this call and every later one.
    /// - Complexity: O(bytes consumed).
    @inlinable
    @_lifetime(&self, copy chunk)
    @_lifetime(chunk: copy chunk)
    public mutating func nextElement(in chunk: inout RawSpan) throws(EventStreamError) -> EventStreamElement? {
        let bytes = chunk
        var outcome = try beginChunk(bytes)
        while outcome.isIgnored { outcome = try outcome.isFrameBoundary ? readFrame(bytes) : continueFrame(bytes) }
        switch outcome {
        case .event:
            // In bounds: no more is consumed than there is.
            chunk = unsafe bytes.uncheckedBytes(from: stopAfterFrame(bytes), to: bytes.byteCount)
            return .event(unsafe _overrideLifetime(uncheckedView(of: frame, in: bytes), mutating: &self))
        case .comment:
            let text = cursor.text
            chunk = bytes.extracting(droppingFirst: stopInFrame(bytes))
            return .comment(bytes.bytes(from: text.lowerBound, to: text.upperBound))
        case .bufferedComment:
            chunk = bytes.extracting(droppingFirst: stopInFrame(bytes))
            // The buffer does not change before the next call on `self`, which the element's lifetime excludes.
            let text = unsafe _overrideLifetime(bufferedComment(), copying: bytes)
            return .comment(unsafe _overrideLifetime(text, mutating: &self))
        case .needsBytes, .frameStart, .ignoredLine, .bufferedIgnoredLine, .eventWithoutData:
            chunk = RawSpan()
            return nil
        }
    }

    /// Feeds a chunk and hands each event that it completes to `body`, as long as that returns true.
    ///
    /// This is the fastest way through a chunk: one search for line ends serves all of its events.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, of any number.
    ///   - body: Called for each event, in order; returns whether to continue.
    /// - Returns: The number of bytes consumed: all, or fewer if `body` returned false. The parser then expects the
    ///   bytes that follow those, now or later.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, by this call and every later one.
    /// - Complexity: O(bytes consumed).
    @inlinable @inline(__always)
    @discardableResult
    public mutating func consume(
        _ chunk: RawSpan,
        while body: (EventView) -> Bool
    ) throws(EventStreamError) -> Int {
        var outcome = try beginChunk(chunk)
        while true {
            switch outcome {
            case .frameStart:
                break
            case .event:
                if !body(unsafe uncheckedView(of: frame, in: chunk)) { return stopAfterFrame(chunk) }
            case .comment, .bufferedComment, .ignoredLine, .bufferedIgnoredLine, .eventWithoutData:
                if wantsIgnored { return stopAfterIgnored(chunk, outcome) }
                outcome = try continueFrame(chunk)
                continue
            case .needsBytes:
                return chunk.byteCount
            }
            // This one value lives from frame to frame, so that it stays in a register.
            var lineStart = cursor.lineStart
            var lineEnd = 0
            while true {
                var plain = Frame(start: lineStart, limit: limits.eventBytes)
                guard readPlainFrame(chunk, &plain, &lineStart, &lineEnd) else {
                    frame = plain
                    cursor.lineStart = lineStart
                    outcome = try readLines(chunk, lineEnd: lineEnd)
                    break
                }
                if !body(unsafe uncheckedView(of: plain, in: chunk)) {
                    cursor.lineStart = lineStart
                    return stopAfterFrame(chunk)
                }
            }
        }
    }

    /// Feeds a chunk and hands each event that it completes to `body`.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, of any number.
    ///   - body: Called for each event, in order.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, by this call and every later one.
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

/// A part of an event stream that has a meaning for a reader.
@nonexhaustive
public enum EventStreamElement: ~Escapable {
    /// A dispatched event.
    case event(EventView)
    /// A comment: the bytes between the colon that begins the line and the line's end. Gateways send these to keep
    /// a connection alive.
    case comment(RawSpan)
}
