import ServerSentEvents
import TestScheduling
import Testing

/// The standard's own examples, with its explanation of each (WHATWG HTML, 9.2.1 and 9.2.6).
@Suite("Examples from the standard", .takesTurns)
struct StandardExampleTests {
    /// "data: This is the first message. …", 9.2.1
    @Test func threeMessages() {
        let events = events(
            """
            data: This is the first message.

            data: This is the second message, it
            data: has two lines.

            data: This is the third message.


            """
        )
        #expect(
            events.map(\.data) == [
                "This is the first message.",
                "This is the second message, it\nhas two lines.",
                "This is the third message.",
            ]
        )
        #expect(events.allSatisfy { $0.type == "message" })
    }

    /// "…by separating events with types", 9.2.1
    @Test func eventTypes() {
        let events = events(
            """
            event: add
            data: 73857293

            event: remove
            data: 2153

            event: add
            data: 113411


            """
        )
        #expect(events.map(\.type) == ["add", "remove", "add"])
        #expect(events.map(\.data) == ["73857293", "2153", "113411"])
    }

    /// "The following event stream, once followed by a blank line: […] would cause an event message […] to be
    /// dispatched on the EventSource object. The event's data attribute would contain the string "YHOO\n+2\n10"."
    @Test func stockTicker() {
        let text = "data: YHOO\ndata: +2\ndata: 10\n"
        #expect(events(text).isEmpty)
        #expect(events(text + "\n").map(\.data) == ["YHOO\n+2\n10"])
    }

    /// "The following stream contains four blocks. The first block has just a comment, and will fire nothing. The
    /// second block […] will then set the last event ID to "1" […]. The third block fires an event with data set to
    /// "second event", and also has an "id" field, this time with no value, which resets the last event ID to the empty
    /// string […]. Finally, the last block just fires an event with the data " third event" (with a single leading
    /// space character)."
    @Test func fourBlocks() {
        let text = """
            : test stream

            data: first event
            id: 1

            data:second event
            id

            data:  third event

            """
        let events = events(text + "\n")
        #expect(events.map(\.data) == ["first event", "second event", " third event"])
        #expect(events.map(\.lastEventID) == ["1", "", ""])
        #expect(events.map(\.offset) == [15, 40, 62])
        // "Note that the last still has to end with a blank line, the end of the stream is not enough to trigger the
        // dispatch of the last event."
        #expect(ServerSentEventsTests.events(text).count == 2)
    }

    /// "The first block fires events with the data set to the empty string, as would the last block if it was followed
    /// by a blank line. The middle block fires an event with the data set to a single newline character. The last block
    /// is discarded because it is not followed by a blank line."
    @Test func emptyData() {
        let text = "data\n\ndata\ndata\n\ndata:"
        #expect(events(text).map(\.data) == ["", "\n"])
        #expect(events(text + "\n\n").map(\.data) == ["", "\n", ""])
    }

    /// "The following stream fires two identical events: […] This is because the space after the colon is ignored if
    /// present."
    @Test func spaceAfterColon() {
        let events = events("data:test\n\ndata: test\n\n")
        #expect(events.map(\.data) == ["test", "test"])
    }

    /// "…include a comment line (one starting with a ':' character) every 15 seconds or so.", 9.2.7
    @Test func keepAlives() throws {
        let stream = Array(": \n\n:\n\n: still here\ndata: a\n\n".utf8)
        #expect(events(stream).map(\.data) == ["a"])
        var parser = EventStreamParser(keepsComments: true)
        #expect(try elements(&parser, stream) == ["comment  ", "comment ", "comment  still here", "event a"])
    }
}
