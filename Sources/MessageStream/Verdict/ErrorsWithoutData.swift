import ServerSentEvents

/// The events named `error` that came without data, so that the standard does not dispatch them.
///
///     event: error
///     : upstream overloaded
///
/// Such an event ends nothing. But if the stream then ends too early, its comment is the only word that says why.
struct ErrorsWithoutData: Sendable {
    /// An event, and the comment in its frame.
    struct Event: Sendable {
        var frameOffset: Int
        var eventIndex: Int
        var comment: [UInt8]
    }

    /// The last one that came.
    private(set) var last: Event?
    /// The last comment, and the frame in which it stands.
    private var comment: (text: [UInt8], frameOffset: Int) = ([], -1)

    /// More than an excerpt looks at.
    private static let textLimit = 4096

    /// Receives a comment, which may come before or after the event's name.
    mutating func receiveComment(_ text: RawSpan, frameOffset: Int) {
        comment.text.removeAll(keepingCapacity: true)
        comment.text.append(copying: text.extracting(first: Self.textLimit))
        comment.frameOffset = frameOffset
    }

    /// Receives the end of a frame that has the name and no data.
    mutating func receiveError(frameOffset: Int, eventIndex: Int) {
        let text = comment.frameOffset == frameOffset ? comment.text[...] : []
        last = Event(frameOffset: frameOffset, eventIndex: eventIndex, comment: Array(text.drop { $0 == 0x20 }))
    }
}
