/// One dispatched event, as a view of bytes that it does not own.
///
/// The bytes lie in the chunk that was fed if that contains the whole frame and the frame has one `data` field;
/// otherwise they lie in the parser's buffer. A view cannot outlive either; ``ServerSentEvent`` is the copy that can.
/// Text is UTF-8 as received: the standard decodes it with replacement, which ``ServerSentEvent`` does.
@safe
public struct EventView: ~Escapable {
    // Six words: a larger view is passed in memory, and destroyed by a call, since it is not escapable.

    /// The event's data: the values of its `data` fields, joined with U+000A. It may be empty.
    public let data: RawSpan
    /// The value of the `event` field, empty if there was none or if it was empty.
    ///
    /// In both cases the standard's type is `message`; see ``hasType(_:)`` and ``ServerSentEvent/type``.
    public let eventField: RawSpan
    /// The offset in the stream of the frame's first byte, comments and ignored fields included.
    public let offset: Int
    /// Rarely used properties, stored apart so that a view stays six words. Invariant: the parser, on which the view
    /// depends, keeps them while the view lives.
    @usableFromInline let details: UnsafePointer<EventDetails>

    @inlinable @inline(__always)
    @_lifetime(copy data, copy eventField)
    init(data: RawSpan, eventField: RawSpan, offset: Int, details: UnsafePointer<EventDetails>) {
        self.data = data
        self.eventField = eventField
        self.offset = offset
        unsafe self.details = details
    }

    /// The frame's length in bytes, up to and including the byte that ended it. An LF that follows a final CR is not a
    /// part of it, since the event is dispatched before that byte is read.
    @inlinable public var length: Int {
        // The invariant of `details`.
        unsafe details.pointee.length
    }

    /// The last valid `retry` field of this event's own lines, in milliseconds; `Int.max` for anything above.
    @inlinable public var retry: Int? {
        // The invariant of `details`.
        let retry = unsafe details.pointee.retry
        return retry < 0 ? nil : retry
    }

    /// The last event ID of the stream at the time of dispatch.
    @inlinable public var lastEventID: RawSpan {
        @_lifetime(copy self)
        get {
            // The invariant of `details`, and of its own `idStart`.
            let bytes = unsafe RawSpan(_unsafeStart: details.pointee.idStart, byteCount: details.pointee.idCount)
            return unsafe _overrideLifetime(bytes, copying: self)
        }
    }

    /// The frame's bytes in the stream.
    @inlinable public var byteRange: Range<Int> { offset..<max(offset, offset &+ length) }

    /// Whether the event's type is `name`, compared byte by byte; an event without a type is a `message`.
    ///
    /// - Complexity: O(length of `name`).
    @inlinable public func hasType(_ name: StaticString) -> Bool {
        (eventField.isEmpty ? RawSpan("message") : eventField).hasSameBytes(as: RawSpan(name))
    }
}

/// The properties of an ``EventView`` other than data and type; the parser keeps them at one place in memory.
@safe @usableFromInline
struct EventDetails {
    /// See ``EventView/length``.
    @usableFromInline var length = 0
    /// See ``EventView/retry``, or -1.
    @usableFromInline var retry = -1
    /// The last event ID. Invariant: `idCount` bytes from `idStart` on are initialized, and stay while a view lives.
    @usableFromInline var idStart: UnsafeRawPointer
    @usableFromInline var idCount = 0

    init(idStart: UnsafeRawPointer) {
        // Zero bytes may have any address.
        unsafe self.idStart = idStart
    }
}
