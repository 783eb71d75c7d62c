import ReferenceMessageStream
import TestSupport

/// A random body: a message, with faults as they may occur in transit.
struct RandomStream {
    /// A block of lines, followed by a blank line unless the next block is to follow directly.
    private struct Piece {
        var lines: [String]
        var omitsBlankLine = false
    }

    private var random: SeededRandom
    private var pieces: [Piece] = []
    /// The body.
    private(set) var bytes: [UInt8] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        writeMessage()
        if chance(35) { for _ in 0...Int.random(in: 0...1, using: &random) { addFault() } }
        addNoise()
        if chance(50) { addError() }
        if chance(8) { addError() }
        if chance(15) { addTail() }
        join()
        if chance(30) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements.randomElement(using: &random)! }

    // MARK: The message

    private mutating func writeMessage() {
        let usage = pick(["{\"input_tokens\":3,\"output_tokens\":1}", "{\"output_tokens\":0}", "{}", "null"])
        pieces.append(
            event(
                "message_start",
                #""message":{"id":"msg_1","role":"assistant","content":[],"model":"m","usage":\#(usage)}"#
            )
        )
        var queues = (0..<Int.random(in: 0...3, using: &random)).map { blockEvents($0) }
        let isInterleaved = chance(25)
        while let first = queues.firstIndex(where: { !$0.isEmpty }) {
            let open = queues.indices.filter { !queues[$0].isEmpty }
            // Blocks start in order: a block is available once its turn to start has come.
            let index = isInterleaved ? pick(open.filter { $0 <= first + 1 }) : first
            pieces.append(queues[index].removeFirst())
        }
        let reason = pick(["end_turn", "end_turn", "end_turn", "max_tokens", "tool_use", "stop_sequence", "refusal"])
        let output = pick([#","usage":{"output_tokens":9}"#, #","usage":{"output_tokens":0}"#, #","usage":null"#, ""])
        if !chance(4) { pieces.append(event("message_delta", #""delta":{"stop_reason":"\#(reason)"}\#(output)"#)) }
        if chance(12) {
            let delta = pick([
                #"{"stop_reason":null,"stop_sequence":null}"#, "{}", #"{"stop_reason":"refusal"}"#, "null",
            ])
            pieces.append(event("message_delta", #""delta":\#(delta)\#(pick([#","usage":null"#, ""]))"#))
        }
        if !chance(10) { pieces.append(event("message_stop", "")) }
    }

    private mutating func blockEvents(_ index: Int) -> [Piece] {
        let type = pick([
            "text", "text", "text", "thinking", "tool_use", "tool_use", "server_tool_use", "redacted_thinking",
            "web_search_tool_result", "shell_tool_result", "x_tool_use", "map_view",
        ])
        let members =
            switch type {
            case "text": #","text":"""#
            case "thinking": #","thinking":"","signature":"""#
            case "redacted_thinking": #","data":"x""#
            case "web_search_tool_result", "shell_tool_result": #","tool_use_id":"t","content":[]"#
            case "map_view": #","zoom":1"#
            default: #","id":"t","name":"n","input":{}"#
            }
        var events = [
            event("content_block_start", #""index":\#(index),"content_block":{"type":"\#(type)"\#(members)}"#)
        ]
        for delta in deltas(of: type) {
            events.append(event("content_block_delta", #""index":\#(index),"delta":\#(delta)"#))
        }
        if !chance(6) { events.append(event("content_block_stop", #""index":\#(index)"#)) }
        return events
    }

    private mutating func deltas(of type: String) -> [String] {
        var deltas: [String] = []
        func quote(_ text: some StringProtocol) -> String {
            "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        }
        switch type {
        case "text":
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                deltas.append(#"{"type":"text_delta","text":\#(quote(pick(Self.words)))}"#)
            }
            if chance(5) { deltas.append(#"{"type":"citations_delta","citation":{"type":"char_location"}}"#) }
        case "thinking":
            if chance(60) { deltas.append(#"{"type":"thinking_delta","thinking":\#(quote(pick(Self.plainWords)))}"#) }
            if chance(60) { deltas.append(#"{"type":"signature_delta","signature":"c2ln"}"#) }
        case "tool_use", "server_tool_use", "x_tool_use":
            var input = pick(Self.inputs)[...]
            if type != "tool_use" { input = pick(Array(Self.inputs.prefix(4)))[...] }
            if chance(20), !input.isEmpty { input = input.dropLast(Int.random(in: 1...input.count, using: &random)) }
            while !input.isEmpty {
                let part = input.prefix(Int.random(in: 1...max(1, input.count), using: &random))
                deltas.append(#"{"type":"input_json_delta","partial_json":\#(quote(part))}"#)
                input = input.dropFirst(part.count)
            }
        case "shell_tool_result", "map_view":
            if chance(60) { deltas.append(#"{"type":"text_delta","text":"total 4"}"#) }
            if chance(40) { deltas.append(#"{"type":"map_delta","zoom":2}"#) }
        default: break
        }
        if chance(3) {
            deltas.append(pick([#"{"type":"future_delta","x":[1]}"#, #"{"type":"text_delta","text":"lost"}"#]))
        }
        return deltas
    }

    private static let plainWords = ["Hello", " world", "", "a, b", #"say "hi" \"#, "é ü"]
    private static let words =
        plainWords + [
            "na\u{FFFD}\u{FFFD}ve", "\u{FFFD}", "event: error", #"{"type":"error","error":{"type":"api_error"}}"#,
        ]
    private static let inputs = [
        #"{"city":"Oslo","days":[1,2]}"#, "{}", "", #"{"a":{"b":"c\"d"},"e":true}"#, #"{"a":,}"#, #"{"a":"\#u{FFFD}"}"#,
    ]

    /// An event, named by its field, by its type, or by both.
    private mutating func event(_ name: String, _ members: String) -> Piece {
        let style = Int.random(in: 0..<20, using: &random)
        let type = style < 3 ? [] : [#""type":"\#(name)""#]
        let json =
            "{" + (type + [members]).filter { !$0.isEmpty }.joined(separator: pick([",", ", "])) + pick(["", "   "])
            + "}"
        return frame(name: (3..<6).contains(style) ? nil : name, json)
    }

    private mutating func frame(name: String?, _ data: String) -> Piece {
        let space = pick([" ", " ", ""])
        var lines = name.map { ["event:\(space)\($0)"] } ?? []
        if chance(5), let comma = data.firstIndex(of: ",") {
            lines += ["data:\(space)\(data[...comma])", "data:\(space)\(data[comma...].dropFirst())"]
        } else {
            lines.append("data:\(space)\(data)")
        }
        if chance(3) { lines.reverse() }
        // Swapping two halves of the data would change the data.
        if lines.count(where: { $0.hasPrefix("data:") }) == 2, lines.last?.hasPrefix("event") ?? false {
            lines.swapAt(0, 1)
        }
        if chance(3) { lines.append(pick(["id: 7", "retry: 10", ": note", "x-seq: 1", "id"])) }
        return Piece(lines: lines)
    }

    // MARK: Faults

    private mutating func addFault() {
        let index = Int.random(in: 0..<pieces.count, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0: pieces.remove(at: index)
        case 1: pieces.insert(pieces[index], at: index)
        case 2: pieces.insert(pieces[index], at: Int.random(in: 0...pieces.count, using: &random))
        case 3: if index > 0 { pieces.swapAt(index, index - 1) }
        case 4:
            let id = pick(["msg_1", "msg_1", "msg_2"])
            pieces.insert(
                event("message_start", #""message":{"id":"\#(id)","content":[],"model":"m"}"#),
                at: min(index, 2)
            )
        case 5:
            guard let last = pieces[index].lines.lastIndex(where: { $0.hasPrefix("data:{") || $0.hasPrefix("data: {") })
            else { return }
            let line = pieces[index].lines[last]
            pieces[index].lines[last] = String(line.prefix(Int.random(in: 7...line.count, using: &random)))
        case 6:
            let name = pick(["content_block_delta", "message_delta", "message_stop", "message_start", nil])
            let data = pick(["[DONE]", #"{"type":"content_block_delta",,"index":0}"#, "", "oops", "5", #"{"a":1}}"#])
            pieces.insert(frame(name: name, data), at: index)
        case 7:
            let index = pick([0, 1, 2, 7])
            let name = pick(["content_block_start", "content_block_delta", "content_block_stop"])
            let members =
                #""index":\#(index),"delta":{"type":"text_delta","text":"x"},"content_block":{"type":"text","text":""}"#
            pieces.insert(
                event(name, pick([members, members, #""index":0"#])),
                at: Int.random(in: 0...pieces.count, using: &random)
            )
        default: pieces.insert(event("message_stop", ""), at: index)
        }
        if pieces.isEmpty { pieces.append(event("message_stop", "")) }
    }

    private mutating func addNoise() {
        guard chance(70) else { return }
        var result: [Piece] = []
        for var piece in pieces {
            if chance(20) { result.append(noise()) }
            if chance(4) { result.append(Piece(lines: strayLines(), omitsBlankLine: chance(60))) }
            if chance(2) {
                piece.lines.insert(contentsOf: strayLines(), at: Int.random(in: 0...piece.lines.count, using: &random))
            }
            result.append(piece)
        }
        pieces = result
    }

    private mutating func noise() -> Piece {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: frame(name: "ping", pick([#"{"type": "ping"}"#, "{}", "", "pong", #"{"type":"pi"#, "[1]", "null"]))
        case 3...4: Piece(lines: [pick([": keep-alive", ":", #": {"type":"error"}"#])], omitsBlankLine: chance(50))
        case 5...6:
            frame(
                name: pick(["gateway.note", "session.status_idle", "codex.rate_limits"]),
                pick(
                    [#"{"hop":1}"#, "words", #"{"cut":"#, "", #"{"type":"agent.message","error":{"message":"m"}}"#]
                        + ["false", "0", #""""#, "[]", "{}", "null"].map { #"{"ok":1,"error":\#($0)}"# }
                )
            )
        case 7:
            Piece(
                lines: [
                    pick(["x-trace: 1", "foo:bar", "error: no", "error:", #"error: {"a":1}"#, "id: 4", "retry: x"])
                ],
                omitsBlankLine: chance(50)
            )
        case 8: Piece(lines: ["event: error"] + (chance(50) ? [": the upstream is gone"] : []))
        default: frame(name: nil, pick([#"{"choices":[]}"#, #"{"type":"future_event"}"#, #"{"object":"chunk"}"#]))
        }
    }

    private mutating func strayLines() -> [String] {
        (0..<Int.random(in: 1...2, using: &random)).map { _ in
            pick([
                "X-Seq: 1", "Oops", "12 chunks", #"{"level":"warn"}"#, "[1,2]", #""quoted""#, "<html>", "  line 41",
                #"{"level":"warn","#, #"{"error":false}"#, #"upstream said {"error":"x"}"#, " data: x", "Event: error",
            ])
        }
    }

    // MARK: Errors

    private mutating func addError() {
        let error = pick(ReportedError.all)
        var piece: Piece
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: piece = frame(name: "error", error.json)
        case 3: piece = Piece(lines: ["event: error"] + error.indented.split(separator: "\n").map { "data: \($0)" })
        case 4: piece = frame(name: "error", pick(["", "plain words", #"{"type":"error","error":{"ty"#, "[DONE]"]))
        case 5 where error.places.contains(.frame):
            var names = [nil, "gateway.note", "content_block_delta", "message_stop"]
            if error.json.hasPrefix(#"{"type":"error""#) { names.append("ping") }
            piece = frame(name: pick(names), error.json)
        case 6 where error.places.contains(.raw) && error.json.hasPrefix("{"):
            piece = Piece(lines: ["error:\(pick(["", " "]))\(error.json)"], omitsBlankLine: chance(50))
        default:
            guard error.places.contains(.raw) else { return }
            var lines =
                chance(50)
                ? [pick(["", "", " "]) + error.json] : error.indented.split(separator: "\n").map(String.init)
            if chance(30) { lines = strayLines() + lines }
            if chance(10) { lines += strayLines() }
            piece = Piece(lines: lines, omitsBlankLine: chance(60))
            if chance(10) {
                let index = Int.random(in: 0..<pieces.count, using: &random)
                pieces[index].lines.insert(
                    contentsOf: lines,
                    at: Int.random(in: 0...pieces[index].lines.count, using: &random)
                )
                return
            }
        }
        pieces.insert(piece, at: Int.random(in: 0...pieces.count, using: &random))
        if chance(20) { pieces.removeLast(Int.random(in: 0..<pieces.count, using: &random)) }
    }

    private mutating func addTail() {
        let error = ReportedError.all[0].json
        pieces.append(
            pick([
                frame(name: "ping", "{}"), frame(name: "gateway.note", "{}"), frame(name: "error", error),
                Piece(lines: [error]), Piece(lines: ["Oops"]), frame(name: nil, "[DONE]"), frame(name: nil, error),
            ])
        )
    }

    // MARK: Lines

    private mutating func join() {
        let ends = pick([["\n"], ["\n"], ["\r\n"], ["\r\n"], ["\r"], ["\n", "\r", "\r\n"]])
        if chance(4) { bytes = [0xEF, 0xBB, 0xBF] }
        for piece in pieces {
            for line in piece.lines { bytes += Array((line + pick(ends)).utf8) }
            if !piece.omitsBlankLine { bytes += Array(pick(ends).utf8) }
        }
    }
}
