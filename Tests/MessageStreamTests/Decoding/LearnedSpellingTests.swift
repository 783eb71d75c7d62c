import MessageStream
import TestScheduling
import TestSupport
import Testing

/// Deltas with the same spelling as an earlier one are read by a fast path, with the same result.
@Suite(.takesTurns) struct LearnedSpellingTests {
    /// A delta that precedes another with the same spelling.
    private static let first = "first text, which is longer than a vector"

    /// Compares the results of a decoder that learns spellings with those of one that does not.
    ///
    /// - Returns: The events of the frames.
    @discardableResult
    private func compare(
        _ frames: [String],
        blocks: [String] = [#"{"type":"text"}"#],
        _ location: SourceLocation = #_sourceLocation
    ) -> [MessageStreamEvent] {
        let starts = blocks.enumerated().map { MessageParts.blockStart($0, $1) }
        let body = Array((MessageParts.start + starts.joined() + frames.joined()).utf8)
        let learned = Trial(body, learnsSpellings: true)
        let plain = Trial(body, learnsSpellings: false)
        #expect(learned == plain, "\(frames)", sourceLocation: location)
        return Array(learned.events.dropFirst(1 + blocks.count))
    }

    /// Frames with this data, and the event name that the API uses.
    private func deltas(_ data: String...) -> [String] { data.map { frame("content_block_delta", $0) } }

    // MARK: Spellings

    /// Whether the stream is read by the fast path after its first deltas.
    private func isLearned(_ frames: [String], blocks: [String] = [#"{"type":"text"}"#]) throws -> Bool {
        compare(frames, blocks: blocks)
        let starts = blocks.enumerated().map { MessageParts.blockStart($0, $1) }
        var decoder = MessageStreamDecoder()
        try decoder.decode(Array((MessageParts.start + starts.joined() + frames.joined()).utf8)) { _ in }
        return decoder.hasLearnedSpelling
    }

    @Test(arguments: [
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"#,
        #"{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "#,
        #" { "index" : 0 , "x":{"type":"text"},"type":"content_block_delta","delta":{"a":[1,{}],"type":"text_delta","text":"#,
        #"{"index":0,"type":"content_block_delta","delta":{"text":"not this one","type":"text_delta","text":"#,
        #"{"\u0074ype":"content_block_delta","index":0,"delta":{"type":"text\u005fdelta","te\u0078t":"#,
    ])
    func anySpellingIsLearned(_ beginning: String) throws {
        let ends = ["}}", "}   }", "}               }", " } }", "}\t}", "},\"y\":null}", "}} "]
        for end in ends {
            let frames = ["a", "", "b\\n", "ü\\u00e4", String(repeating: "long", count: 20)]
                .flatMap { deltas("\(beginning)\"\($0)\"\(end)") }
            #expect(try isLearned(frames), "\(beginning)…\(end)")
        }
    }

    @Test func keysInAnyOrderAreLearned() throws {
        for kind in Self.kinds {
            let members = [
                #""type":"content_block_delta""#, #""index":0"#,
                #""delta":{"\#(kind.member)":"#, #""type":"\#(kind.type)"}"#,
            ]
            for text in ["x", Self.first] {
                let data = "{\(members[2])\"\(text)\",\(members[3]),\(members[1]),\(members[0])}"
                let events = compare(deltas(data, data, data), blocks: [kind.block])
                #expect(events.count == 3 && Trial.text(of: events.last) == Array(text.utf8))
                #expect(try isLearned(deltas(data, data), blocks: [kind.block]))
            }
        }
    }

    private static let kinds = [
        (type: "text_delta", member: "text", block: #"{"type":"text"}"#),
        (type: "thinking_delta", member: "thinking", block: #"{"type":"thinking"}"#),
        (type: "input_json_delta", member: "partial_json", block: #"{"type":"tool_use"}"#),
    ]

    /// A number and a string that are ignored and change with each event, before and after the text.
    @Test(arguments: [
        (#"{"seq":@,"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"$"}}"#, 3),
        (#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"$"},"seq":@}"#, 3),
        (#"{"type":"content_block_delta","index":0,"id":"evt_@","delta":{"type":"text_delta","text":"$","n": @ }}"#, 3),
        (#"{"delta":{"text":"$","type":"text_delta","p":"@"},"t":@, "index":0,"type":"content_block_delta"}"#, 3),
    ])
    func valuesThatChangeAreSkipped(_ data: String, _ needed: Int) throws {
        for numbers in [Array(1...20), [0, 9, 10, 99, 100], [7, 8, 8, 9, 1_000_000_000]] {
            let frames = numbers.flatMap { number in
                deltas(
                    data.replacing("@", with: String(number)).replacing(
                        "$",
                        with: String(repeating: "é", count: number % 30)
                    )
                )
            }
            for count in needed...frames.count { #expect(try isLearned(Array(frames.prefix(count)))) }
        }
    }

    /// Values of an ignored member that are not natural numbers or plain strings.
    @Test(arguments: [
        "-1", "1.5", "1e3", "01", "00", "1a", "", "\"1\"", "null", "[1]", "12]", "1,2", "1 ", "99999999999999999999999",
        "1}",
        "\"a\\\"b\"", "\"\\ud83d\"", "\"\u{FFFD}\"", "\"\\ufffd\"", "\"\u{1}\"", "\"unterminated", "\"a\",\"b\":\"c\"",
        "true",
    ])
    func valuesThatAreNotSkipped(_ odd: String) {
        for usual in ["1", "\"s\""] {
            let others = usual == "1" ? ["2", "3", "4"] : ["\"t\"", "\"uu\"", "\"\""]
            for data in [
                #"{"x":@,"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abcdefghij"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abcdefghij"},"x":@}"#,
            ] {
                let values = [usual] + others + [odd] + others
                compare(values.flatMap { deltas(data.replacing("@", with: $0)) })
            }
        }
    }

    /// Alternating blocks of several kinds, each with its own spelling.
    @Test(arguments: 2...5)
    func blocksInTurn(_ count: Int) throws {
        let blocks = (0..<count).map { Self.kinds[$0 % 3].block }
        var frames: [String] = []
        for number in 0..<30 {
            let kind = Self.kinds[number % count % 3]
            let space = number % count == 1 ? " " : ""
            frames += deltas(
                #"{"type":\#(space)"content_block_delta","index":\#(number % count),"delta":{"type":"\#(kind.type)","#
                    + #""\#(kind.member)":"\#(number)"}}"#
            )
        }
        let learned = try isLearned(frames, blocks: blocks)
        // No more spellings than that are kept.
        #expect(learned || count > 4)
        var decoder = MessageStreamDecoder()
        let starts = blocks.enumerated().map { MessageParts.blockStart($0, $1) }
        try decoder.decode(Array((MessageParts.start + starts.joined() + frames.joined()).utf8)) { _ in }
        for index in 0..<count {
            let expected = (0..<30).filter { $0 % count == index }.map { String($0) }.joined()
            let block = try #require(decoder.partial?.content[index])
            switch block.content {
            case .text(let text, _), .thinking(let text, _): #expect(text == expected)
            case .toolUse(let use): #expect(use.input == .incomplete(expected))
            default: Issue.record("another block")
            }
        }
    }

    // MARK: Texts

    /// Every length of text and padding, around the sixteen bytes of a vector.
    @Test func lengths() {
        for kind in Self.kinds {
            for length in Sweep.sample(0...40, inDebug: 14) {
                let text = String(String(repeating: "abcdé", count: 9).prefix(length))
                for padding in Sweep.sample([0, 1, 7, 8, 9, 15, 16, 17, 18, 33], inDebug: 5) {
                    let spaces = String(repeating: " ", count: padding)
                    func data(_ text: String, _ spaces: String) -> String {
                        #"{"type":"content_block_delta","index":0,"delta":{"type":"\#(kind.type)","\#(kind.member)":"\#(text)"}\#(spaces)}"#
                    }
                    let frames = deltas(data(Self.first, ""), data(text, spaces), data(text, ""), data("", spaces))
                    let events = compare(frames, blocks: [kind.block])
                    #expect(events.count == 4 && Trial.text(of: events[1]) == Array(text.utf8), "\(frames)")
                }
            }
        }
    }

    /// Texts that look like the end of the data, contain escapes, or must be rejected, at every position in a text.
    @Test(
        arguments: [
            #"\""#, #"\n"#, #"\\"#, #"\\\"}   "#, #"\ud83d\ude00"#, #"\u"#, #"\"#, "\"", #""}"#, "\"} ", #""}   }"#,
            "\t", "\u{1}", #"","text":"b"#, #"","type":"error"#, "}", " ", #"\"}"#, "👍", #"\q"#, "}}", "\u{7F}",
            #"\ufffd"#, "\u{FFFD}", #"\ud800"#, #"\u00e"#,
        ]
    )
    func places(_ odd: String) {
        // Each text starts a sample at a different position.
        let step = Sweep.step(inDebug: 17)
        for before in stride(from: odd.utf8.count % step, through: 18, by: step) {
            for after in Sweep.sample([0, 1, 2, 14, 15, 16, 17], inDebug: 2) {
                let text = String(repeating: "x", count: before) + odd + String(repeating: "y", count: after)
                for end in ["\"}}", "\"}  }", "\"}", "\"}}}", "\"} } ", "\" }}", "}}"] {
                    let beginning = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":""#
                    compare(deltas("\(beginning)\(Self.first)\"}}", "\(beginning)\(text)\(end)"))
                }
                let sorted = #"","type":"text_delta"},"index":0,"type":"content_block_delta"}"#
                let beginning = #"{"delta":{"text":""#
                compare(deltas("\(beginning)\(Self.first)\(sorted)", "\(beginning)\(text)\(sorted)"))
            }
        }
    }

    /// A delta after a learned one that differs from it in any one byte, is truncated anywhere, or lacks any byte.
    @Test(arguments: [
        #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abc"}  }"#,
        #"{"delta":{"text":"abc","type":"text_delta"},"seq":12,"index":0,"type":"content_block_delta"}"#,
        #"{"index":0,"delta":{"type":"text_delta","text":"abc","p":"xyz"}}"#,
    ])
    func oneByteOff(_ data: String) {
        let bytes = Array(data.utf8)
        let substitutes: [UInt8] = [0x20, 0x22, 0x5C, 0x7D, 0x30, 0x39, 0x61, 0x2C, 0x00, 0xC3]
        for offset in Sweep.sample(bytes.indices, inDebug: 20) {
            var variants: [[UInt8]] = [Array(bytes[..<offset]), Array(bytes[..<offset] + bytes[(offset + 1)...])]
            for byte in Sweep.sample(substitutes, inDebug: 2) {
                var changed = bytes
                changed[offset] = byte
                variants += [changed, Array(bytes[..<offset] + [byte] + bytes[offset...])]
            }
            for variant in variants {
                let odd = frame("content_block_delta", "#")
                let parts = odd.split(separator: "#", omittingEmptySubsequences: false).map { Array($0.utf8) }
                let usual = Array(deltas(data, data).joined().utf8)
                let body =
                    Array((MessageParts.start + MessageParts.textStart()).utf8)
                    + usual + parts[0] + variant + parts[1] + usual
                #expect(Trial(body, learnsSpellings: true) == Trial(body, learnsSpellings: false), "\(variant)")
            }
        }
    }

    /// Indices with one or more digits, and some invalid ones, each after the previous one.
    @Test func indices() {
        let spellings = ["0", "1", "00", "01", "-1", "1.0", "1e0", "", "+1", "9999999999", "0", " 0", "1 "]
        for index in spellings {
            let data = { (index: String) in
                #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"text_delta","text":"a"}}"#
            }
            compare(
                deltas(data("0"), data("0"), data("1"), data(index)),
                blocks: Array(repeating: #"{"type":"text"}"#, count: 2)
            )
        }
    }

    /// The event name still identifies an error, and determines the meaning of data without a type.
    @Test func names() {
        let typed = #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abcdefghijklmnop"}}"#
        let untyped = #"{"index":0,"delta":{"type":"text_delta","text":"abcdefghijklmnop"}}"#
        for data in [typed, untyped] {
            for name in [
                "error", "message", "", "content_block_stop", "content_block_delta", "content_block_deltb", "ping", "x",
            ] {
                compare(deltas(data, data) + [frame(name, data)])
            }
        }
        let result = Playback(
            MessageParts.start + MessageParts.textStart() + deltas(typed, typed).joined() + frame("error", typed)
        )
        #expect(result.failure?.kind.name == "api")
    }

    /// U+FFFD in an ignored member is noted for each event.
    @Test func replacementCharactersOutsideTheText() {
        let data =
            #"{"type":"content_block_delta","index":0,"x":"\#u{FFFD}","delta":{"type":"text_delta","text":"abc"}}"#
        let result = Playback(MessageParts.start + MessageParts.textStart() + deltas(data, data, data).joined())
        #expect(result.diagnostics.count(of: .replacementCharacters) == 3)
        compare(deltas(data, data, data))
    }

    /// Streams whose spelling changes at random, with unusual texts and data in between, split anywhere.
    @Test func randomSpellings() {
        for seed in 0..<(Sweep.count(inDebug: 60, inRelease: 4000)) {
            var generator = SpelledStream(seed: UInt64(seed))
            let body = generator.body()
            let learned = Trial(body, learnsSpellings: true)
            let plain = Trial(body, learnsSpellings: false)
            #expect(learned == plain, "seed \(seed)")
            #expect(Trial(body, learnsSpellings: true, chunkSize: 1 + seed % 50) == plain, "seed \(seed), in pieces")
        }
    }

    /// The message so far contains every piece at any time, and later pieces are appended to it.
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
