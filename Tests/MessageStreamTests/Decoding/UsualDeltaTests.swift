import MessageStream
import TestSupport
import Testing

/// Deltas that are spelled as usual are read another way than all others; both ways give the same.
@Suite(.serialized) struct UsualDeltaTests {
    private static let prefix = #"{"type":"content_block_delta","index":"#

    /// What the last event of a stream is whose last frame has this data.
    private func outcome(_ data: String, block: String, index: String) -> (MessageStreamEvent?, String?) {
        let start = MessageParts.start + MessageParts.blockStart(Int(index) ?? 0, block)
        let result = Playback(start + frame("content_block_delta", data))
        return (result.events.count == 3 ? result.events.last : nil, result.failure?.kind.name)
    }

    /// Compares with the same data behind a space, which is never taken for usual.
    private func compare(_ data: String, block: String = #"{"type":"text"}"#, index: String = "0") {
        let usual = outcome(data, block: block, index: index)
        let other = outcome(" " + data, block: block, index: index)
        #expect(usual.0 == other.0, "\(data)")
        #expect(usual.1 == other.1, "\(data)")
    }

    private static let kinds = [
        ("text_delta", "text", #"{"type":"text"}"#),
        ("thinking_delta", "thinking", #"{"type":"thinking"}"#),
        ("input_json_delta", "partial_json", #"{"type":"tool_use"}"#),
    ]

    /// Every length of text and padding, around the sixteen bytes that are looked at at once.
    @Test(arguments: kinds)
    func lengths(_ type: String, _ member: String, _ block: String) {
        for length in Sweep.sample(0...40, inDebug: 14) {
            let text = String(String(repeating: "abcdé", count: 9).prefix(length))
            for padding in [0, 1, 7, 8, 9, 15, 16, 17, 18, 33] {
                let spaces = String(repeating: " ", count: padding)
                let delta = #"{"type":"\#(type)","\#(member)":"\#(text)"}"#
                let data = "\(Self.prefix)0,\"delta\":\(delta)\(spaces)}"
                compare(data, block: block)
                guard case .contentBlockDelta(let event) = outcome(data, block: block, index: "0").0 else {
                    Issue.record("no delta: \(data)")
                    continue
                }
                #expect((event.text ?? event.thinking ?? event.partialJSON) == text)
            }
        }
    }

    /// Texts that look like the end of the data, have escapes, or must be refused, at every place in a text.
    @Test(
        arguments: [
            #"\""#, #"\n"#, #"\\"#, #"\\\"}   "#, #"\ud83d\ude00"#, #"\u"#, #"\"#, "\"", #""}"#, "\"} ", #""}   }"#,
            "\t", "\u{1}",
            #"","text":"b"#, #"","type":"error"#, "}", " ", #"\"}"#, "👍", #"\q"#, "}}", "\u{7F}",
        ]
    )
    func places(_ odd: String) {
        // A sample begins elsewhere for each text.
        let step = Sweep.step(inDebug: 17)
        for before in stride(from: odd.utf8.count % step, through: 18, by: step) {
            for after in Sweep.sample([0, 1, 2, 14, 15, 16, 17], inDebug: 2) {
                let text = String(repeating: "x", count: before) + odd + String(repeating: "y", count: after)
                for end in ["\"}}", "\"}  }", "\"}", "\"}}}", "\"} } ", "\" }}", "}}"] {
                    compare(#"\#(Self.prefix)0,"delta":{"type":"text_delta","text":"\#(text)\#(end)"#)
                }
            }
        }
    }

    /// Data that is cut anywhere is never read as whole.
    @Test func cuts() {
        let data = Self.prefix + #"12,"delta":{"type":"text_delta","text":"a"}  }"#
        for count in 0...data.utf8.count {
            compare(String(data.prefix(count)), index: "12")
        }
    }

    @Test(arguments: [
        "0", "9", "10", "99", "100", "999", "1000", "00", "01", "-1", "1.0", "1e0", "", "+1", "9999999999",
    ])
    func indices(_ index: String) {
        compare(Self.prefix + index + #","delta":{"type":"text_delta","text":"a"}}"#, index: index)
    }

    /// The name of the event still makes it an error.
    @Test func namedError() {
        let delta = Self.prefix + #"0,"delta":{"type":"text_delta","text":"a"}}"#
        let result = Playback(MessageParts.start + MessageParts.textStart() + frame("error", delta))
        #expect(result.failure?.kind.name == "api")
    }

    /// The message so far has every piece, at any time, and the pieces after it too.
    @Test func textOfManySizes() throws {
        var decoder = MessageStreamDecoder()
        var expected = ""
        try decoder.decode(Array((MessageParts.start + MessageParts.textStart()).utf8)) { _ in }
        for step in 0..<400 {
            let size = step % 97 == 96 ? 20_000 : step % 50
            let piece = String(repeating: step % 3 == 0 ? "é" : "a", count: size)
            expected += piece
            try decoder.decode(Array(MessageParts.textDelta(piece).utf8)) { _ in }
            if step % 7 == 0 { try decoder.decode(Array(MessageParts.ping.utf8)) { _ in } }
            if step % 5 == 0 { #expect(decoder.partial?.text == expected) }
        }
        try decoder.decode(Array((MessageParts.textBlock("z", at: 1) + MessageParts.end).utf8)) { _ in }
        let message = try decoder.finish()
        #expect(message.content.map(\.text) == [expected, "z"])
    }
}
