import MessageStream
import TestScheduling
import Testing

@Suite(.takesTurns) struct JSONWriterTests {
    @Test func putsCommasWhereTheyBelong() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("a")
        writer.beginArray()
        writer.int(-1)
        writer.int(UInt64.max)
        writer.beginObject()
        writer.endObject()
        writer.beginArray()
        writer.endArray()
        writer.endArray()
        writer.key("b\"")
        writer.bool(true)
        writer.key("c")
        writer.null()
        writer.key("d")
        writer.double(0.1)
        writer.key("e")
        writer.double(.infinity)
        writer.endObject()
        writer.endLine()
        writer.string("next")
        let expected = #"{"a":[-1,18446744073709551615,{},[]],"b\"":true,"c":null,"d":0.1,"e":null}"# + "\n\"next\""
        #expect(writer.bytes == Array(expected.utf8))
    }

    @Test func escapesWhatMustBeAndNothingElse() {
        var writer = JSONWriter()
        writer.string("\u{00}\u{07}\u{08}\t\n\u{0B}\u{0C}\r\u{1F} \"\\/\u{7F}é\u{2028}\u{2029}😀 and more of it\u{01}")
        let expected =
            #""\u0000\u0007\b\t\n\u000b\f\r\u001f \"\\/"# + "\u{7F}é\u{2028}\u{2029}😀" + #" and more of it\u0001""#
        #expect(writer.bytes == Array(expected.utf8))
        // Eight bytes at a time and sixteen at a time, with a control character at each position.
        for place in 0..<40 {
            var text = [UInt8](repeating: UInt8(ascii: "x"), count: 40)
            text[place] = 0x01
            var writer = JSONWriter()
            writer.string(utf8: text.rawBytes)
            let expected = "\"" + String(repeating: "x", count: place) + "\\u0001"
            #expect(writer.bytes == Array((expected + String(repeating: "x", count: 39 - place) + "\"").utf8))
        }
    }

    @Test func repairsIllFormedBytes() {
        var writer = JSONWriter()
        writer.string(utf8: ([0x61, 0xE2, 0x82, 0x22, 0xFF] as [UInt8]).rawBytes)
        #expect(writer.bytes == Array("\"a\u{FFFD}\\\"\u{FFFD}\"".utf8))
    }

    @Test func copiesAValueOnOneLine() throws {
        let numbers = "[ 1.50e+03 ,\n -0 , 123456789012345678901234567890 ]"
        let string = #""\ud83d\ude00\ud83d\n\/é""#
        let text = Array("{ \"a\\u0062\" : \(numbers), \"a\\u0062\":\(string) } 7".utf8)
        var reader = JSONReader(text.rawBytes)
        var writer = JSONWriter()
        try writer.copyValue(from: &reader)
        let expected = #"{"ab":[1.50e+03,-0,123456789012345678901234567890],"ab":"😀�\n/é"}"#
        #expect(writer.bytes == Array(expected.utf8))
        let rest = try reader.readInt()
        #expect(rest == 7)
    }

    @Test func copiesNothingOfABrokenValue() {
        let text = Array("[1,[2,3}".utf8)
        var reader = JSONReader(text.rawBytes)
        var writer = JSONWriter()
        writer.beginArray()
        writer.int(0)
        let error = failure { () throws(JSONError) in try writer.copyValue(from: &reader) }
        #expect(error == JSONError(.unexpectedByte, at: 7))
        writer.int(1)
        writer.endArray()
        #expect(writer.bytes == Array("[0,1]".utf8))
    }
}
