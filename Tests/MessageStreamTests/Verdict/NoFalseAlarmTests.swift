import CaptureCorpus
import Foundation
import MessageStream
import TestScheduling
import TestSupport
import Testing

/// Nothing inside a string, nothing nested, and nothing outside the fields of an event is an error or an end. Messages
/// full of such text are complete, and their text is unchanged, byte for byte.
@Suite(.takesTurns) struct NoFalseAlarmTests {
    /// Text that must not be interpreted.
    static let words = [
        #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        #"{"error":{"message":"m","type":"stream_error","code":429}}"#,
        #"[{"error":{"code":401,"status":"UNAUTHENTICATED"}}]"#,
        "\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n",
        "\r\n\r\nevent:error\r\ndata:{}\r\n\r\n",
        "\r\revent: error\rdata: x\r\r",
        "data: [DONE]\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        #"{"type":"message_stop"}"#,
        #"","type":"error","error":{"type":"api_error"},"x":""#,
        #"\"},\"type\":\"error\",\"error\":{}}"#,
        "error", "event: error", "\n{\"error\":\"x\"}\n",
        "0\r\n\r\nHTTP/1.1 529 \r\n\r\n",
        "\u{FEFF}event: error\u{2028}\u{2029}\u{85}data: {}",
        "e\u{301}vent: 🛑 e\u{338}rror 👩‍💻 \u{1F1EA}\u{1F1F7} \u{0} \u{7F}",
    ]

    /// The ways to write a string in JSON.
    enum Spelling: CaseIterable {
        /// Escapes only where required.
        case plain
        /// Also escapes a solidus.
        case solidus
        /// Escapes every UTF-16 code unit, with lowercase or uppercase digits; beyond U+FFFF, by a surrogate pair.
        case lowerCase, upperCase
        /// Escapes every other scalar, so that there is an escape next to each unescaped one.
        case alternating

        /// `text` as a JSON string, with its quotation marks.
        func json(_ text: String) -> String {
            var result = "\""
            for (index, scalar) in text.unicodeScalars.enumerated() {
                let isEscaped =
                    switch self {
                    case .plain: false
                    case .solidus: scalar == "/"
                    case .lowerCase, .upperCase: true
                    case .alternating: index % 2 == 0
                    }
                switch scalar {
                case "/" where self == .solidus: result += "\\/"
                case "\"" where !isEscaped || self == .alternating: result += "\\\""
                case "\\" where !isEscaped || self == .alternating: result += "\\\\"
                case "\n" where !isEscaped: result += "\\n"
                case "\r" where !isEscaped: result += "\\r"
                default:
                    if isEscaped || scalar.value < 0x20 {
                        for unit in String(scalar).utf16 {
                            let digits = String(unit, radix: 16, uppercase: self == .upperCase)
                            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                        }
                    } else {
                        result.unicodeScalars.append(scalar)
                    }
                }
            }
            return result + "\""
        }
    }

