import MessageStream
import TestScheduling
import Testing

@Suite(.takesTurns) struct RawJSONTests {
    @Test func keepsTheTextWithoutTheWhiteSpaceAround() throws {
        let raw = try RawJSON(validating: " \t\r\n{ \"a\" : 1.0 , \"a\": 2 }\n ")
        #expect(raw.description.utf8.elementsEqual("{ \"a\" : 1.0 , \"a\": 2 }".utf8))
        #expect(raw == (try RawJSON(validating: raw.utf8)))
        #expect(Set([raw, raw]).count == 1)
        #expect(try RawJSON(validating: "1") != RawJSON(validating: "1.0"))
    }

    @Test func repairsIllFormedBytesInStrings() throws {
        let raw = try RawJSON(validating: [0x22, 0x61, 0xF0, 0x9F, 0x98, 0x22])
        #expect(raw.utf8 == Array("\"a\u{FFFD}\"".utf8))
    }

    @Test func refusesWhatIsNotOneValue() {
        #expect(throws: JSONError(.unexpectedEnd, at: 2)) { try RawJSON(validating: "  ") }
        #expect(throws: JSONError(.trailingBytes, at: 2)) { try RawJSON(validating: "1 2") }
        #expect(throws: JSONError(.depthLimitExceeded, at: 2)) { try RawJSON(validating: "[[[]]]", depthLimit: 2) }
        #expect(throws: JSONError(.unexpectedByte, at: 0)) { try RawJSON(validating: "\u{FEFF}1") }
    }
}
