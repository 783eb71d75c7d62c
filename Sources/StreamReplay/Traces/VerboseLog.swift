/// The forms of the output of `curl -v` to standard error, and how they begin.
enum VerboseLog {
    /// The maximum number of bytes that a decision about the beginning of a log line requires.
    static let limit = 160

    /// The context of a possible log line.
    struct Context {
        var isAtLineStart: Bool
        /// Whether it immediately follows a progress meter.
        var isAfterMeter: Bool
        /// Whether no line of the body begins with an asterisk, so that each such line is a message from curl.
        var allowsAnyMessage: Bool
        /// Whether it immediately follows a head, which `curl -v -i` writes twice.
        var isAfterHead: Bool
    }

    enum Match {
        /// The decision requires more bytes.
        case undecided
        /// The first byte is text of the body.
        case none
        /// A progress meter, complete.
        case meter
        /// The beginning of a log line.
        case log
        /// A log line with its line break.
        case lineOfLog
        /// The beginning of a copy of a head.
        case copiedHead
        /// The beginning of a request or of a head, at this offset: the body has ended.
        case exchange(start: Int)
    }

    /// The beginnings of messages that curl writes during or after a body, on a line of their own.
    private static let messages: [StaticString] =
        trailingMessages + [
            "* Ignoring the response-body", "* Failed reading the chunked", "* Failure writing output",
            "* Leftovers after chunking", "* Excess found", "* Received HTTP/0.9", "* Connection died",
            "* The requested URL returned error", "* Curl_http_done", "* Mark bundle as", "* Found bundle for host",
            "* Illegal or missing hexadecimal", "* Malformed encoding found", "* we are done reading",
            "* We are completely uploaded", "* no chunk, no close", "* HTTP 1.0, assume close", "* Re-using existing",
            "* HTTP error before end of send", "* Added cookie", "* Replaced cookie", "* Request completely sent",
        ]

    /// The beginnings of messages that curl writes after a body. If the body does not end with a line break, they
    /// follow it on its last line.
    private static let trailingMessages: [StaticString] = [
        "* Connection #", "* Closing connection", "* closing connection", "* shutting down connection",
        "* transfer closed with ", "* end of response with ", "* Issue another request to this URL", "* Recv failure: ",
        "* Send failure: ", "* Failure when receiving ", "* Operation timed out after ", "* Operation too slow",
        "* OpenSSL SSL_read: ", "* GnuTLS recv error", "* SSL_read: ", "* HTTP/2 stream ", "* HTTP/3 stream ",
    ]

    /// Whether the log may begin with this byte.
    static func mayBegin(with byte: UInt8, isAtLineStart: Bool, isAfterHead: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "\r"), UInt8(ascii: "*"): true
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["),
            UInt8(ascii: "c"), UInt8(ascii: "W"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            isAtLineStart
        case UInt8(ascii: "H"): isAfterHead
        default: false
        }
    }

    /// Decides whether bytes of a body are the beginning of the log.
    ///
    /// - Parameters:
    ///   - bytes: The bytes, all but the last of which did not suffice for a decision.
    ///   - isFinal: Whether the capture ends after them.
    static func match(_ bytes: RawSpan, _ context: Context, isFinal: Bool) -> Match {
        // curl ends its meter with a line break, after which only the log, or nothing, can follow.
        guard context.isAfterMeter, bytes.hasBytes("\n", at: 0) else {
            return matchLine(bytes, at: 0, context, isFinal)
        }
        if bytes.byteCount == 1 { return .undecided }
        return matchLine(bytes, at: 1, context, isFinal)
    }

