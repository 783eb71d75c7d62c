import ServerSentEvents

extension APIError {
    /// The maximum length of ``json``, in bytes.
    private static let jsonLimit = 64 << 10

    /// The error in the data of an `error` event. Data that is not JSON becomes the message.
    init(eventData data: RawSpan) {
        let text = data.withoutPadding
        if JSONReader.isText(text), let error = APIError(envelope: text) {
            self = error
        } else if let error = APIError(lastLineOf: text) {
            self = error
        } else {
            self.init()
            message = data.isEmpty ? nil : String(decoding: data)
        }
    }

    /// The error that the last line of several reports: a gateway framed its error directly after the beginning of an event,
    /// so that both are one event.
    private init?(lastLineOf data: RawSpan) {
        var start = data.byteCount
        while start > 0, data.byte(at: start - 1) != 0x0A { start -= 1 }
        guard start > 0, let error = APIError(reporting: data.extracting(droppingFirst: start)) else { return nil }
        self = error
    }

    /// The error in a JSON text: the API's own envelope `{"type":"error","error":{"type":…,"message":…}}`, or one of the
    /// shapes that gateways use instead. `nil` if the text is neither a JSON object nor an array that begins with one.
    init?(envelope text: RawSpan) {
        var reader = JSONReader(text)
        do throws(JSONError) {
            if try reader.peekKind() == .array {
                try reader.beginArray()
                guard try reader.nextElement() else { return nil }
            }
            guard try reader.peekKind() == .object else { return nil }
            var envelope = try JSONObjectMembers(reading: &reader, only: JSONObjectMembers.errorNames)
            self = try APIError(envelope: &envelope, depth: 0)
            var whole = JSONReader(text)
            let range = try whole.skipValue()
            if range.count <= Self.jsonLimit { json = RawJSON(checked: text.extracting(range)) }
        } catch {
            return nil
        }
    }

    /// - Parameter depth: The number of envelopes around this one.
    private init(envelope: inout JSONObjectMembers, depth: Int) throws(JSONError) {
        // The ID of the innermost envelope that has one.
        let requestID = envelope.removeLenientString("request_id").flatMap { $0.isEmpty ? nil : $0 }
        if depth < 4, var inner = try envelope.removeErrorObject() {
            try self.init(envelope: &inner, depth: depth + 1)
            // The outer envelope may have what the inner one lacks.
            let outer = APIError(members: &envelope)
            // The name of an event is not the type of an error.
            type = type ?? outer.type.flatMap { KnownEvent(rawValue: $0.rawValue) == nil ? $0 : nil }
            message = message ?? outer.message
            code = code ?? outer.code
            statedStatus = statedStatus ?? outer.statedStatus
            details = details ?? outer.details
        } else {
            let text = envelope.removeLenientString("error")
            self.init(members: &envelope)
            // `{"error":"overloaded_error"}`: a string that is a known type is the type.
            let named = text.map(APIErrorType.init(rawValue:)).flatMap { $0.documentedStatus == nil ? nil : $0 }
            type = type ?? named
            if named == nil { message = message ?? text.flatMap { $0.isEmpty ? nil : $0 } }
        }
        self.requestID = self.requestID ?? requestID
    }

    /// The members of an error, which may be those of the envelope itself.
    private init(members: inout JSONObjectMembers) {
        self.init()
        let type = members.removeLenientString("type").flatMap { $0 == "error" ? nil : APIErrorType(rawValue: $0) }
        message = members.removeLenientString("message")
        details = members.removeRaw("details")
        let statuses = [members.removeInt("status"), members.removeInt("status_code")]
        let number = members.removeInt("code")
        code = number.map { String($0) } ?? members.removeLenientString("code")
        // A `code` that is a documented type is more specific than the type beside it: gateways that map every upstream
        // error to one type of their own keep the original type there.
        let coded = code.map(APIErrorType.init(rawValue:))
        self.type = coded?.documentedStatus == nil ? type : coded
        statedStatus = (statuses + [number ?? code.flatMap { Int($0) }]).lazy.compactMap(\.self)
            .first { (400...599).contains($0) }
    }
}

extension JSONReader {
    /// Whether `bytes` are exactly one JSON text.
    static func isText(_ bytes: RawSpan) -> Bool {
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.finish()
            return true
        } catch {
            return false
        }
    }
}

extension RawSpan {
    /// The bytes without leading and trailing NULs.
    var withoutPadding: RawSpan {
        @_lifetime(copy self)
        get {
            var start = 0
            var end = byteCount
            while start < end, byte(at: start) == 0 { start += 1 }
            while end > start, byte(at: end - 1) == 0 { end -= 1 }
            return extracting(start..<end)
        }
    }
}

extension JSONObjectMembers {
    /// The names with a meaning in an error or in its envelope.
    fileprivate static let errorNames: [StaticString] = [
        "error", "request_id", "type", "message", "details", "status", "status_code", "code",
    ]

    /// Removes a string; any other value counts as missing.
    fileprivate mutating func removeLenientString(_ name: StaticString) -> String? {
        (try? removeString(name)) ?? nil
    }

    /// Removes the object `error`, or the array `error`, whose first object is then the error.
    @_lifetime(copy self)
    fileprivate mutating func removeErrorObject() throws(JSONError) -> JSONObjectMembers? {
        if let object = try removeObject("error", only: Self.errorNames) { return object }
        return try removeFirstObject("error", only: Self.errorNames)
    }
}
