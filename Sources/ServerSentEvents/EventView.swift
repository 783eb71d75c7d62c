/// A dispatched event, as a view of bytes that it does not own.
///
/// If a single chunk contains the whole frame, and the frame has only one `data` field, the bytes are in that chunk;
/// otherwise they are in the parser's buffer. A view cannot outlive either of them; to keep an event, copy it to a
/// ``ServerSentEvent``. The bytes are UTF-8 as received: ``ServerSentEvent`` decodes them with replacement, as the
/// standard requires.
@safe
public struct EventView: ~Escapable {
    // Six words: a larger view would be passed in memory, and destroyed with a call, because it is not escapable.

    /// The event's data: the values of its `data` fields, joined with U+000A. It may be empty.
    public let data: RawSpan
    /// The value of the `event` field; empty if the field is missing or empty.
    ///
    /// In both cases the type according to the standard is `message`; see ``hasType(_:)`` and ``ServerSentEvent/type``.
    public let eventField: RawSpan
    /// The offset in the stream of the first byte of the frame, including comments and ignored fields.
    public let offset: Int
    /// Rarely used properties, stored separately so that a view stays six words. Invariant: the parser, which the view
    /// depends on, keeps them while the view is alive.
    @usableFromInline let details: UnsafePointer<EventDetails>

    @inlinable @inline(__always)
    @_lifetime(copy data, copy eventField)
    init(data: RawSpan, eventField: RawSpan, offset: Int, details: UnsafePointer<EventDetails>) {
        self.data = data
        self.eventField = eventField
        self.offset = offset
        unsafe self.details = details
    }

    /// The length of the frame in bytes, through the byte that ended it. An LF after a final CR is not included,
    /// because the event is dispatched before that byte is read.
    @inlinable public var length: Int {
        // The invariant of `details`.
        unsafe details.pointee.length
    }

    /// The last valid `retry` field in this event's own lines, in milliseconds; `Int.max` for any larger value.
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

    /// The byte range of the frame in the stream.
    @inlinable public var byteRange: Range<Int> { offset..<max(offset, offset &+ length) }

    /// Whether the type of the event is `name`, compared byte by byte. An event without a type is a `message`.
    ///
    /// - Complexity: O(length of `name`).
    @inlinable public func hasType(_ name: StaticString) -> Bool {
        (eventField.isEmpty ? RawSpan("message") : eventField).hasSameBytes(as: RawSpan(name))
    }
}

/// The properties of an ``EventView`` other than its data and type. The parser keeps them at a fixed address.
@safe @usableFromInline
struct EventDetails {
    /// See ``EventView/length``.
    @usableFromInline var length = 0
    /// See ``EventView/retry``, or -1.
    @usableFromInline var retry = -1
    /// The last event ID. Invariant: `idCount` bytes starting at `idStart` are initialized, and stay while a view is
    /// alive.
    @usableFromInline var idStart: UnsafeRawPointer
    @usableFromInline var idCount = 0

    init(idStart: UnsafeRawPointer) {
        // Zero bytes may have any address.
        unsafe self.idStart = idStart
    }
}
