import MessageStream
import TestSupport

/// The result of decoding a body that may break off: everything that must not depend on how deltas are read.
struct Trial: Equatable {
    let events: [MessageStreamEvent]
    /// All text, because `==` on events treats canonically equivalent strings as equal.
    private let texts: [[UInt8]?]
    private var partial: [UInt8]?
    private var failure: String?
    private let diagnostics: Diagnostics

    init(_ body: [UInt8], learnsSpellings: Bool, chunkSize: Int = .max) {
        var decoder = MessageStreamDecoder()
        decoder.learnsSpellings = learnsSpellings
        var events: [MessageStreamEvent] = []
        var texts: [[UInt8]?] = []
        var rest = body[...]
        do throws(MessageStreamFailure) {
            while !rest.isEmpty {
                try decoder.decode(rest.prefix(chunkSize)) { event in
                    events.append(event)
                    texts.append(Self.text(of: event))
                }
                rest = rest.dropFirst(chunkSize)
            }
        } catch {
            failure = "\(error)"
        }
        if let message = decoder.partial {
            var writer = JSONWriter()
            writer.message(message)
            partial = writer.bytes
        }
        self.events = events
        self.texts = texts
        diagnostics = decoder.diagnostics
    }

    /// The text that an event contributes.
    static func text(of event: MessageStreamEvent?) -> [UInt8]? {
        guard case .contentBlockDelta(let delta) = event else { return nil }
        return (delta.text ?? delta.thinking ?? delta.partialJSON).map { Array($0.utf8) }
    }
}

/// A stream of deltas for a few blocks, in spellings that change occasionally.
struct SpelledStream {
    private var random: SeededRandom
    private var number = 0

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    private static let kinds = [
        ("text", "text_delta", "text"), ("thinking", "thinking_delta", "thinking"),
        ("tool_use", "input_json_delta", "partial_json"),
    ]

    private static let texts = [
        "", "a", " and", "a longer piece of text", #"\n"#, #"line\n\n"#, #"\""#, #"ends with \\"#,
        #"\u00e9\ud83d\ude00"#, #"\ufffd"#,
        "\u{FFFD}", "é👍", #"\"}}"#, #"\"}  }"#, "0", "}", #"\",\"text\":\""#, "e\u{301}", #"\ud800"#,
    ]

    /// Texts that are not valid inside a string, or end it early.
    private static let oddTexts = [#"""#, #"\"#, "\t", #"\x"#, #""}}"#, #"","text":"b"#, #"\u12"#, #"","type":"error"#]

    mutating func body() -> [UInt8] {
        let blocks = Int.random(in: 1...4, using: &random)
        let kinds = (0..<blocks).map { _ in Self.kinds.randomElement(using: &random)! }
        var body = MessageParts.start
        for (index, kind) in kinds.enumerated() { body += MessageParts.blockStart(index, #"{"type":"\#(kind.0)"}"#) }
        var style = Style(&random)
        var index = 0
        for _ in 0..<Int.random(in: 5...60, using: &random) {
            if Int.random(in: 0..<12, using: &random) == 0 { style = Style(&random) }
            if Int.random(in: 0..<4, using: &random) == 0 { index = Int.random(in: 0..<blocks, using: &random) }
            let isOdd = Int.random(in: 0..<40, using: &random) == 0
            let text = (isOdd ? Self.oddTexts : Self.texts).randomElement(using: &random)!
            var data = style.data(kinds[index], index, text, &number, &random)
            if Int.random(in: 0..<60, using: &random) == 0 { damage(&data) }
            body += frame(style.name, data)
            if Int.random(in: 0..<15, using: &random) == 0 { body += MessageParts.ping }
            if Int.random(in: 0..<80, using: &random) == 0 { body += MessageParts.blockStop(index) }
        }
        return Array(body.utf8)
    }

    private mutating func damage(_ data: inout String) {
        guard !data.isEmpty else { return }
        let offset = data.unicodeScalars.indices.randomElement(using: &random)!
        switch Int.random(in: 0..<3, using: &random) {
        case 0: data = String(data.unicodeScalars[..<offset])
        case 1: data.unicodeScalars.remove(at: offset)
        default:
            data.unicodeScalars.insert(Array("\"\\}0 ,e".unicodeScalars).randomElement(using: &random)!, at: offset)
        }
    }

    /// The way a gateway writes its deltas.
    private struct Style {
        var name: String
        var colon: String
        var comma: String
        var isShuffled: Bool
        var extra: String?
        var hasType: Bool
        var isPadded: Bool
        var order: UInt64

        init(_ random: inout SeededRandom) {
            name = ["content_block_delta", "content_block_delta", "content_block_delta", "", "x"].randomElement(
                using: &random
            )!
            colon = [":", ": ", " : "].randomElement(using: &random)!
            comma = [",", ", "].randomElement(using: &random)!
            isShuffled = Bool.random(using: &random)
            extra = [nil, nil, "\"seq\":#", "\"id\":\"evt_#\"", "\"x\":{\"y\":[#]}", "\"t\":-#.5"].randomElement(
                using: &random
            )!
            hasType = Int.random(in: 0..<6, using: &random) > 0
            isPadded = Bool.random(using: &random)
            order = random.next()
        }

        func data(
            _ kind: (String, String, String),
            _ index: Int,
            _ text: String,
            _ number: inout Int,
            _ random: inout SeededRandom
        ) -> String {
            number += 1
            var order = SeededRandom(seed: order)
            var delta = ["\"type\"\(colon)\"\(kind.1)\"", "\"\(kind.2)\"\(colon)\"\(text)\""]
            if isShuffled { delta.shuffle(using: &order) }
            var members = ["\"index\"\(colon)\(index)", "\"delta\"\(colon){\(delta.joined(separator: comma))}"]
            if hasType { members.insert("\"type\"\(colon)\"content_block_delta\"", at: 0) }
            if let extra { members.append(extra.replacing("#", with: String(number))) }
            if isShuffled { members.shuffle(using: &order) }
            let padding = isPadded ? String(repeating: " ", count: Int.random(in: 0..<18, using: &random)) : ""
            return "{\(members.joined(separator: comma))\(padding)}"
        }
    }
}
