import Foundation
import MessageStream
import MessageStreamTransport
import TestScheduling
import Testing

@Suite(.runsAlone) struct LocalizedErrorTests {
    /// The text that an app shows in an alert.
    @Test func descriptionsAreSentences() throws {
        var decoder = MessageStreamDecoder(input: .body(status: 529, headers: ["content-type": "application/json"]))
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let failure = #expect(throws: MessageStreamFailure.self) {
            try decoder.decode(Array(error.utf8)) { _ in }
            _ = try decoder.finish()
        }
        let shown: any Error = try #require(failure)
        #expect(shown.localizedDescription == "The service reported overloaded_error, with status 529: Overloaded.")
        #expect(
            (shown as? any LocalizedError)?.recoverySuggestion
                == "The same request can be sent again: no output was received."
        )
    }
}
