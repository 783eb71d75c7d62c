// The text form of faults, as the command accepts it: a kind, and keys with values.
//
//     cut:after=5
//     error:shape=51,type=overloaded_error,after=5
//     status:code=429,retry-after=2,message=Slow down\, please
//
// A backslash before a comma or a backslash makes it part of the value.

/// A text that does not describe a fault.
public struct FaultSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A description of the error, and of what to write instead.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension StreamFault {
    /// Parses the text form of a fault.
    ///
    /// | text | fault |
    /// |---|---|
    /// | `cut:byte=N` or `cut:after=N`, `clean=yes` | the body ends after N bytes or event N; `clean`: no error |
    /// | `reset:byte=N` or `reset:after=N` | the connection is reset there |
    /// | `half-close:byte=N` or `half-close:after=N` | the server closes its sending side there |
    /// | `stall:byte=N`, `stall:after=N` or `stall:at=head`, `for=TIME` | nothing is sent for a time, or forever |
    /// | `pings:after=N`, `count=N`, `every=TIME` | only pings after event N, by default 10 of them, 1 s apart |
    /// | `error:shape=N,after=N`, `type=`, `message=`, `status=`, `id=`, `next=end\|cut\|continue` | an error, by default of shape 1, after event 1 |
    /// | `drop:event=N`, `count=N` | events are left out |
    /// | `repeat:event=N`, `times=N` | an event is sent again |
    /// | `reorder:event=N`, `by=N` | an event is sent after the next, or after the next N |
    /// | `split:event=N`, `at=N`, `into=events\|lines\|chunks` | an event is split in two |
    /// | `flip:byte=N`, or `flip:count=N`, `within=N` | a byte is changed, or N of the first 1024 or `within` |
    /// | `content-type:value=TYPE`, or `content-type` | another content type, or no content type |
    /// | `html`, `status=N` | an HTML page, by default with status 502 |
    /// | `gzip`, `declared=no` | a compressed body; `declared=no`: the head does not say so |
    /// | `status:code=N`, `body=json\|html\|text\|empty\|keep`, `type=`, `message=`, `retry-after=` | another status |
    /// | `rechunk`, `size=N` | chunks of N bytes, or of random sizes |
    /// | `dribble`, `delay=TIME`, `size=N` | a pause before each chunk, by default 10 ms |
    ///
    /// A time is a number of seconds, or of milliseconds with `ms`.
    public init(_ text: some StringProtocol) throws(FaultSyntaxError) {
        var keys = try FaultKeys(String(text))
        switch keys.kind {
        case "cut": self = .cut(try keys.position(), isClean: try keys.flag("clean") ?? false)
        case "reset": self = .reset(try keys.position())
        case "half-close": self = .halfClose(try keys.position())
        case "stall":
            if let place = keys.text("at") {
                if place != "head" { throw keys.wrong("at", place, "head") }
                self = .stall(.head, for: try keys.duration("for"))
            } else {
                self = .stall(.body(try keys.position(others: ", or at=head")), for: try keys.duration("for"))
            }
        case "pings":
            self = .pings(
                after: try keys.number("after") ?? 1,
                count: try keys.number("count", from: 1, to: 100_000) ?? 10,
                every: try keys.duration("every") ?? .seconds(1)
            )
        case "error": self = .error(try keys.error())
        case "drop": self = .drop(event: try keys.event(), count: try keys.number("count", from: 1) ?? 1)
        case "repeat": self = .repeatEvent(try keys.event(), times: try keys.number("times", from: 1, to: 1000) ?? 1)
        case "reorder": self = .reorder(event: try keys.event(), by: try keys.number("by", from: 1) ?? 1)
        case "split":
            self = .split(
                event: try keys.event(),
                at: try keys.number("at", from: 1),
                into: try keys.choice("into", SplitForm.self) ?? .events
            )
        case "flip":
            if let byte = try keys.number("byte") {
                self = .flip(.byte(byte))
            } else {
                let count = try keys.number("count", from: 1, to: 100_000) ?? 1
                let within = try keys.number("within", from: 1) ?? 1024
                if count > within { throw FaultSyntaxError("flip: count must not be greater than within (\(within))") }
                self = .flip(.random(count: count, within: within))
            }
        case "content-type": self = .contentType(try keys.fieldValue("value"))
        case "html": self = .html(status: try keys.status("status") ?? 502)
        case "gzip": self = .gzip(isDeclared: try keys.flag("declared") ?? true)
        case "status": self = .status(try keys.failedStatus())
        case "rechunk": self = .rechunk(size: try keys.number("size", from: 1))
        case "dribble":
            self = .dribble(
                delay: try keys.duration("delay") ?? .milliseconds(10),
                size: try keys.number("size", from: 1)
            )
        default: preconditionFailure("the kind \(keys.kind) is known but not read")
        }
        try keys.finish()
    }