    private static func matchLine(_ bytes: RawSpan, at start: Int, _ context: Context, _ isFinal: Bool) -> Match {
        let line = bytes.extracting(droppingFirst: start)
        if line.hasBytes("\r", at: 0) { return matchMeter(line) }
        guard context.isAtLineStart || context.isAfterMeter else {
            return matchTrailing(line, isFinal)
        }
        if LinePrefix.isIncomplete(line) { return .undecided }
        let prefix = LinePrefix(line)
        let rest = line.extracting(droppingFirst: prefix.end)
        if rest.isEmpty { return .undecided }
        switch rest.byte(at: 0) {
        case UInt8(ascii: "H") where context.isAfterHead:
            let match = firstMatch(rest, ["HTTP/"])
            if case .log = match { return .copiedHead } else { return match }
        case UInt8(ascii: "*"):
            return firstMatch(rest, context.allowsAnyMessage || prefix.end > 0 ? ["* "] : messages)
        case UInt8(ascii: "<"):
            return exchange(firstMatch(rest, ["< HTTP/"]), start)
        case UInt8(ascii: ">"): return exchange(matchRequest(rest), start)
        case UInt8(ascii: "{"), UInt8(ascii: "}"): return matchDataNote(rest)
        case UInt8(ascii: "c") where prefix.end == 0: return firstMatch(rest, ["curl: ("])
        case UInt8(ascii: "W") where prefix.end == 0: return firstMatch(rest, ["Warning: Problem"])
        default: return .none
        }
    }

    /// A message in the middle of a line, through the end of the line. In the JSON of an event, a quotation mark
    /// follows text that looks like a message.
    private static func matchTrailing(_ bytes: RawSpan, _ isFinal: Bool) -> Match {
        let match = firstMatch(bytes, trailingMessages)
        guard case .log = match else { return match }
        switch bytes.byte(at: bytes.byteCount - 1) {
        case UInt8(ascii: "\n"): return .lineOfLog
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"): return .none
        default: return isFinal ? .log : bytes.byteCount < limit ? .undecided : .none
        }
    }

    private static func firstMatch(_ bytes: RawSpan, _ beginnings: [StaticString]) -> Match {
        var match = Match.none
        for beginning in beginnings {
            if bytes.hasBytes(beginning, at: 0) { return .log }
            if bytes.isPrefix(of: beginning) { match = .undecided }
        }
        return match
    }

    private static func exchange(_ match: Match, _ start: Int) -> Match {
        if case .log = match { .exchange(start: start) } else { match }
    }

