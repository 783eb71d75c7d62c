/// A dispatched event of an event stream, as an owned value: the copy of an ``EventView``.
public struct ServerSentEvent: Sendable, Hashable {
    /// The type of the event: the value of the `event` field, or `message` if the field is missing or empty.
    public var type: String
    /// The data of the event: the values of its `data` fields, joined with U+000A.
    ///
    /// Bytes that are not UTF-8 are decoded as the standard requires, each maximal subpart as one U+FFFD; see
    /// ``dataBytes``.
    public var data: String {
        didSet { undecodedData = nil }
    }
    /// The last event ID of the stream at the time of dispatch.
    public var lastEventID: String
    /// The last valid `retry` field in this event's own lines, in milliseconds; `Int.max` for any larger value.
    public var retry: Int?
    /// The offset in the stream of the first byte of the frame.
    public var offset: Int
    /// The length of the frame in bytes, through the byte that ended it.
    public var length: Int
    /// The data as received, if it is not UTF-8.
    private var undecodedData: [UInt8]?

    /// The bytes of the data as received, even if they are not UTF-8.
    ///
    /// - Complexity: O(length of the data).
    public var dataBytes: [UInt8] { undecodedData ?? Array(data.utf8) }
}

extension ServerSentEvent {
    /// Copies an event. To copy many events, use a ``ServerSentEventCopier``, which costs less.
    ///
    /// - Complexity: O(length of the event).
    public init(_ view: EventView) {
        self.init(
            view,
            type: view.eventField.isEmpty ? Self.defaultType : String(decoding: view.eventField),
            lastEventID: view.lastEventID.isEmpty ? "" : String(decoding: view.lastEventID)
        )
    }

    /// Copies an event whose type and last event ID are already decoded.
    @inline(__always)
    init(_ view: EventView, type: consuming String, lastEventID: consuming String) {
        // Decoding and comparing costs less than validating separately.
        let data = String(decoding: view.data)
        // The memberwise initializer creates the event in place.
        self.init(
            type: type,
            data: data,
            lastEventID: lastEventID,
            retry: view.retry,
            offset: view.offset,
            length: view.length,
            undecodedData: data.hasUTF8(view.data) ? nil : [UInt8](copying: view.data)
        )
    }

    /// The type of an event without a type: "Initialize event's type attribute to "message"".
    static var defaultType: String { "message" }
}

extension String {
    /// Decodes UTF-8, each maximal subpart of an ill-formed sequence as one U+FFFD.
    package init(decoding bytes: RawSpan) {
        // The buffer is only read during the call.
        self = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    /// The bytes of a span.
    package init(copying bytes: RawSpan) {
        // The buffer is only read during the call.
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
}