    /// The names of all kinds.
    package static let kinds = [
        "cut", "reset", "half-close", "stall", "pings", "error", "drop", "repeat", "reorder", "split", "flip",
        "content-type", "html", "gzip", "status", "rechunk", "dribble",
    ]
}

/// The keys of a fault. Each is read once.
private struct FaultKeys {
    let kind: String
    private var values: [(key: String, value: String)] = []

    init(_ text: String) throws(FaultSyntaxError) {
        let bytes = Array(text.utf8)
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
        kind = String(decoding: bytes[..<colon], as: UTF8.self)
        guard StreamFault.kinds.contains(where: { $0.utf8.elementsEqual(kind.utf8) }) else {
            let known = StreamFault.kinds.joined(separator: ", ")
            throw FaultSyntaxError("there is no fault '\(kind)'; use one of \(known)")
        }
        for pair in Self.split(bytes[min(colon + 1, bytes.count)...]) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                let word = String(decoding: pair, as: UTF8.self)
                throw FaultSyntaxError("\(kind): '\(word)' has no value; write KEY=VALUE, such as after=5")
            }
            let key = String(decoding: pair[..<equals], as: UTF8.self)
            if values.contains(where: { $0.key == key }) { throw FaultSyntaxError("\(kind): \(key) is given twice") }
            values.append((key, String(decoding: pair[(equals + 1)...], as: UTF8.self)))
        }
    }

    /// Splits at commas, and removes escaping backslashes.
    private static func split(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        if bytes.isEmpty { return [] }
        var pairs: [[UInt8]] = [[]]
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                if byte != UInt8(ascii: ","), byte != UInt8(ascii: "\\") { pairs[pairs.count - 1].append(0x5C) }
                pairs[pairs.count - 1].append(byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: ",") {
                pairs.append([])
            } else {
                pairs[pairs.count - 1].append(byte)
            }
        }
        if isEscaped { pairs[pairs.count - 1].append(0x5C) }
        return pairs
    }

    func wrong(_ key: String, _ value: String, _ expected: String) -> FaultSyntaxError {
        FaultSyntaxError("\(kind): \(key) must be \(expected), not '\(value)'")
    }

    mutating func text(_ key: String) -> String? {
        guard let index = values.firstIndex(where: { $0.key == key }) else { return nil }
        return values.remove(at: index).value
    }

    mutating func number(
        _ key: String,
        from least: Int = 0,
        to greatest: Int = .max
    ) throws(FaultSyntaxError) -> Int? {
        guard let text = text(key) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number >= least, number <= greatest
        else {
            throw wrong(
                key,
                text,
                "a whole number " + (greatest == .max ? "of \(least) or more" : "from \(least) to \(greatest)")
            )
        }
        return number
    }

    mutating func flag(_ key: String) throws(FaultSyntaxError) -> Bool? {
        switch text(key) {
        case nil: nil
        case "yes": true
        case "no": false
        case let text?: throw wrong(key, text, "yes or no")
        }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        _ type: Choice.Type
    ) throws(FaultSyntaxError) -> Choice? {
        guard let text = text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw wrong(key, text, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    mutating func duration(_ key: String) throws(FaultSyntaxError) -> Duration? {
        guard let text = text(key) else { return nil }
        let isMilliseconds = text.hasSuffix("ms")
        let digits = isMilliseconds ? text.dropLast(2) : text.hasSuffix("s") ? text.dropLast() : text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }), let number = Double(digits),
            number <= 1e9
        else { throw wrong(key, text, "a time, such as 0.5 (seconds) or 500ms") }
        return isMilliseconds ? .microseconds(Int64(number * 1000)) : .microseconds(Int64(number * 1_000_000))
    }

    mutating func status(_ key: String) throws(FaultSyntaxError) -> Int? {
        guard let number = try number(key) else { return nil }
        guard (200...999).contains(number) else { throw wrong(key, String(number), "a status from 200 to 999") }
        return number
    }

    /// The value of a header field.
    mutating func fieldValue(_ key: String) throws(FaultSyntaxError) -> String? {
        guard let text = text(key) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw wrong(key, text, "the value of a field")
        }
        return text
    }

    mutating func position(others: String = "") throws(FaultSyntaxError) -> StreamFault.Position {
        let byte = try number("byte")
        let event = try number("after")
        switch (byte, event) {
        case (let byte?, nil): return .byte(byte)
        case (nil, let event?): return .event(event)
        case (nil, nil): throw FaultSyntaxError("\(kind): add byte=N or after=N\(others) to say where")
        case (_?, _?): throw FaultSyntaxError("\(kind): byte and after exclude each other; use one")
        }
    }

    mutating func event() throws(FaultSyntaxError) -> Int {
        guard let event = try number("event", from: 1) else {
            throw FaultSyntaxError("\(kind): add event=N to say which")
        }
        return event
    }

    mutating func error() throws(FaultSyntaxError) -> InjectedError {
        let number = try number("shape") ?? 1
        guard let shape = InjectedError.Shape(rawValue: number) else {
            throw FaultSyntaxError("error: \(InjectedError.Shape.reasonAgainst(number))")
        }
        let after = try self.number("after")
        if after != nil, shape.replacesResponse {
            throw FaultSyntaxError("error: shape \(number) is not sent after an event; omit after")
        }
        return InjectedError(
            shape,
            after: after ?? 1,
            type: text("type"),
            message: text("message"),
            status: try status("status"),
            requestID: text("id"),
            next: try choice("next", InjectedError.Next.self)
        )
    }

    mutating func failedStatus() throws(FaultSyntaxError) -> StreamFault.FailedStatus {
        guard let status = try status("code") else { throw FaultSyntaxError("status: add code=N, such as code=529") }
        return StreamFault.FailedStatus(
            status: status,
            body: try choice("body", StreamFault.FailedStatus.Body.self) ?? .json,
            errorType: text("type"),
            message: text("message"),
            retryAfter: try fieldValue("retry-after")
        )
    }

    /// Checks that no key is left unread.
    func finish() throws(FaultSyntaxError) {
        if let key = values.first?.key { throw FaultSyntaxError("\(kind): there is no key '\(key)'") }
    }
}

