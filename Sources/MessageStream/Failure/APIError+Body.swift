import ServerSentEvents

/// Errors in what is no frame of an event stream: a body of its own, or text between frames.
extension APIError {
    /// The error that a body reports which is not to be read as an event stream, or nil if it reports none: the body is
    /// JSON, one text or one after the other, or an event stream all the same.
    init?(body: RawSpan, kind: MessageStreamFailure.BodyKind) {
        switch kind {
        case .json: self.init(unframed: body)
        case .eventStream: self.init(eventStream: body)
        default: return nil
        }
    }

    /// The first error among JSON texts that stand one after the other, or nil if there is none.
    ///
    /// An object is an error if its `type` is `error`, or if it has an `error` that is not null; an array, if it begins
    /// with one.
    init?(unframed text: RawSpan) {
        var reader = JSONReader(text)
        // A byte order mark may stand before it.
        if text.extracting(first: 3).hasSameBytes(as: RawSpan("\u{FEFF}")) { reader.position = 3 }
        do throws(JSONError) {
            while true {
                let range = try reader.skipValue()
                let value = text.extracting(range)
                if try Self.isError(value), let error = APIError(envelope: value) {
                    self = error
                    return
                }
                reader = JSONReader(text)
                reader.position = range.upperBound
            }
        } catch {
            return nil
        }
    }

    private static func isError(_ text: RawSpan) throws(JSONError) -> Bool {
        var reader = JSONReader(text)
        if try reader.peekKind() == .array {
            try reader.beginArray()
            guard try reader.nextElement() else { return false }
        }
        guard try reader.peekKind() == .object else { return false }
        var hasError = false
        var hasErrorType = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("error") {
                hasError = try reader.peekKind() != .null
            } else if key.equals("type") {
                hasErrorType = try reader.peekKind() == .string
                if hasErrorType {
                    hasErrorType = try reader.readString().equals("error")
                    continue
                }
            }
            try reader.skipValue()
        }
        return hasError || hasErrorType
    }

    /// The first error among the events of an event stream, or nil if there is none.
    private init?(eventStream body: RawSpan) {
        var parser = EventStreamParser()
        var found: APIError?
        _ = try? parser.consume(body) { frame in
            if case .error = EventData(frame) { found = APIError(eventData: frame.data) }
            return found == nil
        }
        guard let found else { return nil }
        self = found
    }
}
