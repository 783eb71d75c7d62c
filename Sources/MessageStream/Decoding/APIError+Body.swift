import ServerSentEvents

/// Errors outside the frames of an event stream: in a body of its own, or in JSON between frames.
extension APIError {
    /// The error that a body reports which is not to be read as an event stream, or nil if it reports none: the body is
    /// JSON, one text or one after the other, or an event stream all the same.
    init?(body: RawSpan, kind: MessageStreamFailure.BodyKind) {
        switch kind {
        case .json: self.init(texts: body)
        case .eventStream: self.init(eventStream: body)
        default: return nil
        }
    }

    /// The first error in consecutive JSON texts, or nil.
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

    /// The error that a JSON text reports, or nil if it reports none.
    ///
    /// An object reports one if its `type` or its `object` is `error`, or if it has an `error` that says something; an
    /// array, if it begins with such an object.
    package init?(reporting text: RawSpan) {
        do throws(JSONError) {
            guard try Self.isReport(text), let error = APIError(envelope: text) else { return nil }
            self = error
        } catch {
            return nil
        }
    }

    private static func isReport(_ text: RawSpan) throws(JSONError) -> Bool {
        var reader = JSONReader(text)
        if try reader.peekKind() == .array {
            try reader.beginArray()
            guard try reader.nextElement() else { return false }
        }
        guard try reader.peekKind() == .object else { return false }
        // Of several members of one name, the last wins.
        var hasError = false
        var hasErrorType = false
        var isErrorObject = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.equals("error") {
                hasError = try reader.skipStatement()
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

    /// The error in a flat object, with nothing around it: `{"code":500,"message":"…","type":"server_error"}`. Nil unless
    /// it has a message and a type.
    ///
    /// Such an object reports an error only where its place says so.
    init?(flat text: RawSpan) {
        guard let error = APIError(envelope: text), error.message != nil, error.type != nil else { return nil }
        self = error
    }

    /// The first error among the events of an event stream, or nil.
    private init?(eventStream body: RawSpan) {
        var parser = EventStreamParser()
        var found: APIError?
        func receive(_ frame: EventView) -> Bool {
            if case .error = EventData(frame) { found = APIError(eventData: frame.data) }
            return found == nil
        }
        // What the response as a whole reports may lack the blank line that would dispatch it.
        _ = try? parser.consume(body) { frame in receive(frame) }
        if found == nil { _ = try? parser.consume(RawSpan("\n\n")) { frame in receive(frame) } }
        guard let found else { return nil }
        self = found
    }
}

extension JSONReader {
    /// Skips the value of a member `error`.
    ///
    /// - Returns: whether it says anything: `null`, `false`, `0`, `""`, `[]` and `{}` report no error.
    mutating func skipStatement() throws(JSONError) -> Bool {
        let kind = try peekKind()
        let range = try skipValue()
        let value = bytes(in: range)
        switch kind {
        case .null, .false: return false
        case .true: return true
        case .string: return value.byteCount > 2
        case .number:
            // Zero has no other digit before its exponent.
            for index in 0..<value.byteCount {
                switch value.byte(at: index) {
                case UInt8(ascii: "1")...UInt8(ascii: "9"): return true
                case UInt8(ascii: "e"), UInt8(ascii: "E"): return false
                default: break
                }
            }
            return false
        case .object, .array:
            return JSONToken.endOfWhiteSpace(in: value, from: 1) < value.byteCount - 1
        }
    }

    /// Skips a value, and compares it with a string.
    mutating func skipString(equalTo literal: StaticString) throws(JSONError) -> Bool {
        guard try peekKind() == .string else {
            try skipValue()
            return false
        }
        return try readString().equals(literal)
    }
}
