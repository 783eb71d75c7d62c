import ServerSentEvents

/// The events named `error` without data, which the standard does not dispatch.
///
///     event: error
///     : upstream overloaded
///
/// Such an event does not end the stream. But if the stream then ends too early, its comment is the only explanation.
struct ErrorsWithoutData: Sendable {
    /// An event, with the comment in its frame.
    struct Event: Sendable {
        var frameOffset: Int
        var eventIndex: Int
        var comment: [UInt8]
    }

    /// The most recent event.
    private(set) var last: Event?
    /// The most recent comment, and the offset of its frame.
    private var comment: (text: [UInt8], frameOffset: Int) = ([], -1)

    /// The maximum length of a comment to keep, in bytes, which is more than an excerpt uses.
    private static let textLimit = 4096

    /// Receives a comment, which may precede or follow the event name.
    mutating func receiveComment(_ text: RawSpan, frameOffset: Int) {
        comment.text.removeAll(keepingCapacity: true)
        comment.text.append(copying: text.extracting(first: Self.textLimit))
        comment.frameOffset = frameOffset
    }

    /// Receives the end of a frame with this event name and without data.
    mutating func receiveError(frameOffset: Int, eventIndex: Int) {
        let text = comment.frameOffset == frameOffset ? comment.text[...] : []
        last = Event(frameOffset: frameOffset, eventIndex: eventIndex, comment: Array(text.drop { $0 == 0x20 }))
    }
}