// MARK: - Writing

extension StreamFault: CustomStringConvertible {
    /// The text form.
    public var description: String {
        switch self {
        case .cut(let position, let isClean): Self.text("cut", position, ("clean", isClean ? "yes" : nil))
        case .reset(let position): Self.text("reset", position)
        case .halfClose(let position): Self.text("half-close", position)
        case .stall(.head, let time): Self.text("stall", nil, ("at", "head"), ("for", time.map(Self.text)))
        case .stall(.body(let position), let time): Self.text("stall", position, ("for", time.map(Self.text)))
        case .pings(let after, let count, let every):
            Self.text("pings", nil, ("after", "\(after)"), ("count", "\(count)"), ("every", Self.text(every)))
        case .error(let error): error.description
        case .drop(let event, let count): Self.text("drop", nil, ("event", "\(event)"), ("count", "\(count)"))
        case .repeatEvent(let event, let times): Self.text("repeat", nil, ("event", "\(event)"), ("times", "\(times)"))
        case .reorder(let event, let by): Self.text("reorder", nil, ("event", "\(event)"), ("by", "\(by)"))
        case .split(let event, let at, let form):
            Self.text("split", nil, ("event", "\(event)"), ("at", at.map(String.init)), ("into", form.rawValue))
        case .flip(.byte(let byte)): Self.text("flip", nil, ("byte", "\(byte)"))
        case .flip(.random(let count, let within)):
            Self.text("flip", nil, ("count", "\(count)"), ("within", "\(within)"))
        case .contentType(let type): Self.text("content-type", nil, ("value", type))
        case .html(let status): Self.text("html", nil, ("status", "\(status)"))
        case .gzip(let isDeclared): Self.text("gzip", nil, ("declared", isDeclared ? nil : "no"))
        case .status(let status):
            Self.text(
                "status",
                nil,
                ("code", "\(status.status)"),
                ("body", status.body.rawValue),
                ("type", status.errorType),
                ("message", status.message),
                ("retry-after", status.retryAfter)
            )
        case .rechunk(let size): Self.text("rechunk", nil, ("size", size.map(String.init)))
        case .dribble(let delay, let size):
            Self.text("dribble", nil, ("delay", Self.text(delay)), ("size", size.map(String.init)))
        }
    }

    fileprivate static func text(_ kind: String, _ position: Position?, _ keys: (String, String?)...) -> String {
        var pairs: [String] = []
        switch position {
        case .byte(let count): pairs.append("byte=\(count)")
        case .event(let count): pairs.append("after=\(count)")
        case nil: break
        }
        for case (let key, let value?) in keys { pairs.append("\(key)=\(escaped(value))") }
        return pairs.isEmpty ? kind : kind + ":" + pairs.joined(separator: ",")
    }

    private static func escaped(_ value: String) -> String {
        var bytes: [UInt8] = []
        for byte in value.utf8 {
            if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func text(_ time: Duration) -> String {
        let (seconds, attoseconds) = time.components
        let microseconds = attoseconds / 1_000_000_000_000
        if microseconds == 0 { return "\(seconds)" }
        let digits = String(1_000_000 + microseconds).dropFirst()
        var fraction = digits
        while fraction.last == "0" { fraction.removeLast() }
        return "\(seconds).\(fraction)"
    }
}

extension InjectedError: CustomStringConvertible {
    /// The text form of the fault.
    public var description: String {
        StreamFault.text(
            "error",
            nil,
            ("shape", "\(shape.rawValue)"),
            ("type", type),
            ("message", message),
            ("after", shape.replacesResponse ? nil : "\(after)"),
            ("status", status.map(String.init)),
            ("id", requestID),
            ("next", next?.rawValue)
        )
    }
}
