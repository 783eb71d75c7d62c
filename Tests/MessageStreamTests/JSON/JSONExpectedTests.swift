import MessageStream
import Testing

@Suite(.serialized) struct JSONExpectedTests {
    @Test func takesWhatIsSpelledSo() throws {
        let text = Array(#"{"type":"text_delta","index":3,"text":"hi"} "#.utf8)
        var reader = JSONReader(text.rawBytes)
        try reader.beginObject()
        var seen: [Bool] = []
        seen.append(reader.consumeKey("index"))
        seen.append(reader.consumeKey("type"))
        seen.append(reader.consumeString("text"))
        seen.append(reader.consumeString("text_delta_"))
        seen.append(reader.consumeString("text_delta"))
        seen.append(reader.consumeKey("type"))
        seen.append(reader.consumeKey("index"))
        seen.append(try reader.readInt() == 3)
        seen.append(reader.consumeKey("text"))
        seen.append(reader.consumeString("hi"))
        seen.append(reader.consumeKey("text"))
        seen.append(try reader.nextKey() == nil)
        try reader.finish()
        #expect(seen == [false, true, false, false, true, false, true, true, true, true, false, true])
    }

    /// Anything but the exact spelling is left to the general calls, which read it from the same place.
    @Test(
        arguments: [
            #"{ "type":0}"#, #"{"type" :0}"#, #"{"t\u0079pe":0}"#, #"{"typ":0}"#, #"{"types":0}"#, #"{}"#,
            #"{,"type":0}"#, #"{"type"#, #"{"type""#, #"{"typ\"":0}"#, "{", "{,",
        ]
    )
    func leavesWhatIsNot(_ text: String) throws {
        let bytes = Array(text.utf8)
        var reader = JSONReader(bytes.rawBytes)
        try reader.beginObject()
        var general = reader
        let isTaken = reader.consumeKey("type")
        #expect(!isTaken)
        var keys: [[String]] = [[], []]
        let errors = [
            failure { () throws(JSONError) in if let key = try reader.nextKey() { keys[0].append(key.makeString()) } },
            failure { () throws(JSONError) in if let key = try general.nextKey() { keys[1].append(key.makeString()) } },
        ]
        #expect(errors[0] == errors[1])
        #expect(keys[0] == keys[1])
        let positions = [reader.position, general.position]
        #expect(positions[0] == positions[1])
    }
}
