/// A parser of event streams that follows WHATWG HTML, section 9.2.6, to the letter. It receives the bytes of a body in
/// chunks.
///
/// ## Theory of operation
///
/// The parser finds the line ends of a chunk in one pass, up to 2 KiB ahead (`LineEndMaps`), and reads each line in
/// place. The parts of a line that contribute to its event are kept as ranges in the chunk. When a blank line
/// dispatches the event, the view of the event refers to these ranges, so nothing is copied. Bytes are copied only in
/// two cases, and only once:
///
///  - The chunk ends inside a frame. The contributions of the complete lines, and the part of the split line that
///    belongs to a value, are moved to the parser's own buffers (`FrameValues`, `PartialLine`).
///  - An event has a second `data` field: the values are joined in the parser's buffer.
///
/// Bytes are searched once, except for up to 63 bytes where one pass of 2 KiB ends and the next begins, and for a chunk
/// that a caller moves in memory after stopping in the middle of it. No buffer is ever shifted.
///
/// The parser performs no I/O and never waits. It accepts chunks of any size, split anywhere; events, byte ranges and
/// errors do not depend on the splits. An event is delivered at its last byte. If that is a CR, it is delivered
/// immediately, and an LF that follows is skipped, even if it arrives in a later chunk.
///
///     var parser = EventStreamParser()
///     let bytes = chunk[...]  // `Array.span` requires macOS 26.
///     var rest = bytes.span
///     while let event = try parser.next(in: &rest) { … }
///
/// - Memory: at most `limits.eventBytes` for the event in progress, plus the last event ID.
@safe
public struct EventStreamParser: ~Copyable, @unchecked Sendable {
    // Sendable: `details` has one owner, and all changes go through `mutating`.

    /// The limits that this parser enforces.
    public let limits: EventStreamLimits
    /// Whether ``nextElement(in:)`` returns comments. Otherwise, their text is never stored.
    public let keepsComments: Bool

    /// The number of bytes consumed so far, which is the offset of the next byte in the stream.
    ///
    /// Where `Int` has 32 bits, offsets beyond 2 GiB wrap around, which does not affect lengths and limits.
    public var position: Int { cursor.consumed }
    /// The reconnection time most recently set by the stream, in milliseconds; `Int.max` for any larger value.
    ///
    /// It takes effect when the line is processed, not when the event is dispatched (section 9.2.6).
    public internal(set) var reconnectionTime: Int?
    /// The error that ended this stream, if any.
    public internal(set) var failure: EventStreamError?

    /// The smaller of the limits.
    @usableFromInline let shortestLimit: Int
    /// The position of the next byte in the stream.
    @usableFromInline var state = State.streamStart
    /// The position of the parser in the stream and in the chunk.
    @usableFromInline var cursor = Cursor()
    /// The frame in progress, or the most recently completed one.
    @usableFromInline var frame: Frame
    /// The values of `frame` that are not in the chunk.
    var values = FrameValues()
    /// The line that is split by a chunk boundary.
    var line = PartialLine()
    /// The last event ID, as received and as committed.
    var lastEventIDs = LastEventIDs()
    /// The lines that the standard ignores, for a caller that requests them.
    var ignored: IgnoredLines
    /// The part of a view that is passed by reference. It lives as long as the parser, at a fixed address.
    @usableFromInline let details: UnsafeMutablePointer<EventDetails>
    /// A zero-size value of a type that is addressable for its dependencies, which makes the parser addressable as
    /// well.
    ///
    /// A structure that contains a parser can then use its other fields while a view is alive. Otherwise, Swift 6.3
    /// treats the view as an access to all of them.
    private let addressable = CollectionOfOne(())

    /// The position of the next byte in the stream.
    ///
    /// This is the state that a chunk passes to the next one. While the parser reads a chunk, the state is
    /// `frameStart`, or `afterCarriageReturn` once a CR is known to be the last byte of the chunk. A chunk can end in
    /// any state except `streamStart`: below, "any" stands for these.
    @usableFromInline
    enum State: UInt8, Sendable {
        /// At the start of the stream. Invariant: the bytes consumed so far, at most two, begin a byte order mark.
        /// → `streamStart`, while the mark is incomplete; else any.
        case streamStart
        /// Before the first byte of a frame: the parser stores nothing of earlier chunks. → any.
        case frameStart
        /// Before the first byte of a line of the frame in progress. → any.
        case lineStart
        /// After a CR, which ended its line. An LF that follows is skipped. → any.
        case afterCarriageReturn
        /// In a line whose received part is in `line`. → `line`, or `dataValue` after the first byte of such a value,
        /// while the line end is missing; else any.
        case line
        /// In the value of a `data` field, after its first byte, the position where nearly all chunks end. →
        /// `dataValue`, while the line end is missing; else any.
        case dataValue
        /// After a byte beyond a limit. Nothing more is consumed. Invariant: `failure` is set. → `streamStart`, only by
        /// ``finish()``.
        case failed
    }

