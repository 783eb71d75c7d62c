import ServerSentEvents
import Testing

/// Every event of `bytes`, fed in chunks of `size` bytes.
func events(_ bytes: [UInt8], chunkSize size: Int) throws -> (events: [ServerSentEvent], unfinished: Int) {
    var parser = EventStreamParser()
    var events: [ServerSentEvent] = []
    var start = 0
    while start < bytes.count {
        let end = min(start + size, bytes.count)
        let chunk = Array(bytes[start..<end])
        var rest = chunk.span
        while let event = try parser.next(in: &rest) { events.append(ServerSentEvent(event)) }
        start = end
    }
    return (events, parser.finish())
}

@Test(arguments: 1...40)
func chunkSizeDoesNotMatter(size: Int) throws {
    let text =
        "\u{FEFF}data: a\r\n\r\n: c\ndata:b\rdata: c\r\revent: x\ndata\nid: 7\nretry: 12\n\n\n\nid\n\ndata: ü\n\ndata: z\n"
    let whole = try events(Array(text.utf8), chunkSize: 1000)
    let cut = try events(Array(text.utf8), chunkSize: size)
    #expect(whole.events == cut.events)
    #expect(whole.unfinished == 8 && cut.unfinished == 8)
    #expect(whole.events.map(\.data) == ["a", "b\nc", "", "ü"])
    #expect(whole.events.map(\.offset) == [3, 14, 34, 71])
    #expect(whole.events.map(\.lastEventID) == ["", "", "7", ""])
    #expect(whole.events[2].retry == 12)
}
