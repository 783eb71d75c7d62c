// The known members of an event's data, found in one pass over its bytes, in any order.
//
// Nothing is copied: only the location of each value is stored. What a member means depends on the type of the event or
// of the delta, and the type may be the last member. Values are therefore decoded after all of them are found, and only
// then is an unexpected JSON type an error. If several members have the same name, the last one wins.

/// The members of an event.
struct EventMembers {
    /// The meaning of an event's `type`.
    enum EventType {
        case known(KnownEvent)
        case error
        case other(ValueLocation)
    }

    /// The `type`, if it is a string.
    var type: EventType?
    /// Whether there is a nonempty `error`.
    var hasError = false
    /// Whether the `object` is `error`.
    var isErrorObject = false
    /// The offset of the value.
    var index: Int?
    var contentBlock: Int?
    var message: Int?
    var usage: Int?
    /// Whether there is a `delta`, of any JSON type.
    var hasDelta = false
    /// The members of the `delta`; none if it is not an object.
    var delta = DeltaMembers()
    /// The values that decoding ignores in an event with a delta.
    var ignored = IgnoredScalars()

    /// - Throws: ``JSONError`` if `data` is not a JSON object.
    init(_ data: RawSpan) throws(JSONError) {
        var reader = JSONReader(data)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("type") {
                let value = try ValueLocation(reading: &reader)
                type = value.kind == .string ? EventType(value, data) : nil
            } else if key.equals("index") {
                index = try ValueLocation(reading: &reader).offset
            } else if key.equals("delta") {
                hasDelta = true
                try delta.read(&reader, data, &ignored)
            } else if key.equals("error") {
                hasError = try reader.skipErrorValue()
            } else if key.equals("object") {
                isErrorObject = try reader.skipString(equalTo: "error")
            } else if key.equals("content_block") {
                contentBlock = try reader.skipValue().lowerBound
            } else if key.equals("message") {
                message = try reader.skipValue().lowerBound
            } else if key.equals("usage") {
                usage = try reader.skipValue().lowerBound
            } else {
                ignored.append(try ValueLocation(reading: &reader), data)
            }
        }
        try reader.finish()
    }

    /// Whether a member `error` makes the event an error: there is no `type`, or it is the type of an error.
    func allowsError(_ data: RawSpan) -> Bool {
        guard case .other(let location) = type else { return type == nil }
        return APIErrorType(rawValue: location.view(in: data).makeString()).documentedStatus != nil
    }
}

extension EventMembers.EventType {
    fileprivate init(_ location: ValueLocation, _ data: RawSpan) {
        let name = location.view(in: data)
        if let known = KnownEvent(name) {
            self = .known(known)
        } else {
            self = name.equals("error") ? .error : .other(location)
        }
    }
}

/// The members of the `delta` of an event.
struct DeltaMembers {
    /// The location of the delta in the data.
    var range = 0..<0
    /// Whether it is an object.
    var isObject = false
    var type: ValueLocation?
    var text: ValueLocation?
    var partialJSON: ValueLocation?
    var thinking: ValueLocation?
    var signature: ValueLocation?
    var citation: ValueLocation?

    /// Reads a delta, which replaces an earlier one.
    ///
    /// This mutates the structure in place, because it is too large to copy for each event.
    ///
    /// - Parameter ignored: Receives the values that decoding ignores.
    mutating func read(
        _ reader: inout JSONReader,
        _ data: RawSpan,
        _ ignored: inout IgnoredScalars
    ) throws(JSONError) {
        if range.upperBound > 0 { self = DeltaMembers() }
        isObject = try reader.peekKind() == .object
        guard isObject else {
            range = try reader.skipValue()
            return
        }
        let start = reader.position
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("type") {
                type = try ValueLocation(reading: &reader)
            } else if key.equals("text") {
                text = try ValueLocation(reading: &reader)
            } else if key.equals("partial_json") {
                partialJSON = try ValueLocation(reading: &reader)
            } else if key.equals("thinking") {
                thinking = try ValueLocation(reading: &reader)
            } else if key.equals("signature") {
                signature = try ValueLocation(reading: &reader)
            } else if key.equals("citation") {
                citation = try ValueLocation(reading: &reader)
            } else {
                ignored.append(try ValueLocation(reading: &reader), data)
            }
        }
        range = start..<reader.position
    }
}

extension IgnoredScalars {
    /// Adds a value if it is a natural number, or an ASCII string without escapes.
    fileprivate mutating func append(_ location: ValueLocation, _ data: RawSpan) {
        if location.isPlainString {
            append(location.string)
        } else if location.kind == .number {
            for offset in location.offset..<location.end where data.byteOrZero(at: offset) &- UInt8(ascii: "0") > 9 {
                return
            }
            append(location.offset..<location.end)
        }
    }
}
