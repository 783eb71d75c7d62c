import Foundation

/// The verdict on a body according to the documentation, found in the simplest way: line by line, with Foundation's
/// JSON.
///
/// It shares no code with the decoder. It supports only what the random streams of the tests contain.
public struct ReferenceMessageStream {
    /// A diagnostic.
    public struct Note: Hashable, Comparable, CustomStringConvertible, Sendable {
        public var kind: String
        public var offset: Int
        public var eventIndex: Int
        /// The detail, if the documentation defines it.
        public var detail: String?

        /// Creates a diagnostic.
        public init(kind: String, offset: Int, eventIndex: Int, detail: String? = nil) {
            self.kind = kind
            self.offset = offset
            self.eventIndex = eventIndex
            self.detail = detail
        }

        public var description: String {
            "\(kind) at \(offset), event \(eventIndex)" + (detail.map { ": \($0)" } ?? "")
        }

        public static func < (a: Self, b: Self) -> Bool { (a.offset, a.kind) < (b.offset, b.kind) }
    }

    /// How the stream fails.
    public struct Failure: Sendable {
        public var kind: String
        public var isTransient: Bool
        public var offset: Int
        public var eventIndex: Int
        public var error: ReportedError?
        /// The JSON that reports the error, if it is on one line.
        public var json: String?
        public var excerpt: String?
    }

    /// A part of the verdict that the documentation leaves open.
    public enum Doubt: Hashable, Sendable { case everything, replaySafety, transience, notes(String) }

    /// A line of the body, without its end.
    private struct Line {
        var offset: Int
        var bytes: ArraySlice<UInt8>
        var isTerminated: Bool
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// How the stream fails, or `nil` if the message is complete.
    public private(set) var failure: Failure?
    /// The diagnostics.
    public private(set) var notes: [Note] = []
    /// The parts of the verdict that are not to be compared.
    public private(set) var doubts: Set<Doubt> = []
    /// The number of characters U+FFFD in text and tool inputs.
    public private(set) var replacementCount = 0
    /// The message, complete or partial.
    public private(set) var message = ReferenceMessage()
    private var eventCount = 0
    /// The stray lines since the last other line.
    private var run: [Line] = []
    private var hasStrayLine = false
    /// The last event named `error` without data, which matters if the stream is truncated.
    private var errorWithoutData: Note?

    /// Reads a complete body.
    public init(_ body: [UInt8]) {
        var name: String?
        var data: [String] = []
        var frameOffset = body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        for line in Self.lines(of: body) {
            guard failure == nil else { return }
            let text = line.text
            let field = text.prefix { $0 != ":" }
            let value = Self.value(of: text)
            let isStray =
                !text.isEmpty && !text.hasPrefix(":") && !["event", "data", "id", "retry"].contains(field)
                && !Self.isVendorField(text)
            if isStray {
                run.append(line)
                hasStrayLine = true
                continue
            }
            endRun()
            guard failure == nil else { return }
            guard line.isTerminated else {
                // A field without its line end is ignored. Whether an error in it counts is undefined.
                if field == "error" { doubts.insert(.everything) }
                continue
            }
            switch field {
            case "event" where !text.isEmpty: name = value
            case "data" where !text.isEmpty: data.append(value)
            case "error" where text.contains(":"):
                if let error = Self.reportedError(value), value.hasPrefix("{") {
                    let position = line.bytes.firstIndex(of: UInt8(ascii: "{")) ?? line.offset
                    receive(error, at: position)
                    failure?.json = value
                }
            default: break
            }
            guard text.isEmpty else { continue }
            if !data.isEmpty {
                dispatch(name: name ?? "", data: data.joined(separator: "\n"), at: frameOffset)
            } else if name == "error" {
                errorWithoutData = Note(kind: "errorWithoutData", offset: frameOffset, eventIndex: eventCount)
            }
            name = nil
            data = []
            // The next frame begins after the end of this line.
            let end = line.bytes.endIndex
            frameOffset = end + (body[end...].starts(with: [0x0D, 0x0A]) ? 2 : 1)
        }
        guard failure == nil else { return }
        let last = run
        endRun(isLast: true)
        guard failure == nil else { return }
        // An unfinished event with this name may be noted as an error.
        if name == "error" { doubts.insert(.notes("errorWithoutData")) }
        end(body, in: frameOffset, last)
    }

    /// The lines of a body (WHATWG HTML, section 9.2.6).
    private static func lines(of body: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var start = body.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < body.count {
            let end = body[start...].firstIndex { $0 == 0x0A || $0 == 0x0D }
            lines.append(Line(offset: start, bytes: body[start..<(end ?? body.count)], isTerminated: end != nil))
            guard let end else { break }
            start = end + (body[end...].starts(with: [0x0D, 0x0A]) ? 2 : 1)
        }
        return lines
    }