    /// The spellings are JSON for the text, according to Foundation.
    @Test(arguments: words, Spelling.allCases)
    func spelling(_ words: String, _ spelling: Spelling) throws {
        let json = spelling.json(words)
        let read = try JSONDecoder().decode(String.self, from: Data(json.utf8))
        #expect(Array(read.utf8) == Array(words.utf8))
        if spelling == .lowerCase || spelling == .upperCase { #expect(!json.contains("error")) }
    }

    // MARK: In strings

    /// In text, thinking, signature, tool input, IDs, names, the model, the stop sequence, and unknown members and
    /// blocks.
    @Test(arguments: Sweep.sample(words, inDebug: 6), Spelling.allCases)
    func inStrings(_ words: String, _ spelling: Spelling) throws {
        let json = spelling.json(words)
        let inner = #"{"note":\#(json),"type":"error","error":{"type":"api_error","message":\#(json)}}"#
        let body =
            frame(
                "message_start",
                #"{"message":{"id":\#(json),"error":\#(inner),"role":"assistant","content":[],"model":\#(json),"type":"message","#
                    + #""usage":{"input_tokens":1,"output_tokens":1,"error":\#(inner),"type":"error"}},"#
                    + #""type":"message_start","error":\#(inner),"note":\#(json)}"#
            )
            + MessageParts.blockStart(0, #"{"type":"thinking","thinking":\#(json),"signature":"","error":\#(inner)}"#)
            + MessageParts.delta(0, #"{"type":"thinking_delta","thinking":\#(json)}"#)
            + MessageParts.delta(0, #"{"error":\#(inner),"type":"signature_delta","signature":\#(json)}"#)
            + MessageParts.blockStop(0)
            + MessageParts.blockStart(1, #"{"type":"text","text":\#(json)}"#)
            + MessageParts.delta(1, #"{"type":"text_delta","text":\#(json)}"#)
            + MessageParts.delta(1, #"{"text":\#(json),"note":\#(json),"type":"text_delta"}"#)
            + MessageParts.delta(
                1,
                #"{"type":"citations_delta","citation":{"type":"error","cited_text":\#(json),"error":\#(inner)}}"#
            )
            + frame(#"{"type":"ping","error":\#(inner),"note":\#(json)}"#)
            + MessageParts.blockStop(1)
            + MessageParts.blockStart(
                2,
                #"{"type":"tool_use","id":\#(json),"name":\#(json),"input":{},"error":\#(inner)}"#
            )
            + MessageParts.delta(2, #"{"type":"input_json_delta","partial_json":\#(spelling.json(inner))}"#)
            + MessageParts.blockStop(2)
            + MessageParts.blockStart(
                3,
                #"{"type":"web_search_tool_result","tool_use_id":\#(json),"content":\#(inner)}"#
            )
            + MessageParts.blockStop(3)
            + MessageParts.blockStart(4, inner)
            + MessageParts.delta(4, inner)
            + MessageParts.blockStop(4)
            + frame(
                "message_delta",
                #"{"type":"message_delta","error":\#(inner),"delta":{"stop_reason":\#(json),"stop_sequence":\#(json),"#
                    + #""stop_details":\#(inner),"type":"error"},"usage":{"output_tokens":9,"error":\#(inner)}}"#
            )
            + MessageParts.stop
        let result = Playback(body)
        #expect(result.failure == nil)
        #expect(result.diagnostics.isEmpty)
        #expect(result.steps.count == NaiveFrame.all(in: Array(body.utf8)).count)
        let message = try #require(result.message)
        let bytes = Array(words.utf8)
        #expect(Array(message.id.utf8) == bytes && Array(message.model.utf8) == bytes)
        #expect(Array((message.stopReason?.rawValue ?? "").utf8) == bytes)
        #expect(Array((message.stopSequence ?? "").utf8) == bytes)
        #expect(Array(message.thinking.utf8) == bytes + bytes)
        #expect(Array(message.text.utf8) == bytes + bytes + bytes)
        if case .thinking(_, let signature) = message.content[0].content {
            #expect(Array((signature ?? "").utf8) == bytes)
        } else {
            Issue.record("no thinking")
        }
        let use = try #require(message.toolUses.first)
        #expect(Array(use.id.utf8) == bytes && Array(use.name.utf8) == bytes)
        #expect(use.input.json?.utf8 == Array(inner.utf8))
        #expect(message.content.map(\.type) == ["thinking", "text", "tool_use", "web_search_tool_result", "error"])
        #expect(result.difference(feeding: Array(body.utf8), cutAt: Array(1..<body.utf8.count)) == nil)
    }

    /// Split into deltas at every scalar, and into pieces of JSON at every byte where a split is possible.
    @Test(arguments: Sweep.sample(words, inDebug: 8), Spelling.allCases)
    func inManyDeltas(_ words: String, _ spelling: Spelling) {
        let input = #"{"error":\#(spelling.json(words))}"#
        let text = words.unicodeScalars.map {
            MessageParts.delta(0, #"{"type":"text_delta","text":\#(spelling.json(String($0)))}"#)
        }
        let json = input.unicodeScalars.map {
            MessageParts.delta(1, #"{"type":"input_json_delta","partial_json":\#(spelling.json(String($0)))}"#)
        }
        let result = Playback(
            MessageParts.start + MessageParts.textStart(0) + text.joined() + MessageParts.blockStop(0)
                + MessageParts.toolStart(1) + json.joined() + MessageParts.blockStop(1) + MessageParts.end
        )
        #expect(result.failure == nil && result.diagnostics.isEmpty)
        #expect(Array((result.message?.text ?? "").utf8) == Array(words.utf8))
        #expect(result.message?.toolUses.first?.input.json?.utf8 == Array(input.utf8))
    }

    // MARK: Outside the fields

    /// Lines that are not fields of an event: comments, and names that resemble those of fields.
    static let lines = [
        ": event: error", ":event: error", ": data: {\"type\":\"error\",\"error\":{}}", ":{\"error\":{\"type\":\"x\"}}",
        "error: {\"type\":\"x\"}", "error: text", "error: {\"error\":{}}", "error: {", "Event: error", "EVENT:error",
        " event: error", "event : error",
        "\u{FEFF}event: error",
        "events: error", "even: error", "Data: {\"type\":\"error\",\"error\":{}}", " data: {\"error\":{}}",
        "datum: [DONE]",
        "data : {\"type\":\"message_stop\"}", "id: event: error", "id: {\"type\":\"error\"}", "retry: error", "retry",
        "error",
        "message_stop", "e\u{301}vent: error", "event\u{A0}: error", "x-event: error",
    ]

    @Test(arguments: Sweep.sample(lines, inDebug: 12), ["\n", "\r\n", "\r"])
    func besideTheFields(_ line: String, end: String) {
        let message = MessageParts.start + MessageParts.textBlock("as it was") + MessageParts.end
        let frames = message.components(separatedBy: "\n\n").dropLast()
        for place in ["before", "between", "behind", "apart"] {
            let body = frames.map { frame in
                let fields = frame.components(separatedBy: "\n")
                let all =
                    switch place {
                    case "before": [line] + fields
                    case "between": [fields[0], line, fields[1]]
                    case "behind": fields + [line]
                    default: fields + ["", line, ""]
                    }
                return all.joined(separator: end) + end + end
            }
            let result = Playback(body.joined())
            #expect(result.failure == nil, "\(place)")
            #expect(Array((result.message?.text ?? "").utf8) == Array("as it was".utf8), "\(place)")
            // Text that is not a field may be noted.
            #expect(result.diagnostics.allSatisfy { $0.kind == .unframedData && !line.hasPrefix(":") }, "\(place)")
        }
    }

    /// Errors named by an earlier block without data, or by an `event` field that a later one replaces.
    @Test func namesThatDoNotCount() {
        let body =
            MessageParts.start + "event: error\n\n" + MessageParts.textStart() + "event: error\nid: 7\n\n"
            + "event: error\n" + MessageParts.textDelta("a")
            + "event: error\nevent:\n" + #"data: {"type":"ping"}"# + "\n\n"
            + MessageParts.blockStop() + "event: error\n: data\n\n" + MessageParts.end + "event: error\ndata: {}\n"
        let result = Playback(body)
        #expect(result.failure == nil)
        #expect(result.message?.text == "a")
        #expect(result.diagnostics.map(\.kind) == [.unfinishedFrameAfterStop])
    }

    /// An `error` member is not an error if it is null, if there is a `type`, or if it is nested.
    @Test(
        arguments: [
            #"{"type":"ping","error":null}"#, #"{"error":null,"type":"ping"}"#,
            #"{"type":"ping","error":{"type":"error"}}"#,
            #"{"type":"x_notice","error":{"type":"error","message":"m"}}"#,
            #"{"type":"x","data":{"type":"error","error":{}}}"#,
            #"{"type":"x","list":[{"type":"error"},{"error":{}}]}"#, #"{"type":"Error"}"#, #"{"type":"error_x"}"#,
            #"{"type":"error","type":"ping"}"#, #"{"type":"ping","Error":{}}"#, #"{"type":"ping","errors":[{}]}"#,
        ]
    )
    func isNoError(_ data: String) {
        let result = Playback(
            frame(data) + MessageParts.start + frame("x_notice", data) + MessageParts.textBlock("a") + frame(data)
                + MessageParts.end
        )
        #expect(result.failure == nil)
        #expect(result.message?.text == "a")
        #expect(Set(result.diagnostics.map(\.kind)).isSubset(of: [.unknownEvent]))
    }
}
