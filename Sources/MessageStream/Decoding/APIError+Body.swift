import ServerSentEvents

/// Errors outside the frames of an event stream: a complete body, or JSON between frames.
extension APIError {
    /// The error reported by a body that is not read as an event stream, or `nil`. The body is one or more JSON texts, or an
    /// event stream despite its content type.
    init?(body: RawSpan, kind: MessageStreamFailure.BodyKind) {
        switch kind {
        case .json: self.init(texts: body)
        case .eventStream: self.init(eventStream: body)
        default: return nil
        }
    }

    /// The first error in consecutive JSON texts, or `nil`.
    private init?(texts: RawSpan) {
        var reader = JSONReader(texts)
        do throws(JSONError) {
            while true {
                let range = try reader.skipValue()
                if let error = APIError(reporting: texts.extracting(range)) {
                    self = error
                    return
                }
                reader = JSONReader(texts)
                reader.position = range.upperBound
            }
        } catch {
            return nil
        }
    }

    /// The error that a JSON text reports, or `nil`.
    ///
    /// An object reports an error if its `type` or its `object` is `error`, or if it has a nonempty `error`. An array
    /// reports one if it begins with such an object.
    package init?(reporting text: RawSpan) {
        do throws(JSONError) {
            guard try Self.reportsError(text), let error = APIError(envelope: text) else { return nil }
            self = error
        } catch {
            return nil
        }
    }

    private static func reportsError(_ text: RawSpan) throws(JSONError) -> Bool {
        var reader = JSONReader(text)
        if try reader.peekKind() == .array {
            try reader.beginArray()
            guard try reader.nextElement() else { return false }
        }
        guard try reader.peekKind() == .object else { return false }
        // If several members have the same name, the last one wins.
        var hasError = false
        var hasErrorType = false
        var isErrorObject = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("error") {
                hasError = try reader.skipErrorValue()
            } else if key.equals("type") {
                hasErrorType = try reader.skipString(equalTo: "error")
            } else if key.equals("object") {
                isErrorObject = try reader.skipString(equalTo: "error")
            } else {
                try reader.skipValue()
            }
        }
        return hasError || hasErrorType || isErrorObject
    }

    /// The error in a flat object, without an envelope: `{"code":500,"message":"…","type":"server_error"}`. `nil` unless
    /// it has a message and a type.
    ///
    /// Only the context can show that such an object reports an error.
    init?(flat text: RawSpan) {
        guard let error = APIError(envelope: text), error.message != nil, error.type != nil else { return nil }
        self = error
    }

    /// The first error among the events of an event stream, or `nil`.
    private init?(eventStream body: RawSpan) {
        var parser = EventStreamParser()
        var found: APIError?
        func receive(_ frame: EventView) -> Bool {
            if case .error = EventData(frame) { found = APIError(eventData: frame.data) }
            return found == nil
        }
        // The error may lack the blank line that would dispatch it.
        _ = try? parser.consume(body) { frame in receive(frame) }
        if found == nil { _ = try? parser.consume(RawSpan("\n\n")) { frame in receive(frame) } }
        guard let found else { return nil }
        self = found
    }
}

extension JSONReader {
    /// Skips the value of a member `error`.
    ///
    /// - Returns: Whether the value reports an error: `null`, `false`, `0`, `""`, `[]` and `{}` do not.
    mutating func skipErrorValue() throws(JSONError) -> Bool {
        let kind = try peekKind()
        let range = try skipValue()
        let value = bytes(in: range)
        switch kind {
        case .null, .false: return false
        case .true: return true
        case .string: return value.byteCount > 2
        case .number:
            // Before its exponent, zero has no digit other than 0.
            for index in 0..<value.byteCount {
                switch value.byte(at: index) {
                case UInt8(ascii: "1")...UInt8(ascii: "9"): return true
                case UInt8(ascii: "e"), UInt8(ascii: "E"): return false
                default: break
                }
            }
            return false
        case .object, .array:
            return JSONToken.endOfWhitespace(in: value, from: 1) < value.byteCount - 1
        }
    }

    /// Skips a value, and returns whether it is the string `literal`.
    mutating func skipString(equalTo literal: StaticString) throws(JSONError) -> Bool {
        guard try peekKind() == .string else {
            try skipValue()
            return false
        }
        return try readString().equals(literal)
    }
}