    // MARK: Stray lines

    /// Ends a run of stray lines. An error may begin at any of them; the lines before it, or otherwise all lines, are a
    /// diagnostic.
    private mutating func endRun(isLast: Bool = false) {
        defer { run = [] }
        var hasError = false
        var index = 0
        while index < run.count {
            if let (error, count, position) = json(at: index) {
                if let error {
                    // The random streams contain no errors in an array that never ends.
                    let before = index > 0 ? run[index - 1].text.trimmingCharacters(in: .whitespaces) : ""
                    if before == "[" { doubts.insert(.everything) }
                    noteRun(run[..<index])
                    receive(error, at: position)
                    if count == 1 { failure?.json = run[index].text.trimmingCharacters(in: .whitespaces) }
                    guard message.isComplete else { return }
                    // The rest of the run does not matter after the message.
                    doubts.insert(.notes("unframedData"))
                    hasError = true
                }
                index += count
            } else {
                index += 1
            }
        }
        if isLast, let line = run.last {
            // Text at the end is in the excerpt. Whether it is a diagnostic too is undefined.
            doubts.insert(.notes("unframedData"))
            if !line.isTerminated, message.isComplete { doubts.insert(.notes("unfinishedFrameAfterStop")) }
        }
        if !hasError { noteRun(run[...]) }
    }

    private mutating func noteRun(_ lines: ArraySlice<Line>) {
        guard let first = lines.first else { return }
        note("unframedData", at: first.offset, lines.count == 1 ? first.text : nil)
    }

    /// The complete JSON text that begins at a line of the run: the error that it reports, its number of lines, and its
    /// offset.
    private func json(at index: Int) -> (ReportedError?, Int, Int)? {
        let first = run[index]
        guard let position = first.bytes.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            [0x5B, 0x7B].contains(first.bytes[position])
        else { return nil }
        for end in index..<run.count {
            let text = run[index...end].map(\.text).joined(separator: "\n")
            guard Self.object(text) != nil else { continue }
            return (Self.reportedError(text), end + 1 - index, position)
        }
        return nil
    }

    // MARK: Frames

    private mutating func dispatch(name: String, data: String, at offset: Int) {
        defer { if failure == nil { eventCount += 1 } }
        let members = Self.object(data) as? [String: Any]
        let type = members?["type"] as? String
        if name == "error" || Self.isErrorFrame(members, isPing: name == "ping") {
            let known = Self.object(data) == nil ? nil : ReportedError.named(data)
            // The error is undefined if several JSON texts in one event report one.
            if (Self.object(data) != nil || data.contains("\n")), known == nil { doubts.insert(.everything) }
            if name != "error", known?.places.contains(.frame) != true { doubts.insert(.everything) }
            // Data that is not JSON is the message, unless it is empty.
            let text = Self.object(data) == nil && !data.isEmpty ? data : nil
            receive(known ?? ReportedError(json: data, message: text), at: offset)
            failure?.json = Self.object(data) == nil || data.contains("\n") ? nil : data
            return
        }
        if message.isComplete {
            // Whether the name or the type of such an event counts is undefined.
            if name == "ping", type != nil, type != "ping" { doubts.insert(.notes("eventAfterStop")) }
            if name != "ping" && type != "ping" { note("eventAfterStop", at: offset) }
            return
        }
        if name == "ping" {
            // Whether the name or the type of such an event counts is undefined.
            if type != nil, type != "ping" { doubts.insert(.everything) }
            return
        }
        guard let members else {
            if name.isEmpty || ReferenceMessage.events.contains(name) {
                // Whether empty data counts as truncated is undefined.
                if data.isEmpty { doubts.insert(.transience) }
                fail("malformedEvent", isTransient: JSONCompletion.isTruncated(data), at: offset)
            } else {
                note("unknownEvent", at: offset, name)
            }
            return
        }
        let kind = type ?? name
        guard ReferenceMessage.events.contains(kind) else {
            note("unknownEvent", at: offset)
            return
        }
        var kinds: [String] = []
        guard message.receive(kind, members, note: { kinds.append($0) }) else {
            // An event that violates the protocol is not also a diagnostic.
            fail("protocolViolation", isTransient: false, at: offset)
            return
        }
        if message.isCompletionUndefined { doubts.insert(.notes("doubtfulCompletion")) }
        let replaced = kind == "content_block_delta" ? data.unicodeScalars.count { $0 == "\u{FFFD}" } : 0
        if replaced > 0, replacementCount == 0 { kinds.append("replacementCharacters") }
        replacementCount += replaced
        for kind in kinds { note(kind, at: offset) }
    }

    private mutating func receive(_ error: ReportedError, at offset: Int) {
        if message.isComplete {
            note("errorAfterStop", at: offset)
        } else {
            fail("api", isTransient: error.isTransient, at: offset, error)
        }
    }

