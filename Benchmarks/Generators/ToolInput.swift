/// The input of a tool call: the text of a JSON object, and the pieces in which it is streamed.
struct ToolInput {
    /// The text of the object.
    let json: [UInt8]

    /// Draws an object of about `byteCount` bytes, or more if its fixed members take more.
    init(byteCount: Int, _ random: inout SplitMix64) {
        var json: [UInt8] = []
        json.append(contentsOf: #"{"path": "Sources/Part\#(random.next(below: 100)).swift", "line": "#.utf8)
        json.append(contentsOf: "\(random.next(below: 5000)), \"tags\": [".utf8)
        for position in 0..<random.next(in: 0...4) {
            json.append(contentsOf: (position == 0 ? "\"" : ", \"").utf8)
            json.append(contentsOf: random.pick(Self.tags).utf8)
            json.append(contentsOf: "\"".utf8)
        }
        json.append(contentsOf: #"], "overwrite": \#(random.chance(percent: 50)), "content": ""#.utf8)
        while json.count < byteCount {
            json.append(contentsOf: random.pick(Self.code).utf8)
        }
        json.append(contentsOf: "\"}".utf8)
        self.json = json
    }

    /// The text in pieces of 1 to 24 bytes, each extended to the end of its last character.
    func pieces(_ random: inout SplitMix64) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < json.count {
            var end = min(start + random.next(in: 1...24), json.count)
            // UTF-8 continuation bytes are 10xxxxxx.
            while end < json.count, json[end] & 0xC0 == 0x80 { end += 1 }
            pieces.append(Array(json[start..<end]))
            start = end
        }
        return pieces
    }

    private static let tags = ["draft", "io", "naïve", "parser", "größe", "v2"]

    /// Fragments of source code, escaped as in a JSON string.
    private static let code = [
        #"let value = try decoder.next()\n"#, #"    return \"done\"\n"#, #"}\n\n"#, #"func read(_ bytes: [UInt8]) {\n"#,
        #"\t// a tab, and C:\\path\n"#, #"if count > 0 { count -= 1 }\n"#, #"print(\"été — \\u{e9}\")\n"#,
        #"guard let x else { return }\n"#,
    ]
}
