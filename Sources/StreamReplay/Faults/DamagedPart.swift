public import HTTPResponseParsing

/// A part of a response with faults: its head, a chunk of its body, a pause, or its end.
///
/// In order, a response has one head, any number of chunks and pauses, and one end.
public struct DamagedPart: Sendable, Hashable {
    /// When the part was recorded, as in ``CapturedPart/time``. `nil` if the capture has no times, or if a fault
    /// inserted the part.
    public var time: Duration?
    public var content: Content

    /// Creates a part.
    public init(time: Duration? = nil, content: Content) {
        self.time = time
        self.content = content
    }

    /// What the part is.
    @nonexhaustive
    public enum Content: Sendable, Hashable {
        /// The head of the response.
        case head(ResponseHead)
        /// The next bytes of the body, at least one: a chunk.
        case body([UInt8])
        /// The stream stalls for this time. `nil` means forever, until the client gives up.
        case pause(Duration?)
        /// The next part is delayed by this time, as on a slow connection.
        case delay(Duration)
        /// The end of the response.
        case end(Ending)
    }

    /// How a response ends.
    @nonexhaustive
    public enum Ending: Sendable, Hashable {
        /// As its framing declares.
        case complete
        /// Early: the connection closes before the declared end.
        case truncated
        /// Early: the connection is reset.
        case reset
        /// Early: the server closes its sending side, and keeps the connection open until the client closes it.
        case halfClosed
        /// At recorded bytes that are not valid HTTP. The rest of the response is unknown.
        case malformed(HTTPResponseError)
    }
}

extension DamagedPart {
    /// Creates a part of an intact response.
    init(_ part: CapturedPart) {
        let content: Content =
            switch part.content {
            case .head(let head): .head(head)
            case .body(let bytes): .body(bytes)
            case .end(.complete): .end(.complete)
            case .end(.truncated): .end(.truncated)
            case .end(.malformed(let error)): .end(.malformed(error))
            }
        self.init(time: part.time, content: content)
    }
}