    /// Creates a parser at the start of a stream.
    ///
    /// - Parameters:
    ///   - limits: Limits on lines and events.
    ///   - keepsComments: Whether ``nextElement(in:)`` returns comments.
    public init(limits: EventStreamLimits = EventStreamLimits(), keepsComments: Bool = false) {
        self.init(limits: limits, keepsComments: keepsComments, ignoredLines: IgnoredLines(limit: 0))
    }

    init(limits: EventStreamLimits, keepsComments: Bool, ignoredLines: consuming IgnoredLines) {
        self.limits = limits
        self.keepsComments = keepsComments
        ignored = ignoredLines
        shortestLimit = min(limits.lineBytes, limits.eventBytes)
        frame = Frame(start: 0, limit: limits.eventBytes)
        // Freed by `deinit`. Its own address serves as the address of an empty last event ID.
        unsafe details = .allocate(capacity: 1)
        unsafe details.initialize(to: EventDetails(idStart: UnsafeRawPointer(details)))
    }

    deinit {
        // Allocated by `init`. A trivial type needs no deinitialization.
        unsafe details.deallocate()
    }

    /// The last event ID of the stream: the value most recently committed by a blank line. UTF-8 as received.
    public var lastEventID: RawSpan {
        @_lifetime(borrow self)
        get { lastEventIDs.committed.span }
    }

    /// The number of bytes of an unfinished frame, between two chunks.
    package var unfinishedByteCount: Int { cursor.unfinishedByteCount }

    /// Ends the stream and returns the number of bytes of an unfinished frame, including its comments.
    ///
    /// The standard discards an unfinished frame: "Once the end of the file is reached, any pending data must be
    /// discarded." Its `id` is not committed. The parser is then at the start of a stream again, for the next
    /// connection of the same source: ``lastEventID`` and ``reconnectionTime`` are kept, and ``position`` restarts at
    /// 0.
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
    /// Consumes `chunk` through the end of the next event, and returns that event.
    ///
    /// On return, `chunk` holds the bytes not read yet: pass them again to get the next event, now or later. A caller
    /// that needs no more events may discard them.
    ///
    /// - Parameter chunk: The next bytes of the stream, in any amount.
    /// - Returns: The next event, or `nil` if all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, and on every later call.
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
                // In bounds: no more bytes are consumed than available.
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

    /// Consumes `chunk` through the end of the next event or comment, and returns it.
    ///
    /// Only a parser created with `keepsComments` returns comments. A `retry` field is available in ``EventView/retry``
    /// and, immediately, in ``reconnectionTime``.
    ///
    /// - Parameter chunk: The next bytes of the stream, in any amount. On return, the bytes not read yet.
    /// - Returns: The next event or comment, or `nil` if all of `chunk` is consumed without one.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, and on every later call.
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
            // In bounds: no more bytes are consumed than available.
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

    /// Parses a chunk and calls `body` with each event that it completes, as long as `body` returns true.
    ///
    /// This is the fastest way to read a chunk: one search for line ends serves all of its events.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, in any amount.
    ///   - body: Called for each event, in order. Returns whether to continue.
    /// - Returns: The number of bytes consumed: all, or fewer if `body` returned false. The parser then expects the
    ///   bytes after those, now or later.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, and on every later call.
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
                if stopsAtIgnoredElements { return stopAfterIgnored(chunk, outcome) }
                outcome = try continueFrame(chunk)
                continue
            case .needsBytes:
                return chunk.byteCount
            }
            // A local variable across all frames, so that it stays in a register.
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

    /// Parses a chunk and calls `body` with each event that it completes.
    ///
    /// - Parameters:
    ///   - chunk: The next bytes of the stream, in any amount.
    ///   - body: Called for each event, in order.
    /// - Throws: ``EventStreamError`` if a limit is exceeded, and on every later call.
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

/// A part of an event stream that is meaningful to a reader.
@nonexhaustive
public enum EventStreamElement: ~Escapable {
    /// A dispatched event.
    case event(EventView)
    /// A comment: the bytes between the colon at the start of the line and the line end. Gateways send comments to keep
    /// a connection alive.
    case comment(RawSpan)
}