    private mutating func end(_ body: [UInt8], in frameOffset: Int, _ last: [Line]) {
        let rest = body.dropFirst(frameOffset).filter { $0 != 0x0A && $0 != 0x0D }
        if message.isComplete {
            if !rest.isEmpty { note("unfinishedFrameAfterStop", at: frameOffset) }
            // Whether a line without its end, or a comment alone, is an unfinished frame is undefined.
            doubts.insert(.notes("unfinishedFrameAfterStop"))
            return
        }
        // A body of other lines without any event is sniffed.
        if eventCount == 0, hasStrayLine { doubts.insert(.everything) }
        if let errorWithoutData { notes.append(errorWithoutData) }
        fail("truncated", isTransient: true, at: body.count)
        let isAlone = last.count == 1 && last[0].offset == frameOffset
        if isAlone, last[0].isTerminated || !Self.mayBeginField(last[0].text) {
            // Whitespace alone is not an excerpt.
            if !last[0].text.allSatisfy(\.isWhitespace) { failure?.excerpt = last[0].text }
        }
    }

    // MARK: Rules

    private mutating func fail(_ kind: String, isTransient: Bool, at offset: Int, _ error: ReportedError? = nil) {
        failure = Failure(
            kind: kind,
            isTransient: isTransient,
            offset: offset,
            eventIndex: eventCount,
            error: error
        )
        if message.hasUndocumentedServerTool { doubts.insert(.replaySafety) }
    }

    private mutating func note(_ kind: String, at offset: Int, _ detail: String? = nil) {
        notes.append(Note(kind: kind, offset: offset, eventIndex: eventCount, detail: detail))
    }

    /// Whether a frame not named `error` is an error frame by its data.
    private static func isErrorFrame(_ members: [String: Any]?, isPing: Bool) -> Bool {
        guard let members else { return false }
        if members["type"] as? String == "error" { return true }
        if isPing { return false }
        if members["object"] as? String == "error" { return true }
        guard let type = members["type"] as? String else { return isError(members["error"]) }
        return documentedTypes.contains(type) && members["error"] != nil
    }

    /// The error reported by JSON without framing, or `nil`.
    private static func reportedError(_ text: String) -> ReportedError? {
        let value = object(text)
        let members = (value as? [Any])?.first as? [String: Any] ?? value as? [String: Any]
        guard let members else { return nil }
        let isError =
            members["type"] as? String == "error" || members["object"] as? String == "error"
            || isError(members["error"])
        return isError ? ReportedError.named(text) ?? ReportedError(json: text) : nil
    }

    /// Whether the value of a member `error` is an error.
    private static func isError(_ value: Any?) -> Bool {
        switch value {
        case nil, is NSNull: false
        case let text as String: !text.isEmpty
        case let number as NSNumber: number != 0
        case let list as [Any]: !list.isEmpty
        case let members as [String: Any]: !members.isEmpty
        default: true
        }
    }

    private static let documentedTypes: Set = [
        "invalid_request_error", "authentication_error", "billing_error", "permission_error", "not_found_error",
        "conflict_error", "request_too_large", "rate_limit_error", "api_error", "timeout_error", "overloaded_error",
    ]

    /// The JSON object or array in a text, or `nil`.
    static func object(_ text: String) -> Any? {
        hasTrailingComma(text) ? nil : try? JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    /// Whether a comma precedes a closing bracket: Foundation accepts that, RFC 8259 does not.
    private static func hasTrailingComma(_ text: String) -> Bool {
        var isInString = false
        var isEscaped = false
        var last: UInt8 = 0
        for byte in text.utf8 {
            if isInString {
                isInString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            if [0x20, 0x09, 0x0A, 0x0D].contains(byte) { continue }
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]"), last == UInt8(ascii: ",") { return true }
            isInString = byte == UInt8(ascii: "\"")
            last = byte
        }
        return false
    }

    private static func value(of line: String) -> String {
        let value = line.drop { $0 != ":" }.dropFirst()
        return String(value.first == " " ? value.dropFirst() : value)
    }

    /// `[a-z][a-z0-9._-]*:`
    private static func isVendorField(_ line: String) -> Bool {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")), let first = line.utf8.first else { return false }
        let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte) }
        return isLetter(first)
            && line.utf8[..<colon].allSatisfy {
                isLetter($0) || (0x30...0x39).contains($0) || [0x2E, 0x5F, 0x2D].contains($0)
            }
    }

    /// Whether an unterminated line may be the beginning of a field name.
    private static func mayBeginField(_ line: String) -> Bool {
        line.utf8.allSatisfy { (0x61...0x7A).contains($0) || [0x2E, 0x5F, 0x2D].contains($0) }
    }
}
