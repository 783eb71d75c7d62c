import MessageStream
import Testing

@Test func errorKeepsItsOffset() {
    #expect(JSONError(.unexpectedEnd, at: 3).offset == 3)
}