    /// "> ", a method, and a space.
    private static func matchRequest(_ bytes: RawSpan) -> Match {
        for index in 1..<min(bytes.byteCount, 24) {
            let byte = bytes.byte(at: index)
            switch index {
            case 1: if byte != 0x20 { return .none }
            case _ where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte): break
            default: return byte == 0x20 && index > 3 ? .log : .none
            }
        }
        return bytes.byteCount < 24 ? .undecided : .none
    }

    /// `{ [41 bytes data]`, or `}` for sent data, through the end of the line.
    private static func matchDataNote(_ bytes: RawSpan) -> Match {
        if bytes.byteCount < 3 {
            return bytes.isPrefix(of: "{ [") || bytes.isPrefix(of: "} [") ? .undecided : .none
        }
        guard bytes.hasBytes(" [", at: 1) else { return .none }
        var index = 3
        while index < bytes.byteCount, LinePrefix.isDigit(bytes.byte(at: index)), index < 24 { index += 1 }
        let rest = bytes.extracting(droppingFirst: index)
        if rest.isEmpty { return .undecided }
        guard index > 3 else { return .none }
        if rest.hasBytes(" bytes data]\n", at: 0) || rest.hasBytes(" bytes data]\r\n", at: 0) { return .lineOfLog }
        return rest.isPrefix(of: " bytes data]\n") || rest.isPrefix(of: " bytes data]\r\n") ? .undecided : .none
    }

    // MARK: The progress meter

    /// The length of a progress meter with its leading CR: twelve columns of fixed width.
    private static let meterLength = 79

    private static func matchMeter(_ bytes: RawSpan) -> Match {
        for index in 1..<max(1, min(bytes.byteCount, meterLength)) where !isOfMeter(bytes.byte(at: index)) {
            return .none
        }
        if bytes.byteCount < meterLength { return .undecided }
        let colons = (0..<meterLength).count { bytes.byte(at: $0) == UInt8(ascii: ":") }
        return bytes.byteCount == meterLength && colons == 6 ? .meter : .none
    }

    private static func isOfMeter(_ byte: UInt8) -> Bool {
        LinePrefix.isDigit(byte) || " :.-kMGTPdh".utf8.contains(byte)
    }

    /// The offset after the progress meters at the start of a line.
    static func endOfMeters(_ line: RawSpan) -> Int {
        var end = 0
        while end + meterLength <= line.byteCount, line.hasBytes("\r", at: end),
            case .meter = matchMeter(line.extracting(end..<end + meterLength))
        {
            end += meterLength
        }
        return end
    }

    // MARK: Lines before the first body

    /// Whether a line without its prefix belongs to the log.
    static func isLogLine(_ line: RawSpan) -> Bool {
        ["* ", "> ", "< ", "{ [", "} ["].contains { line.hasBytes($0, at: 0) } || line.hasBytes(">", at: 0)
    }

    /// Whether a line is one that curl writes before the log: the heading of the progress meter, a note or a warning.
    static func isBeginning(_ line: RawSpan) -> Bool {
        let beginnings: [StaticString] = ["  % Total ", "             ", "Note: ", "Warning: ", "curl: ("]
        return beginnings.contains { line.hasBytes($0, at: 0) }
    }

    /// The first characters of a log. Other text may begin with an asterisk, but not like this.
    private static let firstMessages: [StaticString] = [
        "*   Trying ", "* Trying ", "* Host ", "* Uses proxy env variable ", "* Could not resolve ", "* Connected to ",
        "* Rebuilt URL to", "* Added ", "* Hostname ", "* processing: ", "* STATE: ", "* Found bundle ", "* Re-using ",
        "* Adding handle: ", "* !!! WARNING", "* WARNING: ", "* About to connect", "* Closing connection",
        "* Couldn't find host", "* Established connection", "* Unable to resolve", "* Expire in ",
    ]

    /// Skips the lines that curl writes before a log or a trace: the progress meter, notes and warnings.
    ///
    /// - Returns: The offset after them, and whether there is a meter; `nil` if the bytes do not suffice for a
    ///   decision.
    static func skipBeginning(_ bytes: RawSpan) -> (end: Int, hasMeter: Bool)? {
        let lines: [StaticString] = ["  % Total ", "             ", "Note: ", "Warning: "]
        var end = 0
        var hasMeter = false
        while end < bytes.byteCount {
            let rest = bytes.extracting(droppingFirst: end)
            if hasMeter, rest.hasBytes("\r", at: 0) {
                switch matchMeter(rest.extracting(first: meterLength)) {
                case .meter: end += meterLength
                case .undecided: return nil
                default: return (end, hasMeter)
                }
            } else if lines.contains(where: { rest.hasBytes($0, at: 0) }) {
                hasMeter = hasMeter || rest.hasBytes("  % Total ", at: 0)
                guard let lineEnd = rest.firstOffset(of: UInt8(ascii: "\n"), from: 0) else { return nil }
                end += lineEnd + 1
            } else {
                return lines.contains { rest.isPrefix(of: $0) } ? nil : (end, hasMeter)
            }
        }
        return end == 0 ? (0, false) : nil
    }

    /// Whether bytes are the beginning of the output of `curl -v`, after the lines that ``skipBeginning(_:)`` skips.
    ///
    /// - Returns: `nil` if the bytes do not suffice for a decision.
    static func begins(_ bytes: RawSpan) -> Bool? {
        let prefix = LinePrefix(bytes)
        let rest = bytes.extracting(droppingFirst: prefix.end)
        let beginnings = firstMessages + ["< HTTP/"]
        if beginnings.contains(where: { rest.hasBytes($0, at: 0) }) { return true }
        if !rest.isEmpty, beginnings.contains(where: { rest.isPrefix(of: $0) }) { return nil }
        if rest.hasBytes(">", at: 0) {
            switch matchRequest(rest) {
            case .log: return true
            case .undecided: return nil
            default: return false
            }
        }
        return LinePrefix.isIncomplete(bytes) || rest.isEmpty && prefix.end > 0 ? nil : false
    }
}
